import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, madeRepo, Repo, removeFolders } from '../../support/repo.ts';
import { writeTree } from '../../support/tree.ts';

afterAll(removeFolders);

function repoWith(files: Readonly<Record<string, string>>): Repo {
  const repo = new Repo(freshFolder());
  writeTree(repo.root, files);
  return repo;
}

/** As somebody else may have it: short forms, an overlay, a development file, secrets of both kinds, a lone volume. */
const theirs = {
  'compose.yaml': `name: books
services:
  api:
    build: ./api
    ports: ["8000:8000"]
    environment:
      - DATABASE_URL=postgres://app:\${DB_PASSWORD}@db/app
      - STRIPE_SECRET_KEY=\${STRIPE_SECRET_KEY:?}
    volumes: [uploads:/uploads, ./api:/src]
    networks: [default, back]
    deploy: { resources: { limits: { memory: 256m } } }
  db:
    image: docker.io/library/postgres:17
    volumes: [pg:/var/lib/postgresql/data]
    networks: [back]
    secrets: [db_password]
  tools:
    image: busybox
    profiles: [tools]
    mem_limit: 64m
    cpus: 0.1
networks:
  back: { internal: true }
volumes:
  pg:
  uploads:
secrets:
  db_password: { file: ./secrets/db }
`,
  'compose.prod.yaml': `services:
  api:
    ports: !override ["127.0.0.1:8000:8000"]
    deploy: { resources: { limits: { cpus: "0.5", memory: 1536M } } }
`,
  '.env': 'DB_PASSWORD=hunter2\nSTRIPE_SECRET_KEY=sk_live\n',
};

