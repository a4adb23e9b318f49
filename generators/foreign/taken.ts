/** What has a name in their project already. */
import { UserError } from '../errors.ts';
import { assignmentsOf } from '../plan/dotenv.ts';
import type { PublishedPort, Service } from '../stack/types.ts';
import type { Delta } from './delta.ts';
import type { Kind } from './kinds.ts';
import { allServices, byPurpose, kindOf, servicesOf } from './services.ts';
import type { Foreign } from './types.ts';

/** What is there already under a name, or does the same: then there is nothing to add. */
export type Present = { readonly service: string } | undefined;

/**
 * Whether the wish is there already.
 * @param kind what it is, where images tell
 * @throws UserError `repo` where its name is that of something else
 */
export function presentAs(
  foreign: Foreign,
  block: string,
  kind: Kind | undefined,
  service: string,
  named: boolean,
  apps: readonly string[] = [],
): Present {
  const taken = allServices(foreign).get(service);
  if (taken && (kind === undefined || kindOf(taken) !== kind)) {
    throw new UserError('repo', `There is a service ${service} already, and it is something else (${whatIs(taken)}).`, {
      hint: `Give yours another name: create-prodstack add ${block} ${freeName(foreign, service)}`,
    });
  }
  if (taken) return { service };
  const all = named || kind === undefined ? [] : servicesOf(foreign, kind);
  // An app that is served by nginx is not what leads to it.
  const same = all.find((one) => !apps.includes(one));
  return same === undefined ? undefined : { service: same };
}

function whatIs({ image, build }: { readonly image?: string; readonly build?: unknown }): string {
  return image ?? (build ? 'built here' : 'no image');
}

function freeName(foreign: Foreign, name: string): string {
  const taken = allServices(foreign);
  for (let number = 2; ; number++) if (!taken.has(`${name}${number}`)) return `${name}${number}`;
}

/**
 * Refuses names that others have: of further services, of volumes, of variables.
 * @throws UserError `repo`
 */
export function refuseTaken(
  foreign: Foreign,
  { services, volumes, env }: Delta,
  hint = 'Give what you add a name of its own, which its variables and volumes then begin with: create-prodstack add BLOCK NAME',
): void {
  const models = byPurpose(foreign).map(({ model }) => model);
  const problems = [
    ...services.filter(({ name }) => allServices(foreign).has(name)).map(({ name }) => ({ path: `services.${name}` })),
    ...volumes
      .filter(({ name }) => models.some((model) => name in (model.volumes ?? {})))
      .map(({ name }) => ({ path: `volumes.${name}` })),
    ...env
      .filter(({ name, kind }) => kind !== 'optional' && isReferred(foreign, name))
      .map(({ name }) => ({ path: `\${${name}}` })),
  ].map((one) => ({ ...one, message: 'is there already, and stands for something else' }));
  if (problems.length === 0) return;
  throw new UserError('repo', 'Names that are needed are taken; nothing was changed.', {
    problems,
    hint,
  });
}

/** Whether a compose file of theirs speaks of a variable. */
function isReferred({ sources, repo }: Foreign, name: string): boolean {
  const reference = new RegExp(`\\$(?:\\{${name}(?![A-Za-z0-9_])|${name}(?![A-Za-z0-9_]))`);
  return sources.some(({ path }) => reference.test((repo.read(path) ?? '').replaceAll('$$', '')));
}

/**
 * A value that `.env` has for a secret of ours becomes part of an address.
 * @throws UserError `repo` where that would need another spelling
 */
export function refuseUnfitSecrets(foreign: Foreign, { env }: Delta): void {
  const text = foreign.repo.raw(foreign.envFile)?.text ?? '';
  for (const { name, kind } of env) {
    const value = kind === 'secret' ? foreign.env[name] : undefined;
    if (value === undefined || value === '' || /^[A-Za-z0-9._~-]+$/.test(value)) continue;
    if (assignmentsOf(text, name).length === 0) continue;
    throw new UserError(
      'repo',
      `${name} has a value in ${foreign.envFile} that cannot be part of an address as it is.`,
      {
        hint: 'Letters and digits only; or give what you add a name of its own: create-prodstack add BLOCK NAME',
      },
    );
  }
}

/** Ports of the loopback interface that nobody else of the project has; those of the world are what they are. */
export function withFreePorts(foreign: Foreign, delta: Delta): Delta {
  const own = new Set(delta.services.map(({ name }) => name));
  const taken = new Set(
    byPurpose(foreign).flatMap(({ model }) =>
      Object.entries(model.services)
        .filter(([name]) => !own.has(name))
        .flatMap(([, { ports = [] }]) => ports.flatMap(({ published }) => rangeOf(published))),
    ),
  );
  const variables = new Set(
    delta.services.flatMap(({ ports }: Service) =>
      [...ports.development, ...ports.production]
        .filter((port: PublishedPort) => !port.public)
        .map(({ variable }: PublishedPort) => variable),
    ),
  );
  return {
    ...delta,
    env: delta.env.map((one) => {
      if (!variables.has(one.name) || one.default === undefined) return one;
      let port = Number(one.default);
      while (taken.has(port)) port++;
      taken.add(port);
      return { ...one, default: String(port) };
    }),
  };
}

/**
 * Ports of the world that somebody else of the project has.
 * @throws UserError `repo`
 */
export function refusePublished(foreign: Foreign, { services, env }: Delta): void {
  const wanted = services.flatMap(({ ports }) =>
    ports.production
      .filter((port) => port.public)
      .map(({ variable }) => Number(env.find(({ name }) => name === variable)?.default)),
  );
  for (const { model } of byPurpose(foreign))
    for (const [name, { ports = [] }] of Object.entries(model.services)) {
      const port = ports.flatMap(({ published }) => rangeOf(published)).find((one) => wanted.includes(one));
      if (port === undefined) continue;
      throw new UserError('repo', `Port ${port} of the host is ${name}'s already.`, {
        hint: `Take \`ports\` out of ${name}, which is reached through what you add then; or leave it as it is.`,
      });
    }
}

function rangeOf(published: string | undefined): readonly number[] {
  const [from, to = from] = String(published ?? '')
    .split('-')
    .map(Number);
  if (!from || !to || to - from > 1000) return [];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
