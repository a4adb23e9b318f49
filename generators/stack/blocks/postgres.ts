import type { Answers } from '../../answers/schema.ts';
import type { Contribution, EnvVar, GuideEntry, Limits, Service } from '../types.ts';
import { variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { database, type Roles, rolesOf } from './databases.ts';
import { limitEnv } from './limits.ts';
import { managedPostgres } from './managed.ts';
import { archiveParts, archives, archiving } from './postgres-archive.ts';
import { type BundledPostgres, postgresImage } from './postgres-image.ts';
import { postgresSetup } from './postgres-setup.ts';

// Up to 200 connections, each a process, and those of the server itself. It makes use of all the memory that a host has left.
const usual: Limits = { cpus: '1.0', memory: '1G', pids: 320, reservation: '256M', floor: '96M', growth: 16 };
const script = 'docker/postgres/start.sh';

export const postgres: Block = {
  name: 'postgres',
  kind: 'external',
  summary: 'PostgreSQL 16, 17 or 18, or TimescaleDB, in a container, with its data on an external volume; or managed',
  contribute(answers) {
    if (answers.postgres?.mode === 'managed') return [managedPostgres(answers, answers.postgres)];
    if (!answers.postgres) return [];
    return [
      server(answers, answers.postgres),
      ...(archives(answers) ? [archiveParts(answers)] : []),
      ...postgresSetup(answers, answers.postgres),
    ];
  },
};

function server(answers: Answers, postgres: BundledPostgres): Contribution {
  const { reference, title, uid, data } = postgresImage(postgres);
  const limits = limitsOf(postgres, usual);
  const service: Service = {
    name: 'postgres',
    title,
    role: 'external',
    fragment: 'postgres',
    view: {
      command: ['sh', '/start.sh'],
      probe: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', database.superuser, '-d', database.name],
    },
    image: reference,
    environment: {
      POSTGRES_USER: database.superuser,
      POSTGRES_DB: database.name,
      POSTGRES_PASSWORD: [variable('POSTGRES_PASSWORD')],
      // From 18 on it is so without being asked.
      ...(postgres.version < 18 && { POSTGRES_INITDB_ARGS: '--data-checksums' }),
      POSTGRES_MAX_CONNECTIONS: [variable('POSTGRES_MAX_CONNECTIONS')],
      // Its own tuning counts once, when the volume is filled; ours counts at every start.
      ...(postgres.timescaledb && { NO_TS_TUNE: 'true', TIMESCALEDB_TELEMETRY: 'off' }),
    },
    devEnvironment: {},
    dependsOn: {},
    networks: [networks.data],
    volumes: [{ volume: 'postgres-data', target: data }],
    files: [{ path: script, target: '/start.sh' }],
    ports: { production: [], development: [{ variable: 'POSTGRES_PORT', container: 5432 }] },
    sharedMemory: [variable('POSTGRES_SHM_SIZE')],
    limits,
    // The image sets the mode of its socket's folder, which only the owner may do.
    hardening: { tmpfs: ['/tmp', `/var/run/postgresql:uid=${uid},gid=${uid}`] },
    oneShot: false,
  };
  return {
    services: [archives(answers) ? archiving(service) : service],
    volumes: [{ name: 'postgres-data', holds: 'the database' }],
    env: [...env, ...limitEnv('postgres', limits)],
    artifacts: [
      {
        path: script,
        template: script,
        view: { timescaledb: postgres.timescaledb ?? false, archive: archives(answers) },
        mode: 0o755,
        why: 'starts PostgreSQL with settings that fit its limits',
      },
    ],
    guide: guide(answers, postgres),
  };
}

const env: readonly EnvVar[] = [
  {
    name: 'POSTGRES_PASSWORD',
    meaning: `The password of the superuser of PostgreSQL, ${database.superuser}. It counts when the database is first made; later, scripts/rotate-secret changes it.`,
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
  {
    name: 'POSTGRES_MAX_CONNECTIONS',
    meaning:
      'How many connections PostgreSQL takes; auto: one for every 10 MiB of its memory limit, from 20 to 200. More than 200 need more of POSTGRES_PIDS_LIMIT too.',
    kind: 'optional',
    default: 'auto',
    group: 'Limits',
  },
  {
    name: 'POSTGRES_SHM_SIZE',
    meaning: 'Memory that the workers of parallel queries may share; what is used of it is part of the memory limit.',
    kind: 'optional',
    default: '256M',
    group: 'Limits',
  },
];

/** What goes wrong with the server and its roles, as a rule. */
function guide(answers: Answers, postgres: BundledPostgres): readonly GuideEntry[] {
  const roles = rolesOf(answers);
  const names = { database: database.name, superuser: database.superuser };
  const databases = [...new Set([database.name, ...roles.map(({ app }) => app.name)])];
  const image = postgresImage(postgres);
  return [
    { id: 'postgres-password', view: { ...names, hasRoles: roles.length > 0, roles: roles.map(rolesView) } },
    ...(roles.length > 0 ? [{ id: 'postgres-roles', view: rolesGuide(roles, postgres) }] : []),
    {
      id: 'postgres-major-version',
      view: {
        ...names,
        version: postgres.version,
        image: image.reference,
        uid: image.uid,
        timescaledb: postgres.timescaledb ?? false,
        databases: databases.join(' '),
        schemas: postgres.separate === 'schemas' ? roles.map(({ app }) => app.schema) : [],
        hasRoles: roles.length > 0,
      },
    },
    { id: 'postgres-collation', view: { ...names, version: postgres.version, databases: databases.join(' ') } },
    { id: 'postgres-connections', view: { ...names, hasPooler: postgres.pooler !== undefined } },
    { id: 'postgres-shared-memory', view: names },
  ];
}

function rolesView({ apps, app, migration }: Roles) {
  return {
    apps: apps.map((one) => `\`${one}\``).join(', '),
    database: app.name,
    schema: app.schema,
    user: app.user,
    password: app.password,
    migrationUser: migration.user,
    migrationPassword: migration.password,
  };
}

function rolesGuide(roles: readonly Roles[], { separate }: BundledPostgres): Readonly<Record<string, unknown>> {
  const [first] = roles;
  const migrating = roles.find(({ owner }) => owner !== 'app');
  return {
    superuser: database.superuser,
    shared: database.name,
    roles: roles.map((one) => ({ ...rolesView(one), makesTables: one.owner !== 'migrations' })),
    isSeparate: separate !== undefined,
    isDatabases: separate === 'databases',
    what: separate === 'schemas' ? 'schema' : 'database',
    first: first && rolesView(first),
    firstApp: first?.apps[0],
    migrating: migrating?.apps[0],
  };
}
