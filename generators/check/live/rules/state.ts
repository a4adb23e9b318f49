/** Whether what should run does. */
import { dockerDocs, github } from '../../../rules/sources.ts';
import { meaningOf } from '../exit-status.ts';
import {
  type ContainerView,
  complaint,
  containerRule,
  endsByItself,
  type LiveRule,
  readable,
  servicesOf,
} from '../rule.ts';

export const liveMissing: LiveRule = {
  id: 'live-missing',
  severity: 'error',
  title: 'Every service of the files has its containers',
  why: 'What was added to a file, or lost its container, is not there until somebody runs `up`; nothing tells of it.',
  fix: 'Run `docker compose up --detach --wait`.',
  source: dockerDocs('reference/cli/docker/compose/up/'),
  check: (stack) =>
    servicesOf(stack).flatMap(([name, service]) => {
      const wanted = service.scale ?? service.deploy?.replicas ?? 1;
      const there = stack.containers.filter((one) => one.service === name && !one.isOneOff).length;
      // What a profile starts is somebody's choice.
      if (there >= wanted || (there === 0 && service.profiles?.length)) return [];
      const message = there === 0 ? 'has no container' : `has ${there} of ${wanted} containers`;
      return [complaint(stack, name, [], message)];
    }),
};

export const liveDown = containerRule({
  id: 'live-down',
  severity: 'error',
  title: 'What should run does',
  why: 'A container that has ended, was never started or is paused serves nobody, and its restart policy has not brought it back.',
  fix: 'Read `docker compose logs SERVICE`, mend the cause, and run `docker compose up --detach --wait`.',
  source: dockerDocs('reference/cli/docker/container/ls/#status'),
  check: (one) => {
    const { container, stack } = one;
    const { status, exitCode, oomKilled, error, finished } = container;
    const ago = finished === undefined ? '' : ` ${readable(stack.host.now - finished)} ago`;
    if (status === 'created') return `was made and never started${error && `: ${error}`}`;
    if (status === 'paused' || status === 'dead' || status === 'removing') return `is ${status}`;
    if (status !== 'exited') return undefined;
    if (!endsByItself(one)) return `has ended${ago} with ${meaningOf(exitCode, oomKilled)}${error && `: ${error}`}`;
    return exitCode === 0 ? undefined : `has failed${ago} with ${meaningOf(exitCode, oomKilled)}`;
  },
});

export const liveRestarting = containerRule({
  id: 'live-restarting',
  severity: 'error',
  title: 'Nothing is started again and again',
  why: 'The engine waits longer before each start, up to a minute: the service is down most of the time, and looks as if it ran.',
  fix: 'Read `docker compose logs --tail 50 SERVICE`: its last words say why it ends.',
  source: dockerDocs('engine/containers/start-containers-automatically/'),
  check: ({ container, stack }) => {
    const { status, restarts, exitCode, oomKilled, started } = container;
    const times = restarts === 1 ? 'once' : `${restarts} times`;
    if (status === 'restarting')
      return `ends as soon as it is started: ${times} so far, last with ${meaningOf(exitCode, oomKilled)}`;
    // Long up again after a crash is what a restart policy is for.
    const uptime = stack.host.now - (started ?? stack.host.now);
    const isYoung = status === 'running' && restarts > 0 && uptime < settled;
    return isYoung ? `was started again ${times}, the last time ${readable(uptime)} ago` : undefined;
  },
});

/** What has run for so long is not in a loop: the longest pause between two starts is a minute. */
const settled = 10 * 60_000;

export const liveUnhealthy = containerRule({
  id: 'live-unhealthy',
  severity: 'error',
  title: 'Every health check succeeds',
  why: 'An unhealthy container keeps running and keeps failing: plain Compose starts it again for no such reason.',
  fix: 'Run the check by hand (`docker compose exec SERVICE ...`), and read `docker compose logs SERVICE`.',
  source: dockerDocs('reference/dockerfile/#healthcheck'),
  at: ['healthcheck'],
  check: ({ container: { health, status } }) =>
    health?.status === 'unhealthy' && status === 'running'
      ? `its health check failed ${health.failures} times in a row${health.output === undefined ? '' : `, last with: ${health.output}`}`
      : undefined,
});

export const liveStarting = containerRule({
  id: 'live-starting',
  severity: 'warning',
  title: 'What was started has become healthy',
  why: 'In its start period failures do not count: a service that never comes up looks as if it were about to.',
  fix: 'Read `docker compose logs SERVICE`; set start_period to the longest start that is normal.',
  source: dockerDocs('reference/compose-file/services/#healthcheck'),
  at: ['healthcheck'],
  check: ({ container: { health, started, status }, stack }) => {
    const uptime = stack.host.now - (started ?? stack.host.now);
    return health?.status === 'starting' && status === 'running' && uptime > patience
      ? `is not healthy yet, ${readable(uptime)} after its start${health.output === undefined ? '' : `; the check says: ${health.output}`}`
      : undefined;
  },
});

/** Most programs are up by then. */
const patience = 60_000;

export const liveUnchecked = containerRule({
  id: 'live-unchecked',
  severity: 'warning',
  title: 'What others rely on has a health check that runs',
  why: 'Without one nobody is told when it hangs: it is "up" whatever it does.',
  fix: 'Add a healthcheck to the service, and make its container anew: `docker compose up --detach`.',
  source: dockerDocs('reference/dockerfile/#healthcheck'),
  scope: 'deployed',
  at: ['healthcheck'],
  check: (one) => {
    const { container, view } = one;
    if (container.status !== 'running' || container.health || !view || endsByItself(one) || !isReliedOn(one)) return [];
    return 'runs without a health check';
  },
});

/** Whether it is reached from outside, or other services wait for it. */
function isReliedOn({ container, view }: ContainerView): boolean {
  if (container.ports.length > 0) return true;
  const others = Object.values(view?.model.services ?? {});
  return others.some(({ depends_on = {} }) => container.service in depends_on);
}

export const liveOrphan: LiveRule = {
  id: 'live-orphan',
  severity: 'warning',
  title: 'No container is left of a service that the files no longer have',
  why: 'It keeps its ports, its memory and its volumes, and no `up` or `down` touches it.',
  fix: 'Run `docker compose up --detach --remove-orphans`, once you know that nothing needs it.',
  source: dockerDocs('reference/cli/docker/compose/up/'),
  check: (stack) =>
    stack.combination === undefined
      ? []
      : stack.containers
          .filter(({ service, isOneOff }) => !isOneOff && !(service in (stack.combination?.model.services ?? {})))
          .map(({ service, name, ports }) => ({
            service,
            message: `${name} is of no service of the files${ports.length === 0 ? '' : `, and publishes ${ports.map(({ published }) => published).join(', ')}`}`,
          })),
};

export const liveRefused: LiveRule = {
  id: 'live-refused',
  severity: 'error',
  title: 'Compose still accepts the files that the stack was started from',
  why: 'What it refuses can be neither updated nor started again: the next deploy fails, or the next repair.',
  fix: 'Run `docker compose config --quiet` where the stack is and put right what it says.',
  source: github('docker/compose/blob/main/docs/reference/compose_config.md'),
  check: ({ refused, containers, project }) =>
    refused === undefined
      ? []
      : [{ message: refused, ...fileOf(containers[0]?.configFiles.at(-1), project.directory) }],
};

function fileOf(path: string | undefined, directory: string): { readonly file?: string } {
  return path?.startsWith(`${directory}/`) ? { file: path.slice(directory.length + 1) } : {};
}
