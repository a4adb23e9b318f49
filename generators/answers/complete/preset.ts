/** A preset laid over the apps that a repo has. */
import { isData, mapOf } from '../../data.ts';
import type { DetectedApp } from '../detect/types.ts';
import type { Values } from '../stacks/definition.ts';
import type { Sources } from './types.ts';

/** A preset's app stands for every app of its stack that the repo has. */
export function presetFor({ preset = {}, detected, file }: Sources, said: unknown): unknown {
  const apps = preset['apps'];
  const saidApps = mapOf(mapOf(said)['apps']);
  if (!isData(apps)) return preset;
  if (file !== undefined && Object.keys(saidApps).length > 0)
    return { ...preset, ...withHosts(preset['edge'], new Map(), Object.keys(saidApps)), apps: {} };
  const found = (app: unknown) =>
    detected.apps.filter((one) => isData(app) && one.stack === app['stack'] && sameFramework(one, app));
  // One that was found in the place of a preset's app is what the others are connected to.
  const names = new Map(
    Object.entries(apps).map(([name, app]) => {
      const [only, ...more] = found(app);
      return [name, only && more.length === 0 && !(name in saidApps) ? only.name : name] as const;
    }),
  );
  const expanded = Object.entries(apps).flatMap(([name, app]) => {
    const same = found(app);
    // What was said of the preset's one app (`--set apps.app.port=...`) is said of the one that was found.
    if (same.length === 0 || name in saidApps) return [[name, isData(app) ? connectedTo(app, names) : app] as const];
    // An app that exists says itself what it is and runs; only the preset's limits are for it too.
    return same.map((one) => {
      const limits = isData(app) && 'limits' in app ? { limits: app['limits'] } : {};
      return [one.name, { stack: one.stack, path: one.path, ...limits }] as const;
    });
  });
  return {
    ...preset,
    ...withHosts(
      preset['edge'],
      names,
      expanded.map(([name]) => name),
    ),
    apps: Object.fromEntries(expanded),
  };
}

/** The hosts of a preset, for the apps that there are now; no edge where none of them is left. */
function withHosts(edge: unknown, names: ReadonlyMap<unknown, string>, apps: readonly string[]) {
  const [kind, said] = Object.entries(mapOf(edge))[0] ?? [];
  if (kind === undefined || !isData(said) || !isData(said['hostnames'])) return {};
  const hostnames = Object.entries(said['hostnames'])
    .map(([name, host]) => [names.get(name) ?? name, host] as const)
    .filter(([name]) => apps.includes(name));
  return { edge: hostnames.length === 0 ? null : { [kind]: { ...said, hostnames: Object.fromEntries(hostnames) } } };
}

/** Whether an app is written with what a preset is for; a preset that names no framework is for all. */
function sameFramework({ found }: DetectedApp, { framework }: Values): boolean {
  return framework === undefined || !('framework' in found) || found.framework?.value === framework;
}

/** An app of a preset whose other apps have these names. */
function connectedTo(app: Values, names: ReadonlyMap<unknown, string>): Values {
  const { uses, proxy } = app;
  return {
    ...app,
    ...(Array.isArray(uses) && { uses: uses.map((one) => names.get(one) ?? one) }),
    ...(isData(proxy) && { proxy: withNames(proxy, names) }),
  };
}

/** The answer `proxy` with other names for the apps; what goes to an app without one is left out. */
export function withNames(proxy: unknown, names: ReadonlyMap<unknown, string>): unknown {
  const entries = Object.entries(mapOf(proxy)).flatMap(([route, to]) => {
    const app = names.get(isData(to) ? to['app'] : to);
    return app === undefined ? [] : [[route, isData(to) ? { ...to, app } : app] as const];
  });
  return Object.fromEntries(entries);
}
