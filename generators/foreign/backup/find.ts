/** Everything that backups have to know of a project of somebody else's, found out. */
import { isDefaultName, isOverride } from '../../compose/model/index.ts';
import { UserError } from '../../errors.ts';
import { nameOf } from '../../paths.ts';
import { conventionsOf } from '../conventions.ts';
import { seenFrom } from '../paths.ts';
import { isWhole, placesFor } from '../places.ts';
import { byPurpose } from '../services.ts';
import type { Combination, ComposeSource, Foreign } from '../types.ts';
import { clientsOf } from './clients.ts';
import { databaseFor, type TheirDatabase } from './database.ts';
import { filesOf } from './files.ts';
import { type Login, loginOf } from './login.ts';
import type { Found, Wanted } from './stack.ts';

/** The project, and the file that gets the service. */
export interface Place extends Found {
  readonly home: ComposeSource;
}

/**
 * @param named the service of the database, where the person named one
 * @param more further databases of the same server
 * @throws UserError `usage` where several could be meant, `repo` where it cannot be done, with the reason
 */
export function findPlace(
  foreign: Foreign,
  named: string | undefined,
  { wanted, more: asked }: { readonly wanted: Wanted; readonly more: readonly string[] },
): Place {
  const database = databaseFor(foreign, named);
  const combination = combinationWith(foreign, database);
  const home = homeIn(foreign, combination, database);
  const clients = clientsOf(foreign, combination, database.service.name);
  const composeFiles = chosenFiles(foreign, combination);
  const main = mainDatabase(database);
  const more = asked.filter((name) => name !== main);
  const login = withPathsFrom(home.folder, loginOf(foreign, combination, database));
  return {
    home,
    name: projectKey(foreign.name),
    composeFile: seenFrom(foreign.directory, home.path),
    combination,
    database,
    login,
    keep: [
      ...Object.values(combination.model.secrets ?? {}).flatMap(({ file }) => (file === undefined ? [] : [file])),
      ...login.envFiles.flatMap(({ path }) => path ?? []),
    ],
    files: filesOf(combination, clients.services, wanted.uploads ?? true),
    clients,
    others: clients.databases.filter((name) => name !== main && !more.includes(name)),
    more,
    ...(composeFiles !== undefined && { composeFiles }),
    restart: conventionsOf(foreign, home).restart,
  };
}

/** That of production, where it has the database. */
function combinationWith(foreign: Foreign, { service: { name } }: TheirDatabase): Combination {
  const found = byPurpose(foreign).find(({ model }) => name in model.services);
  if (!found) throw new Error('A service is in none of the combinations.');
  return found;
}

/** Development has nothing to lose: where production has a file of its own, that one gets the service. */
function homeIn(foreign: Foreign, { files }: Combination, { service }: TheirDatabase): ComposeSource {
  const { production } = placesFor(foreign, service.name);
  if (production && files.includes(production.path)) return production;
  const its = service.sources.filter(({ path, includedBy }) => files.includes(path) || includedBy !== undefined);
  const home = its.find((one) => isWhole(one, service.name)) ?? its[0];
  if (!home) throw new UserError('repo', `No file of ${files.join(', ')} can get a service.`, { hint: '--file' });
  return home;
}

/** Env files as the file that gets the service has to name them: those of a base in another folder count from there. */
function withPathsFrom(home: string, login: Login): Login {
  return {
    ...login,
    envFiles: login.envFiles.map((one) =>
      one.path === undefined || one.folder === home ? one : { ...one, text: seenFrom(home, one.path) },
    ),
  };
}

/** What plain `docker compose` would not take by itself. */
function chosenFiles({ directory, env }: Foreign, { files }: Combination): string | undefined {
  if ((env['COMPOSE_FILE'] ?? '') !== '') return undefined;
  const names = files.map((path) => seenFrom(directory, path));
  return names.every((path) => path === nameOf(path) && (isDefaultName(path) || isOverride(path)))
    ? undefined
    : names.join(':');
}

/** The project's name as storages and tags take it. */
function projectKey(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]+/g, '-')
      .replaceAll(/^[^a-z0-9]+|-+$/g, '') || 'app'
  );
}

/** The database that its service was made with, where that is known here. */
function mainDatabase({ service }: TheirDatabase): string | undefined {
  const { environment = {} } = service.model;
  return ['POSTGRESQL_DATABASE', 'POSTGRES_DB', 'POSTGRESQL_USERNAME', 'POSTGRES_USER']
    .map((name) => environment[name] ?? '')
    .find((value) => value !== '');
}
