/** Apps that go by another name in the answers: what was theirs under the old one, they find under the new one. */
import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import type { Names } from '../../compose/rename.ts';
import { isData, mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { appEnvFile } from '../../stack/blocks/app.ts';
import { type Database, databaseOf } from '../../stack/blocks/databases.ts';
import { secretPath } from '../../stack/secrets.ts';
import type { Stack } from '../../stack/types.ts';
import { envPrefix } from '../../stack/values.ts';
import type { Disk, Outcome } from '../compare.ts';
import { assignmentsOf, isBlank } from '../dotenv.ts';
import type { Intended } from '../intend.ts';
import { shellWords } from '../shell.ts';
import { stopCommand } from './volumes.ts';

/** New names of apps by their old ones: gone from the answers, and another one came for the same folder and stack. */
export function renamedApps(before: unknown, { apps }: Answers): Names {
  const was = mapOf(mapOf(before)['apps']);
  const gone = Object.entries(was).filter(([name]) => !Object.hasOwn(apps, name));
  const come = Object.entries(apps).filter(([name]) => !Object.hasOwn(was, name));
  return new Map(
    gone.flatMap(([from, app]) => {
      const same = come.filter(([, one]) => isData(app) && one.path === app['path'] && one.stack === app['stack']);
      const sources = gone.filter(([, one]) => isData(app) && isData(one) && one['path'] === app['path']);
      // Two apps in one folder: nobody knows which is which.
      return same.length === 1 && sources.length === 1 && same[0] ? [[from, same[0][0]] as const] : [];
    }),
  );
}

/** The same for the services of these apps: `api`, and `api-mailer` with it. */
export function servicesOfApps(apps: Names, was: readonly string[], shall: readonly string[]): Names {
  const names = new Map<string, string>();
  for (const [from, to] of apps) {
    for (const service of was) {
      const renamed =
        service === from ? to : service.startsWith(`${from}-`) ? to + service.slice(from.length) : undefined;
      if (renamed !== undefined && shall.includes(renamed) && !shall.includes(service)) names.set(service, renamed);
    }
  }
  return names;
}

/**
 * Two apps that took each other's names would silently read each other's settings, volumes and databases: these are known
 * by the name only.
 * @throws UserError `answers` for an app that took the name of another one
 */
export function refuseTakenNames(before: unknown, { apps }: Answers): void {
  const was = Object.entries(mapOf(mapOf(before)['apps']));
  const places = (all: readonly (readonly [string, unknown])[], place: string): readonly string[] =>
    all.filter(([, app]) => placeOf(app) === place).map(([name]) => name);
  const taken = was.flatMap(([from, app]) => {
    const place = placeOf(app);
    const [to, ...more] = places(Object.entries(apps), place);
    const isClear = to !== undefined && more.length === 0 && places(was, place).length === 1;
    const there = was.find(([name]) => name === to)?.[1];
    return isClear && to !== from && there !== undefined && placeOf(there) !== place ? [[from, to] as const] : [];
  });
  const [first] = taken;
  if (first === undefined) return;
  throw new UserError('answers', 'An app took the name of another one; nothing was written.', {
    problems: taken.map(([from, to]) => ({
      path: `apps.${to}`,
      message: `was the app in another folder: what is called after it, such as settings in .env, volumes and databases, would be read by what was ${from}`,
    })),
    hint: `One at a time: give ${first[1]} a name that is new, run create-prodstack update, then the next.`,
  });
}

/** What tells an app from others, whatever it is called. */
const placeOf = (app: unknown): string =>
  isData(app) ? JSON.stringify([app['path'], app['stack']]) : JSON.stringify(app);

/** Variables of `.env` by the names that they had. */
function formerVariables({ env, secrets }: Stack, apps: Names): ReadonlyMap<string, string> {
  const names = [...env.map(({ name }) => name), ...secrets.map(({ variable }) => variable)];
  const former = new Map<string, string>();
  for (const [from, to] of apps) {
    const [old, now] = [`${envPrefix(from)}_`, `${envPrefix(to)}_`];
    for (const name of names) if (name.startsWith(now)) former.set(name, old + name.slice(now.length));
  }
  return former;
}

/** What shall be, with the values of `.env` and of secrets that are there under the names of before. */
export function withFormerValues(
  intended: readonly Intended[],
  stack: Stack,
  apps: Names,
  disk: Disk,
): readonly Intended[] {
  const former = formerVariables(stack, apps);
  if (former.size === 0) return intended;
  const env = disk.raw('.env')?.text ?? '';
  const formerValue = (name: string): string | undefined => {
    const old = former.get(name);
    const raw = old === undefined ? undefined : assignmentsOf(env, old).at(-1)?.raw;
    return raw === undefined || isBlank(raw) ? undefined : raw;
  };
  return intended.map((file) => {
    if (file.kind === 'secret') {
      const old = former.get(file.variable);
      const value = old === undefined ? undefined : disk.raw(secretPath(old))?.text || formerValue(file.variable);
      return value === undefined ? file : { ...file, value };
    }
    if (file.kind !== 'env') return file;
    const entries = file.entries.map((entry) => ({ ...entry, value: formerValue(entry.name) ?? entry.value }));
    const listed = new Set(entries.map(({ name }) => name));
    // What the user set of what need not be set.
    const set = stack.env
      .filter(({ name }) => !listed.has(name) && formerValue(name) !== undefined)
      .map(({ name, meaning }) => ({ name, comment: meaning, value: formerValue(name) ?? '' }));
    return { ...file, entries: [...entries, ...set] };
  });
}

/** The settings that an app has in a file of its own: they are the user's, and copied to where they are read now. */
export function followedSettings(apps: Names, disk: Disk): readonly Outcome[] {
  return [...apps].flatMap(([from, to]): readonly Outcome[] => {
    const [old, path] = [appEnvFile(from), appEnvFile(to)];
    const existing = disk.raw(old);
    if (!existing || disk.raw(path)) return [];
    const file = { path, mode: 0o600, why: `the settings of ${to}, from ${old}` } as const;
    return [
      {
        ...file,
        action: 'create',
        planned: { kind: 'create', content: existing.text, ...file },
        notes: [`a copy of ${old}, which is no longer read: delete that one`],
      },
    ];
  });
}

/**
 * Databases and roles that are named after an app: renaming them takes a moment without it, and a person who is there.
 * @param project what it was called
 */
export function databaseNotes(apps: Names, answers: Answers, project: string): readonly string[] {
  const { postgres } = answers;
  const users = new Set(usersOf(answers, 'postgres').map(([name]) => name));
  if (postgres?.separate === undefined || postgres.mode !== 'bundled') return [];
  const inDatabases = postgres.separate === 'databases';
  return [...apps]
    .filter(([, to]) => users.has(to))
    .map(([from, to]) => {
      const [old, now] = [from, to].map((app) => databaseOf(answers, app)) as [Database, Database];
      const [oldMigration, migration] = [from, to].map((app) => databaseOf(answers, app, 'migration').user);
      const [was, is] = inDatabases ? [old.name, now.name] : [old.schema, now.schema];
      const statements = [
        `ALTER ${inDatabases ? 'DATABASE' : 'SCHEMA'} ${was} RENAME TO ${is}`,
        `ALTER ROLE ${old.user} RENAME TO ${now.user}`,
        `ALTER ROLE ${oldMigration} RENAME TO ${migration}`,
      ];
      const database = inDatabases ? 'postgres' : old.name;
      return `The data of ${to} is in ${was} of the Postgres, and the app looks for it in ${is} now. Before the next start: ${stopCommand(project, from)}; docker compose exec postgres psql -U postgres -d ${database} ${statements.map((sql) => `-c ${shellWords([sql])}`).join(' ')}`;
    });
}
