/** `add backup` in a project of somebody else's: who the database is, as whom the backup comes, what it saves, what it refuses. */
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { UserError } from '../../../generators/errors.ts';
import type { ForeignPlan } from '../../../generators/foreign/add.ts';
import { planBackup } from '../../../generators/foreign/backup/add.ts';
import { chooseProject, openProject } from '../../../generators/foreign/project.ts';
import { planRemove } from '../../../generators/foreign/remove.ts';
import { repoOf, treeAfter } from './support.ts';

type Files = Readonly<Record<string, string>>;

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly env_file?: readonly unknown[];
  readonly secrets?: readonly unknown[];
  readonly networks?: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on: Readonly<Record<string, { readonly condition: string }>>;
  readonly tmpfs: readonly string[];
}

function carriedOut(files: Files, plan: ForeignPlan): ReadonlyMap<string, string> {
  return new Map(Object.entries(treeAfter(files, plan)));
}

/** What is there afterwards, and what is said. */
function add(
  files: Files,
  options: { readonly for?: string; readonly set?: unknown; readonly include?: boolean } = {},
) {
  const repo = repoOf(files);
  const foreign = openProject(repo, chooseProject(repo, undefined));
  const plan = planBackup(
    foreign,
    {
      for: options.for === undefined ? [] : [options.for],
      settings: options.set === undefined ? [] : [{ backup: options.set }],
      include: options.include ?? false,
    },
    { detected: { apps: [] }, random: (bytes) => new Uint8Array(bytes).fill(7), tracked: () => false },
  );
  const after = carriedOut(files, plan);
  return { plan, after, text: (path: string) => after.get(path) ?? '' };
}

/** The service as the file has it. */
function serviceOf(text: string): Service {
  const { services } = readYaml(text, 'compose.yaml') as { readonly services: Readonly<Record<string, Service>> };
  return services['backup'] as Service;
}

/** The variables that say where the database is, and as whom the backup comes there. */
function loginOf({ environment }: Service): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('DB_')));
}

