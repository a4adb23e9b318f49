/** Backups of a project of somebody else's as a Stack: the one service, from which scripts and texts follow as everywhere. */
import type { Answers } from '../../answers/schema.ts';
import { UserError } from '../../errors.ts';
import { serviceView } from '../../plan/compose.ts';
import { limitsOf } from '../../stack/blocks/app.ts';
import { backupContribution, usual, whenAndWhere } from '../../stack/blocks/backup.ts';
import type { Backup, EnvVar, Service, Stack } from '../../stack/types.ts';
import { envPrefix } from '../../stack/values.ts';
import type { Combination } from '../types.ts';
import type { Clients } from './clients.ts';
import type { TheirDatabase } from './database.ts';
import type { TheirFiles } from './files.ts';
import type { Login } from './login.ts';
import type { WrittenEnvFile } from './written.ts';

/** What was said of backups, valid. */
export type Wanted = NonNullable<Answers['backup']>;

/** All that was found out about the project. */
export interface Found {
  readonly name: string;
  /** The file that the service is written into, as texts call it. */
  readonly composeFile: string;
  readonly combination: Combination;
  readonly database: TheirDatabase;
  readonly login: Login;
  readonly files: TheirFiles;
  /** Who is stopped while a restore changes names. */
  readonly clients: Clients;
  /** Databases of the same server that are saved, too; and those that services use and that are not. */
  readonly more: readonly string[];
  readonly others: readonly string[];
  /** Files of the host with secrets. */
  readonly keep: readonly string[];
  /** As COMPOSE_FILE has them, where plain `docker compose` takes others. */
  readonly composeFiles?: string;
  readonly restart: Stack['restart'];
}

/**
 * @throws UserError `answers` for what cannot be done in a project of somebody else's
 */
export function backupStack(found: Found, wanted: Wanted): Stack {
  const { name, database, login } = found;
  const plan = planOf(found, wanted);
  const contribution = backupContribution({
    name,
    plan,
    version: database.version,
    servers: {
      environment: {
        BACKUP_MANAGED: 'false',
        BACKUP_TIMESCALEDB: String(database.timescaledb),
        BACKUP_DRILL_IN: wanted.drillIn ?? database.drillIn,
        // Until 16, pg_dump knew levels only.
        ...(database.version < 16 && { DUMP_COMPRESS: plan.engine === 'restic' ? '0' : '6' }),
      },
      dependsOn: { [database.service.name]: hasHealthCheck(database) ? 'service_healthy' : 'service_started' },
      networks: networksTo(found.combination, database.service.name, found.clients.services),
      files: [],
      env: login.env,
    },
    // Compose has a name for what it builds, and that one is nobody else's.
    image: '',
    volumes: [],
    packages: [...database.packages, ...(wanted.packages ?? [])],
    limits: limitsOf(wanted, usual),
    isForeign: true,
  });
  const stack: Stack = {
    name,
    composeFile: found.composeFile,
    services: contribution.services ?? [],
    volumes: contribution.volumes ?? [],
    networks: [],
    restart: found.restart,
    makefile: false,
    env: (contribution.env ?? []).map(asThere),
    secretsFrom: 'env',
    secrets: [],
    artifacts: contribution.artifacts ?? [],
    parts: [],
    starters: [],
    ignores: contribution.ignores ?? [],
    guide: contribution.guide ?? [],
    logs: { size: '10m', files: 5 },
    backup: plan,
    targets: [],
  };
  return { ...stack, services: stack.services.map((service) => withLogin(service, stack, found)) };
}

function planOf(found: Found, wanted: Wanted): Backup {
  const { engine } = wanted;
  if (engine !== 'restic' && engine !== 'files') throw refusedEngine(engine);
  const planned = whenAndWhere(wanted, { to: 's3', months: 12 });
  if (planned.to === 'sftp')
    throw new UserError('answers', 'backup.to: sftp needs stacks of ours, which have a place for its keys.', {
      hint: 'Use s3, which many providers and programs speak, or local.',
    });
  return {
    engine,
    ...planned,
    databases: keysOf(found),
    uploads: found.files.saved,
    unsavedUploads: false,
    managed: false,
    foreign: {
      server: found.database.service.name,
      clients: [...new Set([...found.clients.services, ...found.files.writers])],
      ...(found.composeFiles !== undefined && { composeFiles: found.composeFiles }),
      leftOut: [
        ...found.others.map((name) => ({ volume: name, holds: `another database of ${found.database.service.name}` })),
        ...found.files.leftOut,
      ],
      keep: found.keep,
      asRoot: found.files.saved.length > 0,
    },
  };
}

