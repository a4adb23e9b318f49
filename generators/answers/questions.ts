import * as v from 'valibot';
import type { Detection, Draft, Sources } from './complete/types.ts';
import { complete } from './complete.ts';
import { place } from './detect/findings.ts';
import type { Evidence } from './detect/types.ts';
import type { ExternalName } from './external-names.ts';
import { postgresProviders, postgresVersions, redisVersions } from './externals.ts';
import { hosts } from './hosts.ts';
import { isMap, merge } from './map.ts';
import { imagePrefix, projectName } from './names.ts';
import { providers } from './providers.ts';
import type { StackDefinition } from './stacks/definition.ts';
import { isStackName, type StackName, stackNames, stacks } from './stacks/index.ts';

export interface Choice<T> {
  readonly name: string;
  readonly value: T;
}

/** The few ways of asking that the questions need; the prompt library behind it is handed in. */
export interface Ui {
  say(text: string): void;
  input(question: {
    readonly message: string;
    readonly default?: string;
    readonly validate: (text: string) => string | true;
  }): Promise<string>;
  select<T>(question: {
    readonly message: string;
    readonly choices: readonly Choice<T>[];
    readonly default?: T;
  }): Promise<T>;
  confirm(question: { readonly message: string; readonly default: boolean }): Promise<boolean>;
}

/** "from pnpm-lock.yaml" or "from src/main.py:12". */
export function evidenceText(evidence: Evidence): string {
  return `from ${place(evidence)}`;
}

/**
 * Asks for what the sources leave open, and offers what was detected for correction.
 * @returns answers to lay over the others; nothing is decided or written here
 */
export async function askAnswers(ui: Ui, sources: Sources): Promise<unknown> {
  let chosen: unknown = {};
  const say = (more: unknown): void => {
    chosen = merge(chosen, more);
  };
  const draft = (): Draft => complete({ ...sources, chosen: [...sources.chosen, chosen] });

  if (namedApps(draft()).length === 0) say({ apps: { app: await askStarter(ui) } });
  say({ name: await askName(ui, draft()) });
  for (const [name, stack] of namedApps(draft())) say({ apps: { [name]: await askApp(ui, name, stack, draft()) } });
  say(await askExternal(ui, draft(), 'postgres', 'PostgreSQL', versionsOf(postgresVersions)));
  say(await askSeparate(ui, draft()));
  say(await askExternal(ui, draft(), 'redis', 'Redis', [...redises('redis'), ...redises('valkey')]));
  say(await askBroker(ui, sources, draft()));
  say(await askStorage(ui, sources, draft()));
  say(await askMail(ui, sources, draft()));
  say(await askHosts(ui, draft()));
  return chosen;
}

function namedApps(draft: Draft): readonly (readonly [string, StackName])[] {
  const apps = draft.answers['apps'];
  if (!isMap(apps)) return [];
  return Object.entries(apps).flatMap(([name, app]) => {
    const stack = isMap(app) ? app['stack'] : undefined;
    return isStackName(stack) ? [[name, stack] as const] : [];
  });
}

function askStarter(ui: Ui): Promise<Readonly<Record<string, unknown>>> {
  return ui.select<Readonly<Record<string, unknown>>>({
    message: 'No app was found here. Which starter do you want?',
    choices: stackNames.flatMap((stack) => {
      const { starters }: StackDefinition = stacks[stack];
      return starters.map(({ title, answers }) => ({
        name: title,
        value: { stack, ...(starters.length > 1 && { framework: answers['framework'] }) },
      }));
    }),
  });
}

function askName(ui: Ui, draft: Draft): Promise<string> {
  return ui.input({
    message: 'Name of the stack',
    default: String(draft.answers['name']),
    validate: validator(projectName),
  });
}

/** Confirms what was detected in one question, and asks one by one only for the rest. */
async function askApp(ui: Ui, name: string, stack: StackName, draft: Draft): Promise<unknown> {
  if (draft.starters.some((one) => one.app === name)) return {};
  const { askable, has = () => true }: StackDefinition = stacks[stack];
  const at = `apps.${name}.`;
  const detected = draft.detections.filter((one) => one.path.startsWith(at) && one.path.slice(at.length) in askable);
  const values = appValues(draft, name);
  const asked = Object.keys(askable).filter((key) => has(key, values));
  let wanted = asked.filter(
    (key) => values[key] === undefined || draft.assumptions.some((one) => one.path === at + key),
  );
  if (detected.length > 0) {
    ui.say(`\n${name}: found in ${String(values['path'])}\n${detected.map((one) => detectionLine(one, at)).join('')}`);
    const right = await ui.confirm({ message: `Is that right for ${name}?`, default: true });
    if (!right) wanted = asked;
  }
  const answers: Record<string, unknown> = {};
  for (const key of wanted)
    answers[key] = await askKey(
      ui,
      stack,
      key,
      values[key],
      detected.find((one) => one.path === at + key),
    );
  return answers;
}

