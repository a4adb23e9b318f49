import { saysMount } from '../items.ts';
import { dockerSocketMounts, isSocketProxy } from '../socket-proxy.ts';
import { dockerDocs, github } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const noPrivileged = serviceRule({
  id: 'no-privileged',
  severity: 'error',
  title: 'No service is privileged',
  why: 'A privileged container has every capability and every device: whoever breaks into it owns the host.',
  fix: 'Remove privileged; add the one capability (cap_add) or device (devices) that is needed.',
  source: dockerDocs('reference/cli/docker/container/run/#privileged'),
  scope: 'every',
  at: ['privileged'],
  check: ({ service }) => (service.privileged ? 'is privileged' : undefined),
});

export const noHostNamespaces = serviceRule({
  id: 'no-host-namespaces',
  severity: 'warning',
  title: 'No service shares a namespace with the host',
  why: 'With the network, processes, IPC or users of the host a container sees and reaches what it is meant to be kept from, and published ports are not filtered.',
  fix: 'Remove network_mode, pid, ipc, uts, userns_mode or cgroup `host`; publish a port, or put two services on one network.',
  source: github('docker/docker-bench-security/blob/master/tests/5_container_runtime.sh'),
  scope: 'deployed',
  check: ({ service }) =>
    (['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup'] as const)
      .filter((key) => service[key] === 'host')
      .map((key) => `${key}: host`),
});

export const noDockerSocket = serviceRule({
  id: 'no-docker-socket',
  severity: 'error',
  title: 'Only a filtering proxy mounts the Docker socket',
  why: 'Whoever can write to the socket is root on the host, and `:ro` does not prevent that: it protects the file, not the API behind it.',
  fix: 'Give the service a socket proxy that allows the few calls it needs, on a network of their own.',
  source: dockerDocs('engine/security/protect-access/'),
  scope: 'deployed',
  of: (view) => !isSocketProxy(view),
  at: ['volumes'],
  check: (view) =>
    dockerSocketMounts(view)
      .slice(0, 1)
      .map((mount) => ({ message: 'mounts the Docker socket', item: saysMount(mount) })),
});
