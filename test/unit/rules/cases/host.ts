import type { ComposeDeploy } from '../../../../generators/compose/model.ts';
import { type Patch, withModel, withService } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const api = (patch: Patch) => withService('api', patch);
const other = (patch: Patch) => withService('other', { image: 'acme/tool:1.0', restart: 'unless-stopped', ...patch });
const bind = (source: string, read_only = false) => ({
  volumes: [{ type: 'bind', source, target: '/host', read_only }],
});
const resources = (limit: string, reserved: string): Patch => ({
  deploy: {
    resources: { limits: { cpus: 1, memory: limit, pids: 256 }, reservations: { memory: reserved } },
  } satisfies ComposeDeploy,
});
/** Four services with 512M and one core each. */
const host = (memory: string, cpus: string | number, more: Patch = {}) => {
  const before = api(more);
  return {
    ...before,
    combinations: before.combinations.map((one) =>
      one.purpose === 'production' ? { ...one, model: { ...one.model, 'x-host': { memory, cpus } } } : one,
    ),
  };
};

export const hostCases: readonly Case[] = [
  holds('no-host-mounts', 'lets a collector read', other(bind('/', true))),
  holds('no-host-mounts', 'accepts a folder of one program', other(bind('/etc/letsencrypt'))),
  fails('no-host-mounts', 'refuses to let it write', other(bind('/etc/')), {
    service: 'other',
    message: 'can write to /etc/ of the host',
  }),

  holds(
    'no-unconfined',
    'accepts a profile',
    api({ security_opt: ['seccomp:profile.json', 'no-new-privileges:true'] }),
  ),
  fails(
    'no-unconfined',
    'wants the profiles on',
    api({ security_opt: ['no-new-privileges', 'seccomp=unconfined', 'apparmor:unconfined'] }),
    { service: 'api', message: 'is started with apparmor:unconfined' },
    { service: 'api', message: 'is started with seccomp=unconfined' },
  ),
  fails('no-host-namespaces', 'knows cgroups', api({ cgroup: 'host' }), { message: 'cgroup: host' }),

  holds('reservation-below-limit', 'accepts all of it', api(resources('536870912', '536870912'))),
  holds(
    'reservation-below-limit',
    'asks nothing without a limit',
    api({ deploy: null, mem_reservation: '1073741824' }),
  ),
  fails('reservation-below-limit', 'knows what the engine refuses', api(resources('134217728', '536870912')), {
    service: 'api',
  }),
  fails(
    'reservation-below-limit',
    'knows the older keys',
    api({ deploy: null, mem_limit: '1048576', mem_reservation: '2097152' }),
    {},
  ),

  holds('limits-fit-host', 'asks nothing where nobody names a host', api(resources('107374182400', '1'))),
  holds('limits-fit-host', 'accepts all of it', host('2G', '4')),
  fails('limits-fit-host', 'adds up memory', host('1.5G', 8), {
    file: 'compose.prod.yaml',
    message: 'the memory limits add up to 2G, and the host has 1.5G',
    combinations: ['compose.yaml + compose.prod.yaml'],
  }),
  fails(
    'limits-fit-host',
    'counts replicas',
    host('2.4G', 4, { scale: 2 }),
    {
      message: 'the CPU limits add up to 5, and the host has 4',
    },
    { message: 'the memory limits add up to 2.5G, and the host has 2.4G' },
  ),

  holds('read-only-paths', 'knows that /var/run is /run', withService('postgres', { tmpfs: ['/run', '/tmp'] })),
  holds(
    'read-only-paths',
    'asks nothing of a writable root',
    withService('postgres', { tmpfs: null, read_only: null }),
  ),
  fails('read-only-paths', 'knows what PostgreSQL writes', withService('postgres', { tmpfs: ['/tmp:size=10m'] }), {
    service: 'postgres',
    message: 'cannot write to /var/run/postgresql',
  }),
  fails(
    'read-only-paths',
    'knows what nginx writes',
    other({ image: 'nginxinc/nginx-unprivileged:1.30-alpine', read_only: true }),
    { service: 'other', message: 'cannot write to /tmp' },
  ),

  holds(
    'depends-on-profile',
    'accepts the same profile',
    withModel('production', (model) => ({
      ...model,
      services: {
        ...model.services,
        one: { image: 'acme/tool:1', profiles: ['tools', 'all'] },
        two: { image: 'acme/tool:1', profiles: ['tools'], depends_on: { one: { condition: 'service_started' } } },
      },
    })),
  ),
  holds(
    'depends-on-profile',
    'accepts what need not be there',
    withModel('production', (model) => ({
      ...model,
      services: {
        ...model.services,
        one: { image: 'acme/tool:1', profiles: ['tools'] },
        two: { image: 'acme/tool:1', depends_on: { one: { condition: 'service_started', required: false } } },
      },
    })),
  ),
  fails(
    'depends-on-profile',
    'knows what is not started',
    withModel('production', (model) => ({
      ...model,
      services: {
        ...model.services,
        one: { image: 'acme/tool:1', profiles: ['tools'] },
        two: { image: 'acme/tool:1', depends_on: { one: { condition: 'service_started' } } },
      },
    })),
    { service: 'two', message: 'depends on one, which only the profile tools starts' },
  ),

  holds('registry-image-not-built', 'accepts an image of its own', api({ image: 'shop-api:1.4.0' })),
  holds(
    'registry-image-not-built',
    'accepts what is only pulled',
    api({ image: 'ghcr.io/acme/api:1.4.0', build: null }),
  ),
  fails('registry-image-not-built', 'finds both', api({ image: 'ghcr.io/acme/api:1.4.0' }), {
    service: 'api',
    severity: 'info',
  }),
];
