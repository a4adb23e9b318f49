import { UserError } from '../errors.ts';
import type { Detected, DetectedApp, Evidence } from './detect/types.ts';
import { reservedNames } from './names.ts';
import type { StackDefinition, StarterDefinition, Values } from './stacks/definition.ts';
import { isStackName, type StackName, stacks } from './stacks/index.ts';
import { isMap } from './validate.ts';

/** Where answers come from; later ones win: preset, file, chosen. */
export interface Sources {
  /** The base name of the target folder: the default for `name`. */
  readonly folder: string;
  readonly detected: Detected;
  readonly preset?: Readonly<Record<string, unknown>>;
  /** What the preset makes in an empty folder: one starter for all its apps, whose answers are complete. */
  readonly presetStarter?: { readonly template: string; readonly path: string };
  /** What `prodstack.yaml` of the target holds. */
  readonly file?: unknown;
  /** What `--config`, `--set` and the prompts say, in that order. */
  readonly chosen: readonly unknown[];
  /** Whether a folder (`.` or `backend`) has no files that an app could consist of. */
  readonly isVacant: (path: string) => boolean;
}

/** A value that nobody chose and the repo does not tell: to be shown, so that it can be corrected. */
interface Assumption {
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
  /** The apps that do not exist yet and get a starter. */
  readonly starters: readonly DraftStarter[];
}

/** An app that will be made. Apps that one template makes together have its path in common. */
export interface DraftStarter {
  readonly app: string;
  /** Where the template goes. */
  readonly path: string;
  readonly template: string;
  /** The externals that it is written for. */
  readonly uses: readonly string[];
}

/** A draft in the making. */
interface Notes {
  readonly assumptions: Assumption[];
  readonly detections: Detection[];
  readonly warnings: string[];
  readonly starters: DraftStarter[];
  readonly ports: Set<unknown>;
  /** What the answers call the apps that were found, by the names that detection gave them. */
  readonly names: Map<string, string>;
}

/** The externals and their default versions. */
const externals = { postgres: 18, redis: 8 } as const;

/**
 * Lays the sources over each other and fills what is open: from the repo, then with safe defaults.
 * @throws UserError `target` when an app is asked for in a folder that holds something else
 */
export function complete(sources: Sources): Draft {
  const said = [sources.file, ...sources.chosen].reduce<unknown>(merge, {});
  const chosen = merge(presetFor(sources, said), said);
  const notes: Notes = {
    assumptions: [],
    detections: [],
    warnings: [],
    starters: [],
    ports: new Set(),
    names: new Map(),
  };
  const { ports: _ports, names: _names, ...shown } = notes;
  // Nothing that could be completed; validation says what is wrong with it.
  if (!isMap(chosen)) return { answers: { apps: chosen }, ...shown };

  const apps = namedApps(chosen['apps'], sources.detected);
  // Apps that name their port come first, so that an assumed port never takes theirs.
  for (const [name, app] of isMap(apps) ? Object.entries(apps) : []) {
    if (!isMap(app)) continue;
    notes.ports.add(app['port']);
    const found = match(sources.detected.apps, name, app);
    if (found) notes.names.set(found.name, name);
  }
  const answers: Values = {
    prodstack: 1,
    name: nameFor(sources.folder, chosen['name'], notes),
    ...chosen,
    apps: isMap(apps) ? mapValues(apps, (app, name) => fillApp(sources, notes, chosen, name, app)) : apps,
    ...externalsFor(sources, chosen, notes),
  };
  return { answers: withoutNulls(answers), ...shown };
}

/**
 * What `prodstack.yaml` shall say if it exists: what it says, what was chosen now, and the name, which the folder's
 * must not change later: volumes are called after it.
 */
export function saidAnswers({ file, chosen }: Sources, { answers }: Draft): unknown {
  const said = [file, ...chosen].reduce<unknown>(merge, {});
  return isMap(said) ? withoutNulls({ prodstack: answers['prodstack'], name: answers['name'], ...said }) : said;
}

/** One app with all its answers. */
function fillApp(sources: Sources, notes: Notes, chosen: Values, name: string, given: unknown): unknown {
  if (!isMap(given)) return given;
  const { stack } = given;
  if (!isStackName(stack)) return given;
  const detected = match(sources.detected.apps, name, given);
  const path = given['path'] ?? detected?.path ?? '.';
  if (isMadeByPreset(sources, name)) {
    const { presetStarter: made } = sources;
    refuseForeign(sources, stack, made.path);
    notes.starters.push({ app: name, ...made, uses: given['uses'] as readonly string[] });
    return given;
  }
  // Somebody who says how an app is started has one, found or not.
  const isDescribed = sources.file !== undefined || stacks[stack].describedBy.some((key) => key in given);
  const starter = starterFor(stack, given);
  if (detected || isDescribed || typeof path !== 'string' || !starter)
    return fillExisting(sources, notes, chosen, `apps.${name}`, { ...given, stack, path }, detected);
  refuseForeign(sources, stack, path);
  const { template, answers } = starter;
  const values: Values = { stack, path, ...answers, ...given };
  notes.starters.push({ app: name, path, template, uses: answers['uses'] as readonly string[] });
  warnOfLoosePackages(notes, `apps.${name}`, values);
  notes.ports.add(values['port']);
  return values;
}

