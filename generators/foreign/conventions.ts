/** How a project of somebody else's does things: what is added does them the same way. */

import type { ComposeLogging, ComposeModel, ComposeService } from '../compose/model.ts';
import { isData, mapOf } from '../data.ts';
import { folderOf } from '../paths.ts';
import { dataKinds, edgeKinds } from './kinds.ts';
import { resolved } from './paths.ts';
import { allServices, byPurpose, declared, kindOf, runsOnce } from './services.ts';
import type { ComposeSource, Foreign } from './types.ts';

/** What is added gets these. */
export interface Conventions {
  readonly restart: 'always' | 'unless-stopped';
  /** The log driver and options that all others have; undefined where they have none, or each its own. */
  readonly logging?: ComposeLogging;
  /** How the names of volumes are put together: `redis-data`, `redis_data`. */
  readonly separator: '-' | '_';
  /** Whether data is on volumes that Compose neither makes nor removes. */
  readonly external: boolean;
  /** What stands behind the name of a volume; null where nothing does. */
  readonly volume: unknown;
  /** The folder that configuration of services is in, from the folder of the compose file. */
  readonly configFolder: string;
  /** Blanks from a service to its keys. */
  readonly indent: number;
  /** Whether the base file says how services run on a server, though there is a production overlay. */
  readonly productionInBase: boolean;
}

/** What most of the services do. */
export function conventionsOf(foreign: Foreign, home: ComposeSource): Conventions {
  const [model = { services: {} }] = byPurpose(foreign).map((one) => one.model);
  const running = Object.values(model.services).filter((service) => !runsOnce(service));
  const logging = loggingOf(running);
  return {
    restart: restartOf(running),
    ...(logging && { logging }),
    separator: separatorOf(model),
    external: isExternal(model),
    volume: volumeOf(home),
    configFolder: configFolderOf(foreign, home),
    indent: indentOf(foreign.repo.read(home.path) ?? ''),
    productionInBase: saysRestart(home),
  };
}

function restartOf(services: readonly ComposeService[]): Conventions['restart'] {
  const count = (policy: string) => services.filter(({ restart }) => restart === policy).length;
  return count('always') > count('unless-stopped') ? 'always' : 'unless-stopped';
}

/** Only what more than half of them have is how it is done here. */
function loggingOf(services: readonly ComposeService[]): ComposeLogging | undefined {
  const texts = services.flatMap(({ logging }) => (logging ? [JSON.stringify(logging)] : []));
  const most = texts.find((text) => texts.filter((one) => one === text).length * 2 > services.length);
  return most === undefined ? undefined : (JSON.parse(most) as ComposeLogging);
}

function separatorOf({ volumes = {}, services }: ComposeModel): Conventions['separator'] {
  const votes = (names: readonly string[]) => ({
    hyphens: names.filter((name) => name.includes('-')).length,
    underscores: names.filter((name) => name.includes('_')).length,
  });
  const { hyphens, underscores } = votes(Object.keys(volumes));
  if (hyphens !== underscores) return underscores > hyphens ? '_' : '-';
  const names = votes(Object.keys(services));
  return names.underscores > names.hyphens ? '_' : '-';
}

function isExternal({ volumes = {} }: ComposeModel): boolean {
  const all = Object.values(volumes);
  return all.length > 0 && all.filter((volume) => volume?.external).length * 2 > all.length;
}

/** `driver: local` behind every name is a habit; anything else is about that volume. */
function volumeOf({ data }: ComposeSource): unknown {
  const all = Object.values(mapOf(data['volumes']));
  const [first] = all;
  const isHabit = (one: unknown) =>
    isData(one) ? Object.entries(one).every(([key, value]) => key === 'driver' && value === 'local') : false;
  return all.length > 0 && all.every((one) => isHabit(one) && JSON.stringify(one) === JSON.stringify(first))
    ? first
    : null;
}

/** Folders that hold the configuration of containers, by the names that people give them. */
const configFolders = /^(?:\.?docker|infra|deploy|deployment|ops|config|configs|conf|etc|compose|containers)$/;

