/** Who has a database of theirs open: who is stopped while a restore gives another one its name. */
import type { ComposeService } from '../../compose/model.ts';
import { kindOf } from '../services.ts';
import type { Combination, Foreign } from '../types.ts';
import { writtenOf } from './written.ts';

/** The services that come to the database, by itself or through a pooler, in their order. */
export function clientsOf(foreign: Foreign, combination: Combination, database: string): readonly string[] {
  const { services } = combination.model;
  const names = Object.keys(services).filter((name) => name !== database);
  const direct = names.filter((name) => isClient(foreign, combination, name, database));
  // Who waits for the pooler, and knows the database by its name only.
  const poolers = direct.filter((name) => kindOf(services[name] ?? {}) === 'pgbouncer');
  const through = names.filter((name) => poolers.some((pooler) => isClient(foreign, combination, name, pooler)));
  return names.filter((name) => (direct.includes(name) || through.includes(name)) && !isOnce(name, services));
}

function isClient(foreign: Foreign, combination: Combination, name: string, server: string): boolean {
  const service = combination.model.services[name];
  if (!service) return false;
  if (server in (service.depends_on ?? {})) return true;
  const { environment, envFiles } = writtenOf(foreign, combination, name);
  const inFiles = envFiles.map(({ path }) => (path === undefined ? '' : (foreign.repo.read(path) ?? '')));
  const values = [
    ...Object.values(service.environment ?? {}),
    ...[...environment.values()].map(({ text }) => text),
    ...(service.command ?? []),
    ...inFiles.flatMap((text) => text.split(/\r?\n/).map((line) => line.replace(/^[^=]*=/, ''))),
  ];
  return values.some((value) => typeof value === 'string' && namesHost(value, server));
}

/** `db`, `db:5432`, `postgres://user:password@db/app`, `host=db port=5432`. */
export function namesHost(value: string, host: string): boolean {
  const name = host.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^["']?${name}(?::\\d+)?["']?$|@${name}(?::\\d+|/|$)|//${name}(?::\\d+|/)|host=${name}(?:\\s|;|$)`,
    'i',
  ).test(value.trim());
}

/** What ends by itself: others wait for its end, or it starts once. */
function isOnce(name: string, services: Readonly<Record<string, ComposeService>>): boolean {
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