function detectionLine({ path, value, evidence }: Detection, at: string): string {
  return `  ${path.slice(at.length)}: ${value}, ${evidenceText(evidence)}\n`;
}

function appValues(draft: Draft, name: string): Readonly<Record<string, unknown>> {
  const apps = draft.answers['apps'];
  const app = isMap(apps) ? apps[name] : undefined;
  return isMap(app) ? app : {};
}

async function askKey(
  ui: Ui,
  stack: StackName,
  key: string,
  value: unknown,
  detected: Detection | undefined,
): Promise<unknown> {
  const schema = (stacks[stack].schema.entries as Readonly<Record<string, v.GenericSchema>>)[key];
  if (!schema) return value;
  const message = `${(stacks[stack].askable as Readonly<Record<string, string>>)[key]}${detected ? ` (${detected.value}, ${evidenceText(detected.evidence)})` : ''}`;
  const options = optionsOf(schema);
  if (options)
    return ui.select({
      message,
      choices: options.map((option) => ({ name: String(option), value: option })),
      default: value as never,
    });
  const text = await ui.input({
    message,
    ...(value !== undefined && { default: String(value) }),
    validate: validator(schema),
  });
  return typed(text);
}

/** The values of a picklist, also inside a pipe. */
function optionsOf(schema: v.GenericSchema): readonly unknown[] | undefined {
  return 'options' in schema && schema.type === 'picklist' && Array.isArray(schema.options)
    ? schema.options
    : undefined;
}

async function askExternal(
  ui: Ui,
  draft: Draft,
  key: 'postgres' | 'redis',
  title: string,
  versions: readonly VersionChoice[],
): Promise<unknown> {
  const current = draft.answers[key];
  const detection = draft.detections.find((one) => one.path === key);
  const why = detection ? ` (a client was found, ${evidenceText(detection.evidence)})` : '';
  // What a starter is written for is no choice.
  const isNeeded = draft.starters.some(({ uses }) => uses.includes(key));
  const mode = await ui.select<'bundled' | 'managed' | null>({
    message: `Where does ${title} run${why}?`,
    choices: [
      { name: 'In a container of this stack', value: 'bundled' },
      { name: 'With a provider: .env gets its address', value: 'managed' },
      ...(isNeeded ? [] : [{ name: 'Nowhere: the stack has none', value: null }]),
    ],
    default: isMap(current) ? (current['mode'] as 'bundled' | 'managed') : null,
  });
  if (mode === null) return { [key]: null };
  if (mode === 'managed' && key === 'redis') return { redis: { mode } };
  const provider = mode === 'managed' ? { provider: await askProvider(ui, current) } : {};
  const isCurrent = ({ answers }: VersionChoice) =>
    isMap(current) && Object.entries(answers).every(([name, value]) => current[name] === value);
  const chosen = await ui.select({
    message: `${title} version`,
    choices: versions.map(({ name }) => ({ name, value: name })),
    default: (versions.find(isCurrent) ?? versions[0])?.name ?? '',
  });
  return { [key]: { mode, ...provider, ...versions.find(({ name }) => name === chosen)?.answers } };
}

function askProvider(ui: Ui, current: unknown): Promise<string> {
  return ui.select({
    message: 'Who runs it?',
    choices: postgresProviders.map((value) => ({ name: providers[value].title, value })),
    default: isMap(current) && typeof current['provider'] === 'string' ? current['provider'] : 'generic',
  });
}

/** A version to choose, and what it means for the answers. */
interface VersionChoice {
  readonly name: string;
  readonly answers: Readonly<Record<string, unknown>>;
}

/** The newest first. */
function versionsOf(versions: readonly number[]): readonly VersionChoice[] {
  return [...versions].reverse().map((version) => ({ name: String(version), answers: { version } }));
}

function redises(engine: keyof typeof redisVersions): readonly VersionChoice[] {
  return versionsOf(redisVersions[engine]).map(({ name, answers }) => ({
    name: engine === 'valkey' ? `Valkey ${name}` : name,
    answers: { engine, ...answers },
  }));
}

