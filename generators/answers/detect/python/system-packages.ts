import { finding } from '../findings.ts';
import type { Evidence, Finding } from '../types.ts';
import type { PythonContext } from './context.ts';
import type { Requirement } from './requirements.ts';

interface Libraries {
  /** Beside the compiler: headers and tools. Undefined where a wheel is installed and nothing is built. */
  readonly build?: readonly string[];
  readonly run?: readonly string[];
}

/**
 * Packages that need Debian's (trixie). Not in here is what brings its libraries in a wheel: psycopg2-binary,
 * psycopg[binary], Pillow, lxml, cryptography, numpy, opencv-python-headless, and xmlsec and pyodbc of late.
 */
const needs: Readonly<Record<string, Libraries>> = {
  // No wheel for Linux: it is always built.
  psycopg2: { build: ['libpq-dev'], run: ['libpq5'] },
  mysqlclient: { build: ['pkg-config', 'default-libmysqlclient-dev'], run: ['libmariadb3'] },
  'python-ldap': { build: ['libldap-dev', 'libsasl2-dev'], run: ['libldap2', 'libsasl2-2'] },
  pycairo: { build: ['pkg-config', 'libcairo2-dev'], run: ['libcairo2'] },
  pygraphviz: { build: ['pkg-config', 'libgraphviz-dev'], run: ['graphviz'] },
  pyaudio: { build: ['portaudio19-dev'], run: ['libportaudio2'] },
  uwsgi: { build: [] },
  // Written in Python; it loads the library, or starts the program, when it runs.
  weasyprint: { run: ['libpango-1.0-0', 'libpangoft2-1.0-0', 'libharfbuzz-subset0'] },
  cairosvg: { run: ['libcairo2'] },
  cairocffi: { run: ['libcairo2'] },
  'python-magic': { run: ['libmagic1t64'] },
  pyzbar: { run: ['libzbar0t64'] },
  pytesseract: { run: ['tesseract-ocr'] },
  pdf2image: { run: ['poppler-utils'] },
  'ffmpeg-python': { run: ['ffmpeg'] },
  pydub: { run: ['ffmpeg'] },
  // A wheel that expects a desktop.
  'opencv-python': { run: ['libgl1', 'libglib2.0-0t64'] },
  'opencv-contrib-python': { run: ['libgl1', 'libglib2.0-0t64'] },
};

const compiler = ['gcc', 'libc6-dev'];

/** The Debian packages that the dependencies of an app need, and which dependency says so first. */
export function detectSystemPackages({
  view,
  project,
}: PythonContext): Finding<{ build?: string[]; run?: string[] }> | undefined {
  const found = project.dependencies.flatMap((one) => {
    const libraries = librariesOf(one, project.dependencies);
    return libraries ? [{ libraries, evidence: one.evidence }] : [];
  });
  const git = gitSource(
    [project.pyproject?.path, project.pipfile?.path, project.requirementsFile].filter((file) => file !== undefined),
    (file) => view.read(file) ?? '',
  );
  const evidence = found[0]?.evidence ?? git;
  if (!evidence) return undefined;
  const built = found.filter(({ libraries }) => libraries.build !== undefined);
  const build = [
    ...(built.length > 0 ? compiler : []),
    ...built.flatMap(({ libraries }) => libraries.build ?? []),
    ...(git ? ['git', 'ca-certificates'] : []),
  ];
  const run = found.flatMap(({ libraries }) => libraries.run ?? []);
  return finding(
    { ...(build.length > 0 && { build: unique(build) }), ...(run.length > 0 && { run: unique(run) }) },
    evidence,
  );
}

function librariesOf({ name, extras }: Requirement, all: readonly Requirement[]): Libraries | undefined {
  if (name === 'psycopg') {
    // Without an extra it is Python alone and loads libpq; with `c` it is built against it.
    if (extras.includes('binary') || all.some((one) => one.name === 'psycopg-binary')) return undefined;
    return extras.includes('c') ? needs['psycopg2'] : { run: ['libpq5'] };
  }
  // What these extras of SQLAlchemy stand for.
  if (name === 'sqlalchemy' && extras.some((extra) => extra === 'postgresql' || extra === 'postgresql-psycopg2'))
    return needs['psycopg2'];
  if (name === 'sqlalchemy' && extras.includes('postgresql-psycopg')) return { run: ['libpq5'] };
  return Object.hasOwn(needs, name) ? needs[name] : undefined;
}

/** A dependency that is fetched with git, which slim images lack. */
function gitSource(files: readonly string[], read: (file: string) => string): Evidence | undefined {
  for (const file of files) {
    const line = read(file)
      .split('\n')
      .findIndex((text) => /^[^#]*(?:\bgit\+(?:https|ssh|file)|\bgit\s*=\s*["'])/.test(text));
    if (line >= 0) return { file, line: line + 1 };
  }
  return undefined;
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];