/** Whether an app comes with the starter of the preset: where no app was found, and nobody has described one. */
function isMadeByPreset(
  sources: Sources,
  app: string,
): sources is Sources & { readonly presetStarter: NonNullable<Sources['presetStarter']> } {
  const { preset, presetStarter, detected, file } = sources;
  const apps = preset?.['apps'];
  return presetStarter !== undefined && file === undefined && detected.apps.length === 0 && isMap(apps) && app in apps;
}

/** The starter of a stack that the answers given fit; the first one where they say nothing. */
function starterFor(stack: StackName, given: Values): StarterDefinition | undefined {
  const starters: readonly StarterDefinition[] = stacks[stack].starters;
  return starters.find(({ answers }) => !('framework' in given) || answers['framework'] === given['framework']);
}

function fillExisting(
  sources: Sources,
  notes: Notes,
  chosen: Values,
  at: string,
  given: Values & { readonly stack: StackName },
  detected: DetectedApp | undefined,
): Values {
  const { stack, path } = given;
  const definition: StackDefinition = stacks[stack];
  const values: Values = { stack, path };
  notes.warnings.push(...(detected?.warnings ?? []));
  for (const [key, finding] of Object.entries(detected?.found ?? {})) {
    if (isSettled(sources, at, definition, key) && !(key in given)) continue;
    const value = key === 'proxy' ? withNames(finding.value, notes.names) : finding.value;
    values[key] = value;
    if (!(key in given))
      notes.detections.push({ path: `${at}.${key}`, value: text(value), evidence: finding.evidence });
  }
  Object.assign(values, given);
  for (const [key, fallback] of Object.entries(definition.fallbacks)) {
    if (key in values) continue;
    values[key] = key === 'port' ? freePort(Number(fallback), notes.ports) : fallback;
    const reason = definition.untold?.(values).includes(key) ? undefined : assumptionReason(key, path, definition);
    if (reason) notes.assumptions.push({ path: `${at}.${key}`, value: text(values[key]), reason });
  }
  for (const { key, value, reason } of definition.late?.(values) ?? []) {
    values[key] = key === 'port' && typeof value === 'number' ? freePort(value, notes.ports) : value;
    notes.assumptions.push({ path: `${at}.${key}`, value: text(values[key]), reason });
  }
  values['uses'] ??= stack === 'static' ? proxied(values['proxy']) : usesOf(sources.detected, detected, chosen);
  if (!('variables' in given)) dropForeignVariables(values);
  // What is only copied installs nothing.
  if (stack !== 'static' || values['build'] !== 'none') warnOfLoosePackages(notes, at, values);
  notes.ports.add(values['port']);
  return values;
}

/**
 * Whether the file has said that an app has no such thing. Where it says how the app is started, it was completed once,
 * and an optional answer that it lacks is none; a file that leaves most open leaves that open too.
 */
function isSettled({ file }: Sources, at: string, { schema, describedBy }: StackDefinition, key: string): boolean {
  if (schema.entries[key]?.type !== 'optional' || !isMap(file) || !isMap(file['apps'])) return false;
  const app = file['apps'][at.slice('apps.'.length)];
  return isMap(app) && describedBy.some((one) => one in app);
}

/** Of what was found only counts what comes from something that the app is connected to. */
function dropForeignVariables(values: Values): void {
  const { uses, variables } = values;
  if (!Array.isArray(uses) || !isMap(variables)) return;
  const kept = Object.entries(variables).filter(([, source]) => uses.includes(String(source).split('.')[0]));
  if (kept.length > 0) values['variables'] = Object.fromEntries(kept);
  else delete values['variables'];
}

function warnOfLoosePackages({ warnings }: Notes, at: string, { frozen }: Values): void {
  if (frozen === false)
    warnings.push(`${at}: its dependencies are not pinned by a lockfile, so every build may install other versions.`);
}

/** What an app is connected to: what a client was found for; and what was chosen and no app is known to use. */
function usesOf({ apps }: Detected, detected: DetectedApp | undefined, chosen: Values): readonly string[] {
  const keys = Object.keys(externals) as (keyof typeof externals)[];
  return keys.filter(
    (key) => detected?.uses[key] !== undefined || (isMap(chosen[key]) && !apps.some((app) => app.uses[key])),
  );
}

/** The answer `proxy` with other names for the apps; what goes to an app without one is left out. */
function withNames(proxy: unknown, names: ReadonlyMap<unknown, string>): unknown {
  const entries = Object.entries(isMap(proxy) ? proxy : {}).flatMap(([route, to]) => {
    const app = names.get(isMap(to) ? to['app'] : to);
    return app === undefined ? [] : [[route, isMap(to) ? { ...to, app } : app] as const];
  });
  return Object.fromEntries(entries);
}

