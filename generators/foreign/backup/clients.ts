/** Who has a database of theirs open: who is stopped while a restore gives another one its name; and what else is on its server. */
import type { ComposeService } from '../../compose/model.ts';
import { edgeKinds } from '../kinds.ts';
import { kindOf } from '../services.ts';
import type { Combination, Foreign } from '../types.ts';
import { isServer } from './servers.ts';
import { writtenOf } from './written.ts';

export interface Clients {
  /** In the order of the project. */
  readonly services: readonly string[];
  /** Whether that is only everybody who might: nobody is seen to use it. */
  readonly guessed: boolean;
  /** Databases by which some of them come to the same server, where their names stand there. */
  readonly databases: readonly string[];
}

/** The services that come to the database, by itself or through a pooler. */
export function clientsOf(foreign: Foreign, combination: Combination, database: string): Clients {
  const { services } = combination.model;
  const names = Object.keys(services).filter((name) => name !== database);
  const values = new Map(names.map((name) => [name, valuesOf(foreign, combination, name)]));
  const uses = (name: string, server: string) =>
    server in (services[name]?.depends_on ?? {}) || (values.get(name) ?? []).some((value) => namesHost(value, server));
  const direct = names.filter((name) => uses(name, database));
  // Who waits for the pooler, and knows the database by its name only.
  const poolers = direct.filter((name) => kindOf(services[name] ?? {}) === 'pgbouncer');
  const through = names.filter((name) => poolers.some((pooler) => uses(name, pooler)));
  const running = (some: readonly string[]) => names.filter((name) => some.includes(name) && !isOnce(name, services));
  const found = running([...direct, ...through]);
  const known = found.length > 0 ? found : running(names.filter((name) => mayUse(services[name])));
  const named = [database, ...poolers].flatMap((server) =>
    [...values.values()].flat().flatMap((value) => databaseIn(value, server) ?? []),
  );
  return { services: known, guessed: found.length === 0 && known.length > 0, databases: [...new Set(named)] };
}

/** All that a service is told, its env files included. */
function valuesOf(foreign: Foreign, combination: Combination, name: string): readonly string[] {
  const { environment: told = {}, command } = combination.model.services[name] ?? {};
  const { environment, envFiles } = writtenOf(foreign, combination, name);
  const inFiles = envFiles.map(({ path }) => (path === undefined ? '' : (foreign.repo.read(path) ?? '')));
  return [
    ...Object.values(told),
    ...[...environment.values()].map(({ text }) => text),
    ...(command ?? []),
    ...inFiles.flatMap((text) => text.split(/\r?\n/).map((line) => line.replace(/^[^=]*=/, ''))),
  ].flatMap((value) => (typeof value === 'string' ? [value] : []));
}

/** `db`, `db:5432`, `postgres://user:password@db/app`, `host=db port=5432`, `Server=db;Port=5432`. */
export function namesHost(value: string, host: string): boolean {
  const name = escaped(host);
  return new RegExp(
    `^["']?${name}(?::\\d+)?["']?$|@${name}(?::|/|$)|//${name}(?::\\d+|/)|(?:host|server)=${name}(?:[\\s;,]|$)`,
    'i',
  ).test(value.trim());
}

/** The database that an address of that host names, where the name itself stands there. */
function databaseIn(value: string, host: string): string | undefined {
  return new RegExp(`@${escaped(host)}(?::[^/@]*)?/([A-Za-z0-9_-]{1,63})(?:\\?|["']?\\s*$)`).exec(value)?.[1];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What is neither a server of its own nor lets the world in. */
function mayUse(service: ComposeService | undefined): boolean {
  const kind = service && kindOf(service);
  return service !== undefined && !isServer(service) && !(kind && edgeKinds.has(kind));
}

/** What ends by itself: others wait for its end, or it starts once. */
export function isOnce(name: string, services: Readonly<Record<string, ComposeService>>): boolean {
  const { restart, deploy } = services[name] ?? {};
  const isAwaited = Object.values(services).some(
    ({ depends_on: needs }) => needs?.[name]?.condition === 'service_completed_successfully',
  );
  return isAwaited || (restart === 'no' && deploy?.restart_policy === undefined && !isServed(services[name]));
}

/** A service that has an address for others runs on, whatever its restart policy. */
function isServed(service: ComposeService | undefined): boolean {
  return (service?.ports ?? []).length > 0 || (service?.expose ?? []).length > 0;
}
