/** Who needs a service that goes, and what is to go with that: whom it waits for, what it was told, what it mounts. */
import type { Edit } from '../compose/edit/index.ts';
import { readDotEnv } from '../compose/model/index.ts';
import { listOf, mapOf, same } from '../data.ts';
import { UserError } from '../errors.ts';
import { listed } from '../words.ts';
import type { TargetApp } from './app.ts';
import { writtenOf } from './backup/written.ts';
import { aliasLeft, environmentOf, mergedValue, namesIn, textOf } from './data.ts';
import type { Ours } from './ours.ts';
import { allServices, declared } from './services.ts';
import type { ComposeSource, Foreign } from './types.ts';

/** Who needs a service, and by what. */
export interface Client {
  readonly service: string;
  readonly waits: boolean;
  /** Variables with its address. */
  readonly variables: readonly string[];
  /** The same where the address stands in an env file, with that: a person changes it. */
  readonly settings: readonly string[];
}

/** Why a service needs another one. */
export function clientText({ service, waits, variables, settings }: Client, name: string): string {
  const reasons = [
    ...(waits ? [`waits for ${name} (depends_on)`] : []),
    ...(variables.length + settings.length > 0 ? [`has its address in ${[...variables, ...settings].join(', ')}`] : []),
  ];
  return `${service} ${reasons.join(', and ')}`;
}

/** The services that need one of those that go. */
export function clientsOf(foreign: Foreign, gone: readonly string[]): readonly Client[] {
  return [...allServices(foreign).keys()]
    .filter((service) => !gone.includes(service))
    .flatMap((service) => {
      const its = foreign.sources.map((source) => declared(source, service));
      const waits = its.some(({ depends_on: on, links }) =>
        [...namesIn(on), ...listOf(links).map((link) => String(link).split(':')[0])].some((one) =>
          gone.includes(one ?? ''),
        ),
      );
      const variables = its.flatMap(({ environment }) =>
        Object.entries(environmentOf(environment)).flatMap(([key, value]) =>
          gone.some((one) => value !== undefined && namesHost(key, value, one)) ? [key] : [],
        ),
      );
      const settings = settingsOf(foreign, service, gone).filter(([key]) => !variables.includes(key));
      const client = { service, waits, variables: [...new Set(variables)] };
      return waits || variables.length + settings.length > 0
        ? [{ ...client, settings: [...new Set(settings.map(([key, path]) => `${key} (${path})`))] }]
        : [];
    });
}

/** Variables whose value, with the address of one that goes, comes from an env file; and that. */
function settingsOf(
  foreign: Foreign,
  service: string,
  gone: readonly string[],
): readonly (readonly [key: string, path: string])[] {
  const isAddress = ([key, value]: readonly [string, string | null]) =>
    value !== null && gone.some((one) => namesHost(key, value, one));
  return foreign.combinations.flatMap((combination) => {
    const filled = Object.entries(combination.model.services[service]?.environment ?? {});
    const { environment, envFiles } = writtenOf(foreign, combination, service);
    const files = envFiles.flatMap(({ path }) => path ?? []);
    return [
      // What the compose file says itself, with a variable of `.env` in it.
      ...filled
        .filter((one) => environment.has(one[0]) && isAddress(one))
        .flatMap(([key]) => {
          const { text, path } = environment.get(key) ?? {};
          if (text === undefined || path === undefined || !isAddress([key, text]))
            return [[key, foreign.envFile] as const];
          // It has it from another service, which loses it: only what a file beside the project says stays.
          return foreign.sources.some((source) => source.path === path) ? [] : [[key, path] as const];
        }),
      ...files.flatMap((path) =>
        Object.entries(readDotEnv(foreign.repo.read(path) ?? '').values)
          .filter((one) => isAddress(one))
          .map(([key]) => [key, path] as const),
      ),
    ];
  });
}

/** What goes, and what is known of it. */
export interface Going {
  readonly gone: readonly string[];
  readonly apps: readonly TargetApp[];
  readonly ours: Ours;
}

/** Whether a variable goes: it has the address, or is what an `add` has told the app, though no address is in it. */
function isTold(key: string, value: string | undefined, service: string, { gone, apps, ours }: Going): boolean {
  if (value === undefined) return false;
  const app = apps.find((one) => one.service.name === service);
  return (
    gone.some((one) => namesHost(key, value, one)) ||
    (ours.told[app?.key ?? ''] ?? []).some(([name, told]) => name === key && told === value)
  );
}

