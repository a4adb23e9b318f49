import type { Answers } from '../../answers/schema.ts';
import type { Contribution, Limits } from '../types.ts';
import { variable } from '../values.ts';
import { networks } from './connections.ts';
import { database, databaseEnv, rolesOf } from './databases.ts';
import { limitEnv } from './limits.ts';
import { type BundledPostgres, postgresImage } from './postgres-image.ts';

const limits: Limits = { cpus: '0.5', memory: '128M', pids: 32, reservation: '32M' };
const script = 'docker/postgres/setup.sh';

/**
 * The one-shot service that makes the roles of the apps and what is theirs: at every `up`, so that an app that is added
 * later gets its own too. Nothing where no app uses Postgres: a one-shot that nobody waits for makes `up --wait` fail.
 */
export function postgresSetup(answers: Answers, postgres: BundledPostgres): readonly Contribution[] {
  const roles = rolesOf(answers);
  if (roles.length === 0) return [];
  const passwords = roles.flatMap(({ app, migration }) => [app.password, migration.password]);
  return [
    {
      services: [
        {
          name: 'postgres-setup',
          title: 'what makes the roles of the apps in PostgreSQL',
          role: 'setup',
          fragment: 'postgres-setup',
          view: {
            command: [
              'sh',
              '/setup.sh',
              postgres.separate ?? 'shared',
              ...roles.map(({ app, migration, owner }) =>
                [app.user, app.password, migration.password, owner].join(':'),
              ),
            ],
          },
          image: postgresImage(postgres).reference,
          environment: {
            PGHOST: 'postgres',
            PGUSER: database.superuser,
            PGDATABASE: database.name,
            ...Object.fromEntries(['POSTGRES_PASSWORD', ...passwords].map((name) => [name, [variable(name)]])),
          },
          // Tests make databases of their own.
          devEnvironment: { CREATEDB: 'CREATEDB' },
          dependsOn: { postgres: 'service_healthy' },
          networks: [networks.data],
          volumes: [],
          files: [{ path: script, target: '/setup.sh' }],
          ports: { production: [], development: [] },
          limits,
          hardening: { tmpfs: ['/tmp'] },
          oneShot: true,
        },
      ],
      env: [...databaseEnv(answers), ...limitEnv('postgres-setup', limits)],
      artifacts: [
        {
          path: script,
          template: script,
          view: { timescaledb: postgres.timescaledb ?? false },
          mode: 0o755,
          why: 'makes the roles of the apps in PostgreSQL, with what each may do',
        },
      ],
    },
  ];
}
