/** What is asked about the externals. */

import { isData } from '../../data.ts';
import { listed } from '../../words.ts';
import type { Draft, Sources } from '../complete/types.ts';
import { clientOf, evidenceText } from '../detect/findings.ts';
import type { Evidence } from '../detect/types.ts';
import type { ExternalName } from '../external-names.ts';
import { postgresProviders, postgresVersions, redisVersions } from '../externals.ts';
import { providers } from '../providers.ts';
import { appValues, namedApps } from './apps.ts';
import type { Ui } from './ui.ts';

export function askPostgres(ui: Ui, draft: Draft): Promise<unknown> {
  return askExternal(ui, draft, 'postgres', 'PostgreSQL', versionsOf(postgresVersions));
}

export function askRedis(ui: Ui, draft: Draft): Promise<unknown> {
  return askExternal(ui, draft, 'redis', 'Redis', [...redises('redis'), ...redises('valkey')]);
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
    default: isData(current) ? (current['mode'] as 'bundled' | 'managed') : null,
  });
  if (mode === null) return { [key]: null };
  if (mode === 'managed' && key === 'redis') return { redis: { mode } };
  const provider = mode === 'managed' ? { provider: await askProvider(ui, current) } : {};
  const isCurrent = ({ answers }: VersionChoice) =>
    isData(current) && Object.entries(answers).every(([name, value]) => current[name] === value);
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
    default: isData(current) && typeof current['provider'] === 'string' ? current['provider'] : 'generic',
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
export async function askBroker(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
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
  return clientOf(detected, key);
}

/** Only where an app has a client for it. */
export async function askStorage(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
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
export async function askMail(ui: Ui, sources: Sources, draft: Draft): Promise<unknown> {
  const evidence = offered(sources, draft, 'mail');
  if (!evidence) return {};
  const wanted = await ui.confirm({
    message: `Mails are sent (${evidenceText(evidence)}). Show them in a catcher in development, and set the SMTP account of production in .env?`,
    default: true,
  });
  return { mail: wanted ? { mode: 'catcher' } : null };
}

/** Only where several apps share a server. */
export async function askSeparate(ui: Ui, draft: Draft): Promise<unknown> {
  const { postgres } = draft.answers;
  const users = namedApps(draft).filter(([name]) => {
    const { uses } = appValues(draft, name);
    return Array.isArray(uses) && uses.includes('postgres');
  });
  if (!isData(postgres) || users.length < 2) return {};
  const separate = await ui.select<string | null>({
    message: `${listed(users.map(([name]) => name))} use PostgreSQL. What does each get?`,
    choices: [
      { name: 'The same database: they share tables', value: null },
      { name: 'A database of its own', value: 'databases' },
      { name: 'A schema of its own in one database', value: 'schemas' },
    ],
    default: typeof postgres['separate'] === 'string' ? postgres['separate'] : null,
  });
  return { postgres: { separate } };
}
