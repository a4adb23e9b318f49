import { UserError } from '../errors.ts';
import type { Detected, DetectedApp, Evidence } from './detect/types.ts';
import { reservedNames } from './names.ts';
import { isMap } from './validate.ts';

/** Where answers come from; later ones win: preset, file, chosen. */
export interface Sources {
  /** The base name of the target folder: the default for `name`. */
  readonly folder: string;
  readonly detected: Detected;
  readonly preset?: Readonly<Record<string, unknown>>;
  /** What `prodstack.yaml` of the target holds. */
  readonly file?: unknown;
  /** What `--config`, `--set` and the prompts say, in that order. */
  readonly chosen: readonly unknown[];
  /** Whether a folder (`.` or `backend`) has no files that an app could consist of. */
  readonly isVacant: (path: string) => boolean;
}

/** A value that nobody chose and the repo does not tell: to be shown, so that it can be corrected. */
export interface Assumption {
  readonly path: string;
  readonly value: string;
  readonly reason: string;
}

/** A value that the repo itself gave. */
export interface Detection {
  readonly path: string;
  readonly value: string;
  readonly evidence: Evidence;
}

export interface Draft {
  /** All answers, not yet validated. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly assumptions: readonly Assumption[];
  readonly detections: readonly Detection[];
  readonly warnings: readonly string[];
  /** Names of the apps that do not exist yet and get a starter. */
  readonly starters: readonly string[];
}

type Values = Record<string, unknown>;

/** What an existing app gets where it does not tell; `start` of Node and `app` of FastAPI have no safe default. */
const fallbacks: Readonly<Record<string, Values>> = {
  node: {
    framework: 'none',
    packageManager: 'npm',
    frozen: false,
    version: 24,
    build: 'none',
    scripts: false,
    port: 3000,
    health: 'none',
  },
  fastapi: {
    packageManager: 'pip',
    frozen: false,
    version: '3.13',
    appDir: '.',
    migrate: 'none',
    databaseScheme: 'postgresql',
    port: 8000,
    health: 'none',
  },
};

/** What our own starter apps are; `templates/starter/<stack>` keeps to it. */
const starterAnswers: Readonly<Record<string, Values>> = {
  node: {
    framework: 'fastify',
    packageManager: 'npm',
    frozen: true,
    version: 24,
    build: 'none',
    start: 'node src/server.js',
    dev: 'node --watch src/server.js',
    scripts: false,
    port: 3000,
    health: '/health',
  },
  fastapi: {
    packageManager: 'uv',
    frozen: true,
    version: '3.13',
    app: 'app.main:app',
    appDir: '.',
    migrate: 'alembic',
    databaseScheme: 'postgresql+asyncpg',
    port: 8000,
    health: '/health',
  },
};

/** Fallbacks that need no mention: they say that something is absent, and nothing follows from it. */
const silent = new Set([
  'framework',
  'build',
  'scripts',
  'appDir',
  'migrate',
  'databaseScheme',
  'frozen',
  'requirements',
]);

const stackTitles: Readonly<Record<string, string>> = { node: 'Node', fastapi: 'FastAPI' };

/**
 * Lays the sources over each other and fills what is open: from the repo, then with safe defaults.
 * @throws UserError `target` when an app is asked for in a folder that holds something else
 */
export function complete(sources: Sources): Draft {
  const said = [sources.file, ...sources.chosen].reduce<unknown>(merge, {});
  const chosen = merge(presetFor(sources, said), said);
  if (!isMap(chosen)) return { answers: { apps: chosen }, assumptions: [], detections: [], warnings: [], starters: [] };

  const assumptions: Assumption[] = [];
  const detections: Detection[] = [];
  const warnings: string[] = [];
  const starters: string[] = [];
  const usedPorts = new Set<unknown>();

  const fillApp = (name: string, given: unknown): unknown => {
    if (!isMap(given)) return given;
    const stack = String(given['stack'] ?? '');
    if (!(stack in fallbacks)) return given;
    const detected = match(sources.detected.apps, name, given);
    const path = given['path'] ?? detected?.path ?? '.';
    const at = `apps.${name}`;
    // Somebody who says how an app is started has one, found or not.
    const isDescribed = sources.file !== undefined || 'start' in given || 'app' in given;
    if (!detected && !isDescribed && typeof path === 'string') {
      refuseForeign(sources, stack, path);
      starters.push(name);
      const values: Values = { stack, path, ...starterAnswers[stack], ...given };
      usedPorts.add(values['port']);
      return values;
    }
    warnings.push(...(detected?.warnings ?? []));
    const values: Values = { stack, path };
    for (const [key, finding] of Object.entries(detected?.found ?? {})) {
      values[key] = finding.value;
      if (!(key in given))
        detections.push({ path: `${at}.${key}`, value: text(finding.value), evidence: finding.evidence });
    }
    Object.assign(values, given);
    for (const [key, fallback] of Object.entries(fallbacks[stack] ?? {})) {
      if (key in values) continue;
      let value = fallback;
      if (key === 'port') while (usedPorts.has(value)) value = Number(value) + 1;
      values[key] = value;
      if (!silent.has(key))
        assumptions.push({ path: `${at}.${key}`, value: text(value), reason: reasonFor(key, path, stack) });
    }
    if (stack === 'node' && !('dev' in values) && typeof values['start'] === 'string')
      values['dev'] = watching(values['start']);
    usedPorts.add(values['port']);
    return values;
  };

  const apps = namedApps(chosen['apps'], sources.detected);
  // Apps that name their port come first, so that an assumed port never takes theirs.
  if (isMap(apps)) for (const app of Object.values(apps)) if (isMap(app)) usedPorts.add(app['port']);
  const filled = isMap(apps)
    ? Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, fillApp(name, app)]))
    : apps;

  const name = chosen['name'] ?? slug(sources.folder);
  if (chosen['name'] === undefined && name !== sources.folder) {
    assumptions.push({
      path: 'name',
      value: String(name),
      reason: `made from the folder name ${JSON.stringify(sources.folder)}`,
    });
  }
  const answers: Values = { prodstack: 1, name };
  for (const key of Object.keys(chosen)) if (!(key in answers)) answers[key] = chosen[key];
  answers['prodstack'] = chosen['prodstack'] ?? 1;
  answers['apps'] = filled;
  for (const [key, version] of [
    ['postgres', 18],
    ['redis', 8],
  ] as const) {
    const used = sources.detected.apps.find((app) => app.uses[key]);
    const evidence = used?.uses[key];
    // Our starters use both.
    if (!(key in chosen) && starters.length > 0) answers[key] = { mode: 'bundled', version };
    else if (!(key in chosen) && evidence) {
      answers[key] = { mode: 'bundled', version };
      detections.push({ path: key, value: 'bundled', evidence });
    } else if (isMap(answers[key])) {
      answers[key] = { mode: 'bundled', version, ...answers[key] };
    }
  }
  return { answers: withoutNulls(answers), assumptions, detections, warnings, starters };
}

