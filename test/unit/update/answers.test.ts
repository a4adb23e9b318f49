import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { isData } from '../../../generators/data.ts';
import { madeRepo, type Repo, removeFolders } from '../../support/repo.ts';

let made: Repo;
beforeAll(async () => {
  made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
});
afterAll(removeFolders);

const servicesOf = (repo: Repo, file = 'compose.yaml'): readonly string[] => {
  const data = readYaml(repo.read(file), file);
  return isData(data) && isData(data['services']) ? Object.keys(data['services']) : [];
};

const mine = (text: string): string => text.replace('PORT: "3000"', 'PORT: "3000"\n      # mine\n      MINE: "1"');

describe('a changed answer', () => {
  it('from bundled to managed: the server goes with its files, edits stay, and its volume is named and left', async () => {
    const repo = made.copy();
    repo.edit('compose.yaml', mine);
    const { code, out } = await repo.update(['--set', 'redis.mode=managed', '--set', 'redis.version=null']);
    expect(code).toBe(0);
    expect(servicesOf(repo)).not.toContain('redis');
    expect(repo.read('compose.yaml')).toContain('      # mine\n      MINE: "1"');
    expect(repo.has('docker/redis')).toBe(false);
    expect(out).toMatch(/delete {4}\d+ docker\/redis\/redis\.sh/);
    expect(out).toContain('docker volume rm shop_redis-data');
    expect(repo.read('prodstack.yaml')).toContain('managed');
    expect((await repo.update()).out).toContain('Nothing to do');
  });

  it('from bundled to managed and back: how the data comes along is said, in commands that still work', async () => {
    const repo = made.copy();
    const { out } = await repo.update(['--set', 'postgres={mode: managed}']);
    expect(out).toContain(
      'docker exec "$(docker ps --quiet --filter label=com.docker.compose.project=shop --filter label=com.docker.compose.service=postgres)" pg_dump',
    );
    expect((await repo.update(['--set', 'postgres={mode: bundled}'])).out).toContain(
      'The data of the managed PostgreSQL stays there',
    );
    expect((await repo.update(['--set', 'restart=always'])).out).not.toMatch(/PostgreSQL (?:stays|of the stack goes)/);
  });

  it.each(['', '# nothing\n', '{}\n'])('that leaves none is refused: %j', async (text) => {
    const repo = made.copy();
    repo.write('prodstack.yaml', text);
    const before = repo.read('compose.yaml');
    for (const ended of [await repo.update(), await repo.run('add', ['mail']), await repo.new(['--yes'])])
      expect(ended).toMatchObject({ code: 2, said: expect.stringContaining('git checkout HEAD -- prodstack.yaml') });
    expect(repo.read('compose.yaml')).toBe(before);
    repo.remove('prodstack.yaml');
    expect(await repo.new(['--yes'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('prodstack.yaml is gone'),
    });
    expect(repo.read('compose.yaml')).toBe(before);
  });

  it('of a port goes everywhere, but into the value that the user chose', async () => {
    const repo = made.copy();
    repo.edit('compose.dev.yaml', (text) => `${text}# mine\n`);
    expect(await repo.update(['--set', 'apps.app.port=3100'])).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toContain('PORT: "3100"');
    expect(repo.read('compose.dev.yaml')).toMatch(/:3100"[\s\S]*# mine\n$/);
  });

  it('an edge more, and then another one: files come and go, a file of the user that is in the way does not', async () => {
    const repo = made.copy();
    expect(await repo.update(['--set', 'edge.caddy.hostnames.app=shop.example.com'])).toMatchObject({ code: 0 });
    const caddyfile = 'docker/caddy/Caddyfile';
    expect(repo.has(caddyfile)).toBe(true);
    repo.edit(caddyfile, (text) => `${text}# mine\n`);
    mkdirSync(repo.path('docker/nginx'), { recursive: true });
    const ended = await repo.update([
      '--set',
      'edge.caddy=null',
      '--set',
      'edge.traefik.hostnames.app=shop.example.com',
    ]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.out).toContain(`${caddyfile}: no longer part of the stack, and left because you changed it`);
    expect(repo.read(caddyfile)).toMatch(/# mine\n$/);
    expect(servicesOf(repo, 'compose.prod.yaml')).toContain('traefik');
    expect(servicesOf(repo, 'compose.prod.yaml')).not.toContain('caddy');
    expect((await repo.update()).out).toContain('Nothing to do');
  });

  it('that gives a file another name takes the edits of the user there', async () => {
    const repo = made.copy();
    repo.edit('compose.yaml', mine);
    const ended = await repo.update(['--set', 'composeFile=docker-compose.yml']);
    expect(ended).toMatchObject({ code: 0 });
    expect(repo.has('compose.yaml')).toBe(false);
    expect(repo.read('docker-compose.yml')).toContain('      # mine\n      MINE: "1"');
    expect(ended.out).toContain('compose.yaml: it is docker-compose.yml now, with your edits');
    expect(ended.out).toContain(
      '.env: COMPOSE_FILE names compose.yaml, compose.prod.yaml, which are gone, so docker compose and scripts/ctl refuse: COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml\n',
    );
    expect(ended.out).toContain('# put COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml into .env\n');
    expect((await repo.update()).out).toContain('Nothing to do');
  });

  it('that takes a compose file away which .env names says so until it does not, and leaves what a developer chose', async () => {
    const repo = made.copy();
    expect(await repo.update(['--set', 'targets=[small]'])).toMatchObject({ code: 0 });
    repo.edit('.env', (text) =>
      text.replace(/^COMPOSE_FILE=.*$/m, 'COMPOSE_FILE="compose.yaml:compose.dev.yaml:mine.yaml:compose.small.yaml"'),
    );
    expect(await repo.update(['--set', 'composeFile=docker-compose.yml'])).toMatchObject({ code: 0 });
    const says =
      '.env: COMPOSE_FILE names compose.yaml, compose.dev.yaml, compose.small.yaml, which are gone, so docker compose and scripts/ctl refuse: COMPOSE_FILE=docker-compose.yml:docker-compose.dev.yml:mine.yaml:docker-compose.small.yml\n';
    expect((await repo.update()).out).toContain(says);
    repo.edit('.env', (text) =>
      text.replace(/^COMPOSE_FILE=.*$/m, says.slice(says.indexOf(': COMPOSE_FILE=') + 2).trim()),
    );
    expect((await repo.update()).out).not.toContain('COMPOSE_FILE');
    const removed = await repo.run('remove', ['small']);
    expect(removed.out).toContain(
      'names docker-compose.small.yml, which is gone, so docker compose and scripts/ctl refuse: COMPOSE_FILE=docker-compose.yml:docker-compose.dev.yml:mine.yaml\n',
    );
  });

  it('of the name of the stack is not silent about the data, which has it in its name', async () => {
    const { code, out } = await made.copy().update(['--set', 'name=store']);
    expect(code).toBe(0);
    expect(out).toContain(
      'docker volume create store_postgres-data && docker run --rm --volume shop_postgres-data:/from:ro',
    );
    // `docker compose stop` would be about containers of the new name: a copy of the files of a running database is none.
    expect(out).toContain(
      'now: before the next start, docker ps --quiet --filter label=com.docker.compose.project=shop | xargs -r docker stop, then',
    );
  });

  it('merges with edits of the user when the stack is made once more, too', async () => {
    const repo = made.copy();
    repo.edit('compose.yaml', mine);
    expect(await repo.new(['--yes', '--set', 'apps.app.port=3100'])).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toContain('PORT: "3100"\n      # mine\n      MINE: "1"');
  });

  it('that is wrong is refused, and nothing is written', async () => {
    const repo = made.copy();
    expect(await repo.update(['--set', 'apps.app.prot=1'])).toMatchObject({ code: 2 });
    expect(repo.read('prodstack.yaml')).toBe(made.read('prodstack.yaml'));
  });

  it('is found by --check, which names it and writes nothing', async () => {
    const repo = made.copy();
    expect(await repo.update(['--check'])).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') });
    repo.edit('prodstack.yaml', (text) => text.replace('port: 3000', 'port: 3100'));
    const before = repo.read('compose.yaml');
    const { code, out } = await repo.update(['--check']);
    expect(code).toBe(1);
    expect(out).toMatch(/Would change in [^\n]*\n[\s\S]*update {4}644 compose\.yaml/);
    expect(repo.read('compose.yaml')).toBe(before);
  });

  it('is one document with --json, conflicts and notes included', async () => {
    const repo = made.copy();
    repo.edit('compose.yaml', (text) => text.replace('PORT: "3000"', 'PORT: "3999"'));
    repo.remove('scripts/verify');
    const { code, out } = await repo.update(['--json', '--diff', '--set', 'apps.app.port=3100']);
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ command: 'update', changed: true, dryRun: false });
    expect(report.conflicts).toEqual([
      { path: 'compose.yaml', why: expect.stringContaining('services.app.environment.PORT'), left: 'beside' },
    ]);
    const file = (path: string) => report.files.find((one: { path: string }) => one.path === path);
    expect(file('scripts/verify')).toMatchObject({ action: 'deleted', notes: [expect.stringContaining('--restore')] });
    expect(file('Dockerfile').diff).toContain('\n+EXPOSE 3100');
  });
});

describe('an app under another name in prodstack.yaml', () => {
  const rename = (repo: Repo): void => repo.edit('prodstack.yaml', (text) => text.replace('\n  app:\n', '\n  api:\n'));

  it('is followed: edits of its service, values of .env and its settings are found under the new name', async () => {
    const repo = made.copy();
    repo.edit('compose.yaml', mine);
    repo.edit('compose.prod.yaml', (text) => text.replace(/(\n {2}app:\n)/, '$1    # mine as well\n'));
    repo.edit('.env', (text) => `${text}APP_CPU_LIMIT=3\n`);
    repo.write('app.env', 'SENTRY=1\n');
    rename(repo);
    const { code, out } = await repo.update();
    expect(code).toBe(0);
    expect(servicesOf(repo)).toContain('api');
    expect(servicesOf(repo)).not.toContain('app');
    expect(repo.read('compose.yaml')).toMatch(/\n {2}api:\n(?: {4}.*\n)* {6}# mine\n {6}MINE: "1"\n/);
    expect(repo.read('compose.prod.yaml')).toContain('\n  api:\n    # mine as well\n');
    expect(repo.read('.env')).toMatch(/^API_CPU_LIMIT=3$/m);
    expect(repo.read('.env')).toMatch(/^APP_CPU_LIMIT=3$/m);
    expect(repo.read('api.env')).toBe('SENTRY=1\n');
    expect(repo.mode('api.env')).toBe(0o600);
    expect(out).toContain('a copy of app.env, which is no longer read');
    expect((await repo.update()).out).toContain('Nothing to do');
  });

  it('is refused where another one had it: each would read the data of the other', async () => {
    const repo = made.copy();
    expect(await repo.run('add', ['node', 'admin'])).toMatchObject({ code: 0 });
    const before = repo.read('compose.yaml');
    repo.edit('prodstack.yaml', (text) =>
      text.replace('\n  app:\n', '\n  x:\n').replace('\n  admin:\n', '\n  app:\n').replace('\n  x:\n', '\n  admin:\n'),
    );
    const { code, said } = await repo.update();
    expect(code).toBe(2);
    expect(said).toContain('would be read by what was app');
    expect(said).toContain('give admin a name that is new, run create-prodstack update, then the next');
    expect(repo.read('compose.yaml')).toBe(before);
    repo.edit('prodstack.yaml', (text) => text.replace('\n  app:\n', '\n  other:\n'));
    expect((await repo.update()).code).toBe(2);
    repo.edit('prodstack.yaml', (text) => text.replace('\n  admin:\n', '\n  app:\n'));
    expect(await repo.update()).toMatchObject({ code: 0 });
    repo.edit('prodstack.yaml', (text) => text.replace('\n  app:\n', '\n  admin:\n'));
    expect(await repo.update()).toMatchObject({ code: 0 });
    repo.edit('prodstack.yaml', (text) => text.replace('\n  other:\n', '\n  app:\n'));
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toMatch(/^ {2}admin:\n(?: {4}.*\n){2} {6}context: \.\n/m);
  });

  it('keeps the data of its own: what is named after it is said, with the commands', async () => {
    const both = ['--preset', 'node-tunnel', '--set', 'name=shop', '--set', 'postgres.separate=databases'];
    const repo = await madeRepo(both);
    const name = Object.keys((readYaml(repo.read('prodstack.yaml'), '') as { apps: object }).apps)[0] ?? '';
    repo.edit('prodstack.yaml', (text) => text.replaceAll(new RegExp(`(?<![/\\w-])${name}(?![\\w-])`, 'g'), 'core'));
    const { out, said } = await repo.update();
    expect(said).toBe('');
    expect(out).toContain(`ALTER DATABASE app_${name.replaceAll('-', '_')} RENAME TO app_core`);
  });
});

describe('a service that the user gave another name in the compose file', () => {
  it('keeps it, and gets what is new with us', async () => {
    const repo = made.copy();
    repo.older('compose.yaml', (text) =>
      text
        .replaceAll('redis:8.10-trixie', 'redis:8.2-trixie')
        .replace('stop_grace_period: 30s', 'stop_grace_period: 10s'),
    );
    repo.older('compose.prod.yaml', (text) => `${text}# old\n`);
    const renamed = (text: string) =>
      text.replace('\n  redis:\n', '\n  keyvalue:\n').replace(/^( {6})redis: \{/gm, '$1keyvalue: {');
    repo.edit('compose.yaml', renamed);
    repo.edit('compose.prod.yaml', renamed);
    expect(await repo.update()).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /You call the service redis keyvalue; these still say redis, [^\n]*scripts\/rotate-secret/,
      ),
    });
    expect(repo.read('compose.yaml')).toBe(renamed(made.read('compose.yaml')));
    expect(repo.read('compose.prod.yaml')).toBe(renamed(made.read('compose.prod.yaml')));
    expect((await repo.update()).out).toContain('Nothing to do');
  });
});
