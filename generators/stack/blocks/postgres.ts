import type { Answers } from '../../answers/schema.ts';
import { image } from '../images.ts';
import type { Contribution, EnvVar, Limits } from '../types.ts';
import { variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { addressVariables, database, databaseEnv, separateDatabases } from './databases.ts';
import { limitEnv } from './limits.ts';

// A database makes use of all the memory that a host has left.
const usual: Limits = { cpus: '1.0', memory: '1G', pids: 256, reservation: '256M', floor: '96M', growth: 16 };
const setupLimits: Limits = { cpus: '0.5', memory: '128M', pids: 32, reservation: '32M' };

const env: readonly EnvVar[] = [
  {
    name: 'POSTGRES_PASSWORD',
    meaning:
      'The password of the database. Letters and digits only: it becomes part of a URL. It counts when the database is first made; later it is changed with ALTER ROLE, and here.',
    kind: 'secret',
    group: 'Secrets',
  },
  {
    name: 'POSTGRES_PORT',
    meaning: 'The port of PostgreSQL on this machine in development, on the loopback interface only.',
    kind: 'optional',
    default: '5432',
    group: 'Ports',
    development: true,
  },
];

export const postgres: Block = {
  name: 'postgres',
  kind: 'external',
  summary: 'PostgreSQL 16, 17 or 18 in a container, with its data on an external volume',
  contribute(answers) {
    if (answers.postgres?.mode === 'managed') return [{ env: managedEnv(answers) }];
    if (!answers.postgres) return [];
    const { version } = answers.postgres;
    const limits = limitsOf(answers.postgres, usual);
    const names = { database: database.name, user: database.user };
    return [
      {
        services: [
          {
            name: 'postgres',
            title: `PostgreSQL ${version}`,
            role: 'external',
            fragment: 'postgres',
            view: { probe: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', database.user, '-d', database.name] },
            image: image(`postgres:${version}`),
            environment: {
              POSTGRES_USER: database.user,
              POSTGRES_DB: database.name,
              POSTGRES_PASSWORD: [variable('POSTGRES_PASSWORD')],
            },
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.data],
            volumes: [
              // From 18 on the image keeps the data one folder up; a mount at the old place would stay empty.
              { volume: 'postgres-data', target: version >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data' },
            ],
            ports: { production: [], development: [{ variable: 'POSTGRES_PORT', container: 5432 }] },
            limits,
            // The image sets the mode of its socket's folder, which only the owner may do.
            hardening: { tmpfs: ['/tmp', '/var/run/postgresql:uid=999,gid=999'] },
            oneShot: false,
          },
        ],
        volumes: [{ name: 'postgres-data', holds: 'the database' }],
        env: [...env, ...limitEnv('postgres', limits)],
        guide: [
          { id: 'postgres-password', view: names },
          { id: 'postgres-major-version', view: { version } },
          { id: 'postgres-collation', view: { ...names, version, databases: allDatabases(answers).join(' ') } },
          { id: 'postgres-connections', view: names },
          { id: 'postgres-shared-memory', view: {} },
        ],
      },
      ...separate(answers),
    ];
  },
};

/** Where a managed server is, and as whom apps and migrations come. */
function managedEnv(answers: Answers): readonly EnvVar[] {
  const apps = Object.entries(answers.apps).filter(([, { uses }]) => uses.includes('postgres'));
  const address = (name: string, meaning: string): EnvVar => ({
    name,
    meaning,
    kind: 'required',
    sensitive: true,
    group: 'Secrets',
  });
  const all = apps.flatMap(([name, app]) => {
    const names = addressVariables(answers, name);
    const migrates = 'migrate' in app && app.migrate !== 'none' && app.migrate !== undefined;
    return [
      address(
        names.app,
        'The address of the database as your provider shows it: postgresql://USER:PASSWORD@HOST:PORT/NAME',
      ),
      ...(migrates
        ? [address(names.migration, 'The same for migrations: the role that owns the tables, past any pooler.')]
        : []),
    ];
  });
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

/** The databases of the apps, the shared one among them. */
function allDatabases(answers: Answers): readonly string[] {
  return [...new Set([database.name, ...separateDatabases(answers).map(([, { name }]) => name)])];
}

function whatOf(kind: 'databases' | 'schemas'): string {
  return kind === 'databases' ? 'database' : 'schema';
}

/** What keeps the apps of one server apart: made at every `up`, so that an app that is added later gets its own too. */
function separate(answers: Answers): readonly Contribution[] {
  const kind = answers.postgres?.separate;
  const apps = separateDatabases(answers);
  if (answers.postgres?.mode !== 'bundled' || kind === undefined) return [];
  const script = 'docker/postgres/setup.sh';
  const names = { database: database.name, owner: database.user };
  return [
    {
      services: [
        {
          name: 'postgres-setup',
          title: `what makes the ${kind} of the apps`,
          role: 'setup',
          fragment: 'postgres-setup',
          view: {
            what: whatOf(kind),
            // The role, and the variable with its password.
            command: ['sh', '/setup.sh', kind, ...apps.map(([, { user, password }]) => `${user}=${password}`)],
          },
          image: image(`postgres:${answers.postgres.version}`),
          environment: {
            PGHOST: 'postgres',
            PGUSER: database.user,
            PGDATABASE: database.name,
            PGPASSWORD: [variable('POSTGRES_PASSWORD')],
            ...Object.fromEntries(apps.map(([, { password }]) => [password, [variable(password)]])),
          },
          devEnvironment: {},
          dependsOn: { postgres: 'service_healthy' },
          networks: [networks.data],
          volumes: [],
          files: [{ path: script, target: '/setup.sh' }],
          ports: { production: [], development: [] },
          limits: setupLimits,
          hardening: { tmpfs: ['/tmp'] },
          oneShot: true,
        },
      ],
      env: [...databaseEnv(answers), ...limitEnv('postgres-setup', setupLimits)],
      guide: apps.slice(0, 1).map(([name, { user, name: own }]) => ({
        id: 'postgres-separate',
        view: {
          app: name,
          user,
          own: kind === 'databases' ? own : user,
          what: whatOf(kind),
          isDatabases: kind === 'databases',
          ...names,
        },
      })),
      artifacts: [
        { path: script, template: script, view: {}, mode: 0o755, why: `makes the ${kind} and roles of the apps` },
      ],
    },
  ];
}
