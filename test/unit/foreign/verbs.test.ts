/** `add` and `remove` as commands, in a folder on disk that is somebody else's. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Run, runProgram } from '../../../generators/programs.ts';
import { freshFolder, Repo, removeFolders } from '../../support/repo.ts';

afterAll(removeFolders);

const compose = `# ours
services:
  api:
    image: acme/api:3
    environment:
      LOG_LEVEL: info
`;

const host = 'edge.nginx.hostnames.api=shop.example.com';

/** Without Docker: what Compose itself says of the result has tests of its own. */
const git: Run = async (program, args, options) =>
  program === 'git' ? runProgram(program, args, options) : { stdout: '', stderr: '', exitCode: 127 };

async function theirs(): Promise<Repo> {
  const repo = new Repo(freshFolder());
  repo.write('compose.yaml', compose);
  repo.write('.gitignore', '.env\n');
  const commands = [
    ['init', '--quiet'],
    ['add', '-A'],
    ['-c', 'user.name=me', '-c', 'user.email=me@example.com', 'commit', '--quiet', '-m', 'all'],
  ];
  for (const args of commands) await runProgram('git', args, { cwd: repo.root });
  return repo;
}

async function diff(repo: Repo): Promise<string> {
  return (await runProgram('git', ['diff'], { cwd: repo.root })).stdout;
}

describe('in a folder of a repo whose compose file is further up', () => {
  it('says where that is, and no further up than the repo', async () => {
    const repo = await theirs();
    mkdirSync(repo.path('src/models'), { recursive: true });
    const hint = `There is one above, in ${repo.root}: -C ${repo.root}`;
    for (const words of [['redis', '--for', 'api'], ['stack']]) {
      const verb = words[0] === 'stack' ? 'list' : 'add';
      const { code, said } = await repo.run(verb, [...words, '-C', repo.path('src/models')], git);
      expect([code, said]).toEqual([2, expect.stringContaining(hint)]);
    }
    await runProgram('git', ['init', '--quiet'], { cwd: repo.path('src') });
    const { said } = await repo.run('add', ['redis', '-C', repo.path('src/models')], git);
    expect(said).toContain('Name it with --file');
  });
});

