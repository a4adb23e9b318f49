/** `add` in a project that was not made by us: what is written where, and proof that nothing else changes. */

import type { Detected } from '../answers/detect/types.ts';
import { Refusal } from '../compose/edit/index.ts';
import { UserError } from '../errors.ts';
import { inFolder } from '../paths.ts';
import type { Outcome } from '../plan/compare.ts';
import { render } from '../plan/render.ts';
import type { Ignore } from '../stack/types.ts';
import { listed } from '../words.ts';
import { buildFolder, type TargetApp, targetApp } from './app.ts';
import { type Connected, connect, type FileEdits } from './connect.ts';
import { type Conventions, conventionsOf, profilesFor } from './conventions.ts';
import { type Delta, deltaOf } from './delta.ts';
import { edgeNotes, edgeSteps, findable, networksOf, refuseLocalTunnel, refuseUnroutable, toTheirs } from './edge.ts';
import { envPlan } from './env-files.ts';
import type { Kind } from './kinds.ts';
import { created } from './outcomes.ts';
import { ownFile } from './own-file.ts';
import { placesFor } from './places.ts';
import { proveAdded } from './proof.ts';
import { namesFor, renamed } from './rename.ts';
import { nextCommands, notesFor } from './report.ts';
import { serviceEdits } from './service-edits.ts';
import { allServices, serviceNamed } from './services.ts';
import { presentAs, refusePublished, refuseTaken, refuseUnfitSecrets, withFreePorts } from './taken.ts';
import { withoutKnobs } from './texts.ts';
import type { ComposeSource, Foreign } from './types.ts';
import { answersFor, isEdge, type Part, usedIn } from './wish.ts';
import { composeOutcomes } from './written.ts';

export interface ForeignWish {
  readonly block: Part;
  /** What the service shall be called. */
  readonly name?: string;
  readonly settings: readonly unknown[];
  /** Services of theirs that are connected to it. */
  readonly for: readonly string[];
  /** Into a compose file of its own, which theirs includes. */
  readonly include?: boolean;
}

/** What is handed in of the world. */
export interface ForeignContext {
  readonly detected: Detected;
  readonly random: (bytes: number) => Uint8Array;
  /** Whether git has a file. */
  readonly tracked: (path: string) => boolean;
}

/** What a run comes to. */
export interface ForeignPlan {
  readonly outcomes: readonly Outcome[];
  /** Services that are new. */
  readonly services: readonly string[];
  /** What a person should know. */
  readonly notes: readonly string[];
  /** Commands for this project. */
  readonly next: readonly string[];
}

/** What each block is called as a service, and what its variables begin with. */
export const catalogue: Readonly<
  Record<Part, { readonly service: string; readonly prefix: string; readonly kind: Kind }>
> = {
  postgres: { service: 'postgres', prefix: 'POSTGRES', kind: 'postgres' },
  redis: { service: 'redis', prefix: 'REDIS', kind: 'redis' },
  cache: { service: 'redis-cache', prefix: 'CACHE', kind: 'redis' },
  mqtt: { service: 'mqtt', prefix: 'MQTT', kind: 'mqtt' },
  storage: { service: 'storage', prefix: 'STORAGE', kind: 'storage' },
  mail: { service: 'mail', prefix: 'MAIL', kind: 'mail' },
  caddy: { service: 'caddy', prefix: 'CADDY', kind: 'caddy' },
  traefik: { service: 'traefik', prefix: 'TRAEFIK', kind: 'traefik' },
  nginx: { service: 'nginx', prefix: 'NGINX', kind: 'nginx' },
  cloudflare: { service: 'cloudflared', prefix: 'TUNNEL', kind: 'cloudflare' },
  tailscale: { service: 'tailscale', prefix: 'TS', kind: 'tailscale' },
};

/**
 * What `add` writes into a project of somebody else's.
 * @throws UserError `usage`, `answers`, `repo`: with the reason and the way out, and nothing is written
 */