function refusalOf(files: Files, options: Parameters<typeof add>[1] = {}): UserError {
  try {
    add(files, options);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const project = (database: string, rest = ''): Files => ({
  'compose.yaml': `name: shop\nservices:\n  db:\n${database.replaceAll(/^(?=.)/gm, '    ')}\n${rest}`,
});

describe('as whom it comes to the database', () => {
  const login = (database: string, more: Files = {}) => {
    const result = add({ ...project(database), ...more });
    return { login: loginOf(serviceOf(result.text('compose.yaml'))), ...result };
  };

  it('takes over what theirs has, with its variables', () => {
    const found = login(
      `image: postgres:16\nenvironment:\n  POSTGRES_USER: \${PG_USER:-shop}\n  POSTGRES_PASSWORD: \${PG_PASSWORD:?no password}`,
    );
    expect(found.login).toEqual({
      DB_DB_HOST: 'db',
      DB_DB_PORT: '5432',
      // As the image has it: a database that is called like its user.
      DB_DB_NAME: '${PG_USER:-shop}',
      DB_DB_USER: '${PG_USER:-shop}',
      DB_DB_PASSWORD: '${PG_PASSWORD:?no password}',
      DB_DB_SSLMODE: 'prefer',
    });
    expect(found.text('.env')).not.toContain('PG_');
  });

  it('is the superuser of an image that is told nothing', () => {
    expect(login('image: postgres:17\nenvironment: { POSTGRES_HOST_AUTH_METHOD: trust }').login).toMatchObject({
      DB_DB_NAME: 'postgres',
      DB_DB_USER: 'postgres',
      DB_DB_PASSWORD: '',
    });
  });

  it('writes a password that stands in the compose file into .env, and into no file of git', () => {
    const found = login(`image: postgres:16\nenvironment:\n  - POSTGRES_DB=shop\n  - "POSTGRES_PASSWORD=it's $$5"`, {
      '.env.example': 'A=1\n',
    });
    expect(found.login).toMatchObject({
      DB_DB_NAME: 'shop',
      DB_DB_PASSWORD: '${BACKUP_DATABASE_PASSWORD:?set it in .env}',
    });
    expect(found.text('.env')).toMatch(/^BACKUP_PASSWORD=[0-9a-f]{48}$/m);
    // Quotes and dollars that no two readers take alike are left to the person, and asked for.
    expect(found.plan.next[0]).toContain('BACKUP_DATABASE_PASSWORD');
    expect(found.text('.env.example')).toMatch(/^BACKUP_DATABASE_PASSWORD=$/m);
    expect(found.text('docs/BACKUPS.md')).toContain('with the password from `BACKUP_DATABASE_PASSWORD`');
    const plain = login('image: postgres:16\nenvironment:\n  POSTGRES_PASSWORD: "a $$dollar"');
    expect(plain.text('.env')).toMatch(/^BACKUP_DATABASE_PASSWORD='a \$dollar'$/m);
    expect(plain.plan.notes.join('\n')).toContain('change both together');
    expect(plain.plan.next.join('\n')).not.toContain('BACKUP_DATABASE_PASSWORD');
  });

  it('takes numbers as Compose does', () => {
    const found = login('image: postgres:16\nenvironment:\n  POSTGRES_USER: 0x1F\n  POSTGRES_PASSWORD: 0123');
    expect(found.text('.env')).toMatch(/^BACKUP_DATABASE_PASSWORD=83$/m);
    expect(found.login).toMatchObject({ DB_DB_NAME: '31', DB_DB_USER: '31' });
  });

  it('finds what is passed on from where Compose runs in the same place', () => {
    expect(login('image: postgres:16\nenvironment: [POSTGRES_PASSWORD]').login).toMatchObject({
      DB_DB_PASSWORD: '${POSTGRES_PASSWORD:-}',
    });
  });

  it('reads the env file that the database reads, under the names that it has there', () => {
    const found = login('image: postgres:16\nenv_file: ./env/db.env', {
      'env/db.env': 'POSTGRES_USER=shop\nPOSTGRES_PASSWORD=secret\n',
    });
    expect(serviceOf(found.text('compose.yaml')).env_file).toEqual(['./env/db.env']);
    expect(found.login).toMatchObject({
      DB_DB_NAME: 'postgres',
      DB_DB_NAME_FROM: 'POSTGRES_DB POSTGRES_USER',
      DB_DB_USER_FROM: 'POSTGRES_USER',
      DB_DB_PASSWORD_FROM: 'POSTGRES_PASSWORD',
    });
    expect([...found.after.values()].filter((text) => text.includes('=secret'))).toHaveLength(1);
  });

  it('names env files as that service has them, from where its own file is', () => {
    const found = add({
      'docker-compose.yml':
        'services:\n  db:\n    extends: { file: common/db.yml, service: base }\n    env_file: [{ path: ./local.env, required: false, format: raw }]\n',
      'common/db.yml': 'services:\n  base:\n    image: postgres:18\n    env_file: db.env\n',
    });
    expect(serviceOf(found.text('docker-compose.yml')).env_file).toEqual([
      'common/db.env',
      { path: './local.env', required: false, format: 'raw' },
    ]);
  });

  it('leaves a text a text, whatever a file is called', () => {
    const found = login('image: postgres:16\nenv_file: "a`\\n\\n# b.env"');
    expect(serviceOf(found.text('compose.yaml')).env_file).toEqual(['a`\n\n# b.env']);
    expect(found.text('docs/BACKUPS.md')).toContain('a copy of `.env` and `a # b.env` elsewhere');
  });

  it('reads an env file that only servers have', () => {
    const found = login('image: postgres:16\nenv_file: [.envs/.production/.postgres]');
    expect(serviceOf(found.text('compose.yaml')).env_file).toEqual(['.envs/.production/.postgres']);
    expect(found.login).toMatchObject({ DB_DB_PASSWORD_FROM: 'POSTGRES_PASSWORD' });
  });

  it('lets Compose fill in what is in .env, and hands on nothing else of it', () => {
    const found = login('image: postgres:16\nenv_file: .env', { '.env': 'POSTGRES_PASSWORD=secret\nOTHER=1\n' });
    expect(serviceOf(found.text('compose.yaml')).env_file).toBeUndefined();
    expect(found.login).toMatchObject({ DB_DB_PASSWORD: '${POSTGRES_PASSWORD:-}', DB_DB_USER: 'postgres' });
  });

  it('mounts the secret that the database mounts', () => {
    const secrets = 'secrets:\n  db_password: { file: ./secrets/pw }\n  pg-user: { file: ./secrets/user }\n';
    const found = add(
      project(
        'image: postgres:16\nenvironment:\n  POSTGRES_USER_FILE: /run/secrets/pg-user\n  POSTGRES_PASSWORD_FILE: /run/secrets/db_password\nsecrets: [db_password, pg-user]',
        secrets,
      ),
    );
    const service = serviceOf(found.text('compose.yaml'));
    expect(service.secrets).toEqual([{ source: 'pg-user', target: 'database_pg_user' }, 'db_password']);
    expect(loginOf(service)).toMatchObject({
      DB_DB_NAME: '{{database_pg_user}}',
      DB_DB_USER: '{{database_pg_user}}',
      DB_DB_PASSWORD: '{{db_password}}',
    });
    expect(found.plan.notes.join('\n')).toContain('as user 1001');
    expect(found.text('docs/BACKUPS.md')).toContain('`secrets/pw`');
  });

  it('refuses a password file that is no secret', () => {
    const error = refusalOf(
      project('image: postgres:16\nenvironment: { POSTGRES_PASSWORD_FILE: /etc/pw }\nvolumes: ["./pw:/etc/pw:ro"]'),
    );
    expect(error.message).toContain('POSTGRES_PASSWORD_FILE of db in compose.yaml is /etc/pw');
    expect(error.hint).toContain('secrets:');
  });

  it('comes as the superuser of an image of Bitnami, or not at all', () => {
    const image =
      'image: bitnamilegacy/postgresql:17.6.0\nenvironment:\n  POSTGRESQL_USERNAME: shop\n  POSTGRESQL_PASSWORD: $PW\n';
    expect(refusalOf(project(image)).hint).toContain('POSTGRESQL_POSTGRES_PASSWORD');
    expect(login(`${image}  POSTGRESQL_POSTGRES_PASSWORD: $ROOT_PW`).login).toMatchObject({
      DB_DB_USER: 'postgres',
      DB_DB_PASSWORD: '$ROOT_PW',
    });
  });

  it('knows what a base has, and what lies over it', () => {
    const found = add({
      'docker-compose.yml':
        'services:\n  db:\n    extends: { file: common/db.yml, service: base }\n    environment: { POSTGRES_DB: shop }\n',
      'common/db.yml':
        'services:\n  base:\n    image: postgres:18\n    environment: { POSTGRES_USER: kim, POSTGRES_PASSWORD: $PW }\n',
    });
    expect(loginOf(serviceOf(found.text('docker-compose.yml')))).toMatchObject({
      DB_DB_NAME: 'shop',
      DB_DB_USER: 'kim',
      DB_DB_PASSWORD: '$PW',
    });
  });
});

const plain = 'image: postgres:16\nenvironment: { POSTGRES_PASSWORD: $PW }';

describe('which database', () => {
  it('asks where there are several, and takes the one that is named', () => {
    const files = project(
      plain,
      '  events:\n    image: timescale/timescaledb:2.17.2-pg17\n    environment: [POSTGRES_PASSWORD]\n',
    );
    expect(refusalOf(files).hint).toContain('--for db');
    const service = serviceOf(add(files, { for: 'events' }).text('compose.yaml'));
    expect(service.environment).toMatchObject({
      DB_EVENTS_HOST: 'events',
      BACKUP_DATABASES: 'events',
      BACKUP_TIMESCALEDB: 'true',
      // Its extension is nowhere else.
      BACKUP_DRILL_IN: 'server',
    });
    expect(refusalOf(files, { for: 'evnts' }).hint).toContain('Did you mean: events');
  });

  it.each([
    ['mysql:8', 'this project has MySQL or MariaDB (db)'],
    ['mongo:8', 'this project has MongoDB (db)'],
    ['redis:8', 'no service of this project is one'],
    ['postgres:latest', 'does not say which PostgreSQL'],
    ['postgres', 'does not say which PostgreSQL'],
    ['postgres:alpine', 'does not say which PostgreSQL'],
    ['postgres:14-alpine', 'is PostgreSQL 14, and backups can be made of 15 to 18'],
    ['postgres:19beta1', 'is PostgreSQL 19'],
    ['citusdata/citus:12.1', 'does not say which PostgreSQL'],
    ['supabase/postgres:15.8.1.085', 'is that of Supabase'],
  ])('refuses %s, and says why', (image, why) => {
    expect(refusalOf(project(`image: ${image}`)).message).toContain(why);
  });

  it('refuses a server that no other container can come to', () => {
    expect(refusalOf(project(`${plain}\nnetwork_mode: host`)).message).toContain('network_mode: host');
  });

  it.each([
    ['postgres:15', 'postgres:15.', '', 'scratch'],
    ['docker.io/library/postgres:17.2-alpine3.21', 'postgres:17.', '', 'scratch'],
    ['pgvector/pgvector:0.8.0-pg16', 'postgres:16.', 'postgresql-16-pgvector', 'scratch'],
    ['postgis/postgis:17-3.5-alpine', 'postgres:17.', 'postgresql-17-postgis-3', 'scratch'],
    ['timescale/timescaledb-ha:pg18.1-ts2.24', 'postgres:18.', '', 'server'],
  ])('is made with the programs of %s', (image, from, packages, drillIn) => {
    const { text } = add(project(`image: ${image}\nenvironment: [POSTGRES_PASSWORD]`));
    expect(text('docker/backup/Dockerfile')).toContain(`FROM ${from}`);
    expect(text('docker/backup/Dockerfile')).toContain(packages);
    expect(serviceOf(text('compose.yaml')).environment['BACKUP_DRILL_IN']).toBe(drillIn);
  });

  it('looks into the Dockerfile of one that is built here', () => {
    const { text } = add({
      ...project('build: { context: ./database }\nenvironment: [POSTGRES_PASSWORD]'),
      'database/Dockerfile': 'ARG PG=17\nFROM postgres:${PG}-bookworm\nRUN apt-get install -y postgresql-17-cron\n',
    });
    expect(text('docker/backup/Dockerfile')).toContain('FROM postgres:17.');
    expect(serviceOf(text('compose.yaml')).environment['BACKUP_DRILL_IN']).toBe('server');
  });

  it('uses no words of pg_dump that 15 does not know', () => {
    const compression = (image: string, set?: unknown) =>
      serviceOf(add(project(`image: ${image}`), { set }).text('compose.yaml')).environment['DUMP_COMPRESS'];
    expect(compression('postgres:15')).toBe('0');
    expect(compression('postgres:15', { engine: 'files' })).toBe('6');
    expect(compression('postgres:16')).toBeUndefined();
  });
});

describe('its place in the project', () => {
  const clients = `  pooler:
    image: edoburu/pgbouncer:v1.24.1-p1
    environment: { DB_HOST: db }
    networks: [data, web]
  api:
    build: .
    environment: { DATABASE_URL: "postgres://app:$PW@pooler:5432/app" }
    volumes: ["uploads:/srv/uploads", "node_modules:/srv/node_modules", "./media:/srv/media"]
    networks: [web]
  worker:
    image: acme/worker:1.2.3
    command: [run, --dsn, "host=db port=5432"]
    networks: [data, web]
  migrate:
    build: .
    depends_on: [db]
    networks: [data]
  web:
    image: nginx:1.30
    depends_on: { migrate: { condition: service_completed_successfully } }
    networks: [web]
  queue:
    image: redis:8
    volumes: [queue:/data]
    networks: [data]
networks: { data: { internal: true }, web: {} }
volumes: { pg: {}, uploads: {}, node_modules: {}, queue: {} }
`;
  const files = project(
    `${plain}\nnetworks: [data]\nvolumes: [pg:/var/lib/postgresql/data]\nhealthcheck: { test: [CMD, pg_isready] }`,
    clients,
  );

  it('is on a network that leads to the database and on one that leads out', () => {
    expect(serviceOf(add(files).text('compose.yaml')).networks).toEqual(['web', 'data']);
  });

  it('is on the default network, without a word, where the database is', () => {
    const service = serviceOf(add(project(plain)).text('compose.yaml'));
    expect([Object.hasOwn(service, 'networks'), Object.hasOwn(service, 'network_mode')]).toEqual([false, false]);
  });

  it('waits for a healthy database, or for one that has started', () => {
    expect(serviceOf(add(files).text('compose.yaml')).depends_on).toEqual({ db: { condition: 'service_healthy' } });
    expect(serviceOf(add(project(plain)).text('compose.yaml')).depends_on).toEqual({
      db: { condition: 'service_started' },
    });
  });

  it('stops who has the database open, and nobody else', () => {
    expect(add(files).text('scripts/restore')).toContain('users=(pooler api worker)');
  });

  it('saves what users brought, and says what it does not', () => {
    const { text, plan } = add(files);
    const service = serviceOf(text('compose.yaml'));
    expect(service.environment['BACKUP_UPLOADS']).toBe('uploads');
    expect(service.volumes).toContain('uploads:/uploads/uploads:ro');
    expect(plan.notes.join('\n')).toContain(
      'Not saved: queue (the data of queue), api:/srv/media (a folder of the host)',
    );
    expect(text('docs/BACKUPS.md')).toContain('`queue`: the data of queue');
    // Their owners get them back, whoever that is.
    expect(text('scripts/restore')).toContain('--user 0:0 --cap-add CHOWN');
    const without = add(files, { set: { uploads: false } });
    expect(serviceOf(without.text('compose.yaml')).environment['BACKUP_UPLOADS']).toBe('');
    expect(without.plan.notes.join('\n')).toContain('uploads (files of api)');
    expect(without.text('scripts/restore')).not.toContain('--user 0:0');
  });

  it('is where production is, and its scripts know the files of that', () => {
    const layered = {
      'docker-compose.yml':
        'services:\n  db:\n    image: postgres:16\n    environment: [POSTGRES_PASSWORD]\n  app:\n    build: .\n',
      'docker-compose.prod.yml': 'services:\n  db:\n    restart: always\n  app:\n    restart: always\n',
      'docker-compose.dev.yml': 'services:\n  db:\n    ports: ["127.0.0.1:5432:5432"]\n',
    };
    const { text, plan } = add(layered);
    expect(text('docker-compose.yml')).toBe(layered['docker-compose.yml']);
    expect(text('docker-compose.dev.yml')).toBe(layered['docker-compose.dev.yml']);
    expect(serviceOf(text('docker-compose.prod.yml')).environment).toMatchObject({ DB_DB_HOST: 'db' });
    const chosen = 'export COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml';
    for (const script of ['backup', 'restore', 'restore-drill']) expect(text(`scripts/${script}`)).toContain(chosen);
    expect(text('docs/BACKUPS.md')).toContain(chosen);
    expect(plan.next[0]).toBe('docker compose -f docker-compose.yml -f docker-compose.prod.yml up -d backup');
    // Whoever says it in .env has said it.
    const said = add({ ...layered, '.env': 'COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml\n' });
    expect(said.text('scripts/backup')).not.toContain('export COMPOSE_FILE');
  });

  it('is all below the folder of the compose file', () => {
    const { after, plan, text } = add({
      'deploy/docker-compose.yml': 'services:\n  db:\n    image: postgres:16\n    environment: [POSTGRES_PASSWORD]\n',
    });
    const made = [...after.keys()].filter((path) => path !== '.gitignore');
    expect(made.every((path) => path.startsWith('deploy/'))).toBe(true);
    expect(made).toContain('deploy/scripts/restore');
    expect(text('deploy/docker-compose.yml')).toContain('context: docker/backup');
    expect(plan.next.at(-1)).toContain('deploy/docs/BACKUPS.md');
  });

  it('can have a file of its own', () => {
    const { text } = add(project(plain), { include: true });
    expect(serviceOf(text('compose.backup.yaml')).environment).toMatchObject({ DB_DB_HOST: 'db' });
    expect(text('compose.yaml')).toContain('include:');
  });

  it('names volumes as they do, and leaves data to Docker where they do', () => {
    const external = project(
      `${plain}\nvolumes: [pg_data:/var/lib/postgresql/data]`,
      'volumes:\n  pg_data: { name: shop_pg, external: true }\n',
    );
    const { text, plan } = add(external);
    expect(readYaml(text('compose.yaml'), '')).toMatchObject({
      volumes: { backups: { name: 'shop_backups', external: true }, backup_work: null },
    });
    expect(plan.next[0]).toBe('docker volume create shop_backups');
    expect(plan.notes.join('\n')).not.toContain('down -v');
    expect(add(project(plain)).plan.notes.join('\n')).toContain('down -v');
  });
});

describe('what is refused, and what is there already', () => {
  it('does nothing the second time', () => {
    const { after } = add(project(plain));
    const again = add(Object.fromEntries(after));
    expect(again.plan.outcomes).toEqual([]);
    expect(again.plan.notes[0]).toContain('there already');
  });

  it.each([
    [
      'a service of that name',
      project(plain, '  backup: { image: "prodrigestivill/postgres-backup-local:16" }\n'),
      'taken',
    ],
    ['a volume of that name', project(`${plain}\nvolumes: [backups:/b]`, 'volumes: { backups: {} }\n'), 'taken'],
    [
      'a script of that name',
      { ...project(plain), 'scripts/backup': '#!/bin/sh\n' },
      'scripts/backup is there already',
    ],
    [
      'a variable with another meaning',
      project('image: postgres:16\nenvironment: { POSTGRES_PASSWORD: $BACKUP_PASSWORD }'),
      'taken',
    ],
  ])('refuses %s', (_what, files, message) => {
    expect(refusalOf(files).message).toContain(message);
  });

  it.each([
    [{ engine: 'pitr' }, 'needs a server that archives its log'],
    [{ engine: 'laravel' }, 'command of an app'],
    [{ engine: 'none' }, 'makes none'],
    [{ to: 'sftp' }, 'sftp'],
    [{ at: '25:00' }, 'wrong'],
    [{ what: 1 }, 'wrong'],
  ])('refuses %j', (set, message) => {
    const error = refusalOf(project(plain), { set });
    expect(error.code).toBe('answers');
    expect(error.message).toContain(message);
  });

  it('keeps a key that is there', () => {
    const { text } = add({ ...project(plain), '.env': 'BACKUP_PASSWORD=mine\n' });
    expect(text('.env')).toBe('BACKUP_PASSWORD=mine\n');
  });

  it('takes no name for more than a name', () => {
    const { text } = add({
      'compose.yaml':
        'services:\n  my.db_1:\n    image: postgres:16\n    environment:\n      POSTGRES_DB: "a\\"b: [c] # $$(id)"\n      POSTGRES_PASSWORD: "${PW:-x\'; rm -rf /}"\n',
    });
    expect(loginOf(serviceOf(text('compose.yaml')))).toMatchObject({
      DB_MY_DB_1_HOST: 'my.db_1',
      DB_MY_DB_1_NAME: 'a"b: [c] # $$(id)',
      DB_MY_DB_1_PASSWORD: "${PW:-x'; rm -rf /}",
    });
    expect(text('scripts/restore')).not.toContain('rm -rf /}');
  });
});

describe('taken away again', () => {
  const files = {
    ...project(
      plain,
      '  api:\n    build: .\n    depends_on: [db]\n    volumes: [uploads:/srv/uploads]\nvolumes: { uploads: {} }\n',
    ),
    '.env.example': '# what to set\nPW=\n',
    '.gitignore': '.env\n',
    '.env': 'PW=1\n',
  };

  it.each([{}, { engine: 'files', to: 'local', drill: 'never', uploads: false, keep: { daily: 3, weekly: 2 } }])(
    'leaves what was there before, byte for byte: %j',
    (set) => {
      const added = Object.fromEntries(add(files, { set }).after);
      const repo = repoOf(added);
      const plan = planRemove(
        openProject(repo, chooseProject(repo, undefined)),
        { name: 'backup', disconnect: false, data: 'delete' },
        { detected: { apps: [] } },
      );
      const after = carriedOut(added, plan);
      // Its values are the person's.
      expect(after.get('.env')).toContain('PW=1\n');
      expect({ ...Object.fromEntries(after), '.env': files['.env'] }).toEqual(files);
    },
  );

  it('keeps and names what somebody has changed', () => {
    const added = Object.fromEntries(add(files).after);
    const repo = repoOf({ ...added, 'scripts/backup': `${added['scripts/backup']}# mine\n` });
    const plan = planRemove(
      openProject(repo, chooseProject(repo, undefined)),
      { name: 'backup', disconnect: false, data: 'keep' },
      { detected: { apps: [] } },
    );
    expect(plan.outcomes.map(({ path }) => path)).not.toContain('scripts/backup');
    expect(plan.notes.join('\n')).toContain('left: scripts/backup.');
    expect(plan.outcomes.map(({ path }) => path)).toContain('scripts/restore');
  });
});

describe('what else is there', () => {
  const files = project(
    'image: postgres:17\nenvironment: { POSTGRES_PASSWORD: $PW, POSTGRES_DB: shop }\nvolumes: [pg:/var/lib/postgresql/data]',
    `  make-hub:
    image: postgres:17
    restart: "no"
    command: [psql, -c, "CREATE DATABASE hub"]
  tool:
    image: postgres:17
    entrypoint: [sh, -c, "while psql postgresql://postgres@db -c 'SELECT 1'; do sleep 60; done"]
  api:
    image: acme/api:1
    environment: { DATABASE_URL: "postgres://postgres:$PW@db:5432/shop?sslmode=disable" }
  hub:
    image: acme/hub:1
    environment: { DATABASE_URL: "postgres://postgres:$PW@db/hub" }
  search:
    image: docker.elastic.co/elasticsearch/elasticsearch:9.1.0
    depends_on: [db]
    volumes: [index:/usr/share/elasticsearch/data]
volumes: { pg: {}, index: {} }
`,
  );

  it('names databases of the same server that it does not save, and saves them on request', () => {
    const { plan, text } = add(files);
    expect(plan.notes.join('\n')).toContain('--set backup.databases=[hub]');
    expect(text('docs/BACKUPS.md')).toContain('`hub`: another database of db');
    const both = add(files, { set: { databases: ['hub'] } });
    const { environment } = serviceOf(both.text('compose.yaml'));
    expect(environment).toMatchObject({
      BACKUP_DATABASES: 'db hub',
      DB_DB_NAME: 'shop',
      DB_HUB_HOST: 'db',
      DB_HUB_NAME: 'hub',
      DB_HUB_PASSWORD: '$PW',
    });
    expect(both.plan.notes.join('\n')).not.toContain('--set backup.databases');
    expect(refusalOf(files, { set: { databases: ['a b'] } }).problems[0]?.path).toBe('backup.databases.0');
  });

  it('has each database once, under a name of its own', () => {
    const files = project(`${plain.replace('}', ', POSTGRES_DB: shop }')}`);
    const { environment } = serviceOf(
      add(files, { set: { databases: ['shop', 'db', 'App', 'app'] } }).text('compose.yaml'),
    );
    expect(environment['BACKUP_DATABASES']).toBe('db db-2 app app-2');
    expect(environment).toMatchObject({
      DB_DB_NAME: 'shop',
      DB_DB_2_NAME: 'db',
      DB_APP_NAME: 'App',
      DB_APP_2_NAME: 'app',
    });
  });

  it('copies no files of another server while it runs', () => {
    const { plan, text } = add(files);
    expect(serviceOf(text('compose.yaml')).environment['BACKUP_UPLOADS']).toBe('');
    expect(plan.notes.join('\n')).toContain('index (the data of search)');
  });

  it('stops everybody who might use a database that nobody is seen to use', () => {
    const { plan, text } = add(
      project(
        plain,
        '  app:\n    image: acme/app:1\n    environment: [DATABASE_URL]\n  proxy:\n    image: caddy:2\n  redis:\n    image: redis:8\n',
      ),
    );
    expect(text('scripts/restore')).toContain('users=(app)');
    expect(plan.notes.join('\n')).toContain('everybody who might');
  });
});
