import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTree, writeTree } from '../../support/tree.ts';

const cli = join(import.meta.dirname, '../../../dist/cli.js');

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'prodstack-bad-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (argv: readonly string[], input = '') =>
  execa(process.execPath, [cli, ...argv], { cwd, input, reject: false });

const express = {
  'package.json': '{\n  "scripts": { "start": "node a.js" },\n  "dependencies": { "express": "5" }\n}\n',
  'a.js': '',
};
const full = 'prodstack: 1\nname: shop\napps:\n  app:\n    stack: node\n';

interface Case {
  readonly what: string;
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly code: number;
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: 'an unknown preset',
    argv: ['shop', '--preset', 'nod', '--yes'],
    code: 2,
    says: ['no preset nod', '--preset node'],
  },
  { what: 'an unknown option', argv: ['shop', '--pre', 'node'], code: 2, says: ['--pre'] },
  { what: 'an unknown command', argv: ['lits'], code: 2, says: ['lits', 'create-prodstack list'] },
  { what: 'an unknown list', argv: ['list', 'block'], code: 2, says: ['block', 'blocks'] },
  {
    what: 'a rule that does not exist',
    argv: ['check', '--only', 'limit-memory'],
    code: 2,
    says: ['no rule limit-memory', 'did you mean limits-memory', 'list rules'],
  },
  { what: 'nothing to check', argv: ['check'], code: 2, says: ['nothing to check', 'no compose file'] },
  {
    what: 'known findings that are none',
    argv: ['check'],
    files: { 'compose.yaml': 'services: {}\n', '.prodstack/known-findings.json': '[]\n' },
    code: 2,
    says: ['.prodstack/known-findings.json', 'has no version', '--update-baseline'],
  },
  {
    what: 'a starter without what it is made for',
    argv: ['shop', '--preset', 'home-server', '--yes', '--set', 'mqtt=null'],
    code: 2,
    says: ['mqtt', 'is needed by the starter app backend'],
  },
  { what: 'no terminal and no answers', argv: ['shop'], code: 2, says: ['apps', 'is missing', '--preset node'] },
  { what: '--set without a value', argv: ['shop', '--preset', 'node', '--set', 'name'], code: 2, says: ['KEY=VALUE'] },
  {
    what: '--set of an unknown answer',
    argv: ['shop', '--preset', 'node', '--set', 'apps.app.prot=1'],
    code: 2,
    says: ['apps.app.prot', 'did you mean port'],
  },
  {
    what: 'a host that is too small',
    argv: ['shop', '--preset', 'node', '--yes', '--set', 'targets.mine.host={memory: 300M, cpus: "1"}'],
    code: 2,
    says: ['targets.mine', 'too little memory', 'app 96M', 'smallest size that is enough: small'],
  },
  {
    what: 'a limit above what the host has',
    argv: ['shop', '--preset', 'node', '--yes', '--set', 'targets=[small]', '--set', 'postgres.limits.memory=2G'],
    code: 2,
    says: ['postgres.limits.memory', '2G', 'is more than any of the targets has: 1G'],
  },
  {
    what: 'a target that nobody knows',
    argv: ['shop', '--preset', 'node', '--yes', '--set', 'targets=[smal]'],
    code: 2,
    says: ['targets.smal', 'did you mean small'],
  },
  {
    what: '--set of a wrong port',
    argv: ['shop', '--preset', 'node', '--set', 'apps.app.port=http'],
    code: 2,
    says: ['apps.app.port', '"http"', 'number'],
  },
  {
    what: '--set of a broken YAML value',
    argv: ['shop', '--preset', 'node', '--set', 'apps=[a'],
    code: 2,
    says: ['--set apps'],
  },
  {
    what: 'several wrong answers, all at once',
    argv: ['shop', '--preset', 'node', '--set', 'name=no', '--set', 'postgres.version=12', '--set', 'redis.mode=x'],
    code: 2,
    says: ['name', 'postgres.version', '16, 17, 18', 'redis.mode'],
  },
  {
    what: 'a starter without what it uses',
    argv: ['shop', '--preset', 'node', '--set', 'redis=null'],
    code: 2,
    says: ['redis', 'starter'],
  },
  { what: 'a config file that is not there', argv: ['shop', '--config', 'x.yaml'], code: 2, says: ['no file x.yaml'] },
  {
    what: 'config with a syntax error',
    argv: ['shop', '--config', '-'],
    input: 'a: [1\nb: 2\n',
    code: 2,
    says: ['standard input:2:'],
  },
  {
    what: 'config with a key twice',
    argv: ['shop', '--config', 'c.yaml'],
    files: { 'c.yaml': `${full}name: x\n` },
    code: 2,
    says: ['c.yaml:6:1', 'same key twice'],
  },
  {
    what: 'config with aliases that explode',
    argv: ['shop', '--config', '-'],
    input: [
      'a0: &a0 [x]',
      ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`),
    ].join('\n'),
    code: 2,
    says: ['aliases'],
  },
  {
    what: 'a wildcard in the place of a host',
    argv: ['shop', '--preset', 'fastapi', '--yes', '--set', 'edge.caddy.hostnames.app=*.acme.dev'],
    code: 2,
    says: ['edge.caddy.hostnames.app ("*.acme.dev"): must name each host by itself'],
  },
  {
    what: 'a wildcard without quotes in a file',
    argv: ['shop', '--config', '-'],
    input: `${full}edge:\n  caddy:\n    hostnames:\n      app: *.acme.dev\n`,
    code: 2,
    says: ['standard input:9:12', 'needs quotes: "*.acme.dev"'],
  },
  { what: 'config that is no map', argv: ['shop', '--config', '-'], input: '[a]', code: 2, says: ['map'] },
  {
    what: 'wrong types in prodstack.yaml',
    argv: ['.'],
    files: { 'prodstack.yaml': 'prodstack: 1\nname: 5\napps: x\n' },
    code: 2,
    says: ['name (5)', 'apps ("x")'],
  },
  {
    what: 'prodstack.yaml of a newer version',
    argv: ['.'],
    files: { 'prodstack.yaml': `${full.replace('1', '2')}` },
    code: 2,
    says: ['prodstack (2)', 'npm create prodstack@latest'],
  },
  {
    what: 'a provider that nobody knows',
    argv: ['shop', '--preset', 'node', '--set', 'postgres.mode=managed', '--set', 'postgres.provider=herokuu'],
    code: 2,
    says: [
      'postgres.provider ("herokuu")',
      'must be one of rds, cloudsql, azure, digitalocean, neon, supabase, generic',
    ],
  },
  {
    what: 'a CA file that is not there',
    argv: ['.', '--preset', 'node', '--set', 'postgres.mode=managed', '--set', 'postgres.provider=digitalocean'],
    code: 2,
    says: ['postgres.ca (certs/digitalocean-ca.pem)', 'is missing', 'get it by "Download CA certificate"'],
  },
  {
    what: 'a CA file of Redis that is not there',
    argv: ['.', '--preset', 'node', '--set', 'redis.mode=managed', '--set', 'redis.ca=certs/x.pem'],
    code: 2,
    says: ['redis.ca (certs/x.pem)', 'is missing', 'from your provider'],
  },
  {
    what: 'a CA file that is no PEM',
    argv: ['.', '--preset', 'node', '--set', 'redis.mode=managed', '--set', 'redis.ca=x.pem'],
    files: { 'x.pem': 'MIIDCzCCAfOgAwIBAgIUA8zQ4n9yan46wgxiapvFsUMz2xEwDQYJKoZIhvcNAQEL' },
    code: 2,
    says: ['redis.ca (x.pem)', 'holds no certificate in PEM', 'openssl x509 -inform der'],
  },
  {
    what: 'a CA file with a broken certificate',
    argv: ['.', '--preset', 'node', '--set', 'redis.mode=managed', '--set', 'redis.ca=x.pem'],
    files: { 'x.pem': '-----BEGIN CERTIFICATE-----\nMIIDCzCCAfOgAwIB\n-----END CERTIFICATE-----\n' },
    code: 2,
    says: ['redis.ca (x.pem)', 'cannot be read'],
  },
  {
    what: 'a private key in place of a CA',
    argv: ['.', '--preset', 'node', '--set', 'redis.mode=managed', '--set', 'redis.ca=x.pem'],
    files: { 'x.pem': '-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----\n' },
    code: 2,
    says: ['redis.ca (x.pem)', 'holds a private key'],
  },
  {
    what: 'a CA file outside of the repo',
    argv: ['.', '--preset', 'node', '--set', 'redis.mode=managed', '--set', 'redis.ca=../x.pem'],
    code: 2,
    says: ['redis.ca ("../x.pem")', 'certs/postgres-ca.pem'],
  },
  {
    what: 'an answer of the other mode',
    argv: ['.', '--preset', 'node', '--set', 'redis={mode: managed, version: 8}'],
    code: 2,
    says: ['redis.version', 'does not go with the mode that was chosen'],
  },
  {
    what: 'prodstack.yaml with a tab',
    argv: ['.'],
    files: { 'prodstack.yaml': 'name: shop\napps:\n\tapp: {}\n' },
    code: 2,
    says: ['prodstack.yaml:3:1'],
  },
  {
    what: 'two apps with one port',
    argv: ['.'],
    files: {
      'prodstack.yaml': `${full}    start: node a.js\n    port: 3000\n  web:\n    stack: node\n    path: web\n    start: node a.js\n    port: 3000\n`,
    },
    code: 2,
    says: ['apps.web.port', '3000'],
  },
  {
    what: 'a worker whose file is never built',
    argv: ['.', '--yes', '--set', 'apps.app.workers.mail.start=node dist/worker.js'],
    files: { ...express, 'jobs/worker.js': '' },
    code: 2,
    says: ['apps.app.workers.mail.start', 'dist/worker.js', 'is not there', 'node jobs/worker.js'],
  },
  {
    what: 'a build that is no script',
    argv: ['.', '--yes', '--set', 'apps.app.build=compile'],
    files: express,
    code: 2,
    says: ['apps.app.build (compile)', 'no script of package.json'],
  },
  {
    what: 'a package.json that is no JSON',
    argv: ['.', '--yes'],
    files: { ...express, 'package.json': '{\n  "a": 1,,\n}\n' },
    code: 2,
    says: ['package.json:2'],
  },
  {
    what: 'a lockfile with conflict marks',
    argv: ['.', '--yes'],
    files: { ...express, 'pnpm-lock.yaml': 'a: 1\n<<<<<<< HEAD\n' },
    code: 2,
    says: ['pnpm-lock.yaml:2'],
  },
  {
    what: 'a folder that holds something else',
    argv: ['.', '--preset', 'fastapi', '--yes'],
    files: express,
    code: 2,
    says: ['No FastAPI app', 'Node in .'],
  },
  {
    what: 'files of the user in the way',
    argv: ['.', '--yes'],
    files: { ...express, Dockerfile: 'FROM scratch\n' },
    code: 1,
    says: ['Dockerfile', '--on-conflict overwrite'],
  },
  {
    what: 'a file in place of the folder',
    argv: ['a.js', '--preset', 'node', '--yes'],
    files: express,
    code: 2,
    says: ['a.js', 'not a folder'],
  },
  { what: 'the root of the disk', argv: ['/', '--preset', 'node', '--yes'], code: 2, says: ['root'] },
  { what: 'the home folder', argv: [homedir(), '--preset', 'node', '--yes'], code: 2, says: ['home folder'] },
];

describe('bad input is refused with a clear message, and nothing is written:', () => {
  it.each(cases.map((one) => [one.what, one] as const))(
    '%s',
    async (_what, { argv, files = {}, input, code, says }) => {
      writeTree(cwd, files);
      const { exitCode, stderr, stdout } = await run(argv, input);
      for (const words of says) expect(stderr).toContain(words);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect({ exitCode, stdout: code === 1 ? '' : stdout }).toEqual({ exitCode: code, stdout: '' });
      expect(readTree(cwd)).toEqual(files);
    },
  );

  it.each(['no', 'on', '1e3', 'a"b', 'a\nb', '$HOME', '{{x}}', '..', '-rf', '🦊', 'x'.repeat(300)])(
    '%j as a name',
    async (name) => {
      const { exitCode, stderr } = await run(['shop', '--preset', 'node', '--config', '-'], JSON.stringify({ name }));
      expect(exitCode).toBe(2);
      expect(stderr).toContain('name (');
      expect(stderr.length).toBeLessThan(1000);
      expect(readTree(cwd)).toEqual({});
    },
  );

  it('a package.json in UTF-16', async () => {
    writeFileSync(join(cwd, 'package.json'), Buffer.from('\uFEFF{"scripts":{"start":"node a.js"}}', 'utf16le'));
    const { exitCode, stderr } = await run(['.', '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('package.json');
    expect(stderr).toContain('UTF-16');
  });

  it('a symlink that leads out of the folder', async () => {
    mkdirSync(join(cwd, 'elsewhere'));
    writeTree(join(cwd, 'app'), express);
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'app/docs'));
    const { exitCode, stderr } = await run(['app', '--yes']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('docs');
    expect(readTree(join(cwd, 'elsewhere'))).toEqual({});
    expect(Object.keys(readTree(join(cwd, 'app')))).toEqual(Object.keys(express).sort());
  });

  it('a lockfile that cannot be read', async () => {
    writeTree(cwd, { ...express, 'package-lock.json': '{}' });
    chmodSync(join(cwd, 'package-lock.json'), 0o000);
    chmodSync(cwd, 0o755);
    // The file's mode stops everybody but root; root runs it as nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { exitCode, stderr } = await execa(process.execPath, [cli, '.', '--yes', '--dry-run'], {
      cwd,
      reject: false,
      ...nobody,
      env: { NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('package-lock.json');
  });
});

describe('odd but good input', () => {
  it('a package.json with CRLF and a byte order mark is read, and keeps its bytes', async () => {
    const text = `\uFEFF${express['package.json'].replaceAll('\n', '\r\n')}`;
    writeTree(cwd, { ...express, 'package.json': text, '.gitignore': 'node_modules\r\n' });
    const { exitCode } = await run(['.', '--yes']);
    expect(exitCode).toBe(0);
    const after = readTree(cwd);
    expect(after['package.json']).toBe(text);
    expect(after['.gitignore']).toMatch(/^node_modules\r\n\r\n# Secrets of this stack\r\n\.env\r\n/);
  });

  it('an .env keeps the secrets that it has', async () => {
    writeTree(cwd, { ...express, '.env': 'POSTGRES_PASSWORD=mine\nOTHER=1\n' });
    expect((await run(['.', '--yes', '--preset', 'node'])).exitCode).toBe(0);
    const env = readTree(cwd)['.env'] ?? '';
    expect(env.startsWith('POSTGRES_PASSWORD=mine\nOTHER=1\n')).toBe(true);
    expect(env.match(/^POSTGRES_PASSWORD=/gm)).toHaveLength(1);
    expect(env).toMatch(/^REDIS_PASSWORD=[0-9a-f]{48}$/m);
  });

  it('comments in prodstack.yaml stay when an answer changes', async () => {
    expect((await run(['.', '--preset', 'node', '--yes'])).exitCode).toBe(0);
    const file = join(cwd, 'prodstack.yaml');
    const before = readTree(cwd);
    const commented = (before['prodstack.yaml'] ?? '').replace(
      '    port: 3000\n',
      '    port: 3000 # ours\n    # below\n',
    );
    writeFileSync(file, commented);
    const { exitCode, stdout } = await run(['.', '--yes', '--set', 'apps.app.port=4000']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('edit      644 prodstack.yaml');
    const after = readTree(cwd);
    expect(after['prodstack.yaml']).toBe(commented.replace('3000', '4000'));
    expect(after['compose.prod.yaml']).toContain('${APP_PORT:-4000}:4000');
    expect(after['.env']).toBe(before['.env']);
    expect((await run(['.', '--yes'])).stdout).toContain('Nothing to do');
  });

  it('a prodstack.yaml that leaves most open gets what is set, and nothing else', async () => {
    const short = '# short\napps:\n  app: { stack: node } # ours\n';
    writeTree(cwd, { ...express, 'prodstack.yaml': short });
    expect((await run(['.', '--yes', '--set', 'apps.app.port=4000', '--set', 'name=shop'])).exitCode).toBe(0);
    const after = readTree(cwd);
    expect(after['prodstack.yaml']).toBe(
      '# short\napps:\n  app: { stack: node, port: 4000 } # ours\nprodstack: 1\nname: shop\n',
    );
    expect(after['compose.yaml']).toContain('PORT: "4000"');
    expect((await run(['.', '--yes'])).stdout).toContain('Nothing to do');
  });

  it('--dry-run --diff writes nothing and shows everything but secrets', async () => {
    const { exitCode, stdout } = await run(['shop', '--preset', 'node', '--yes', '--dry-run', '--diff']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('+++ b/compose.yaml');
    expect(stdout).not.toMatch(/_PASSWORD=[0-9a-f]{8}/);
    expect(readTree(cwd)).toEqual({});
  });

  it('--json is one document', async () => {
    const { stdout, stderr } = await run(['shop', '--preset', 'node', '--yes', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'new',
      changed: true,
      answers: { name: 'shop' },
      next: ['cd shop', 'scripts/ctl up --build --detach --wait', expect.stringContaining('scripts/backup key')],
    });
    expect(stderr).toBe('');
    const failed = await run(['shop', '--preset', 'x', '--json']);
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { code: 'usage' } });
  });

  it('--on-conflict keep leaves the file, overwrite replaces it, and both are settled for good', async () => {
    writeTree(cwd, { ...express, Dockerfile: 'FROM scratch\n' });
    expect((await run(['.', '--yes', '--on-conflict', 'keep'])).exitCode).toBe(0);
    expect(readTree(cwd)['Dockerfile']).toBe('FROM scratch\n');
    expect((await run(['.', '--yes'])).stdout).toContain('Nothing to do');
    rmSync(join(cwd, '.prodstack'), { recursive: true });
    expect((await run(['.', '--yes', '--on-conflict', 'overwrite'])).exitCode).toBe(0);
    expect(readTree(cwd)['Dockerfile']).toContain('AS production');
  });
});

describe('addresses of managed servers', () => {
  const args = ['.', '--preset', 'node', '--yes', '--set', 'postgres.mode=managed', '--set', 'redis.mode=managed'];
  const warningsWith = async (env: string) => {
    writeTree(cwd, { '.env': env });
    const { stdout, exitCode } = await run([...args, '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('s3cret');
    return (JSON.parse(stdout) as { warnings: readonly string[] }).warnings.filter((one) => one.startsWith('.env'));
  };
  const redis = "REDIS_URL='rediss://default:s3cret@h:25061'\n";

  it('are taken as providers show them', async () => {
    const database = 'postgresql://u:s3cret%25@h:25060/d?sslmode=require&channel_binding=require';
    expect(await warningsWith(`DATABASE_URL="${database}"\n${redis}`)).toEqual([]);
  });

  it.each([
    ['mysql://u:s3cret@h/d', 'DATABASE_URL begins with mysql://, and the stack needs postgresql://'],
    ['postgresql://u:s3cret@x@h/d', 'DATABASE_URL is no address that can be read'],
    ['s3cret', 'DATABASE_URL is no address that can be read'],
    ['postgresql://u:s3cret%@h/d', 'has a % in user or password without two hex digits'],
    ['postgresql://h/d', 'names no user with a password'],
    ['postgresql://u:s3cret@h', 'names no database'],
  ])('%s is said to be wrong, without what it holds', async (address, message) => {
    const [warning, ...others] = await warningsWith(`DATABASE_URL='${address}'\n${redis}`);
    expect(warning).toContain(message);
    expect(others).toEqual([]);
  });

  it('take the place of what a preset has, whatever it says of that', async () => {
    const { exitCode, stdout } = await run([...args, '--preset', 'laravel', '--dry-run', '--json']);
    expect({ exitCode, stdout: exitCode === 0 ? '' : stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect((JSON.parse(stdout) as { answers: unknown }).answers).toMatchObject({
      postgres: { mode: 'managed', provider: 'generic' },
      redis: { mode: 'managed' },
    });
  });

  it('are asked for while they are missing, and the change to managed is one answer', async () => {
    expect((await run(['.', '--preset', 'node', '--yes'])).exitCode).toBe(0);
    const { exitCode, stdout } = await run(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '.env has to have DATABASE_URL=postgresql://<user>:<password>@<host>:<port>/<name>, REDIS_URL=',
    );
    expect(stdout).toContain('its data stays in the volume');
    expect(readTree(cwd)['prodstack.yaml']).toMatch(
      /^postgres:\n {2}mode: managed\n {2}version: 18\n {0,2}.*[\s\S]*^redis:\n {2}mode: managed\n/m,
    );
    expect(readTree(cwd)['compose.yaml']).not.toMatch(/image: "?(?:postgres|redis):/);
  });
});

describe('a run that a person should think about first', () => {
  it('leaves a compose file of the user, says how ours comes beside it, and lays nothing over it', async () => {
    const own = 'services:\n  db:\n    image: postgres:17\n';
    writeTree(cwd, { ...express, 'docker-compose.yml': own });
    const refused = await run(['.', '--yes']);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--set composeFile=compose.yaml') });
    const kept = await run(['.', '--yes', '--on-conflict', 'keep']);
    expect(kept).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--set composeFile=compose.yaml') });
    expect(Object.keys(readTree(cwd)).sort()).toEqual([...Object.keys(express), 'docker-compose.yml'].sort());
    expect((await run(['.', '--yes', '--set', 'composeFile=compose.yaml'])).exitCode).toBe(0);
    expect(readTree(cwd)['docker-compose.yml']).toBe(own);
  });

  it('takes versions and cores without quotes', async () => {
    const { exitCode } = await run(['shop', '--preset', 'fastapi', '--yes', '--set', 'apps.app.version=3.14']);
    expect(exitCode).toBe(0);
    expect(readTree(join(cwd, 'shop'))['prodstack.yaml']).toContain('version: "3.14"');
  });

  it('says what becomes of a password that is null', async () => {
    writeTree(cwd, { ...express, '.env': 'REDIS_PASSWORD=null\n' });
    const { stdout } = await run(['.', '--yes', '--set', 'redis.mode=bundled']);
    expect(stdout).toContain('REDIS_PASSWORD is null and gets a value');
    expect(readTree(cwd)['.env']).toMatch(/^REDIS_PASSWORD=[0-9a-f]{48}$/m);
  });

  it('says how a server that is there becomes a target, once', async () => {
    const targets = ['--yes', '--set', 'targets=[selfhosted]'];
    writeTree(cwd, express);
    await run(['.', '--yes']);
    const { stdout } = await run(['.', ...targets]);
    const line = 'COMPOSE_FILE=compose.yaml:compose.prod.yaml:compose.selfhosted.yaml';
    expect(stdout).toContain(`For a machine of your own: ${line}`);
    writeTree(cwd, { '.env': `${line}\n` });
    expect((await run(['.', ...targets])).stdout).not.toContain('COMPOSE_FILE');
  });

  it('names a port that an app and a server both want in development', async () => {
    expect((await run(['.', '--yes', '--preset', 'node', '--set', 'apps.app.port=6379'])).stdout).toContain(
      'app and redis both want port 6379 of this machine in development: set REDIS_PORT in .env.',
    );
  });

  it('names what other answers have left behind, and leaves it', async () => {
    await run(['.', '--yes', '--preset', 'node', '--set', 'targets={small: {}}']);
    const { stdout } = await run(['.', '--yes', '--set', 'targets=null']);
    expect(stdout).toContain('No longer part of the stack, and left as it is: compose.small.yaml. Delete it;');
    expect(Object.keys(readTree(cwd))).toContain('compose.small.yaml');
  });

  it('leaves a line in .env for what only a person has, and names it first', async () => {
    const managed = ['--set', 'postgres.mode=managed', '--set', 'redis.mode=managed'];
    const { stdout } = await run(['.', '--yes', '--preset', 'node', ...managed]);
    expect(stdout).toMatch(/Next:\n *# fill in \.env: DATABASE_URL, REDIS_URL\n/);
    expect(readTree(cwd)['.env']).toMatch(/^DATABASE_URL=$/m);
    writeFileSync(join(cwd, '.env'), (readTree(cwd)['.env'] ?? '').replace(/(_URL=)$/gm, '$1postgresql://u:p@h/d'));
    expect((await run(['.', '--yes', ...managed])).stdout).not.toContain('fill in .env');
  });

  it('closes an .env that gets secrets to other users', async () => {
    writeTree(cwd, { ...express, '.env': 'GREETING=hi\nNODE_ENV=production\n' });
    const { stdout } = await run(['.', '--yes', '--preset', 'node']);
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600);
    // What the compose file sets anyway is not asked for.
    expect(stdout).toMatch(/\.env does not reach the container of app\. Copy what it needs to app\.env: GREETING$/m);
  });

  it('names the files that stay as the user changed them, and overwrites them when told to', async () => {
    expect((await run(['.', '--preset', 'node', '--yes'])).exitCode).toBe(0);
    const ours = readTree(cwd)['compose.yaml'] ?? '';
    writeFileSync(join(cwd, 'compose.yaml'), `${ours}# mine\n`);
    const kept = await run(['.', '--yes']);
    expect(kept.stdout).toMatch(
      /Nothing to do: what you left to us .*\n[\s\S]*Left as you changed them .*:\n {2}compose\.yaml/,
    );
    const shown = await run(['.', '--yes', '--on-conflict', 'overwrite', '--dry-run', '--diff']);
    expect(shown.stdout).toContain('-# mine');
    expect(shown.stdout).not.toContain('\u001b[');
    expect((await run(['.', '--yes', '--on-conflict', 'overwrite'])).exitCode).toBe(0);
    expect(readTree(cwd)['compose.yaml']).toBe(ours);
  });

  it('warns before the name of a stack changes, or whom its data belongs to', async () => {
    expect((await run(['.', '--preset', 'node', '--yes', '--set', 'name=shop'])).exitCode).toBe(0);
    const { stdout } = await run([
      '.',
      '--yes',
      '--dry-run',
      '--set',
      'name=store',
      '--set',
      'postgres.separate=databases',
      '--set',
      'redis=null',
    ]);
    expect(stdout).toContain('docker compose --project-name shop down');
    expect(stdout).toContain('Each app starts with an empty database of its own');
    expect(stdout).toContain('apps.app uses redis, and the stack has none');
  });

  it('says what an app lacks to live with a pooler, until it has that', async () => {
    const django = { stack: 'python', framework: 'django', app: 'shop.wsgi:application', settings: 'shop.settings' };
    const laravel = { stack: 'laravel', path: 'site', version: '8.3', port: 8090, uses: ['postgres'] };
    const apps = {
      office: { ...django, path: 'office', packageManager: 'pip', frozen: true, migrate: 'django', uses: ['postgres'] },
      site: laravel,
    };
    const answers = {
      prodstack: 1,
      name: 'shop',
      apps,
      postgres: { mode: 'bundled', version: 18, pooler: 'pgbouncer' },
    };
    writeTree(cwd, {
      'prodstack.yaml': JSON.stringify(answers),
      'office/requirements.txt': 'django==5.2\ngunicorn==23\npsycopg[binary]==3.2\n',
      'office/manage.py': '',
      'office/shop/__init__.py': '',
      'office/shop/wsgi.py': 'application = None\n',
      'office/shop/settings.py': 'ROOT_URLCONF = "shop.urls"\n',
      'site/artisan': '',
      'site/public/index.php': '',
      'site/composer.json': '{ "require": { "laravel/framework": "^12.0" } }',
    });
    const dryRun = ['.', '--yes', '--dry-run'];
    const first = await run(dryRun);
    expect(first.stdout).toContain('apps.office: PgBouncer gives a connection to another client');
    expect(first.stdout).toContain('apps.site: PgBouncer gives a connection to another client');
    writeTree(cwd, { 'office/shop/settings.py': 'DATABASES = {"default": {"DISABLE_SERVER_SIDE_CURSORS": True}}\n' });
    const second = await run([...dryRun, '--set', 'apps.site.version="8.4"']);
    expect(second.exitCode).toBe(0);
    expect(second.stdout).not.toContain('PgBouncer gives');
  });

  it('refuses a database that cannot read what the one before has written, until somebody says that it was moved', async () => {
    expect((await run(['.', '--preset', 'node', '--yes', '--set', 'name=shop'])).exitCode).toBe(0);
    const before = readTree(cwd);
    const bump = ['.', '--yes', '--set', 'postgres.version=17'];
    const refused = await run(bump);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('PostgreSQL 17 cannot read the data of PostgreSQL 18; nothing was written.');
    expect(refused.stderr).toContain('postgres.version');
    expect(refused.stderr).toContain('--set postgres.upgradedFrom=18');
    const other = await run(['.', '--yes', '--set', 'postgres.timescaledb=true']);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('TimescaleDB on PostgreSQL 18 cannot read the data of PostgreSQL 18');
    expect(readTree(cwd)).toEqual(before);

    // Said for this step only: the next one is refused again.
    expect((await run([...bump, '--set', 'postgres.upgradedFrom=18'])).exitCode).toBe(0);
    expect(readTree(cwd)['compose.yaml']).toContain('image: postgres:17');
    expect((await run(['.', '--yes'])).stdout).toContain('Nothing to do');
    expect((await run(['.', '--yes', '--set', 'postgres.version=18'])).exitCode).toBe(2);
  });

  it('warns before the jobs in Redis are out of sight, or may be dropped', async () => {
    expect((await run(['.', '--preset', 'laravel', '--yes'])).exitCode).toBe(0);
    const again = (...sets: readonly string[]) =>
      run(['.', '--yes', '--dry-run', ...sets.flatMap((one) => ['--set', one])]);
    const { stdout } = await again('redis.engine=valkey', 'redis.version=9', 'redis.keeps=cache');
    expect(stdout).toContain(
      'redis keeps a cache only: when it is full or restarts, jobs and sessions of app are lost',
    );
    expect((await again('redis.engine=valkey', 'redis.version=9')).stdout).toContain('Valkey starts empty');
    expect((await again('redis.version=7')).stdout).toContain('Redis 7 cannot read what Redis 8 has written');
    expect((await again('cache.mode=bundled')).stdout).toContain('No app uses the cache: add cache to uses:');
    expect((await again('redis.keeps=queues')).stdout).not.toContain('Redis 8 cannot');
  });

  it('says what Laravel needs to find its cache', async () => {
    const sets = ['--set', 'cache.mode=bundled', '--set', 'apps.app.uses=[postgres, redis, cache]'];
    const told = "'host' => env('REDIS_CACHE_HOST', env('REDIS_HOST'))";
    expect((await run(['.', '--preset', 'laravel', '--yes', ...sets])).stdout).toContain(told);
    mkdirSync(join(cwd, 'config'), { recursive: true });
    writeFileSync(join(cwd, 'config/database.php'), "<?php return ['host' => env('REDIS_CACHE_HOST')];\n");
    expect((await run(['.', '--yes'])).stdout).not.toContain(told);
  });

  it('does not turn a stack into another one by a preset, and takes its own preset again', async () => {
    expect((await run(['.', '--preset', 'node', '--yes'])).exitCode).toBe(0);
    expect((await run(['.', '--preset', 'node', '--yes'])).stdout).toContain('Nothing to do');
    const { exitCode, stderr } = await run(['.', '--preset', 'fastapi', '--yes']);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('for a new stack') });
  });
});

describe('somebody who does not read to the end', () => {
  it('sees no trace, and changes nothing of what is done', async () => {
    for (const argv of [
      ['list', 'answers'],
      ['shop', '--preset', 'node', '--yes'],
    ]) {
      const child = spawn(process.execPath, [cli, ...argv], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      // Long before there is something to read.
      child.stdout.destroy();
      const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/EPIPE|^\s+at /m) });
    }
    expect(readTree(join(cwd, 'shop'))).toHaveProperty(['compose.prod.yaml']);
  });
});

describe('an old Node', () => {
  it('gets one clear line', async () => {
    const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } }); import(${JSON.stringify(cli)});`;
    const { exitCode, stderr } = await execa(process.execPath, ['-e', script], { reject: false });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'create-prodstack needs Node.js 22.18 or newer; this is 20.20.2.',
    });
  });
});
