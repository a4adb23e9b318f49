/** The answers of one app: what was said, what was found, and safe defaults for the rest. */
import { isData } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { DetectedApp } from '../detect/types.ts';
import { externalNames } from '../external-names.ts';
import { mapValues } from '../map.ts';
import type { StackDefinition, StarterDefinition, Values } from '../stacks/definition.ts';
import { isStackName, type StackName, stacks } from '../stacks/index.ts';
import { offers } from './externals.ts';
import { matching } from './match.ts';
import { withNames } from './preset.ts';
import type { Notes, Sources } from './types.ts';

/** One app with all its answers. */
export function fillApp(sources: Sources, notes: Notes, chosen: Values, name: string, given: unknown): unknown {
  if (!isData(given)) return given;
  const { stack } = given;
  if (!isStackName(stack)) return given;
  const detected = matching(sources.detected.apps, name, given);
  const path = given['path'] ?? detected?.path ?? '.';
  if (isMadeByPreset(sources, name)) {
    const { presetStarter: made } = sources;
    refuseForeign(sources, stack, made.path);
    notes.starters.push({ app: name, ...made, uses: given['uses'] as readonly string[] });
    return given;
  }
  // Somebody who says how an app is started has one, found or not.
  const isStarting = sources.starting?.includes(name) ?? false;
  const isDescribed =
    !isStarting && (sources.file !== undefined || stacks[stack].describedBy.some((key) => key in given));
  const starter = starterFor(stack, given);
  if (detected || isDescribed || typeof path !== 'string' || !starter)
    return fillExisting(sources, notes, chosen, `apps.${name}`, { ...given, stack, path }, detected);
  refuseForeign(sources, stack, path);
  const { template, answers } = starter;
  const values: Values = { stack, path, ...answers, ...given };
  notes.starters.push({ app: name, path, template, uses: listOf(values['uses']) });
  warnOfLoosePackages(notes, `apps.${name}`, values);
  notes.ports.add(values['port']);
  return values;
}

/** What an app is said to use; what is no list is refused later. */
function listOf(uses: unknown): readonly string[] {
  return Array.isArray(uses) ? uses.map(String) : [];
}

/** Whether an app comes with the starter of the preset: where no app was found, and nobody has described one. */
function isMadeByPreset(
  sources: Sources,
  app: string,
): sources is Sources & { readonly presetStarter: NonNullable<Sources['presetStarter']> } {
  const { preset, presetStarter, detected, file } = sources;
  const apps = preset?.['apps'];
  return presetStarter !== undefined && file === undefined && detected.apps.length === 0 && isData(apps) && app in apps;
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
    const value = named(key, finding.value, notes.names);
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
  values['uses'] ??= stack === 'static' ? proxied(values['proxy']) : usesOf(sources, notes, detected, chosen);
  if (!('variables' in given)) {
    turnToCache(values);
    dropForeignVariables(values);
  }
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
  if (schema.entries[key]?.type !== 'optional' || !isData(file) || !isData(file['apps'])) return false;
  const app = file['apps'][at.slice('apps.'.length)];
  return isData(app) && describedBy.some((one) => one in app);
}

/** What is called a cache is told of the server for the cache, if the app has one. */
function turnToCache(values: Values): void {
  const { uses, variables } = values;
  if (!Array.isArray(uses) || !uses.includes('cache') || !isData(variables)) return;
  values['variables'] = mapValues(variables, (source, key) =>
    key.includes('CACHE') ? String(source).replace(/^redis\./, 'cache.') : source,
  );
}

/** Of what was found only counts what comes from something that the app is connected to. */
function dropForeignVariables(values: Values): void {
  const { uses, variables } = values;
  if (!Array.isArray(uses) || !isData(variables)) return;
  const kept = Object.entries(variables).filter(([, source]) => uses.includes(String(source).split('.')[0]));
  if (kept.length > 0) values['variables'] = Object.fromEntries(kept);
  else delete values['variables'];
}

function warnOfLoosePackages({ warnings }: Notes, at: string, { frozen }: Values): void {
  if (frozen === false)
    warnings.push(`${at}: its dependencies are not pinned by a lockfile, so every build may install other versions.`);
}

/** What an app is connected to: what a client was found for; and what was chosen and no app is known to use. */
function usesOf(
  { detected: { apps } }: Sources,
  { names }: Notes,
  detected: DetectedApp | undefined,
  chosen: Values,
): readonly string[] {
  const used = externalNames.filter((key) => {
    // No client tells it apart.
    const client = key === 'cache' ? 'redis' : key;
    const isChosen = isData(chosen[key]);
    const isFound = detected?.uses[client] !== undefined && (isChosen || (key === client && !(key in offers)));
    return isFound || (isChosen && !apps.some((app) => app.uses[client]));
  });
  return [...used, ...(detected?.calls ?? []).flatMap((name) => names.get(name) ?? [])];
}

/** What was found, with the apps that it speaks of called as the answers call them. */
function named(key: string, value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (key === 'proxy') return withNames(value, names);
  if (key !== 'variables' || !isData(value)) return value;
  return mapValues(value, (source) => {
    const [from = '', part] = String(source).split('.');
    return `${names.get(from) ?? from}.${part}`;
  });
}

/** The apps that a static site passes requests on to. */
function proxied(proxy: unknown): readonly unknown[] {
  const receiver = (to: unknown): unknown => (isData(to) ? to['app'] : to);
  return isData(proxy) ? [...new Set(Object.values(proxy).map(receiver))] : [];
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

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
