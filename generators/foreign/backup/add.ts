/** `add backup` in a project of somebody else's: what is written where, and proof that nothing else changes. */

import * as v from 'valibot';
import { backup as backupAnswers } from '../../answers/backup.ts';
import { merge } from '../../answers/map.ts';
import { problemOf } from '../../answers/validate/issues.ts';
import { wrongAnswers } from '../../answers/validate.ts';
import type { Edit } from '../../compose/edit/index.ts';
import { mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { inFolder } from '../../paths.ts';
import { appUser } from '../../stack/blocks/app.ts';
import type { Stack } from '../../stack/types.ts';
import { listed } from '../../words.ts';
import type { ForeignContext, ForeignPlan } from '../add.ts';
import { type Conventions, conventionsOf, profilesFor } from '../conventions.ts';
import type { Delta } from '../delta.ts';
import { envPlan } from '../env-files.ts';
import { serviceEdit } from '../logging.ts';
import { created } from '../outcomes.ts';
import { ownFile, volumeValue } from '../own-file.ts';
import { proveAdded } from '../proof.ts';
import { composeCommand, nextCommands, notesFor } from '../report.ts';
import { declared, sourcesOf } from '../services.ts';
import { refuseTaken } from '../taken.ts';
import { serviceText, type Texts, withoutKnobs } from '../texts.ts';
import type { Foreign } from '../types.ts';
import { composeOutcomes } from '../written.ts';
import { findPlace, type Place } from './find.ts';
import { backupStack, type Wanted } from './stack.ts';
import { backupFiles, guidePath } from './texts.ts';

/** What is asked for. */
export interface BackupWish {
  /** The service of the database, where the person named one. */
  readonly for: readonly string[];
  /** A name of its own, which it cannot have. */
  readonly name?: string;
  readonly settings: readonly unknown[];
  /** Into a compose file of its own, which theirs includes. */
  readonly include?: boolean;
}

export const service = 'backup';

/**
 * Backups of the database and of the files of a project, with their scripts and their guide.
 * @throws UserError `usage`, `answers`, `repo`: with the reason and the way out, and nothing is written
 */
export function planBackup(foreign: Foreign, wish: BackupWish, context: ForeignContext): ForeignPlan {
  const asked = askedIn(wish.settings);
  if (wish.for.length > 1)
    throw new UserError('usage', `One database is backed up, and not ${listed(wish.for)}.`, {
      hint: 'The programs and the schedule of one container are those of one server: --for with one name.',
    });
  if (wish.name !== undefined && wish.name !== service)
    throw new UserError('usage', `The service of backups is called ${service}, and not ${wish.name}.`, {
      hint: 'Scripts and guide go by that name.',
    });
  if (isPresent(foreign)) return nothing();
  const made = backupOf(foreign, wish.for[0], asked);
  const { place, conventions, stack, delta } = made;
  refuseTaken(foreign, delta, 'Scripts and guide go by these names: give yours other ones.');
  const profiles = profilesFor(foreign, [place.database.service.name]);
  const texts = { delta, conventions, networks: namedNetworks(delta.services[0]?.networks ?? []), profiles };
  const own = wish.include ? ownFile(foreign, service, place.home, texts) : undefined;
  const parts = own?.parts ?? [{ source: place.home, edits: edits(foreign, place, texts) }];
  const compose = [...(own?.outcomes ?? []), ...composeOutcomes(foreign, parts, 'backups: the new service')];
  const variables = envPlan(foreign, delta.env, { ...context, values: place.login.values });
  proveAdded(foreign, compose, { services: [service], volumes: delta.volumes.map(({ name }) => name), apps: [] });
  return {
    outcomes: [
      ...compose,
      ...made.files.map(({ path, why, mode, content }) =>
        created(foreign.repo, { path, why, ...(mode && { mode }) }, content),
      ),
      ...variables.outcomes,
    ],
    services: [service],
    notes: [
      ...notesOf(place, stack),
      ...variables.notes,
      ...notesFor(foreign, delta, { conventions, places: { homes: [place.home] }, apps: [] }),
    ],
    next: [
      ...nextCommands(
        foreign,
        { services: delta.services, volumes: delta.volumes.filter(({ disposable }) => !disposable) },
        { apps: [], missing: variables.missing, conventions },
      ),
      `${composeCommand(foreign)} exec -T ${service} backup run`,
      `# all else: ${inFolder(foreign.directory, guidePath)}`,
    ],
  };
}

/** Whoever is on the default network alone need not say so. */
function namedNetworks(networks: readonly string[]): readonly string[] {
  return networks.every((network) => network === 'default') ? [] : networks;
}

/** What backups of a project come to, whether it has them already or not. */
export function backupOf(foreign: Foreign, database: string | undefined, asked: Asked) {
  const place = findPlace(foreign, database, asked);
  const conventions = conventionsOf(foreign, place.home);
  const stack = inStyle(backupStack(place, asked.wanted), conventions);
  const folders = { directory: foreign.directory, folder: place.home.folder };
  return {
    place,
    conventions,
    stack,
    delta: withoutKnobs(deltaOf(stack)),
    files: backupFiles(stack, aboutDatabase(place), folders),
  };
}

/** What was said of backups. */
export interface Asked {
  readonly wanted: Wanted;
  /** Further databases of the same server: an answer that only somebody else's project has. */
  readonly more: readonly string[];
}

const databases = v.array(
  v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/, 'must be the name of a database: letters, digits, _ and -'),
  ),
);

