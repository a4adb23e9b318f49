/** What is to be added, as a Stack: the difference between a Stack with it and one without. */
import { tunnelScript } from '../stack/blocks/edge/cloudflare.ts';
import { maintenanceFolder, maintenanceService } from '../stack/blocks/edge/maintenance.ts';
import { installScript } from '../stack/blocks/edge/nginx.ts';
import { limitVariables } from '../stack/blocks/limits.ts';
import { resolve } from '../stack/resolve.ts';
import type { Artifact, EnvVar, Ignore, Service, Stack, Volume } from '../stack/types.ts';
import type { Answered } from './wish.ts';

/** What one of their apps gets. */
export interface AppDelta {
  /** What the answers call it. */
  readonly key: string;
  readonly environment: Service['environment'];
  readonly devEnvironment: Service['environment'];
  readonly prodEnvironment: Service['environment'];
  readonly dependsOn: Service['dependsOn'];
  readonly files: NonNullable<Service['files']>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Delta {
  /** The Stack that all of it is resolved in. */
  readonly stack: Stack;
  readonly services: readonly Service[];
  readonly volumes: readonly Volume[];
  readonly env: readonly EnvVar[];
  readonly artifacts: readonly Artifact[];
  readonly ignores: readonly Ignore[];
  readonly apps: readonly AppDelta[];
}

/** The parts of the Stack with a wish that the one without it lacks. */
export function deltaOf(answered: Answered): Delta {
  const stack = withoutPage(resolve(answered.with));
  const before = resolve(answered.without);
  const isNew =
    <T extends { readonly name: string }>(known: readonly T[]) =>
    ({ name }: T) =>
      !known.some((one) => one.name === name);
  const paths = new Set(before.artifacts.map(({ path }) => path));
  return {
    stack,
    services: stack.services.filter(isNew(before.services)),
    volumes: stack.volumes.filter(isNew(before.volumes)),
    env: stack.env.filter(isNew(before.env)),
    artifacts: stack.artifacts
      .filter(({ path }) => !paths.has(path) && path !== tunnelScript && path !== installScript)
      .map(alone),
    ignores: stack.ignores.flatMap((ignore) => newPatterns(ignore, before.ignores)),
    apps: answered.apps.flatMap((key) => {
      const now = serviceIn(stack, key);
      const was = serviceIn(before, key);
      return now && was ? [appDelta(key, now, was)] : [];
    }),
  };
}

/** The page of scripts/maintenance, for want of the script. */
function withoutPage(stack: Stack): Stack {
  const page = maintenanceFolder.path;
  const prefix = limitVariables(maintenanceService);
  return {
    ...stack,
    services: stack.services
      .filter(({ name }) => name !== maintenanceService)
      .map((one) => (one.files ? { ...one, files: one.files.filter(({ path }) => path !== page) } : one)),
    env: stack.env.filter(({ name }) => !Object.values(prefix).includes(name)),
    artifacts: stack.artifacts.filter(({ path }) => !path.startsWith('docker/edge/')),
    ignores: stack.ignores.map((one) => ({
      ...one,
      groups: one.groups.filter(({ patterns }) => !patterns.some((pattern) => pattern.includes(page))),
    })),
  };
}

/** Scripts and guides of a stack of ours are not there: nothing speaks of them. */
function alone(artifact: Artifact): Artifact {
  return { ...artifact, view: { ...artifact.view, alone: true } };
}

function serviceIn({ services }: Stack, name: string): Service | undefined {
  return services.find((one) => one.name === name);
}

function appDelta(key: string, now: Service, was: Service): AppDelta {
  const files = new Set((was.files ?? []).map(({ target }) => target));
  return {
    key,
    environment: added(now.environment, was.environment),
    devEnvironment: added(now.devEnvironment, was.devEnvironment),
    prodEnvironment: added(now.prodEnvironment ?? {}, was.prodEnvironment ?? {}),
    dependsOn: added(now.dependsOn, was.dependsOn),
    files: (now.files ?? []).filter(({ target }) => !files.has(target)),
    labels: added(now.labels ?? {}, was.labels ?? {}),
  };
}

function added<T>(now: Readonly<Record<string, T>>, was: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(now).filter(([key, value]) => JSON.stringify(was[key]) !== JSON.stringify(value)),
  );
}

/** What keeps an ignored file out of git or of an image; that a stack of ours leaves nothing behind is no matter here. */
function newPatterns(ignore: Ignore, before: readonly Ignore[]): readonly Ignore[] {
  const known = new Set(
    before
      .filter(({ path }) => path === ignore.path)
      .flatMap(({ groups }) => groups.flatMap(({ patterns }) => patterns)),
  );
  const groups = ignore.groups.flatMap((group) => {
    const patterns = group.patterns.filter((one) => !known.has(one));
    return patterns.length === 0 ? [] : [{ ...group, patterns }];
  });
  return groups.length === 0 ? [] : [{ ...ignore, groups }];
}
