/** `add` in a project that was not made by us: what is written where, and proof that nothing else changes. */
import type { Detected } from '../answers/detect/types.ts';
import { Refusal } from '../compose/edit/index.ts';
import { UserError } from '../errors.ts';
import type { Outcome } from '../plan/compare.ts';
import { render } from '../plan/render.ts';
import { type TargetApp, targetApp } from './app.ts';
import { type Connected, connect, type FileEdits } from './connect.ts';
import { type Conventions, conventionsOf, networksFor, usualNetworks } from './conventions.ts';
import { type Delta, deltaOf } from './delta.ts';
import { envPlan } from './env-files.ts';
import type { Kind } from './kinds.ts';
import { created } from './outcomes.ts';
import { ownFile } from './own-file.ts';
import { inFolder } from './paths.ts';
import { placesFor } from './places.ts';
import { proveAdded } from './proof.ts';
import { namesFor, renamed } from './rename.ts';
import { nextCommands, notesFor } from './report.ts';
import { serviceEdits } from './service-edits.ts';
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
  cloudflare: { service: 'cloudflared', prefix: 'CLOUDFLARED', kind: 'cloudflare' },
  tailscale: { service: 'tailscale', prefix: 'TAILSCALE', kind: 'tailscale' },
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
  const present = presentAs(foreign, wish.block, known.kind, name, named);
  if (present) return nothing(foreign, wish, present.service);
  const apps = wish.for.map((one) => targetApp(foreign, one, context.detected));
  refuseUnreachable(apps);
  if (isEdge(wish.block)) refuseUnroutable(apps, wish.block);
  if (wish.block === 'mqtt' && apps.length === 0) refuseNobody(wish);
  const places = placesFor(foreign, apps[0]?.service.name);
  const [home] = places.homes;
  if (!home) throw new UserError('repo', 'There is no file that a service could be written into.', { hint: '--file' });
  const conventions = conventionsOf(foreign, home);
  const delta = inProject(foreign, wish, apps, { name, known, home, conventions });
  refuseTaken(foreign, delta);
  refuseUnfitSecrets(foreign, delta);
  refusePublished(foreign, delta);
  const networks = networksOf(foreign, apps, isEdge(wish.block) ? 'edge' : 'data');
  const texts = { delta, conventions, networks };
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
    : { outcomes: orByHand(() => composeOutcomes(foreign, parts, why), wish), notes: [] };
  const compose = [...(own?.outcomes ?? []), ...written.outcomes];
  const variables = envPlan(foreign, usedIn(delta.env, [...parts, ...(own?.outcomes ?? [])]), {
    ...context,
    ignores: delta.ignores.map((one) => ({ ...one, path: inFolder(home.folder, one.path) })),
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
    ],
    next: nextCommands(foreign, delta, { apps, missing: variables.missing, conventions }),
  };
}

/** What cannot be put in between there can stand in a file of its own. */
function orByHand<T>(plan: () => T, { block, name, for: apps }: ForeignWish): T {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const words = ['add', block, ...(name === undefined ? [] : [name]), ...apps.map((app) => `--for ${app}`)];
    throw new UserError('repo', error.message, {
      hint: `${error.hint?.replace(/\.?$/, '.') ?? ''} Or in a file of its own, which theirs includes: create-prodstack ${words.join(' ')} --include`.trim(),
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
  const names = namesFor(known, name, {
    separator: conventions.separator,
    file: (path) => inFolder(home.folder, path.replace(/^docker\//, `${conventions.configFolder}/`)),
  });
  return withFreePorts(foreign, withoutKnobs(renamed(deltaOf(answered), names)));
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
    (app) => !Object.keys(foreign.combinations[0]?.model.services[app]?.depends_on ?? {}).includes(service),
  );
  return {
    outcomes: [],
    services: [],
    notes: [
      `${service} is a ${block} of this project already: nothing to do. Another one needs a name of its own: create-prodstack add ${block} NAME`,
      ...(unconnected.length > 0
        ? [
            `${unconnected.join(' and ')} ${unconnected.length === 1 ? 'does' : 'do'} not wait for ${service} (depends_on): what is there already is connected by hand.`,
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

/** What leads to an app has its name and its port in its own configuration. */
function refuseUnroutable(apps: readonly TargetApp[], edge: string): void {
  if (apps.length === 0)
    throw new UserError('usage', `Which app does ${edge} lead to?`, {
      hint: `create-prodstack add ${edge} --for SERVICE --set edge.${edge}.hostnames.SERVICE=shop.example.com`,
    });
  for (const { key, service, port } of apps) {
    if (key !== service.name)
      throw new UserError('repo', `${service.name} cannot be the name of a host that ${edge} asks.`, {
        hint: 'A service with a name of a-z, 0-9 and hyphens can; `networks: { default: { aliases: [web] } }` gives it another one.',
      });
    if (port === undefined || port < 1024)
      throw new UserError('repo', `Nothing here says at which port ${service.name} listens.`, {
        hint: `Say it in its compose file: expose: ["8000"] (1024 or more).`,
      });
  }
}

function networksOf(foreign: Foreign, apps: readonly TargetApp[], what: 'data' | 'edge'): readonly string[] {
  if (apps.length === 0) return usualNetworks(foreign);
  const all = apps.map(({ service }) => networksFor(foreign, service.model, what));
  const named = [...new Set(all.flat())];
  // An app on the default network, and another one on one of its own.
  return named.length > 0 && all.some((one) => one.length === 0) ? ['default', ...named] : named;
}