/** Where most of the files are that containers mount, if that is a folder for such; else `docker`. */
function configFolderOf({ repo }: Foreign, home: ComposeSource): string {
  const files = new Set(repo.files);
  const counts = new Map<string, number>();
  for (const service of Object.keys(mapOf(home.data['services']))) {
    const { volumes } = declared(home, service);
    for (const one of Array.isArray(volumes) ? volumes : []) {
      const source = typeof one === 'string' ? one.split(':')[0] : mapOf(one)['source'];
      if (typeof source !== 'string' || !source.startsWith('.')) continue;
      const path = resolved(home.folder, source);
      const [first = ''] = source.replace(/^\.\//, '').split('/');
      if (path === undefined || !configFolders.test(first)) continue;
      if (files.has(path) || repo.files.some((file) => folderOf(file).startsWith(path)))
        counts.set(first, (counts.get(first) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? 'docker';
}

/** Whether most services of a file say when they are started again. */
function saysRestart(home: ComposeSource): boolean {
  const names = Object.keys(mapOf(home.data['services']));
  const saying = names.filter((name) => {
    const service = declared(home, name);
    return service['restart'] !== undefined || mapOf(service['deploy'])['restart_policy'] !== undefined;
  });
  return saying.length * 2 > names.length;
}

/**
 * The networks that something has to be on that an app uses, or that leads to it; none: the default network of the project,
 * which is not written down. Of several networks of the app, data goes to the one without a way out, then to where other
 * data is, and never needlessly to where the world comes in; an edge goes the other way.
 */
export function networksFor(foreign: Foreign, app: ComposeService, what: 'data' | 'edge'): readonly string[] {
  const [model] = byPurpose(foreign).map((one) => one.model);
  const own = Object.keys(app.networks ?? {});
  if (!model || own.length === 0 || (own.length === 1 && own[0] === 'default')) return [];
  const on = (network: string, kinds: ReadonlySet<string>) =>
    Object.values(model.services).filter((service) => {
      const kind = kindOf(service);
      return kind !== undefined && kinds.has(kind) && network in (service.networks ?? {});
    }).length;
  const score = (network: string) =>
    (model.networks?.[network]?.internal ? 100 : 0) +
    Math.min(on(network, dataKinds), 9) * 10 -
    Math.min(on(network, edgeKinds), 9) -
    (model.networks?.[network]?.external ? 5 : 0);
  const sign = what === 'data' ? -1 : 1;
  const best = own.toSorted((one, other) => sign * (score(one) - score(other)))[0];
  return best === undefined || best === 'default' ? [] : [best];
}

/** What something has to be started with: whenever one of those is that need it, or that it needs. None: always. */
export function profilesFor(foreign: Foreign, services: readonly string[]): readonly string[] {
  const all = allServices(foreign);
  const its = services.map((name) => all.get(name)?.profiles ?? []);
  return its.every((one) => one.length > 0) ? [...new Set(its.flat())] : [];
}

/** The network that most services are on that are no edge; none where that is the default one. */
export function usualNetworks(foreign: Foreign): readonly string[] {
  const [model = { services: {} }] = byPurpose(foreign).map((one) => one.model);
  const inner = Object.values(model.services).filter((service) => {
    const kind = kindOf(service);
    return service.network_mode === undefined && !(kind && edgeKinds.has(kind));
  });
  const counts = new Map<string, number>();
  for (const { networks = {} } of inner)
    for (const name of Object.keys(networks)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  if (!most || most[0] === 'default' || most[1] * 2 <= inner.length) return [];
  return [most[0]];
}

/** As deep as the keys of the first service are below its name; two where there is none to see. */
function indentOf(text: string): number {
  const below = /^services:[^\n]*\n(?<rest>.*)/ms.exec(text)?.groups?.['rest'] ?? '';
  const widths = below.split('\n').flatMap((line) => {
    const blanks = /^ +(?=[^\s#])/.exec(line)?.[0].length;
    return blanks === undefined ? [] : [blanks];
  });
  const [service = 2] = widths;
  const key = widths.find((width) => width > service) ?? service + 2;
  return Math.min(key - service, 8);
}
