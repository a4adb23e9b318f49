/** `add app`: an app of the repo that no service runs yet gets a Dockerfile and a service. */

import { complete } from '../answers/complete.ts';
import type { DetectedApp } from '../answers/detect/types.ts';
import { merge } from '../answers/map.ts';
import { asProjectName } from '../answers/slug.ts';
import { mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { render } from '../plan/render.ts';
import { imageTag } from '../stack/registry.ts';
import { resolve } from '../stack/resolve.ts';
import type { EnvVar, Service } from '../stack/types.ts';
import type { ForeignContext, ForeignPlan, ForeignWish } from './add.ts';
import { appFolders } from './app.ts';
import { conventionsOf, usualNetworks } from './conventions.ts';
import { textOf } from './data.ts';
import { envPlan } from './env-files.ts';
import { created } from './outcomes.ts';
import { seenFrom } from './paths.ts';
import { placesFor } from './places.ts';
import { proveAdded } from './proof.ts';
import { nextCommands, notesFor } from './report.ts';
import { serviceEdits } from './service-edits.ts';
import { allServices, serviceNamed } from './services.ts';
import { presentAs, refuseTaken, withFreePorts } from './taken.ts';
import { withoutKnobs } from './texts.ts';
import type { Foreign } from './types.ts';
import { usedIn, valid } from './wish.ts';
import { composeOutcomes } from './written.ts';

/**
 * A service for an app that is there.
 * @throws UserError `usage` where it is open which one, `answers`, `repo`: its Dockerfile is never written over
 */
export function planApp(
  foreign: Foreign,
  wish: Pick<ForeignWish, 'name' | 'settings'>,
  context: ForeignContext,
): ForeignPlan {
  const said = mapOf(wish.settings.reduce<unknown>(merge, {}));
  const own = { ...mapOf(said['app']), ...mapOf(Object.values(mapOf(said['apps']))[0]), ...withoutApps(said) };
  const app = appFor(foreign, context, textOf(own['path']));
  const name = wish.name ?? app.name;
  const present = presentAs(foreign, 'app', undefined, name, true);
  if (present)
    throw new UserError('repo', `There is a service ${name} already.`, { hint: 'create-prodstack add app NAME' });
  const stack = resolve(valid(answersOf(foreign, app, name, own)));
  const { development, ...others } = placesFor(foreign);
  const [home] = others.homes;
  if (!home) throw new UserError('repo', 'There is no file that a service could be written into.', { hint: '--file' });
  // What `compose watch` follows is said from the root of the repo.
  const places = home.folder === '.' && development ? { ...others, development } : others;
  const conventions = conventionsOf(foreign, home);
  const services = stack.services.map((one) => inRepo(one, home.folder));
  const env: readonly EnvVar[] = stack.env.map((one) => (one.name === imageTag ? { ...one, group: 'Limits' } : one));
  const delta = withFreePorts(
    foreign,
    withoutKnobs({ stack, services, volumes: stack.volumes, env, artifacts: stack.artifacts, ignores: [], apps: [] }),
  );
  refuseTaken(foreign, delta);
  const parts = serviceEdits(foreign, places, { delta, conventions, networks: usualNetworks(foreign) });
  const compose = composeOutcomes(foreign, parts, `${name}: the new app`);
  const names = services.map((one) => one.name);
  proveAdded(foreign, compose, { services: names, volumes: stack.volumes.map((one) => one.name) });
  const ignores = stack.ignores.filter(({ path }) => path.endsWith('.dockerignore'));
  const variables = envPlan(foreign, usedIn(delta.env, parts), { ...context, ignores });
  return {
    outcomes: [
      ...compose,
      ...stack.artifacts.map(({ path, template, view, mode, why }) =>
        created(foreign.repo, { path, why, mode }, render(template, view)),
      ),
      ...variables.outcomes,
    ],
    services: names,
    notes: [...app.warnings, ...variables.notes, ...notesFor(foreign, delta, { conventions, places, apps: [] })],
    next: nextCommands(foreign, delta, { apps: [], missing: variables.missing, conventions }).map((command) =>
      command.replace(' up -d', ' up -d --build'),
    ),
  };
}

function withoutApps({ app: _app, apps: _apps, ...rest }: ReturnType<typeof mapOf>) {
  return rest;
}

/** Those that no service is built from, or the one that was named. */
function appFor(foreign: Foreign, { detected }: ForeignContext, path: string | undefined): DetectedApp {
  const taken = [...allServices(foreign).keys()].flatMap((name) => {
    const service = serviceNamed(foreign, name);
    return service ? appFolders(service) : [];
  });
  const free = detected.apps.filter((one) => !taken.includes(one.path));
  const possible = path === undefined ? free : detected.apps.filter((one) => one.path === path);
  const [only, ...others] = possible;
  if (only && others.length === 0) return only;
  if (only)
    throw new UserError('usage', `There are ${possible.length} apps that no service runs: say which one is meant.`, {
      problems: possible.map((one) => ({ path: one.path, message: `--set path=${one.path}` })),
      hint: `For example: create-prodstack add app --set path=${only.path}`,
    });
  throw new UserError(
    'usage',
    path === undefined ? 'No app was found here that no service runs yet.' : `No app was found in ${path}.`,
    {
      hint:
        detected.apps.length > 0
          ? `Found: ${detected.apps.map((one) => one.path).join(', ')}. A worker of one of them: create-prodstack add worker --for SERVICE`
          : 'Apps of Node, Python, Laravel and static sites are known by their manifests.',
    },
  );
}

/** All answers of the app, which is alone there: what it uses, its environment says. */
function answersOf(foreign: Foreign, app: DetectedApp, name: string, own: ReturnType<typeof mapOf>): unknown {
  const { answers } = complete({
    folder: foreign.name,
    detected: { apps: [{ ...app, name }] },
    chosen: [
      { name: asProjectName(foreign.name), apps: { [name]: { stack: app.stack, path: app.path, uses: [], ...own } } },
    ],
    isVacant: () => false,
  });
  const whole = mapOf(mapOf(answers['apps'])[name]);
  // Further processes are added one by one: they are commands that somebody wants to run here.
  const {
    workers: _workers,
    queues: _queues,
    scheduler: _scheduler,
    horizon: _horizon,
    reverb: _reverb,
    ...rest
  } = whole;
  const migrate = 'migrate' in rest && app.stack !== 'laravel' ? { migrate: own['migrate'] ?? 'none' } : {};
  return { prodstack: 1, name: asProjectName(foreign.name), apps: { [name]: { ...rest, ...migrate } } };
}

/** Where it is built from is said from the folder of the compose file. */
function inRepo(service: Service, folder: string): Service {
  const { envFile: _envFile, build, ...rest } = service;
  const context = build && seenFrom(folder, build.context === '.' ? '' : build.context.replace(/^\.\//, ''));
  return {
    ...rest,
    ...(build && {
      build: { ...build, context: context === '' ? '.' : context?.startsWith('.') ? context : `./${context}` },
    }),
  };
}
