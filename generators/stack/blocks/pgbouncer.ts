import { image } from '../images.ts';
import type { Limits } from '../types.ts';
import { variable } from '../values.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { rolesOf } from './databases.ts';
import { limitEnv } from './limits.ts';

const limits: Limits = { cpus: '0.5', memory: '256M', pids: 32, reservation: '32M' };
const script = 'docker/pgbouncer/start.sh';

export const pgbouncer: Block = {
  name: 'pgbouncer',
  kind: 'external',
  summary: 'PgBouncer before the bundled PostgreSQL: many connections of the apps share few of the server',
  contribute(answers) {
    const { postgres } = answers;
    const roles = rolesOf(answers);
    const [first] = roles;
    if (postgres?.mode !== 'bundled' || postgres.pooler === undefined || first === undefined) return [];
    const passwords = roles.map(({ app }) => app.password);
    return [
      {
        services: [
          {
            name: 'pgbouncer',
            title: 'PgBouncer, the pooler before PostgreSQL',
            role: 'external',
            fragment: 'pgbouncer',
            view: {
              entrypoint: ['sh', '/start.sh', ...roles.map(({ app }) => [app.name, app.user, app.password].join(':'))],
              probe: [
                'CMD',
                'psql',
                `host=127.0.0.1 port=6432 user=${first.app.user} dbname=${first.app.name} passfile=/tmp/pgbouncer/pgpass connect_timeout=4`,
                '--command',
                'SELECT 1',
              ],
            },
            image: image('pgbouncer'),
            environment: {
              ...Object.fromEntries(passwords.map((name) => [name, [variable(name)]])),
              PGBOUNCER_MAX_CLIENTS: [variable('PGBOUNCER_MAX_CLIENTS')],
            },
            devEnvironment: {},
            dependsOn: { 'postgres-setup': 'service_completed_successfully', postgres: 'service_healthy' },
            networks: [networks.data],
            volumes: [],
            files: [{ path: script, target: '/start.sh' }],
            ports: { production: [], development: [] },
            limits,
            hardening: { tmpfs: ['/tmp'] },
            oneShot: false,
          },
        ],
        env: [
          {
            name: 'PGBOUNCER_MAX_CLIENTS',
            meaning:
              'How many connections PgBouncer takes from the apps. They share four fifths of what PostgreSQL has (POSTGRES_MAX_CONNECTIONS).',
            kind: 'optional',
            default: '500',
            group: 'Limits',
          },
          ...limitEnv('pgbouncer', limits),
        ],
        artifacts: [
          {
            path: script,
            template: script,
            view: { host: 'postgres' },
            mode: 0o755,
            why: 'starts PgBouncer with pools that fit the connections of PostgreSQL',
          },
        ],
        guide: [{ id: 'postgres-pooler', view: {} }],
      },
    ];
  },
};
