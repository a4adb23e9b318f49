/** Whether what runs is what the files say. */
import { dockerDocs, github } from '../../../rules/sources.ts';
import { type ContainerView, containerRule } from '../rule.ts';

export const liveOldImage = containerRule({
  id: 'live-old-image',
  severity: 'warning',
  title: 'Containers run the image that the files name',
  why: 'A new tag, a pull or a build changes nothing that runs: a fix that everybody believes to be out is not.',
  fix: 'Run `docker compose up --detach --wait`, which makes those containers anew.',
  source: dockerDocs('reference/cli/docker/compose/up/'),
  at: ['image'],
  check: (one) => imageMessage(one),
});

function imageMessage({ container, view, stack }: ContainerView): string | undefined {
  if (!view || !isThere(container.status)) return undefined;
  const { image } = view.service;
  if (image !== undefined && image !== container.image) return `runs ${container.image}, and the files say ${image}`;
  const current = stack.images.get(container.image);
  return current !== undefined && current !== container.imageId
    ? `runs an older ${container.image} than the one that this host has by now`
    : undefined;
}

export const liveOldConfiguration = containerRule({
  id: 'live-old-configuration',
  severity: 'warning',
  title: 'Containers are made from the files as they are',
  why: 'Who reads the files is mistaken about what runs, and the next `up`, for whatever reason, brings all changes at once.',
  fix: 'See what would change with `docker compose up --dry-run`, then run `docker compose up --detach --wait`.',
  source: github('docker/compose/blob/main/pkg/compose/convergence.go'),
  check: (one) => {
    const { container, stack } = one;
    const hash = stack.hashes.get(container.service);
    const isOld = hash !== undefined && container.configHash !== undefined && hash !== container.configHash;
    // Another image is another configuration, too, and said already.
    return isOld && isThere(container.status) && imageMessage(one) === undefined
      ? 'was made from an older state of the files, or with other values in .env'
      : undefined;
  },
});

/** Of what has ended nothing runs that could be old. */
function isThere(status: string): boolean {
  return status === 'running' || status === 'restarting' || status === 'paused';
}

export const liveLogs = containerRule({
  id: 'live-logs',
  severity: 'warning',
  title: 'The logs of what runs are rotated',
  why: 'What the file says of logs holds for new containers only: one from before it writes until the disk is full.',
  fix: 'Set logging in the compose file and make the container anew: `docker compose up --detach --force-recreate SERVICE`.',
  source: dockerDocs('engine/logging/configure/'),
  scope: 'deployed',
  at: ['logging'],
  check: ({ container: { logging, status } }) =>
    logging.driver === 'json-file' && isThere(status) && logging.options['max-size'] === undefined
      ? 'its log grows without end (json-file without max-size)'
      : undefined,
});

export const liveRoot = containerRule({
  id: 'live-root',
  severity: 'warning',
  title: 'No container consists of processes of root',
  why: 'Root in the container is root for the kernel: one bug in either, or one writable mount, is enough to own the host.',
  fix: 'Set `user:` in the compose file, or USER in the Dockerfile.',
  source: dockerDocs('engine/security/'),
  scope: 'deployed',
  at: ['user'],
  check: ({ container, stack }) => {
    const users = stack.users.get(container.id) ?? [];
    const isRoot = users.length > 0 && users.every((user) => user === '0' || user === 'root');
    return isRoot ? 'all of its processes run as root' : undefined;
  },
});
