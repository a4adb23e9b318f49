/** `add` and `remove` as commands, in a folder on disk that is somebody else's. */
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
    const refused = await repo.run('remove', ['redis', '--force'], git);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('api waits for redis (depends_on), and has its address in REDIS_URL');
    const { code } = await repo.run('remove', ['redis', '--disconnect', '--data', 'delete', '--force'], git);
    expect(code).toBe(0);
    expect(repo.read('compose.yaml')).toBe(compose);
    expect(repo.has('docker/redis/redis.sh')).toBe(false);
  });

  it('leaves the volume declared where nobody says what becomes of the data', async () => {
    const repo = await theirs();
    await repo.run('add', ['postgres'], git);
    const { code, out } = await repo.run('remove', ['postgres', '--force'], git);
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

  it('does not change files that git could not bring back, unless it is told to', async () => {
    const repo = await theirs();
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    const refused = await repo.run('add', ['redis'], git);
    expect([refused.code, refused.said]).toEqual([2, expect.stringContaining('not committed')]);
    expect(repo.read('compose.yaml')).toBe(`${compose}# mine\n`);
    expect((await repo.run('add', ['redis', '--force'], git)).code).toBe(0);
    expect(repo.read('compose.yaml')).toContain('# mine\n');
  });

  it('goes on without git where that does not say what the repository is like, if it is told to', async () => {
    const repo = await theirs();
    const distrusting: Run = async () => ({ stdout: '', stderr: 'fatal: detected dubious ownership', exitCode: 128 });
    const refused = await repo.run('add', ['redis'], distrusting);
    expect([refused.code, refused.said]).toEqual([3, expect.stringContaining('--force goes on without git')]);
    expect((await repo.run('add', ['redis', '--force'], distrusting)).code).toBe(0);
  });

  it('does nothing in the middle of a merge, whatever it is told', async () => {
    const repo = await theirs();
    repo.write('.git/MERGE_HEAD', `${'0'.repeat(40)}\n`);
    const { code, said } = await repo.run('add', ['redis', '--force'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('a merge')]);
    expect(repo.read('compose.yaml')).toBe(compose);
  });

  it('writes no secret into a file that git has', async () => {
    const repo = await theirs();
    repo.write('.env', 'TAG=1\n');
    await runProgram('git', ['add', '--force', '.env'], { cwd: repo.root });
    const { code, out } = await repo.run('add', ['redis', '--force'], git);
    expect([code, out]).toEqual([0, expect.stringContaining('.env is in git, where no secret belongs')]);
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

  it('names what can be added where the block is unknown, with the near one', async () => {
    const { code, said } = await (await theirs()).run('add', ['postgrse'], git);
    expect([code, said]).toEqual([2, expect.stringContaining('Did you mean: postgres.')]);
  });
});