/** The same with what apps were told besides. */
export function withTold(foreign: Foreign, clients: readonly Client[], going: Going): readonly Client[] {
  const all = new Set([...clients.map(({ service }) => service), ...going.apps.map(({ service }) => service.name)]);
  return [...all].flatMap((service) => {
    const client = clients.find((one) => one.service === service) ?? {
      service,
      waits: false,
      variables: [],
      settings: [],
    };
    const variables = foreign.sources.flatMap((source) =>
      Object.entries(environmentOf(declared(source, service)['environment'])).flatMap(([key, value]) =>
        isTold(key, value, service, going) ? [key] : [],
      ),
    );
    return client.waits || variables.length > 0 ? [{ ...client, variables: [...new Set(variables)] }] : [];
  });
}

/** Whether a variable has the address of a service: a URL, `host:port`, or the name alone where it is one of a host. */
export function namesHost(key: string, value: string, service: string): boolean {
  // A driver, a user, a database may be called so, too.
  if (value === service) return /HOST|SERVER|ADDR|URL|ENDPOINT|BROKER/i.test(key);
  const name = service.replaceAll(/[.\\+*?^$()[\]{}|]/g, '\\$&');
  return new RegExp(`(?:@|//|^|[\\s,=])${name}(?=:\\d|:\\$|/|\\?|,|$)`).test(value);
}

/** @throws UserError `usage` where somebody needs what would go */
export function refuseNeeded(clients: readonly Client[], name: string): void {
  if (clients.length === 0) return;
  const who = listed(clients.map(({ service }) => service));
  throw new UserError('usage', `${who} ${clients.length === 1 ? 'needs' : 'need'} ${name}; nothing was changed.`, {
    problems: clients.map((one) => ({ path: `services.${one.service}`, message: clientText(one, name) })),
    hint: `To take that out, too: create-prodstack remove ${name} --disconnect`,
  });
}

/** Whom an app waits for, what it is told and what it mounts in one file, without those that go. */
export function disconnection(source: ComposeSource, { service }: Client, going: Going): readonly Edit[] {
  const at = (key: string, part: string | number): Edit => ({
    op: 'remove',
    path: ['services', service, key, part],
    prune: true,
  });
  const { depends_on: on, links, environment, volumes } = declared(source, service);
  const values = environmentOf(environment);
  const app = going.apps.find((one) => one.service.name === service);
  const targets = going.ours.mounts?.[app?.key ?? ''] ?? [];
  /** Items of a list by their index, pairs of a map by their key. */
  const parts = (key: string, value: unknown, is: (name: string) => boolean): readonly Edit[] =>
    Array.isArray(value)
      ? value.flatMap((one, index) => (is(String(one).split('=')[0] ?? '') ? [at(key, index)] : []))
      : Object.keys(mapOf(value)).flatMap((one) => (is(one) ? [at(key, one)] : []));
  const told = Object.keys(values).filter((one) => isTold(one, values[one], service, going));
  // A map that merges another one and has nothing else is that one, as it was before something stood beside it.
  const alias = told.length > 0 ? aliasLeft(source, service, 'environment', told) : undefined;
  const rest = listOf(on).filter((one) => !going.gone.includes(String(one)));
  const waited = mergedValue(source, service, 'depends_on');
  // What was written out here for what goes now is what is merged again.
  const isMerged = waited.isOwn && rest.length > 0 && same(waited.value, rest);
  return [
    ...(isMerged
      ? [{ op: 'set', path: ['services', service, 'depends_on'], value: rest } as const]
      : parts('depends_on', on, (one) => going.gone.includes(one))),
    ...(alias
      ? [
          {
            op: 'set',
            path: ['services', service, 'environment'],
            value: alias.value,
            text: `environment: ${alias.text}\n`,
          } as const,
        ]
      : parts('environment', environment, (one) => told.includes(one))),
    ...listOf(links).flatMap((one, index) =>
      going.gone.includes(String(one).split(':')[0] ?? '') ? [at('links', index)] : [],
    ),
    ...listOf(volumes).flatMap((one, index) => {
      const target = textOf(mapOf(one)['target']) ?? textOf(one)?.split(':')[1] ?? '';
      return targets.includes(target) ? [at('volumes', index)] : [];
    }),
  ];
}
