/** What an earlier `add` left beside the compose files, where it still is as it was written. */
import { listOf, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { inFolder } from '../paths.ts';
import type { Outcome } from '../plan/compare.ts';
import { render } from '../plan/render.ts';
import { catalogue, inProject } from './add.ts';
import { keyFor, type TargetApp } from './app.ts';
import { service as backup, isPresent } from './backup/add.ts';
import { oursOfBackups } from './backup/ours.ts';
import { conventionsOf } from './conventions.ts';
import { namesIn, textOf } from './data.ts';
import type { Delta } from './delta.ts';
import { plainEdge, servedBy } from './edge.ts';
import { exampleRemovals } from './env-files.ts';
import { deleted } from './outcomes.ts';
import { resolved } from './paths.ts';
import { poolerPassword } from './pooler-env.ts';
import { declared, kindOf, serviceNamed, servicesOf, sourcesOf } from './services.ts';
import { environmentTexts } from './texts.ts';
import type { Foreign } from './types.ts';
import { isEdge, type Part, parts } from './wish.ts';

export interface Ours {
  readonly outcomes: readonly Outcome[];
  readonly deleted: readonly string[];
  /** What a person should know of what stays. */
  readonly notes?: readonly string[];
  /** What apps were told, by what the answers call them: values as they stand in compose files. */
  readonly told: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Where apps have files of it in their containers, by what the answers call them. */
  readonly mounts?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Files and lines that a service brought, as outcomes that take them away; what was changed since stays.
 * @param gone the services that go, it and those with it
 */
export function oursOf(foreign: Foreign, name: string, gone: readonly string[], apps: readonly TargetApp[]): Ours {
  const service = serviceNamed(foreign, name);
  const kind = service && kindOf(service.model);
  if (name === backup && isPresent(foreign)) return { ...oursOfBackups(foreign), told: {} };
  if (!service || kind === undefined) return { outcomes: [], deleted: [], told: {} };
  const deltas = parts
    .filter((part) => catalogue[part].kind === kind)
    .flatMap((part) => broughtBy(foreign, part, name, apps));
  const files = deltas
    .flatMap(({ artifacts }) => artifacts)
    .flatMap((artifact) => {
      if (isMountedByOthers(foreign, artifact.path, gone)) return [];
      const { path, template, view, mode } = artifact;
      // What a node serves stands there, and nowhere else.
      const served = template.endsWith('/serve.json') ? servedBy(foreign.repo.raw(path)?.text ?? '') : {};
      const own = render(template, { ...view, ...served });
      return deleted(foreign.repo, { path, mode, why: `only ${name} had it` }, own) ?? [];
    });
  const all = [...files, ...(kind === 'pgbouncer' ? ofPooler(foreign, name) : [])];
  const unique = [...new Map(all.map((one) => [one.path, one])).values()];
  return {
    outcomes: [
      ...unique,
      ...exampleRemovals(
        foreign,
        kind === 'pgbouncer' ? servicesOf(foreign, 'postgres').map(poolerPassword) : deltas.flatMap(({ env }) => env),
      ),
    ],
    deleted: unique.map(({ path }) => path),
    mounts: Object.fromEntries(
      apps.map(({ key }) => [
        key,
        deltas.flatMap((delta) =>
          delta.apps.filter((app) => app.key === key).flatMap(({ files: its }) => its.map(({ target }) => target)),
        ),
      ]),
    ),
    told: Object.fromEntries(
      apps.map(({ key }) => [
        key,
        deltas.flatMap((delta) =>
          delta.apps
            .filter((app) => app.key === key)
            .flatMap(({ environment, devEnvironment, prodEnvironment }) =>
              [environment, devEnvironment, prodEnvironment].flatMap((values) =>
                Object.entries(environmentTexts(values, delta.env)),
              ),
            ),
        ),
      ]),
    ),
  };
}

/** The start script of a pooler, which has the name of the database that it stands before. */
function ofPooler(foreign: Foreign, name: string): readonly Outcome[] {
  const [home] = sourcesOf(foreign, name);
  if (!home) return [];
  const template = 'docker/pgbouncer/start.sh';
  const path = inFolder(home.folder, template.replace(/^docker\//, `${conventionsOf(foreign, home).configFolder}/`));
  return servicesOf(foreign, 'postgres').flatMap(
    (host) =>
      deleted(foreign.repo, { path, mode: 0o755, why: `only ${name} had it` }, render(template, { host })) ?? [],
  );
}

/** What it would bring today, with somebody who uses it and without; nothing where it cannot be added like that. */
function broughtBy(foreign: Foreign, block: Part, name: string, apps: readonly TargetApp[]): readonly Delta[] {
  const [home] = sourcesOf(foreign, name);
  if (!home) return [];
  const user = { service: { name: 'app', sources: [], model: {} }, key: keyFor('app') };
  // Whoever lets the world in brings what was said of it, which nobody knows any more, and some things that are always the same.
  const settings = isEdge(block) ? [plainEdge(block)] : [];
  return (isEdge(block) ? [[]] : [[], [user], apps]).flatMap((users) => {
    const world = { name, known: catalogue[block], home, conventions: conventionsOf(foreign, home) };
    try {
      return inProject(foreign, { block, settings }, users, world);
    } catch (error) {
      // What nobody uses cannot be added at all, a broker say.
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

/** Whether a service that stays has a file in its container, by itself or in a folder. */
function isMountedByOthers(foreign: Foreign, path: string, gone: readonly string[]): boolean {
  return foreign.sources.some((source) =>
    namesIn(source.data['services'])
      .filter((other) => !gone.includes(other))
      .flatMap((other) => listOf(declared(source, other)['volumes']))
      .some((one) => {
        const from = textOf(mapOf(one)['source']) ?? textOf(one)?.split(':')[0] ?? '';
        const mounted = from.startsWith('.') ? resolved(source.folder, from) : undefined;
        // The whole repo is the sources of an app.
        return mounted !== undefined && mounted !== '.' && `${path}/`.startsWith(`${mounted}/`);
      }),
  );
}
