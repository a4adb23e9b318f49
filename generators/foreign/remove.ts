/** `remove` in a project that was not made by us: a service, and what nobody else uses. */
import type { Edit } from '../compose/edit/index.ts';
import { isData, listOf, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { catalogue, type ForeignContext, type ForeignPlan } from './add.ts';
import { targetApp } from './app.ts';
import { clientsOf, disconnection, refuseNeeded, withTold } from './clients.ts';
import type { FileEdits } from './connect.ts';
import { namesIn, textOf } from './data.ts';
import { fileNotes, removeCommand, variableNotes, volumeNote } from './left.ts';
import { oursOf } from './ours.ts';
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