/** The apps that a static site passes requests on to. */
function proxied(proxy: unknown): readonly unknown[] {
  const receiver = (to: unknown): unknown => (isMap(to) ? to['app'] : to);
  return isMap(proxy) ? [...new Set(Object.values(proxy).map(receiver))] : [];
}

/** The reason to show beside a fallback. One without a reason says that something is absent, and nothing follows from it. */
function assumptionReason(key: string, path: unknown, { runtime }: StackDefinition): string | undefined {
  const where = path === '.' ? '' : ` in ${path}`;
  const reasons: Readonly<Record<string, string>> = {
    port: `no port was found in the sources${where}`,
    health: `no health route was found${where}: the check only sees that the port is open`,
    version: `no usable ${runtime} version is named${where}`,
    packageManager: `no lockfile and no other sign of a package manager was found${where}`,
  };
  return reasons[key];
}

function freePort(port: number, taken: ReadonlySet<unknown>): number {
  return taken.has(port) ? freePort(port + 1, taken) : port;
}

function nameFor(folder: string, chosen: unknown, notes: Notes): unknown {
  if (chosen !== undefined) return chosen;
  const name = slug(folder);
  if (name !== folder) {
    notes.assumptions.push({
      path: 'name',
      value: name,
      reason: `made from the folder name ${JSON.stringify(folder)}`,
    });
  }
  return name;
}

/** Postgres and Redis: as chosen, for a starter, or because an app has a client for them. */
function externalsFor(sources: Sources, chosen: Values, notes: Notes): Values {
  const answers: Values = {};
  for (const [key, version] of Object.entries(externals) as [keyof typeof externals, number][]) {
    const complete = { mode: 'bundled', version };
    const evidence = sources.detected.apps.find((app) => app.uses[key])?.uses[key];
    if (isMap(chosen[key])) answers[key] = { ...complete, ...chosen[key] };
    if (key in chosen) continue;
    if (notes.starters.some(({ uses }) => uses.includes(key))) answers[key] = complete;
    else if (evidence && sources.file === undefined) {
      answers[key] = complete;
      notes.detections.push({ path: key, value: 'bundled', evidence });
    }
  }
  return answers;
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
function presetFor({ preset = {}, detected, file }: Sources, said: unknown): unknown {
  const apps = preset['apps'];
  const saidApps = isMap(said) && isMap(said['apps']) ? said['apps'] : {};
  if (!isMap(apps)) return preset;
  if (file !== undefined && Object.keys(saidApps).length > 0) return { ...preset, apps: {} };
  const found = (app: unknown) =>
    detected.apps.filter((one) => isMap(app) && one.stack === app['stack'] && sameFramework(one, app));
  // One that was found in the place of a preset's app is what the others are connected to.
  const names = new Map(
    Object.entries(apps).map(([name, app]) => {
      const [only, ...more] = found(app);
      return [name, only && more.length === 0 && !(name in saidApps) ? only.name : name] as const;
    }),
  );
  const expanded = Object.entries(apps).flatMap(([name, app]) => {
    const same = found(app);
    // What was said of the preset's one app (`--set apps.app.port=...`) is said of the one that was found.
    if (same.length === 0 || name in saidApps) return [[name, isMap(app) ? connectedTo(app, names) : app] as const];
    // An app that exists says itself what it is and runs; only the preset's limits are for it too.
    return same.map((one) => {
      const limits = isMap(app) && 'limits' in app ? { limits: app['limits'] } : {};
      return [one.name, { stack: one.stack, path: one.path, ...limits }] as const;
    });
  });
  return { ...preset, apps: Object.fromEntries(expanded) };
}

/** Whether an app is written with what a preset is for; a preset that names no framework is for all. */
function sameFramework({ found }: DetectedApp, { framework }: Values): boolean {
  return framework === undefined || !('framework' in found) || found.framework?.value === framework;
}

/** An app of a preset whose other apps have these names. */
function connectedTo(app: Values, names: ReadonlyMap<unknown, string>): Values {
  const { uses, proxy } = app;
  return {
    ...app,
    ...(Array.isArray(uses) && { uses: uses.map((one) => names.get(one) ?? one) }),
    ...(isMap(proxy) && { proxy: withNames(proxy, names) }),
  };
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

function refuseForeign(sources: Sources, stack: StackName, path: string): void {
  if (sources.isVacant(path)) return;
  const { title } = stacks[stack];
  const where = path === '.' ? 'this folder' : `the folder ${path}`;
  const others = sources.detected.apps.map((app) => `${stacks[app.stack].title} in ${app.path}`);
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

function withoutNulls(values: Values): Values {
  const kept = Object.entries(values).filter(([, value]) => value !== null);
  return mapValues(Object.fromEntries(kept), (value) => (isMap(value) ? withoutNulls(value) : value));
}

function mapValues(values: Values, change: (value: unknown, key: string) => unknown): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}

/** A folder name as a project name; `app` where nothing of it is left. */
function slug(folder: string): string {
  const word = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return word === '' || reservedNames.has(word) ? 'app' : word;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