export function planAdd(foreign: Foreign, wish: ForeignWish, context: ForeignContext): ForeignPlan {
  const known = catalogue[wish.block];
  const name = serviceName(wish.name ?? known.service);
  // A cache beside a Redis for queues is another thing; two databases of one kind are seldom meant.
  const named = wish.name !== undefined || wish.block === 'cache';
  const present = presentAs(foreign, wish.block, known.kind, name, named, wish.for);
  if (present) return nothing(foreign, wish, present.service);
  const targets = wish.for.map((one) => targetApp(foreign, one, context.detected));
  const apps = isEdge(wish.block) ? findable(targets) : targets;
  refuseUnreachable(apps);
  if (isEdge(wish.block)) refuseUnroutable(apps, wish.block);
  if (wish.block === 'mqtt' && apps.length === 0) refuseNobody(wish);
  const places = placesFor(foreign, apps[0]?.service.name);
  const [home] = places.homes;
  if (!home) throw new UserError('repo', 'There is no file that a service could be written into.', { hint: '--file' });
  const conventions = conventionsOf(foreign, home);
  const delta = inProject(foreign, wish, apps, { name, known, home, conventions });
  refuseLocalTunnel(delta);
  refuseTaken(foreign, delta);
  refuseUnfitSecrets(foreign, delta);
  refusePublished(foreign, delta);
  const networks = networksOf(foreign, apps, isEdge(wish.block) ? 'edge' : 'data');
  const users = apps.map(({ service }) => service.name);
  const texts = { delta, conventions, networks, profiles: profilesFor(foreign, users) };
  const connected = apps.flatMap((app) => {
    const its = delta.apps.find(({ key }) => key === app.key);
    return its ? [connect(app, its, delta, wish.include ? { homes: places.homes } : places)] : [];
  });
  const own = wish.include ? ownFile(foreign, name, home, texts) : undefined;
  const alone = own?.parts ?? serviceEdits(foreign, places, texts);
  const parts = [...alone, ...connected.flatMap(({ files }) => files)];
  const why = `${name}: the new service`;
  const written = wish.include
    ? withoutRefused(foreign, alone, connected, why)
    : { outcomes: orByHand(() => composeOutcomes(foreign, parts, why)), notes: [] };
  const compose = [...(own?.outcomes ?? []), ...written.outcomes];
  const variables = envPlan(foreign, usedIn(delta.env, [...parts, ...(own?.outcomes ?? [])]), {
    ...context,
    ignores: delta.ignores,
  });
  const services = delta.services.map((one) => one.name);
  proveAdded(foreign, compose, {
    services,
    volumes: delta.volumes.map((one) => one.name),
    apps,
    overridden: connected.flatMap((one) => one.overridden),
  });
  return {
    outcomes: [
      ...compose,
      ...delta.artifacts.map(({ path, template, view, mode, why }) =>
        created(foreign.repo, { path, why, mode }, render(template, view)),
      ),
      ...variables.outcomes,
    ],
    services,
    notes: [
      ...connected.flatMap(({ notes }) => notes),
      ...written.notes,
      ...variables.notes,
      ...notesFor(foreign, delta, { conventions, places, apps }),
      ...edgeNotes(foreign, delta, { networks, places }),
    ],
    next: nextCommands(foreign, delta, { apps, missing: variables.missing, conventions, steps: edgeSteps(delta) }),
  };
}

/** What cannot be put in between there can stand in a file of its own. */
function orByHand<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UserError('repo', error.message, {
      hint: `${error.hint?.replace(/\.?$/, '.') ?? ''} Or in a file of its own, which theirs includes: the same with --include`.trim(),
    });
  }
}

/** The line that includes the new file has to be written; what connects an app can be said instead. */
function withoutRefused(
  foreign: Foreign,
  alone: readonly FileEdits[],
  connected: readonly Connected[],
  why: string,
): { readonly outcomes: readonly Outcome[]; readonly notes: readonly string[] } {
  const files = connected.flatMap((one) => one.files);
  try {
    return { outcomes: composeOutcomes(foreign, [...alone, ...files], why), notes: [] };
  } catch (error) {
    if (!(error instanceof Refusal) || files.length === 0) throw error;
    return {
      outcomes: composeOutcomes(foreign, alone, why),
      notes: [
        `${error.message} Write it there by hand:`,
        ...files.flatMap(({ edits }) =>
          edits.map((edit) => `  ${edit.path.join('.')}: ${'value' in edit ? JSON.stringify(edit.value) : ''}`),
        ),
      ],
    };
  }
}

