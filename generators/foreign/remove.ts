/** `remove` in a project that was not made by us: a service, and what nobody else uses. */

import type { Edit } from '../compose/edit/index.ts';
import { readDotEnv } from '../compose/model/index.ts';
import { isData, listOf, mapOf, same } from '../data.ts';
import { UserError } from '../errors.ts';
import { listed } from '../words.ts';
import { catalogue, type ForeignContext, type ForeignPlan } from './add.ts';
import { type TargetApp, targetApp } from './app.ts';
import { writtenOf } from './backup/written.ts';
import type { FileEdits } from './connect.ts';
import { aliasLeft, environmentOf, mergedValue, namesIn, textOf } from './data.ts';
import { fileNotes, removeCommand, variableNotes, volumeNote } from './left.ts';
import { type Ours, oursOf } from './ours.ts';
import { deleted } from './outcomes.ts';
import { isOwnFile } from './own-file.ts';
import { resolved } from './paths.ts';
import { heirsOf, prove } from './proof.ts';
import { composeCommand } from './report.ts';
import { allServices, declared, requireService, servicesOf } from './services.ts';
import type { ComposeSource, Foreign } from './types.ts';
import { isPart } from './wish.ts';
import { composeOutcomes } from './written.ts';

export interface ForeignRemoval {
  readonly name: string;
  /** Whether those who need it are disconnected: they neither wait for it nor are told of it any more. */
  readonly disconnect: boolean;
  /** What becomes of the volumes that only it has: `keep` leaves them declared. */
  readonly data: 'keep' | 'delete';
}

/** Who needs a service, and by what. */
export interface Client {
  readonly service: string;
  readonly waits: boolean;
  /** Variables with its address. */
  readonly variables: readonly string[];
  /** The same where the address stands in an env file, with that: a person changes it. */
  readonly settings: readonly string[];
}

/**
 * What goes with a service. Volumes of Docker, values in `.env` and files that it mounts stay, and are named.
 * @throws UserError `usage` where there is no such service, `repo` where others need it
 */
export function planRemove(
  foreign: Foreign,
  { name, disconnect, data }: ForeignRemoval,
  { detected }: Pick<ForeignContext, 'detected'>,
): ForeignPlan {
  requireService(foreign, name, 'remove');
  const gone = goingWith(foreign, name);
  const needing = clientsOf(foreign, gone);
  if (!disconnect) refuseNeeded(needing, name);
  const apps = needing.map(({ service }) => targetApp(foreign, service, detected));
  const ours = oursOf(foreign, name, gone, apps);
  const clients = withTold(foreign, needing, { gone, apps, ours });
  const volumes = onlyOf(foreign, gone, 'volumes');
  const networks = onlyOf(foreign, gone, 'networks');
  const secrets = onlyOf(foreign, gone, 'secrets');
  const declarations = [
    ...gone.map((one) => ['services', one]),
    ...(data === 'delete' ? volumes.map((one) => ['volumes', one]) : []),
    ...networks.map((one) => ['networks', one]),
    ...secrets.map((one) => ['secrets', one]),
  ];
  const empty = emptyFiles(foreign, gone, data === 'delete' ? volumes : []);
  const parts = foreign.sources
    .filter((source) => !empty.includes(source))
    .map(
      (source): FileEdits => ({
        source,
        edits: [
          ...declarations
            .filter(([section = '', key = '']) => key in mapOf(source.data[section]))
            .map((path): Edit => ({ op: 'remove', path, prune: path[0] !== 'services' })),
          ...clients.flatMap((client) => disconnection(source, client, { gone, apps, ours })),
          ...includesOf(source, empty),
        ],
      }),
    );
  const why = `${name} goes`;
  const outcomes = [
    ...composeOutcomes(
      foreign,
      parts.filter(({ edits }) => edits.length > 0),
      why,
    ),
    ...empty.flatMap(({ path }) => deleted(foreign.repo, { path, why }, foreign.repo.read(path) ?? '') ?? []),
  ];
  const changed = clients.flatMap(({ service }) => [service, ...heirsOf(foreign, service)]);
  prove(foreign, outcomes, {
    services: gone,
    // Those that stay declared are in no model either: nobody uses them.
    volumes,
    networks: ['default', ...networks],
    secrets,
    changed: Object.fromEntries(changed.map((service) => [service, ['depends_on', 'links', 'environment', 'volumes']])),
    overridden: clients.flatMap(({ variables }) => variables),
    removes: true,
  });
  return {
    outcomes: [...outcomes, ...ours.outcomes],
    services: gone,
    notes: [
      ...volumes.map((volume) => volumeNote(foreign, volume, data)),
      ...needing
        .filter(({ settings }) => settings.length > 0)
        .map(({ service, settings }) => `${service} still has the address of ${name}: ${settings.join(', ')}.`),
      ...variableNotes(foreign, gone, clients, ours.outcomes),
      ...fileNotes(foreign, gone, ours.deleted),
      ...(ours.notes ?? []),
    ],
    next: [
      `${composeCommand(foreign)} up -d --remove-orphans`,
      ...(data === 'delete' ? volumes.map((volume) => removeCommand(foreign, volume)) : []),
    ],
  };
}