/**
 * The apps that the answers speak of. Where none of them says its stack, they are corrections (`--set apps.app.port=...`)
 * of what was detected.
 */
function namedApps(said: unknown, { apps }: Detected): unknown {
  const detected = Object.fromEntries(apps.map((app) => [app.name, { stack: app.stack, path: app.path }]));
  if (said === undefined) return detected;
  const isList = isMap(said) && Object.values(said).some((app) => isMap(app) && 'stack' in app);
  return isMap(said) && !isList ? merge(detected, said) : said;
}

/** A preset's app stands for every app of its stack that the repo has. */
function presetFor(sources: Sources, said: unknown): unknown {
  const preset = sources.preset ?? {};
  const apps = preset['apps'];
  if (!isMap(apps)) return preset;
  if (isMap(said) && isMap(said['apps']) && sources.file !== undefined) return { ...preset, apps: {} };
  const expanded = Object.entries(apps).flatMap(([name, app]) => {
    const stack = isMap(app) ? app['stack'] : undefined;
    const same = sources.detected.apps.filter((one) => one.stack === stack);
    // What was said of the preset's one app (`--set apps.app.port=...`) is said of the one that was found.
    if (same.length === 0 || (isMap(said) && isMap(said['apps']) && name in said['apps']))
      return [[name, app] as const];
    return same.map((one) => [one.name, { ...(isMap(app) ? app : {}), path: one.path }] as const);
  });
  return { ...preset, apps: Object.fromEntries(expanded) };
}

/** The detected app that an entry of the answers speaks of. */
function match(apps: readonly DetectedApp[], name: string, given: Values): DetectedApp | undefined {
  const same = apps.filter((app) => app.stack === given['stack']);
  if (given['path'] !== undefined) return same.find((app) => app.path === given['path']);
  return (
    same.find((app) => app.name === name) ??
    same.find((app) => app.path === '.') ??
    (same.length === 1 ? same[0] : undefined)
  );
}

function refuseForeign(sources: Sources, stack: string, path: string): void {
  if (sources.isVacant(path)) return;
  const title = stackTitles[stack];
  const where = path === '.' ? 'this folder' : `the folder ${path}`;
  const others = sources.detected.apps.map((app) => `${stackTitles[app.stack]} in ${app.path}`);
  throw new UserError('target', `No ${title} app was found in ${where}, and it is not empty.`, {
    hint:
      others.length > 0
        ? `Found: ${others.join(', ')}. Leave --preset out to use what was found, or name a folder of its own: --set apps.app.path=FOLDER`
        : 'Choose an empty folder to get a starter app, or name the folder of your app: --set apps.app.path=FOLDER',
  });
}

/**
 * Deep merge of plain data: maps merge, everything else replaces, undefined leaves.
 * A null stays, so that it can take away what a layer below gives.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isMap(base) || !isMap(over)) return over;
  const result: Values = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = merge(result[key], value);
  return result;
}

function withoutNulls(value: Values): Values {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null)
      .map(([key, one]) => [key, isMap(one) ? withoutNulls(one) : one]),
  );
}

/** A folder name as a project name; `app` where nothing of it is left. */
export function slug(folder: string): string {
  const word = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return word === '' || reservedNames.has(word) ? 'app' : word;
}

/** `node server.js` as a command that restarts on a change; others are taken as they are. */
function watching(start: string): string {
  return start.startsWith('node ') ? `node --watch ${start.slice('node '.length)}` : start;
}

function reasonFor(key: string, path: unknown, stack: string): string {
  const where = path === '.' ? '' : ` in ${path}`;
  const reasons: Readonly<Record<string, string>> = {
    port: `no port was found in the sources${where}`,
    health: `no health route was found${where}: the check only sees that the port is open`,
    version: `no usable ${stack === 'node' ? 'Node' : 'Python'} version is named${where}`,
    packageManager: `no lockfile and no packageManager field was found${where}`,
  };
  return reasons[key] ?? `not found${where}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
