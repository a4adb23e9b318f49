import { factsOf } from '../builds.ts';
import { isRuntime } from '../image-facts.ts';
import { isSocketProxy, mountsDockerSocket } from '../socket-proxy.ts';
import { dockerDocs } from '../sources.ts';
import { isRootUser } from '../users.ts';
import { serviceRule } from '../view.ts';

export const nonRoot = serviceRule({
  id: 'non-root',
  severity: 'warning',
  title: 'No service runs as root',
  why: 'Root in the container is root for the kernel: one bug in either, or one writable mount, is enough to own the host.',
  fix: 'Remove `user: root`; set `user:` to a number, or USER in the Dockerfile.',
  source: dockerDocs('build/building/best-practices/#user'),
  scope: 'production',
  at: ['user'],
  // The socket of Docker belongs to root and to a group whose number each host has of its own.
  of: (view) => !(isSocketProxy(view) && mountsDockerSocket(view)),
  check: ({ project, service }) => {
    if (service.user !== undefined && service.user !== '') {
      return isRootUser(service.user) ? `user ${service.user} is root` : undefined;
    }
    // Of what is built, the Dockerfile decides; of other programs, their entrypoint may.
    if (service.build) return undefined;
    const facts = factsOf(project, service);
    return isRuntime(facts) && facts?.runsAs === 'root'
      ? `${service.image} runs as root and no user is set`
      : undefined;
  },
});