/** The difference under the names of this project, with what may be set there. */
export function inProject(
  foreign: Foreign,
  wish: Pick<ForeignWish, 'block' | 'settings'>,
  apps: readonly TargetApp[],
  {
    name,
    known,
    home,
    conventions,
  }: {
    readonly name: string;
    readonly known: (typeof catalogue)[Part];
    readonly home: ComposeSource;
    readonly conventions: Conventions;
  },
): Delta {
  const answered = answersFor(foreign.name, wish, apps);
  // What an edge is told is its own: two of them have two folders.
  const ownFolder = (path: string) =>
    isEdge(wish.block) ? path.replace(new RegExp(`^docker/${known.service}(?=/|$)`), `docker/${name}`) : path;
  const local = (path: string) => ownFolder(path).replace(/^docker\//, `${conventions.configFolder}/`);
  const names = namesFor(known, name, {
    separator: conventions.separator,
    file: (path) => inFolder(home.folder, local(path)),
  });
  const delta = withFreePorts(foreign, withoutKnobs(renamed(toTheirs(deltaOf(answered), apps), names)));
  // Patterns count from the folder of the compose file, where they are written.
  const pattern = (text: string) => text.replace(/^(\/?)(docker\/.*)$/, (_, slash, path) => `${slash}${local(path)}`);
  const groups = (all: Ignore['groups']) => all.map((one) => ({ ...one, patterns: one.patterns.map(pattern) }));
  const ignores = delta.ignores.map((one) => ({ ...one, groups: groups(one.groups) }));
  return { ...delta, ignores: keptOutOfImages(foreign, home, ignores) };
}

/** What git must not have, no image of theirs must have: whatever is built from a folder around it. */
function keptOutOfImages(foreign: Foreign, home: ComposeSource, ignores: readonly Ignore[]): readonly Ignore[] {
  const contexts = [...allServices(foreign).keys()].flatMap((name) => {
    const service = serviceNamed(foreign, name);
    return (service && buildFolder(service)) ?? [];
  });
  const forGit = ignores.filter(({ path }) => path === '.gitignore');
  const secret = forGit
    .flatMap(({ groups }) => groups.flatMap(({ patterns }) => patterns))
    .map((text) => inFolder(home.folder, text.replace(/^\//, '')));
  const forImages = [...new Set(contexts)].flatMap((folder): readonly Ignore[] => {
    const prefix = folder === '.' ? '' : `${folder}/`;
    const patterns = secret.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    const groups = [{ comment: 'Secrets never enter an image', patterns }];
    const why = 'keeps secrets out of images';
    return patterns.length === 0 ? [] : [{ path: inFolder(folder, '.dockerignore'), why, groups }];
  });
  return [...forGit.map((one) => ({ ...one, path: inFolder(home.folder, one.path) })), ...forImages];
}

/** A name that Compose, DNS and `.env` take. */
function serviceName(name: string): string {
  if (/^[a-z](?:[a-z0-9]|[-_](?=[a-z0-9])){0,39}$/.test(name)) return name;
  throw new UserError('usage', `${JSON.stringify(name.slice(0, 60))} cannot be the name of a service here.`, {
    hint: 'It begins with a letter and has only a-z, 0-9 and single hyphens between them: queue-redis',
  });
}

function nothing(foreign: Foreign, { block, for: apps }: ForeignWish, service: string): ForeignPlan {
  const unconnected = apps.filter(
    (app) =>
      !isEdge(block) && !Object.keys(foreign.combinations[0]?.model.services[app]?.depends_on ?? {}).includes(service),
  );
  return {
    outcomes: [],
    services: [],
    notes: [
      `${service} is a ${block} of this project already: nothing to do. Another one needs a name of its own: create-prodstack add ${block} NAME`,
      ...(isEdge(block) && apps.length > 0
        ? [
            `What it leads to, ${listed(apps)} say, is a matter of its own configuration; of a tunnel with a token, of the dashboard of Cloudflare.`,
          ]
        : []),
      ...(unconnected.length > 0
        ? [
            `${listed(unconnected)} ${unconnected.length === 1 ? 'does' : 'do'} not wait for ${service} (depends_on): what is there already is connected by hand.`,
          ]
        : []),
    ],
    next: [],
  };
}

/** Whoever shares the network of the host, or of nobody, finds no service by its name. */
function refuseUnreachable(apps: readonly TargetApp[]): void {
  for (const { service } of apps) {
    const { network_mode: mode } = service.model;
    if (mode === undefined || mode === 'bridge' || mode === 'default') continue;
    throw new UserError('repo', `${service.name} has network_mode: ${mode}, and finds no other service by its name.`, {
      hint: `Take network_mode out of ${service.name}, or leave --for ${service.name} out and connect it by hand.`,
    });
  }
}

/** A broker lets nobody in whom it does not know. */
function refuseNobody({ settings }: ForeignWish): void {
  if (JSON.stringify(settings).includes('"users"')) return;
  throw new UserError('usage', 'Who uses mqtt? The broker lets in whom it knows, and nobody else.', {
    hint: "create-prodstack add mqtt --for SERVICE; for devices: --set 'mqtt.users.NAME.publish=[TOPIC]'",
  });
}
