import { factsOf } from '../builds.ts';
import { sizeInBytes } from '../sizes.ts';
import { github } from '../sources.ts';
import { isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const postgresShm = serviceRule({
  id: 'postgres-shm',
  severity: 'warning',
  title: 'PostgreSQL has more shared memory than the default',
  why: 'Docker gives a container 64 MB in /dev/shm, and parallel queries share memory there: a larger one fails with "could not resize shared memory segment: No space left on device".',
  fix: 'Set `shm_size: 256m`, or more for large work_mem.',
  source: github('docker-library/docs/blob/master/postgres/content.md#caveats'),
  scope: 'production',
  of: (view) => isPostgres(view) && isLongRunning(view),
  at: ['shm_size'],
  check: ({ service }) => {
    const isMounted =
      service.ipc !== undefined ||
      [...(service.tmpfs ?? []), ...(service.volumes ?? []).map(({ target }) => target)].some((one) =>
        /^\/dev\/shm(?:$|:|\/$)/.test(one),
      );
    return isMounted || sizeInBytes(service.shm_size) > sizeInBytes('64M') ? undefined : 'has 64 MB in /dev/shm';
  },
});

export const postgresNoTrust = serviceRule({
  id: 'postgres-no-trust',
  severity: 'error',
  title: 'PostgreSQL asks for a password',
  why: 'With POSTGRES_HOST_AUTH_METHOD=trust everybody who reaches the port is the superuser.',
  fix: 'Remove the variable and set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE; the default is scram-sha-256.',
  source: github('docker-library/docs/blob/master/postgres/content.md#postgres_host_auth_method'),
  scope: 'deployed',
  of: isPostgres,
  at: ['environment', 'POSTGRES_HOST_AUTH_METHOD'],
  check: ({ service }) =>
    service.environment?.['POSTGRES_HOST_AUTH_METHOD'] === 'trust'
      ? `POSTGRES_HOST_AUTH_METHOD is ${service.environment?.['POSTGRES_HOST_AUTH_METHOD']}`
      : undefined,
});

function isPostgres({ project, service }: ServiceView): boolean {
  return factsOf(project, service)?.family === 'postgres';
}