/**
 * The service that `remove` means: by its own name, or by the word that `add` took for it.
 * @throws UserError `usage` where there is none; services of that kind are named
 */
export function meantBy(foreign: Foreign, name: string): string {
  const services = allServices(foreign);
  if (services.has(name)) return name;
  const known = isPart(name) ? catalogue[name] : name === 'pooler' ? pooler : undefined;
  if (known === undefined) return requireService(foreign, name, 'remove').name;
  const same = servicesOf(foreign, known.kind);
  if (same.includes(known.service)) return known.service;
  if (same.length === 0) return requireService(foreign, name, 'remove').name;
  throw new UserError('usage', `remove: there is no service ${name}.`, {
    hint: `Which one is meant? ${same.map((one) => `create-prodstack remove ${one}`).join(', ')}`,
  });
}

const pooler = { service: 'pgbouncer', kind: 'pgbouncer' } as const;

/** Files that `--include` made for what goes, and that would have nothing in them any more. */
function emptyFiles(
  { sources, repo }: Foreign,
  gone: readonly string[],
  volumes: readonly string[],
): readonly ComposeSource[] {
  return sources.filter(({ path, data, includedBy }) => {
    const { services, volumes: its, networks: _shared, ...rest } = data;
    return (
      includedBy !== undefined &&
      isOwnFile(repo.read(path) ?? '', includedBy) &&
      Object.keys(mapOf(services)).every((one) => gone.includes(one)) &&
      Object.keys(mapOf(its)).every((one) => volumes.includes(one)) &&
      Object.keys(rest).length === 0
    );
  });
}

/** The lines that include files. */
function includesOf({ path, data, folder }: ComposeSource, files: readonly ComposeSource[]): readonly Edit[] {
  const its = files.filter(({ includedBy }) => includedBy === path).map((one) => one.path);
  return listOf(data['include']).flatMap((one, index): readonly Edit[] =>
    typeof one === 'string' && its.includes(resolved(folder, one) ?? '')
      ? [{ op: 'remove', path: ['include', index], prune: true }]
      : [],
  );
}

/** A service with what only prepares it or looks after it, by the names that it has, and since one waits for the other: `db-setup`. */
export function goingWith(foreign: Foreign, name: string): readonly string[] {
  const services = allServices(foreign);
  const waitsFor = (one: string) => Object.keys(services.get(one)?.depends_on ?? {});
  const companions = [`${name}-setup`, `${name}-check`].filter(
    (other) =>
      services.has(other) &&
      waitsFor(other).every((one) => one === name) &&
      (waitsFor(other).length > 0 || waitsFor(name).includes(other)),
  );
  return [name, ...companions];
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
interface Going {
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
function withTold(foreign: Foreign, clients: readonly Client[], going: Going): readonly Client[] {
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

function refuseNeeded(clients: readonly Client[], name: string): void {
  if (clients.length === 0) return;
  const who = listed(clients.map(({ service }) => service));
  throw new UserError('usage', `${who} ${clients.length === 1 ? 'needs' : 'need'} ${name}; nothing was changed.`, {
    problems: clients.map((one) => ({ path: `services.${one.service}`, message: clientText(one, name) })),
    hint: `To take that out, too: create-prodstack remove ${name} --disconnect`,
  });
}

/** Whom an app waits for, what it is told and what it mounts in one file, without those that go. */
function disconnection(source: ComposeSource, { service }: Client, going: Going): readonly Edit[] {
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

/** What the services that go use at the top of the files, and no other does. */
export function onlyOf(
  foreign: Foreign,
  gone: readonly string[],
  section: 'volumes' | 'networks' | 'secrets',
): readonly string[] {
  const used = (by: (service: string) => boolean) =>
    new Set(
      foreign.sources.flatMap((source) =>
        Object.keys(mapOf(source.data['services']))
          .filter(by)
          .flatMap((service) => namesUsed(declared(source, service)[section], section)),
      ),
    );
  const [its, others] = [used((one) => gone.includes(one)), used((one) => !gone.includes(one))];
  const known = new Set(foreign.sources.flatMap(({ data }) => Object.keys(mapOf(data[section]))));
  return [...its].filter((name) => !others.has(name) && known.has(name));
}

function namesUsed(value: unknown, section: string): readonly string[] {
  if (!Array.isArray(value)) return namesIn(value);
  return value.flatMap((one) => {
    const name = isData(one) ? textOf(one['source']) : textOf(one);
    // `data:/var/lib` has the name in front; `./data:/var/lib` has none.
    return name === undefined ? [] : [section === 'volumes' ? (name.split(':')[0] ?? '') : name];
  });
}