function refusedEngine(engine: string): UserError {
  const why =
    engine === 'pitr'
      ? 'needs a server that archives its log, with settings and programs that the image of yours does not have'
      : engine === 'laravel'
        ? 'is a command of an app that we know'
        : 'makes none';
  return new UserError('answers', `backup.engine: ${engine} ${why}.`, {
    hint: 'In a project of your own making there are restic (encrypted, each change stored once) and files (plain dumps).',
  });
}

/** What the databases are called in names of files and variables, that of the service first: each its own name. */
function keysOf({ database, more }: Found): readonly string[] {
  const taken = new Set<string>();
  for (const one of [database.service.name, ...more].map(key)) {
    let free = one;
    for (let number = 2; taken.has(free); number++) free = `${one}-${number}`;
    taken.add(free);
  }
  return [...taken];
}

/** What a database is called in names of files and variables. */
function key(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'database'
  );
}

function hasHealthCheck({ service }: TheirDatabase): boolean {
  const { healthcheck } = service.model;
  return healthcheck?.test !== undefined && !healthcheck.disable && healthcheck.test[0] !== 'NONE';
}

/** One that leads to the database, and one that leads out, to where backups are kept. */
export function networksTo({ model }: Combination, server: string, clients: readonly string[]): readonly string[] {
  const of = (service: string) => Object.keys(model.services[service]?.networks ?? {});
  const own = of(server);
  if (own.every((network) => network === 'default')) return ['default'];
  const leadsOut = (network: string) => !model.networks?.[network]?.internal;
  const ofProject = (network: string) => !model.networks?.[network]?.external;
  const [open] = own.filter(leadsOut).toSorted((one, other) => Number(ofProject(other)) - Number(ofProject(one)));
  if (open !== undefined) return [open];
  const ways = [...clients, ...Object.keys(model.services)].flatMap(of).filter(leadsOut);
  return [ways.find(ofProject) ?? 'default', own[0] ?? 'default'];
}

/** As whom it comes there, as text of the compose file: theirs has variables that our Stack does not know. */
function withLogin(service: Service, stack: Stack, found: Found): Service {
  const { database, login, more } = found;
  const server = database.service;
  const [first = '', ...others] = keysOf(found);
  const { NAME = '', NAME_FROM, ...rest } = login.parts;
  const address = { HOST: server.name, PORT: portOf(server.model.environment) };
  const pairs = [
    [first, { ...address, NAME, ...(NAME_FROM !== undefined && { NAME_FROM }), ...rest, SSLMODE: 'prefer' }],
    ...more.map((name, n) => [others[n] ?? '', { ...address, NAME: name, ...rest, SSLMODE: 'prefer' }] as const),
  ] as const;
  return {
    ...service,
    view: {
      ...service.view,
      environment: [
        ...serviceView(service, stack).environment,
        ...pairs.flatMap(([one, parts]) =>
          Object.entries(parts).map(([part, value]) => ({
            name: `DB_${envPrefix(one)}_${part}`,
            value,
            lines: undefined,
          })),
        ),
      ],
      ...(login.envFiles.length > 0 && { loginFiles: login.envFiles.map(envFileItem).join(', ') }),
      ...(login.secrets.length > 0 && { secrets: login.secrets.join(', ') }),
    },
  };
}

/** As theirs has it: one that need not be there, or is read as it stands, stays so. */
function envFileItem({ text, required, format }: WrittenEnvFile): string {
  const path = JSON.stringify(text);
  if (required && format === undefined) return path;
  return `{ path: ${path}${required ? '' : ', required: false'}${format === undefined ? '' : `, format: ${JSON.stringify(format)}`} }`;
}

function portOf(environment: TheirDatabase['service']['model']['environment'] = {}): string {
  const port = environment['PGPORT'] ?? environment['POSTGRESQL_PORT_NUMBER'] ?? '';
  return /^\d{1,5}$/.test(port) ? port : '5432';
}

/** What is said of variables there: it is no stack of ours. */
function asThere(one: EnvVar): EnvVar {
  if (one.name !== 'BACKUP_PASSWORD') return one;
  return {
    ...one,
    meaning:
      'The key that backups are encrypted with: without it nobody can read them, so keep a copy where this host is not. Another value could not read the backups before it.',
  };
}