/** Only where an app has a client: few stacks need a broker. */
async function askBroker(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
  const evidence = offered(sources, draft, 'mqtt');
  if (!evidence) return {};
  const wanted = await ui.confirm({
    message: `An MQTT broker, Mosquitto, in a container (a client was found, ${evidenceText(evidence)})?`,
    default: true,
  });
  return { mqtt: wanted ? { mode: 'bundled' } : null };
}

/** The client of an external that nobody has decided about. */
function offered({ detected, file }: Sources, { answers }: Draft, key: ExternalName): Evidence | undefined {
  if (file !== undefined || key in answers) return undefined;
  return detected.apps.find(({ uses }) => uses[key])?.uses[key];
}

/** Only where an app has a client for it. */
async function askStorage(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
  const evidence = offered(sources, draft, 'storage');
  if (!evidence) return {};
  const mode = await ui.select<'bundled' | 'managed' | null>({
    message: `A client of object storage was found (${evidenceText(evidence)}). Where are the objects?`,
    choices: [
      { name: 'In a container (SeaweedFS)', value: 'bundled' },
      { name: 'With a provider that speaks S3', value: 'managed' },
      { name: 'Not in this stack: the app is told by its own settings', value: null },
    ],
    default: 'bundled',
  });
  return { storage: mode && { mode } };
}

/** The same. */
async function askMail(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
  const evidence = offered(sources, draft, 'mail');
  if (!evidence) return {};
  const wanted = await ui.confirm({
    message: `Mails are sent (${evidenceText(evidence)}). Show them in a catcher in development, and set the SMTP account of production in .env?`,
    default: true,
  });
  return { mail: wanted ? { mode: 'catcher' } : null };
}

/** Only where several apps share a server. */
async function askSeparate(ui: Ui, draft: Draft): Promise<unknown> {
  const { postgres } = draft.answers;
  const users = namedApps(draft).filter(([name]) => {
    const { uses } = appValues(draft, name);
    return Array.isArray(uses) && uses.includes('postgres');
  });
  if (!isMap(postgres) || users.length < 2) return {};
  const separate = await ui.select<string | null>({
    message: `${users.map(([name]) => name).join(' and ')} use PostgreSQL. What does each get?`,
    choices: [
      { name: 'The same database: they share tables', value: null },
      { name: 'A database of its own', value: 'databases' },
      { name: 'A schema of its own in one database', value: 'schemas' },
    ],
    default: typeof postgres['separate'] === 'string' ? postgres['separate'] : null,
  });
  return { postgres: { separate } };
}

/** Where it runs and who builds it: one question for the usual case, none where the answers say it already. */
async function askHosts(ui: Ui, { answers }: Draft): Promise<unknown> {
  if ('targets' in answers || 'images' in answers) return {};
  const isUsual = await ui.confirm({
    message: 'Will a server build it itself, and run it with the usual limits?',
    default: true,
  });
  return isUsual ? {} : merge(await askTarget(ui), await askImages(ui));
}

/** One host is enough to begin with. */
async function askTarget(ui: Ui): Promise<unknown> {
  const target = await ui.select<string | null>({
    message: 'Where will it run?',
    choices: [
      { name: 'On any server: usual limits', value: null },
      { name: 'On a machine of my own, behind its own tunnel or proxy (selfhosted)', value: 'selfhosted' },
      { name: 'On a small droplet of DigitalOcean (digitalocean)', value: 'digitalocean' },
      ...Object.entries(hosts).map(([size, { memory, cpus }]) => ({
        name: `On a host with ${memory} of memory and ${cpus} ${cpus === '1' ? 'core' : 'cores'} (${size})`,
        value: size,
      })),
    ],
    default: null,
  });
  return target === null ? {} : { targets: { [target]: {} } };
}

async function askImages(ui: Ui): Promise<unknown> {
  const from = await ui.select({
    message: 'Where does a server get the images from?',
    choices: [
      { name: 'It builds them itself', value: 'build' },
      { name: 'From a registry, where they are pushed to', value: 'registry' },
    ],
    default: 'build',
  });
  if (from === 'build') return {};
  const prefix = await ui.input({
    message: 'The registry and path, such as ghcr.io/acme',
    validate: validator(imagePrefix),
  });
  return { images: { from, prefix } };
}

function validator(schema: v.GenericSchema): (text: string) => string | true {
  return (text) => {
    const result = v.safeParse(schema, typed(text));
    if (result.success) return true;
    const issue = result.issues[0];
    return issue?.issues?.at(-1)?.message ?? issue?.message ?? 'is not possible';
  };
}

/** Digits are a number, as they are in YAML. */
function typed(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}
