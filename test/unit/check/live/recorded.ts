/**
 * A stack that was broken on purpose, as Docker Engine 28.5 and Compose 2.40.3 told of it: what `docker inspect`,
 * `compose config`, `stats`, `events` and `top` printed. Left out is what nobody reads; the folder is called /srv/shop.
 */
import { readFileSync } from 'node:fs';
import {
  type Container,
  type LiveStack,
  readContainers,
  readHashes,
  readKills,
  readMemory,
  readUsers,
} from '../../../../generators/check/live/facts.ts';
import type { ComposeModel, ComposeService } from '../../../../generators/compose/model.ts';
import type { Project } from '../../../../generators/rules/types.ts';

export const recorded = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

const containers = readContainers(recorded('inspect.json'));
const model = JSON.parse(recorded('config.json')) as ComposeModel;
export const files = ['compose.yaml'];

export function containerOf(service: string): Container {
  const found = containers.find((one) => one.service === service);
  if (!found) throw new Error(`${service} was not recorded`);
  return found;
}

const project: Project = {
  directory: '/srv/shop',
  combinations: [],
  composeFiles: [{ path: 'compose.yaml', text: recorded('compose.yaml') }],
  dockerfiles: [],
  dockerignores: [],
  envFiles: [],
  scripts: [],
};

const gib = 1024 ** 3;

/** All of it, a moment after it was recorded. */
export const broken: LiveStack = {
  name: 'shop',
  project,
  combination: { name: 'compose.yaml', files, purpose: 'production', model },
  refused: undefined,
  containers,
  hashes: readHashes(recorded('hashes.txt')),
  images: new Map([
    ['busybox:1.37.0-glibc', containerOf('old').imageId],
    ['shop-web:local', 'sha256:f41813c384871a9c74b455bb86e382b86520b1a1af1163f22ad0611ff82ee635'],
  ]),
  volumes: new Set(['shop_data']),
  strangers: [],
  memory: readMemory(recorded('stats.ndjson')),
  kills: readKills(recorded('events.ndjson')),
  users: new Map([
    [containerOf('web').id, readUsers(recorded('top-root.txt'))],
    [containerOf('db').id, readUsers(recorded('top-user.txt'))],
  ]),
  backups: new Map(),
  host: {
    now: Date.parse('2026-11-21T16:38:12Z'),
    engineTime: Date.parse('2026-11-21T16:38:11.2575114Z'),
    memory: 24 * gib,
    disk: { path: '/var/lib/docker', free: 16 * gib, size: 60 * gib, freeFiles: 900_000, files: 1_000_000 },
  },
};

/** What of it is as it should be: a database, and a migration that has ended. */
export const healthy: LiveStack = only('db', 'migrate');

/** The stack with these services alone. */
export function only(...names: readonly string[]): LiveStack {
  const services = Object.fromEntries(names.flatMap((name) => entry(name)));
  return {
    ...broken,
    combination: broken.combination && { ...broken.combination, model: { ...model, services } },
    containers: containers.filter(({ service }) => names.includes(service)),
  };
}

function entry(name: string): readonly (readonly [string, ComposeService])[] {
  const service = model.services[name];
  return service ? [[name, service]] : [];
}

/** The healthy stack with another service for its database. */
export function withService(patch: Partial<ComposeService>, container: Partial<Container> = {}): LiveStack {
  const db = { ...healthy.combination?.model.services['db'], ...patch };
  const services = { ...healthy.combination?.model.services, db };
  return {
    ...withContainer(container),
    combination: healthy.combination && { ...healthy.combination, model: { ...model, services } },
  };
}

/** The healthy stack with something else in the container of its database. */
export function withContainer(patch: Partial<Container>): LiveStack {
  return {
    ...healthy,
    containers: healthy.containers.map((one) => (one.service === 'db' ? { ...one, ...patch } : one)),
  };
}