describe('in a repo of somebody else', () => {
  it('adds lines, makes a secret that nobody else may read, and leaves no answers behind', async () => {
    const repo = await theirs();
    const { code, out } = await repo.run('add', ['redis', '--for', 'api'], git);
    expect(code).toBe(0);
    expect(out).toContain('docker compose up -d redis api');
    expect((await diff(repo)).split('\n').filter((line) => /^-(?!--)/.test(line))).toEqual([]);
    expect(repo.read('.env')).toMatch(/^REDIS_PASSWORD=[0-9a-f]{48}$/m);
    expect(repo.mode('.env')).toBe(0o600);
    expect(repo.has('prodstack.yaml')).toBe(false);
    expect(repo.has('.prodstack/baseline.json')).toBe(false);
  });

  it('takes the file that Compose takes by itself, where others stand beside it', async () => {
    const repo = await theirs();
    repo.write('docker-compose.images.yml', 'services:\n  mirror:\n    image: acme/mirror:1\n');
    expect(await repo.run('add', ['redis', '--for', 'api'], git)).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toContain('redis:');
    const named = ['cache', '--file', 'docker-compose.images.yml'];
    expect(await repo.run('add', named, git)).toMatchObject({ code: 0 });
    expect(repo.read('docker-compose.images.yml')).toContain('cache:');
  });

  it('has nothing to do the second time', async () => {
    const repo = await theirs();
    await repo.run('add', ['redis', '--for', 'api'], git);
    const before = repo.read('compose.yaml');
    const { code, out } = await repo.run('add', ['redis', '--for', 'api'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('nothing to do')]);
    expect(repo.read('compose.yaml')).toBe(before);
  });

  it('keeps what is needed until it is said that it may go', async () => {
    const repo = await theirs();
    await repo.run('add', ['redis', '--for', 'api'], git);
    const refused = await repo.run('remove', ['redis'], git);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('api waits for redis (depends_on), and has its address in REDIS_URL');
    const { code } = await repo.run('remove', ['redis', '--disconnect', '--data', 'delete'], git);
    expect(code).toBe(0);
    expect(repo.read('compose.yaml')).toBe(compose);
    expect(repo.has('docker/redis/redis.sh')).toBe(false);
  });

  it('leaves the volume declared where nobody says what becomes of the data', async () => {
    const repo = await theirs();
    await repo.run('add', ['postgres'], git);
    const { code, out } = await repo.run('remove', ['postgres'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('postgres-data stays declared')]);
    expect(repo.read('compose.yaml')).toContain('postgres-data:');
  });

  it.each([
    ['docker-compose.yml', 'docker-compose.yaml', 'docker-compose.override.yaml'],
    ['compose.yml', 'docker-compose.yml', 'compose.override.yaml'],
    ['compose.yml', 'docker-compose.yml', 'docker-compose.override.yml'],
  ])('names no file that Compose finds by itself: %s, before %s, with %s', async (first, second, override) => {
    const repo = new Repo(freshFolder());
    repo.write(first, compose);
    repo.write(second, compose);
    const next = async () => {
      const { out } = await repo.run('add', ['redis', '--file', first, '--json', '--dry-run'], git);
      return (JSON.parse(out) as { readonly next: readonly string[] }).next.at(-1);
    };
    expect(await next()).toBe('docker compose up -d redis');
    repo.write(override, 'services:\n  api:\n    ports: ["127.0.0.1:8080:80"]\n');
    expect(await next()).toBe('docker compose up -d redis');
  });

  it('goes on over changes that are not committed, since none of them goes, and says whose they are', async () => {
    const repo = await theirs();
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    const { code, out } = await repo.run('add', ['redis'], git);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('compose.yaml had changes already that are not committed'),
    ]);
    expect(repo.read('compose.yaml')).toContain('# mine\n');
    expect(await repo.run('add', ['postgres', '--for', 'api'], git)).toMatchObject({ code: 0 });
    expect(await repo.run('remove', ['redis', '--data', 'delete'], git)).toMatchObject({ code: 0 });
  });

  it('takes out what was added by the word that added it, and names only variables that are left somewhere', async () => {
    const repo = await theirs();
    repo.write('.env.example', 'LOG_LEVEL=info\n');
    await repo.run('add', ['cache', '--for', 'api'], git);
    const { code, out } = await repo.run('remove', ['cache', '--disconnect'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('redis-cache goes')]);
    expect(out).toContain('.env still has CACHE_PASSWORD, which no compose file uses any more.');
    expect(out).not.toContain('.env.example still has');
    expect(repo.read('compose.yaml')).toBe(compose);
  });

  it('connects services that share a folder and a port, as the processes of one app do', async () => {
    const repo = await theirs();
    repo.write('package.json', '{"name": "shop", "dependencies": {"express": "5", "ioredis": "5"}}');
    const shared = 'services:\n  api:\n    build: .\n    ports: ["3000:3000"]\n  worker:\n    build: .\n';
    repo.write('compose.yaml', shared);
    expect(await repo.run('add', ['redis', '--for', 'api', '--for', 'worker'], git)).toMatchObject({
      code: 0,
      said: '',
    });
    expect(repo.read('compose.yaml').match(/REDIS_URL: /g)).toHaveLength(2);
    expect(await repo.run('remove', ['redis', '--disconnect', '--data', 'delete'], git)).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toBe(shared);
  });

  it.each(['redis', 'postgres'])(
    'takes the file of its own away with %s, and the line that includes it',
    async (block) => {
      const repo = await theirs();
      await repo.run('add', [block, '--include', '--for', 'api'], git);
      expect(repo.has(`compose.${block}.yaml`)).toBe(true);
      expect(await repo.run('remove', [block, '--disconnect'], git)).toMatchObject({ code: 0, said: '' });
      // The volume is still declared there.
      expect(repo.read(`compose.${block}.yaml`)).toContain(`${block}-data:`);
      expect(await repo.run('add', ['mqtt', '--include', '--for', 'api'], git)).toMatchObject({ code: 0, said: '' });
      const { said } = await repo.run('remove', ['mqtt', '--disconnect', '--data', 'delete'], git);
      expect(said).toBe('');
      expect(repo.has('compose.mqtt.yaml')).toBe(false);
      expect(repo.read('compose.yaml')).toBe(`${compose}\ninclude:\n  - compose.${block}.yaml\n`);
    },
  );

  it('asks for somebody who may use a broker, in words of this project', async () => {
    const { code, said } = await (await theirs()).run('add', ['mqtt'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('create-prodstack add mqtt --for SERVICE')]);
  });

  it('says so where a conflict is not settled, and where there is no such folder', async () => {
    const repo = await theirs();
    repo.write('compose.yaml', `<<<<<<< HEAD\n${compose}=======\nservices: {}\n>>>>>>> other\n`);
    const { code, said } = await repo.run('add', ['redis'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('compose.yaml:1: git left a conflict there')]);
    const nowhere = await new Repo(`${repo.root}/nowhere`).run('add', ['redis'], git);
    expect([nowhere.code, nowhere.said]).toEqual([2, expect.stringContaining('There is no folder')]);
  });

  it('takes the database that it added for one: backups and a pooler come to it', async () => {
    const repo = await theirs();
    await repo.run('add', ['postgres', '--for', 'api'], git);
    const { code, out } = await repo.run('add', ['pooler'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('as the user that the pooler knows, postgres')]);
    expect(out).not.toContain('postgres-setup still');
    expect(await repo.run('add', ['backup'], git)).toMatchObject({ code: 0, said: '' });
    expect(repo.read('compose.yaml')).toContain('DB_POSTGRES_NAME: app');
  });

  it('says that the key of backups is needed for as long as they are there', async () => {
    const repo = await theirs();
    await repo.run('add', ['postgres'], git);
    expect(await repo.run('add', ['backup'], git)).toMatchObject({ code: 0 });
    const { code, out } = await repo.run('remove', ['backup'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('Without BACKUP_PASSWORD nobody can read the backups')]);
  });

  it('names the services that a word could mean where none has that name', async () => {
    const repo = await theirs();
    repo.edit('compose.yaml', (text) => `${text}  queue:\n    image: redis:8\n`);
    const { code, said } = await repo.run('remove', ['redis'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('create-prodstack remove queue')]);
  });

  it('adds mail to the overlay of developers, with one for tests beside it', async () => {
    const repo = await theirs();
    for (const name of ['dev', 'prod', 'test'])
      repo.write(`compose.${name}.yaml`, `services:\n  api:\n    command: run ${name}\n`);
    const { code, out } = await repo.run('add', ['mail', '--for', 'api'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('-f compose.dev.yaml up -d mail api')]);
    expect(repo.read('compose.dev.yaml')).toContain('axllent/mailpit');
    expect(repo.read('compose.test.yaml')).not.toContain('mailpit');
  });

  it('says what to do where git does not trust the folder, and goes on by force', async () => {
    const distrust: Run = async (program, args) => ({
      stdout: '',
      stderr: "fatal: detected dubious ownership in repository at '/srv/shop'\n",
      exitCode: program === 'git' && args[0] === 'rev-parse' ? 128 : 127,
    });
    const repo = await theirs();
    const { code, said } = await repo.run('add', ['redis'], distrust);
    expect([code, said]).toEqual([3, expect.stringContaining('safe.directory')]);
    expect(repo.read('compose.yaml')).toBe(compose);
    expect(await repo.run('add', ['redis', '--force'], distrust)).toMatchObject({ code: 0 });
  });

  it('does nothing in the middle of a merge, whatever it is told', async () => {
    const repo = await theirs();
    repo.write('.git/MERGE_HEAD', `${'0'.repeat(40)}\n`);
    const { code, said } = await repo.run('add', ['redis', '--force'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('a merge')]);
    expect(repo.read('compose.yaml')).toBe(compose);
  });

  it('says so where others can read the .env that gets a secret', async () => {
    const repo = await theirs();
    repo.write('.env', 'MINE=1\n');
    chmodSync(join(repo.root, '.env'), 0o644);
    const { out } = await repo.run('add', ['redis'], git);
    expect(out).toMatch(/edit +644 .env /);
    expect(out).toContain('.env can be read by other users of this machine, as before: chmod 600 .env');
    chmodSync(join(repo.root, '.env'), 0o600);
    expect((await repo.run('add', ['postgres', '--force'], git)).out).not.toContain('chmod 600');
  });

  it('writes no secret into a file that git has', async () => {
    const repo = await theirs();
    repo.write('.env', 'TAG=1\n');
    await runProgram('git', ['add', '--force', '.env'], { cwd: repo.root });
    const { code, out } = await repo.run('add', ['redis', '--force'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('.env is in git, where no secret belongs')]);
    expect(repo.read('.env')).toBe('TAG=1\n');
  });

  it('asks about this repo, whatever GIT_DIR says: no secret goes into a file that git has', async () => {
    const repo = await theirs();
    repo.write('.env', 'TAG=1\n');
    await runProgram('git', ['add', '--force', '.env'], { cwd: repo.root });
    const elsewhere = freshFolder();
    await runProgram('git', ['init', '--quiet'], { cwd: elsewhere });
    const hooked: Run = (program, args, options) =>
      git(program, args, { ...options, env: { GIT_DIR: `${elsewhere}/.git`, ...options.env } });
    expect((await repo.run('add', ['redis', '--force'], hooked)).code).toBe(0);
    expect(repo.read('.env')).toBe('TAG=1\n');
  });

  it('tells nobody to commit secrets: a .env that git does not know only gets lines', async () => {
    const repo = await theirs();
    repo.write('.gitignore', 'dist\n');
    await runProgram('git', ['add', '-A'], { cwd: repo.root });
    await runProgram('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.com', 'commit', '-qm', 'less'], {
      cwd: repo.root,
    });
    repo.write('.env', 'MINE=1\n');
    expect(await repo.run('add', ['redis'], git)).toMatchObject({ code: 0 });
    expect(repo.read('.env')).toMatch(/^MINE=1\n[\s\S]*\nREDIS_PASSWORD=[0-9a-f]{48}\n$/);
    expect(repo.read('.gitignore')).toContain('\n.env\n');
  });

  it('goes on by force where git does not trust the folder, and then writes no secret where it may have one', async () => {
    const repo = await theirs();
    repo.write('.env', 'TAG=1\n');
    const distrust: Run = async () => ({
      stdout: '',
      stderr: "fatal: detected dubious ownership in repository at '/srv/shop'\n",
      exitCode: 128,
    });
    expect(await repo.run('add', ['redis'], distrust)).toMatchObject({ code: 3 });
    expect(repo.read('compose.yaml')).toBe(compose);
    expect(await repo.run('add', ['redis', '--force'], distrust)).toMatchObject({ code: 0 });
    expect(repo.read('.env')).toBe('TAG=1\n');
  });

  it('only says what it would do, as one document, with --dry-run --json', async () => {
    const repo = await theirs();
    const { out } = await repo.run('add', ['redis', '--dry-run', '--json', '--diff'], git);
    const report = JSON.parse(out) as {
      readonly changed: boolean;
      readonly files: readonly { readonly path: string }[];
    };
    expect(report.changed).toBe(false);
    expect(report.files.map(({ path }) => path)).toContain('compose.yaml');
    expect(out).not.toMatch(/REDIS_PASSWORD=[0-9a-f]/);
    expect(await diff(repo)).toBe('');
  });

  it('writes nothing that Docker Compose would refuse', async () => {
    const repo = await theirs();
    const refusing: Run = async (program, args, options) => {
      if (program === 'git') return runProgram(program, args, options);
      const isAfter = args.some((arg) => arg.includes('/after/'));
      return { stdout: '', stderr: isAfter ? 'no such thing\n' : '', exitCode: isAfter ? 1 : 0 };
    };
    const { code, said } = await repo.run('add', ['redis'], refusing);
    expect([code, said]).toEqual([2, expect.stringContaining('no such thing')]);
    expect(repo.read('compose.yaml')).toBe(compose);
  });

  it('asks Docker Compose nothing about files that others include, which it would read as they were', async () => {
    const repo = await theirs();
    repo.write('db.yaml', 'services:\n  jobs:\n    image: acme/jobs:1\n');
    repo.write('compose.yaml', `include: [db.yaml]\n${compose}`);
    const refusing: Run = async (program, args, options) =>
      program === 'git'
        ? runProgram(program, args, options)
        : {
            stdout: '',
            stderr: 'depends on undefined service',
            exitCode: args.some((arg) => arg.includes('/after/')) ? 1 : 0,
          };
    const words = ['redis', '--for', 'jobs', '--for', 'api'];
    expect(await repo.run('add', words, refusing)).toMatchObject({ code: 0, said: '' });
    expect(repo.read('db.yaml')).toContain('  redis:\n');
    expect(repo.read('compose.yaml')).not.toContain('  redis:\n    image');
  });

  it('names what can be added where the block is unknown, with the near one', async () => {
    const { code, said } = await (await theirs()).run('add', ['postgrse'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('Did you mean: postgres.')]);
  });
});

describe('what lets the world in', () => {
  it('goes without what it was told of hosts, which is named', async () => {
    const repo = await theirs();
    repo.write('compose.yaml', compose.replace('image: acme/api:3\n', 'image: nginx:1.29\n    expose: ["80"]\n'));
    const before = repo.read('compose.yaml');
    const added = await repo.run('add', ['nginx', '--for', 'api', '--set', host, '--force'], git);
    expect([added.code, added.out]).toEqual([0, expect.stringContaining('docker compose up -d nginx api')]);
    expect(repo.read('docker/nginx/nginx.conf')).toContain('server_name shop.example.com;');
    expect(repo.read('.gitignore')).toContain('/docker/nginx/certs/\n');
    const { code, out } = await repo.run('remove', ['nginx', '--data', 'delete', '--force'], git);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(' any more: rm docker/nginx/live.sh docker/nginx/nginx.conf, if nothing else reads them'),
    ]);
    expect(repo.read('compose.yaml')).toBe(before);
    expect(repo.has('docker/nginx/check.sh')).toBe(false);
  });
});
