import { clean } from '../../paths.ts';
import { saysMount } from '../items.ts';
import { github } from '../sources.ts';
import { serviceRule } from '../view.ts';

/** Whoever can write here owns the host. */
const system = new Set(['/', '/boot', '/dev', '/etc', '/lib', '/proc', '/sys', '/usr', '/root', '/run', '/var/run']);
for (const folder of ['/bin', '/sbin', '/var', '/var/lib', '/var/lib/docker', '/home']) system.add(folder);

export const noHostMounts = serviceRule({
  id: 'no-host-mounts',
  severity: 'error',
  title: 'No service can write to the system folders of the host',
  why: 'A file in /etc or /usr, or a unit or key in the right place, makes whoever breaks into the container root on the host.',
  fix: 'Mount the one folder or file that is needed, with `:ro` where that is enough.',
  source: github('docker/docker-bench-security/blob/master/tests/5_container_runtime.sh'),
  scope: 'deployed',
  at: ['volumes'],
  check: ({ service }) =>
    (service.volumes ?? [])
      .filter(({ type, source, read_only }) => type === 'bind' && !read_only && system.has(clean(source ?? '.')))
      .map((mount) => ({ message: `can write to ${mount.source} of the host`, item: saysMount(mount) })),
});
