import { factsOf } from '../builds.ts';
import { probeOf } from '../probe.ts';
import { programName } from '../shell.ts';
import { github } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const postgresReadinessTcp = serviceRule({
  id: 'postgres-readiness-tcp',
  severity: 'warning',
  title: 'The health check of PostgreSQL goes over TCP',
  why: 'While the image sets up a new database, a temporary server answers on the socket only. pg_isready without a host says ready then, and what waited for it loses its connection.',
  fix: 'Write `pg_isready -h 127.0.0.1 -U ... -d ...`.',
  source: github('docker-library/postgres/blob/master/docker-entrypoint.sh'),
  scope: 'every',
  of: ({ project, service }) => factsOf(project, service)?.family === 'postgres',
  at: ['healthcheck', 'test'],
  check: ({ service }) => {
    const ready = probeOf(service.healthcheck)?.commands.find(
      ({ words }) => programName(words[0] ?? '') === 'pg_isready',
    );
    const overTcp = ready?.words.some((word, index, all) => {
      const host = /^(?:-h|--host)$/.test(word) ? all[index + 1] : /^(?:-h|--host=)(.+)$/.exec(word)?.[1];
      return host !== undefined && !host.startsWith('/');
    });
    return ready && !overTcp ? 'pg_isready asks the socket' : undefined;
  },
});