/** What was said, below `backup` or as its own keys. */
export function askedIn(settings: readonly unknown[]): Asked {
  const said = mapOf(settings.reduce<unknown>(merge, {}));
  const { [service]: own, ...rest } = said;
  const { databases: more = [], ...answers } = { ...rest, ...mapOf(own) };
  const input = { backup: { engine: 'restic', ...answers, databases: [more].flat() } };
  const result = v.safeParse(
    v.strictObject({ backup: v.strictObject({ ...backupAnswers.entries, databases }) }),
    input,
  );
  if (!result.success) throw wrongAnswers(result.issues.map((issue) => problemOf(issue, input)));
  const { databases: names, ...wanted } = result.output.backup;
  return { wanted, more: [...new Set(names)] };
}

/** Whether a project has backups of ours: they are known by what they are built from and what they start. */
export function isPresent(foreign: Foreign): boolean {
  return sourcesOf(foreign, service).some((source) => {
    const { build, command } = declared(source, service);
    return (
      /(?:^|\/)docker\/backup$/.test(String(mapOf(build)['context'])) &&
      JSON.stringify(command) === '["backup","schedule"]'
    );
  });
}

function nothing(): ForeignPlan {
  return {
    outcomes: [],
    services: [],
    notes: ['Backups are there already (the service backup): nothing to do. Others: remove backup, then add it anew.'],
    next: [],
  };
}

/** The names of volumes as theirs are. */
function inStyle(stack: Stack, { separator }: Conventions): Stack {
  const own = new Set(stack.volumes.map(({ name }) => name));
  const named = (name: string) => (own.has(name) ? name.replaceAll('-', separator) : name);
  return {
    ...stack,
    volumes: stack.volumes.map((volume) => ({ ...volume, name: named(volume.name) })),
    services: stack.services.map((one) => ({
      ...one,
      volumes: one.volumes.map((mount) => ({ ...mount, volume: named(mount.volume) })),
    })),
  };
}

/** All of it is new. */
function deltaOf(stack: Stack): Delta {
  const { services, volumes, env, artifacts, ignores } = stack;
  return { stack, services, volumes, env, artifacts, ignores, apps: [] };
}

function edits(foreign: Foreign, { home }: Place, texts: Texts): readonly Edit[] {
  const { delta, conventions } = texts;
  return [
    ...delta.services.flatMap((one): readonly Edit[] => {
      const text = serviceText(one, 'whole', { ...texts, home });
      return text ? [serviceEdit(text, conventions, home)] : [];
    }),
    ...delta.volumes.map((one): Edit => {
      // What can be made again is Compose's to make.
      const value = one.disposable && conventions.external ? null : volumeValue(one, conventions, foreign);
      return { op: 'set', path: ['volumes', one.name], value };
    }),
  ];
}

function aboutDatabase({ database, login }: Place) {
  const [first] = login.env;
  return {
    title: `PostgreSQL ${database.version}`,
    passwordFrom: first ? `\`${first.name}\` of \`.env\`, where it has to be the same as in that file` : '',
  };
}

function notesOf(
  { database, files, clients, more, others, login, composeFile }: Place,
  stack: Stack,
): readonly string[] {
  const { backup } = stack;
  const server = database.service.name;
  const drilled = backup?.drill === 'never' ? '' : `, and restored for a test ${backup?.drill}`;
  const saved = [
    `the database of ${server}`,
    ...more.map((name) => `the database ${name}`),
    'the roles of the server',
    ...(files.saved.length > 0 ? [`the files in ${files.saved.join(', ')}`] : []),
  ];
  return [
    `Saved every day at ${backup?.at} (${backup?.timezone})${drilled}: ${saved.join(', ')}.`,
    ...(files.leftOut.length > 0
      ? [`Not saved: ${files.leftOut.map(({ volume, holds }) => `${volume} (${holds})`).join(', ')}.`]
      : []),
    ...(others.length > 0
      ? [
          `Not saved: ${others.join(', ')}, which services use on the same server. To save it, too: --set backup.databases=[${others.join(',')}]`,
        ]
      : []),
    clients.services.length === 0
      ? `No other service is there that might use ${server}: a restore ends whatever is connected, and stops nothing.`
      : `A restore stops ${clients.services.join(', ')} for the moment in which it changes names${clients.guessed ? `: nobody is seen to use ${server}, so that is everybody who might` : ''}.`,
    ...(backup?.to === 's3'
      ? ['As long as BACKUP_S3_BUCKET is not set, backups stay on this host, and are lost with it.']
      : []),
    ...(login.secrets.length > 0
      ? [
          `The container of backups reads ${login.secrets.length === 1 ? 'the secret' : 'the secrets'} of ${server} as user ${appUser.uid}: on the host, the file has to be readable for it (chmod 0444, in a folder that is closed to others).`,
        ]
      : []),
    ...login.env.map(
      ({ name }) => `${name} in .env is the password that ${composeFile} has in it: change both together.`,
    ),
  ];
}
