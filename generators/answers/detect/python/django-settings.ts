/** What the settings of a Django project say: a module, and those that it takes everything from. */
import { finding, place } from '../findings.ts';
import { from, join } from '../paths.ts';
import { find, literal, type Source } from '../source.ts';
import type { DetectedPythonApp, Finding } from '../types.ts';
import type { PythonContext } from './context.ts';
import type { Read } from './environment.ts';
import { dependencyOf } from './project.ts';

/** The sources of a settings module and of those that it takes everything from. */
export function chainOf(sources: readonly Source[], root: string, module: string, depth = 3): readonly Source[] {
  const base = join(root, module.replaceAll('.', '/'));
  const source = sources.find(({ path }) => path === `${base}.py` || path === `${base}/__init__.py`);
  if (!source || depth === 0) return [];
  const above = [...source.code.matchAll(/^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+[*\w(]/gm)].flatMap(
    (match) => {
      const [, dots = '', name = ''] = match;
      if (dots === '' && !name.includes('settings')) return [];
      const parents = module
        .split('.')
        .slice(0, source.path.endsWith('/__init__.py') && dots === '.' ? undefined : -dots.length);
      const target = dots === '' ? name : [...parents, ...(name === '' ? [] : [name])].join('.');
      return target === module ? [] : chainOf(sources, root, target, depth - 1);
    },
  );
  return [source, ...above.filter((one, index) => one !== source && above.indexOf(one) === index)];
}

/** What is assigned to a setting, in the first source that does; the text up to the end of the line, or of its brackets. */
function assignment(
  files: readonly Source[],
  setting: string,
): { readonly value: string; readonly evidence: { readonly file: string; readonly line: number } } | undefined {
  for (const source of files) {
    const pattern = new RegExp(
      `^${setting}[ \\t]*(?::[^=\\n]{1,60})?=[ \\t]*(\\[[^\\]]{0,600}\\]?|\\([^)]{0,600}\\)?|)([^\\n]*)`,
      'gm',
    );
    for (const { group, line } of find(source, pattern))
      return { value: group(1) + group(2), evidence: { file: source.path, line } };
  }
  return undefined;
}

/** Whether a setting is made of this variable. */
export function isAssigned(files: readonly Source[], setting: string, { name }: Read): boolean {
  return new RegExp(`["']${name}["']`).test(assignment(files, setting)?.value ?? '');
}

/** What the settings take for yes in DEBUG: most readers of truth values know all of these. */
export function yesIn(files: readonly Source[]): 'True' | 'true' | '1' {
  const { value = '' } = assignment(files, 'DEBUG') ?? {};
  if (/\bint\s*\(|["']1["']/.test(value)) return '1';
  return /["']true["']/.test(value) ? 'true' : 'True';
}

/** The variables that host names come from, and what they are split at. */
export function detectHosts(files: readonly Source[], reads: readonly Read[]): DetectedPythonApp['found']['hosts'] {
  const allowed = reads.find((read) => isAssigned(files, 'ALLOWED_HOSTS', read));
  if (!allowed) return undefined;
  const origins = reads.find((read) => isAssigned(files, 'CSRF_TRUSTED_ORIGINS', read));
  const { value = '' } = assignment(files, 'ALLOWED_HOSTS') ?? {};
  const separator = /\.split\(\s*(?:["'] ["'])?\s*\)/.test(value) ? 'space' : 'comma';
  return finding({ allowed: allowed.name, ...(origins && { origins: origins.name }), separator }, allowed.evidence);
}

/** The first host of a list in the settings, which the health check must ask for. */
export function fixedHost({ warn }: PythonContext, files: readonly Source[]): Finding<string> | undefined {
  const hosts = assignment(files, 'ALLOWED_HOSTS');
  const names = [...(hosts?.value ?? '').matchAll(/["']([^"'\n]+)["']/g)].map((match) => match[1] ?? '');
  if (!hosts || names.length === 0) {
    const where = hosts ? place(hosts.evidence) : 'the settings';
    warn(
      `${where}: ALLOWED_HOSTS is empty, so Django answers every request with 400 outside of development: read it from the environment (os.environ["DJANGO_ALLOWED_HOSTS"].split(","))`,
    );
    return undefined;
  }
  const name = names[0]?.replace(/^\.|\*$/, '') ?? '';
  return name === '' || name === 'localhost' ? undefined : finding(name, hosts.evidence);
}

/** Whether static files are gathered; and a warning where nobody would serve them. */
export function detectStatic({ project, warn }: PythonContext, files: readonly Source[]): Finding<boolean> | undefined {
  const root = assignment(files, 'STATIC_ROOT');
  const whitenoise = dependencyOf(project, 'whitenoise');
  const middleware = files.some(({ code }) => /whitenoise\.middleware|WhiteNoiseMiddleware/i.test(code));
  if (!files.some(({ code }) => /django\.contrib\.staticfiles/.test(code))) return undefined;
  const s3 = files.some(({ code }) => /S3Boto3?(?:Static|ManifestStatic)?Storage|storages\.backends/.test(code));
  if (s3) return undefined;
  if (!whitenoise || !middleware)
    warn(
      `No static file is served outside of development, those of the admin included: add whitenoise to the dependencies and whitenoise.middleware.WhiteNoiseMiddleware to MIDDLEWARE`,
    );
  if (!root) {
    warn(
      'STATIC_ROOT is not set, so collectstatic is not run: set it to a folder of the app (BASE_DIR / "staticfiles")',
    );
    return undefined;
  }
  return finding(true, root.evidence);
}

/** The folder of uploads inside the app folder. */
export function detectMedia(
  { project, warn }: PythonContext,
  files: readonly Source[],
  root: string,
): Finding<string> | undefined {
  const media = assignment(files, 'MEDIA_ROOT');
  if (!media) return undefined;
  const folder = [...media.value.matchAll(/["']([^"'\n]+)["']/g)].map((match) => match[1] ?? '').at(-1) ?? '';
  if (folder === '' || folder.startsWith('/')) {
    warn(
      `${place(media.evidence)}: MEDIA_ROOT lies outside of the app, where nothing is kept: use a folder of the app`,
    );
    return undefined;
  }
  const path = from(project.folder, join(root, folder));
  warn(`${place(media.evidence)}: uploads are kept on a volume, but Django serves none of them outside of development`);
  return finding(path, media.evidence);
}

/** SQLite writes beside the sources, where nothing can be written and nothing is kept. */
export function warnOfSqlite({ warn }: PythonContext, files: readonly Source[]): void {
  for (const source of files) {
    for (const { line } of find(source, /["']ENGINE["']\s*:\s*["']django\.db\.backends\.sqlite3["']/g))
      warn(
        `${source.path}:${line}: SQLite has no place in the container, whose file system is read-only: use PostgreSQL (dj-database-url, DATABASE_URL)`,
      );
  }
}

/** Settings of development that production would run with. */
export function warnOfDevelopment({ warn }: PythonContext, files: readonly Source[]): void {
  const debug = assignment(files, 'DEBUG');
  if (debug?.value.trim() === 'True')
    warn(
      `${place(debug.evidence)}: DEBUG is on in production, and shows settings and sources to visitors: read it from the environment (os.environ.get("DJANGO_DEBUG") == "True")`,
    );
  const secret = assignment(files, 'SECRET_KEY');
  if (secret && literal(secret.value.trim()) !== undefined)
    warn(
      `${place(secret.evidence)}: SECRET_KEY stands in the sources, and so in every image: read it from the environment (os.environ["DJANGO_SECRET_KEY"])`,
    );
}