describe('list stack', { timeout: 60_000 }, () => {
  let own: Repo;
  beforeAll(async () => {
    own = await madeRepo([
      ...['--preset', 'node', '--set', 'name=shop', '--set', 'targets=[small]'],
      ...['--set', 'edge.caddy.hostnames.app=shop.acme.dev'],
    ]);
  });

  it('says of anybody’s project what it has', async () => {
    const { code, out } = await repoWith(theirs).run('list', ['stack', '--json']);
    expect(code).toBe(0);
    const { stack } = JSON.parse(out);
    expect(stack).toMatchObject({ name: 'books', ours: false, directory: '.', others: [], problems: [] });
    expect(stack.combinations).toContainEqual({
      name: 'compose.yaml + compose.prod.yaml',
      purpose: 'production',
      files: ['compose.yaml', 'compose.prod.yaml'],
    });
    const [api, db, tools] = stack.services;
    expect(api).toMatchObject({
      name: 'api',
      build: 'api',
      networks: ['default', 'back'],
      volumes: [{ volume: 'uploads', target: '/uploads' }],
      in: {
        'compose.yaml': { ports: ['8000->8000/tcp'], memory: 256 * 1024 ** 2 },
        'compose.yaml + compose.prod.yaml': {
          ports: ['127.0.0.1:8000->8000/tcp'],
          cpus: '0.5',
          memory: 1536 * 1024 ** 2,
        },
      },
    });
    expect(db).toMatchObject({ kind: 'postgres', image: 'docker.io/library/postgres:17', networks: ['back'] });
    expect(tools).toMatchObject({
      profiles: ['tools'],
      in: { 'compose.yaml': { cpus: '0.1', memory: 64 * 1024 ** 2 } },
    });
    expect(stack.volumes).toEqual([
      { name: 'books_pg', key: 'pg', external: false, data: true, services: ['db'] },
      { name: 'books_uploads', key: 'uploads', external: false, services: ['api'] },
    ]);
    expect(stack.networks).toContainEqual({ name: 'back', internal: true, services: ['api', 'db'] });
    expect(stack.secrets).toEqual(['STRIPE_SECRET_KEY', 'db_password']);
  });

  it('shows no value of a secret', async () => {
    const repo = repoWith(theirs);
    for (const argv of [['stack'], ['stack', '--json']]) {
      const { out } = await repo.run('list', argv);
      expect(out).toContain('STRIPE_SECRET_KEY');
      expect(out).not.toMatch(/hunter2|sk_live/);
    }
    const secrets = own.read('.env').match(/(?<=PASSWORD=)\w+/g) ?? [];
    expect(secrets.length).toBeGreaterThan(2);
    const { out } = await own.run('list', ['stack', '--json']);
    for (const secret of secrets) expect(out).not.toContain(secret);
  });

  it('says of a stack of ours what only its answers know', async () => {
    const { stack } = JSON.parse((await own.run('list', ['stack', '--json'])).out);
    expect(stack).toMatchObject({
      name: 'shop',
      ours: true,
      answers: {
        apps: [{ name: 'app', stack: 'node', path: '.', uses: ['postgres', 'redis'] }],
        externals: [
          { name: 'postgres', mode: 'bundled' },
          { name: 'redis', mode: 'bundled' },
        ],
        edge: { kind: 'caddy', hostnames: { app: ['shop.acme.dev'] } },
        backup: { engine: 'restic', to: 'local', at: '02:00', timezone: 'UTC', drill: 'weekly' },
        targets: ['small'],
      },
    });
    expect(stack.services).toContainEqual(expect.objectContaining({ name: 'app', role: 'web' }));
    const small = 'compose.yaml + compose.prod.yaml + compose.small.yaml';
    const app = stack.services.find(({ name }: { name: string }) => name === 'app');
    expect(app.in[small].memory).toBeLessThan(app.in['compose.yaml + compose.prod.yaml'].memory);
    expect(stack.volumes).toContainEqual(
      expect.objectContaining({ name: 'shop_postgres-data', data: true, external: true, holds: 'the database' }),
    );
    expect(stack.secrets).toContain('POSTGRES_PASSWORD');
  });

  it('is a text for people, in tables', async () => {
    const { out } = await own.run('list', ['stack']);
    expect(out).toMatch(/^stack shop\n/);
    expect(out).toMatch(/^ {2}app +node +\. +uses postgres, redis$/m);
    expect(out).toMatch(
      /^ {2}postgres +external +postgres:\S+ +127\.0\.0\.1:5432->5432\/tcp \(development\) +data +postgres-data$/m,
    );
    expect(out).toMatch(/^ {2}shop_postgres-data +data: the database +stays after down -v +postgres$/m);
    expect(out).toMatch(/^ {2}caddy +app +shop\.acme\.dev$/m);
    expect(out).toMatch(/^ {2}restic +to local +at 02:00 UTC/m);
    expect(out).not.toMatch(/ +$/m);
    const other = (await repoWith(theirs).run('list', ['stack'])).out;
    expect(other).toContain('stack books (not made by create-prodstack)');
    expect(other).toMatch(/^ {2}books_uploads +goes with down -v +api$/m);
  });

  it('says what is wrong with a project, and shows the rest', async () => {
    const broken = { 'docker-compose.yml': 'services:\n  a:\n    image: redis:8\n  b: {}\ninclude: [missing.yaml]\n' };
    const { code, out } = await repoWith(broken).run('list', ['stack']);
    expect(code).toBe(0);
    expect(out).toContain('What is wrong with it');
    expect(out).toContain('missing.yaml');
    expect(out).toMatch(/^ {2}a +redis +redis:8 /m);
  });

  it('says what is wrong with answers, and shows the files', async () => {
    const repo = own.copy();
    repo.edit('prodstack.yaml', (text) => text.replace('port: 3000', 'port: 80'));
    const { code, out } = await repo.run('list', ['stack']);
    expect(code).toBe(0);
    expect(out).toContain('prodstack.yaml: apps.app.port: must be 1024 or more');
    expect(out).toMatch(/^ {2}postgres +postgres +postgres:/m);
  });

  it('shows the project that is meant, and names the others', async () => {
    const one = 'services: { web: { image: nginx:1.29 } }\n';
    const repo = repoWith({ 'deploy/compose.yaml': one, 'infra/docker-compose.yml': one.replace('web', 'other') });
    const { out } = await repo.run('list', ['stack']);
    expect(out).toContain(', in deploy');
    expect(out).toContain('infra/docker-compose.yml');
    const second = await repo.run('list', ['stack', '--file', 'infra/docker-compose.yml']);
    expect(second.out).toMatch(/^ {2}other +nginx +nginx:1\.29/m);
    const missing = await repo.run('list', ['stack', '--file', 'nope.yml']);
    expect(missing).toMatchObject({ code: 2, said: expect.stringContaining('there is no file nope.yml here') });
  });

  it('is an error where there is nothing, and goes without saying in the list of all', async () => {
    const repo = repoWith({});
    mkdirSync(repo.path('empty'));
    expect(await repo.run('list', ['stack'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('There is no compose file here.'),
    });
    const { code, out } = await repo.run('list', []);
    expect(code).toBe(0);
    expect(out).toMatch(/^blocks\n/);
    expect((await own.run('list', [])).out).toMatch(/^stack shop\n[\s\S]*\nblocks\n/);
    expect(Object.keys(JSON.parse((await own.run('list', ['--json'])).out))).toEqual([
      ...['stack', 'blocks', 'presets', 'rules', 'answers'],
    ]);
    expect(Object.keys(JSON.parse((await own.run('list', ['rules', '--json'])).out))).toEqual(['rules']);
  });
});

it('of names that would be more than names on a terminal is a table still', async () => {
  const repo = repoWith({ 'compose.yaml': 'services:\n  ok:\n    image: "x\\e[2J\\ny"\n  "a\\nb": { image: z }\n' });
  const { out } = await repo.run('list', ['stack']);
  expect(out).toContain('ok   x [2J y');
  expect(out).toContain('a b  z');
});
