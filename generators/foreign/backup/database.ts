/** Which database of a project somebody else wrote is backed up, and which programs can read it. */

import type { ComposeService } from '../../compose/model.ts';
import { mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { inFolder } from '../../paths.ts';
import type { PostgresVersion } from '../../stack/blocks/postgres-image.ts';
import { listed } from '../../words.ts';
import { textOf } from '../data.ts';
import { type Kind, kindOfImage } from '../kinds.ts';
import { resolved } from '../paths.ts';
import { allServices, declared, kindOf, requireService, serviceNamed, sourcesOf } from '../services.ts';
import type { Foreign, TheirService } from '../types.ts';
import { isOnce } from './clients.ts';

/** A PostgreSQL of theirs. */
export interface TheirDatabase {
  readonly service: TheirService;
  readonly version: PostgresVersion;
  /** `bitnami`: other variables, and a superuser only where it has a password. */
  readonly flavour: 'official' | 'bitnami';
  readonly timescaledb: boolean;
  /** Debian packages with the extensions that the image is known for. */
  readonly packages: readonly string[];
  /** Where a drill restores: the server itself, where only that one has all of its extensions. */
  readonly drillIn: 'scratch' | 'server';
}

const versions: readonly number[] = [15, 16, 17, 18] satisfies readonly PostgresVersion[];

/** Databases that there is no engine for, by what they are called. */
const others: Partial<Readonly<Record<Kind, string>>> = { mysql: 'MySQL or MariaDB', mongo: 'MongoDB' };

/**
 * The one that is meant.
 * @param named the service that the person named
 * @throws UserError `usage` where it is open which one, `repo` where none can be backed up, with the reason
 */
export function databaseFor(foreign: Foreign, named: string | undefined): TheirDatabase {
  const found = databaseNames(foreign);
  if (named !== undefined) return described(foreign, requireService(foreign, named, '--for').name);
  const [only, ...more] = found;
  if (only === undefined) throw nothingToSave(foreign);
  if (more.length > 0)
    throw new UserError('usage', `Which PostgreSQL is to be backed up? There are ${found.join(', ')}.`, {
      hint: `One of them: --for ${only}`,
    });
  return described(foreign, only);
}

/** All PostgreSQL services, for a question. */
export function databaseNames(foreign: Foreign): readonly string[] {
  const services = Object.fromEntries(allServices(foreign));
  // The image has a client in it, too: what prepares a database is none.
  return Object.keys(services).filter((name) => imageOf(foreign, name) !== undefined && !isOnce(name, services));
}

function described(foreign: Foreign, name: string): TheirDatabase {
  const service = serviceNamed(foreign, name);
  const image = imageOf(foreign, name);
  if (!service || !image) throw notPostgres(foreign, name);
  const { repository, tag, built } = image;
  if (/(?:^|\/)supabase-?\/?postgres$/.test(repository))
    throw refused(
      name,
      'is that of Supabase: its databases and roles belong to other services of it.',
      'Its own documentation has a way: https://supabase.com/docs/guides/self-hosting',
    );
  reachable(name, service.model);
  const version = majorOf(repository, tag);
  if (version === undefined)
    throw refused(
      name,
      `runs ${image.reference}, which does not say which PostgreSQL that is; backups need its own programs.`,
      `Write the version into the tag, the one that runs: docker compose exec ${name} postgres --version`,
    );
  const known = versions.find((one) => one === version) as PostgresVersion | undefined;
  if (known === undefined)
    throw refused(
      name,
      `is PostgreSQL ${version}, and backups can be made of ${versions[0]} to ${versions.at(-1)}.`,
      version < 15
        ? 'Nobody mends that version any more: go to a newer one first.'
        : 'A newer create-prodstack may know it.',
    );
  return { service, version: known, ...extensions(repository, known, built) };
}

/** Nothing but a network of the project leads from one container to another. */
function reachable(name: string, { network_mode: mode }: ComposeService): void {
  if (mode === undefined || mode === 'bridge' || mode === 'default') return;
  throw refused(
    name,
    `has network_mode: ${mode}, so no other container can come to it by its name.`,
    'Give it a network of the project, and publish its port where others need it.',
  );
}

interface TheirImage {
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  /** Whether it is built here, on top of that one. */
  readonly built: boolean;
}

/** The image that a service runs, or is built from, where that is a PostgreSQL. */
function imageOf(foreign: Foreign, name: string): TheirImage | undefined {
  const { image, build, command, entrypoint, volumes = [] } = allServices(foreign).get(name) ?? {};
  // The image has a client in it, too; who keeps the data is none, whatever script starts it.
  const keepsData = volumes.some(({ type, target }) => type === 'volume' && target.startsWith('/var/lib/postgresql'));
  if (!keepsData && (!startsServer(command) || !startsServer(entrypoint))) return undefined;
  if (build) return baseImage(foreign, name);
  return kindOfImage(image) === 'postgres' && image !== undefined ? parted(image, false) : undefined;
}

/** The last image of its Dockerfile, if that one is a PostgreSQL. */
function baseImage(foreign: Foreign, name: string): TheirImage | undefined {
  const source = sourcesOf(foreign, name).find((one) => declared(one, name)['build'] !== undefined);
  if (!source) return undefined;
  const build = declared(source, name)['build'];
  const context = textOf(build) ?? textOf(mapOf(build)['context']) ?? '.';
  const folder = resolved(source.folder, context);
  const file = folder === undefined ? undefined : inFolder(folder, textOf(mapOf(build)['dockerfile']) ?? 'Dockerfile');
  const text = file === undefined ? undefined : foreign.repo.read(file);
  const defaults = new Map(
    [...(text ?? '').matchAll(/^\s*ARG\s+(\w+)=["']?([^"'\s]*)/gim)].map((found) => [found[1] ?? '', found[2] ?? '']),
  );
  const starts = [...(text ?? '').matchAll(/^\s*(?:CMD|ENTRYPOINT)\s+(.*)$/gim)].at(-1)?.[1];
  if (starts !== undefined && !server.test(starts)) return undefined;
  const from = [...(text ?? '').matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].at(-1)?.[1];
  const filled = from?.replaceAll(/\$\{?(\w+)\}?/g, (whole, variable: string) => defaults.get(variable) ?? whole);
  return filled !== undefined && kindOfImage(filled) === 'postgres' ? parted(filled, true) : undefined;
}

/** The program of the server, or a script that ends as it. */
const server = /(?:^|[\s/"'])postgres(?:$|[\s"'])|entrypoint/;

/** Whether what a service starts is the server: its own program, a script in front of that, or settings for it. */
function startsServer(words: readonly string[] | null | undefined): boolean {
  const [first] = words ?? [];
  return first === undefined || first.startsWith('-') || server.test((words ?? []).join(' '));
}

function parted(reference: string, built: boolean): TheirImage {
  const [plain = ''] = reference.split('@');
  const at = plain.lastIndexOf(':');
  const hasTag = at > plain.lastIndexOf('/');
  return { reference, repository: hasTag ? plain.slice(0, at) : plain, tag: hasTag ? plain.slice(at + 1) : '', built };
}

/** `16.4-alpine`, `pg16`, `2.17.2-pg16`, `pg16.4-ts2.17`; others count their own versions in front. */
function majorOf(repository: string, tag: string): number | undefined {
  const named = /(?:^|-)pg-?(\d+)/.exec(tag)?.[1];
  if (named !== undefined) return Number(named);
  if (!/(?:^|\/)(?:postgres|postgresql|postgis)$/.test(repository)) return undefined;
  const leading = /^v?(\d+)(?:[.-]|beta|rc|$)/.exec(tag)?.[1];
  return leading === undefined ? undefined : Number(leading);
}

function extensions(
  repository: string,
  version: PostgresVersion,
  built: boolean,
): Pick<TheirDatabase, 'flavour' | 'timescaledb' | 'packages' | 'drillIn'> {
  const is = (names: string) => new RegExp(`(?:^|/)(?:${names})$`).test(repository);
  const flavour = /(?:^|\/)bitnami(?:legacy|secure)?\/postgresql/.test(repository) ? 'bitnami' : 'official';
  const packages = is('postgis')
    ? [`postgresql-${version}-postgis-3`]
    : is('pgvector')
      ? [`postgresql-${version}-pgvector`]
      : [];
  // What else is in an image of somebody's own, nobody can tell.
  const isPlain = !built && is('postgres|postgresql|postgis|pgvector');
  return { flavour, timescaledb: is('timescaledb(?:-ha)?'), packages, drillIn: isPlain ? 'scratch' : 'server' };
}

function nothingToSave(foreign: Foreign): UserError {
  const other = [...allServices(foreign)].flatMap(([name, service]) => {
    const title = others[kindOf(service) ?? 'nginx'];
    return title === undefined ? [] : [`${title} (${name})`];
  });
  return new UserError(
    'repo',
    other.length > 0
      ? `Backups are made of PostgreSQL, and this project has ${listed(other)}.`
      : 'Backups are made of PostgreSQL, and no service of this project is one.',
    {
      hint: 'Nothing was written. A copy of the files of a running database is no backup; use the program that belongs to it.',
    },
  );
}

function notPostgres(foreign: Foreign, name: string): UserError {
  const kind = kindOf(allServices(foreign).get(name) ?? {});
  const title = kind && others[kind];
  const names = databaseNames(foreign);
  return new UserError('usage', `--for: ${name} is ${title ?? 'no PostgreSQL'}, and backups are made of PostgreSQL.`, {
    hint: names.length > 0 ? `Those that are: ${names.join(', ')}` : 'No service of this project is one.',
  });
}

function refused(name: string, why: string, hint: string): UserError {
  return new UserError('repo', `The database ${name} ${why}`, { hint });
}
