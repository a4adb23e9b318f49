import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideImage } from '../support/engine.ts';
import { eventually, generate, keepArtifacts, newStack, remove } from '../support/scenario.ts';

/**
 * What our agent script asks of the program of Infisical: it gets a configuration, logs in with the two files that
 * are named there, and writes each secret that it finds, once and when it has changed: while it is written, a file is
 * empty. Here a folder stands for what Infisical holds; a secret that is not in it is not written.
 */
const program = `#!/bin/sh
set -eu
[ "$1" = agent ] && [ "$2" = --config ]
config=$3
for key in client-id client-secret; do
  file=$(sed -n "s/^ *$key: //p" "$config")
  [ -s "$file" ] || { echo "no $key" >&2; exit 1; }
done
grep -q '^  address: "http://infisical:8080"$' "$config"
wget -q -O /dev/null http://infisical:8080/api/status
while :; do
  sed -n 's/^  - destination-path: //p' "$config" | while read -r target; do
    name=$(basename "$target" | tr '[:lower:]' '[:upper:]')
    grep -q "\\"project-1\\" \\"prod\\" \\"/\\" \\"$name\\"" "$config"
    [ -s "/held/$name" ] || continue
    [ ! -e "/tmp/$name" ] || ! cmp -s "/held/$name" "$target" || continue
    cat "/held/$name" >"$target"
    : >"/tmp/$name"
  done
  sleep 1
done
`;

describe('Infisical beside the stack', async () => {
  const stack = await newStack('vault');
  const project = `${stack.name}-infisical`;
  const folder = join(stack.directory, 'docker/infisical');
  const held = mkdtempSync(join(tmpdir(), 'prodstack-held-'));
  const image = `${stack.name}-cli:test`;
  const infisical = (...args: readonly string[]) =>
    execa('docker', ['compose', '-f', 'compose.yaml', '-f', 'test.yaml', ...args], {
      cwd: folder,
      reject: false,
      all: true,
    });
  const secret = (name: string) => join(stack.directory, 'secrets', name);

  beforeAll(async () => {
    await generate(stack, '--preset', 'node', '--set', 'secrets.from=infisical');
    const { stdout } = await execa('docker', ['compose', 'config', '--images'], { cwd: folder });
    for (const one of stdout.split('\n').filter((name) => !name.includes('/cli:'))) await provideImage(one);
    await provideImage('busybox');
    const context = mkdtempSync(join(tmpdir(), 'prodstack-cli-'));
    writeFileSync(join(context, 'infisical'), program, { mode: 0o755 });
    writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY infisical /bin/infisical\n');
    await execa('docker', ['build', '--quiet', '--tag', image, context]);
    rmSync(context, { recursive: true });
    writeFileSync(
      join(folder, 'test.yaml'),
      `services:\n  agent:\n    image: ${image}\n    volumes: ["${held}:/held:ro"]\n`,
    );
    appendFileSync(join(folder, '.env'), 'INFISICAL_PORT=0\nINFISICAL_PROJECT_ID=project-1\n');
    for (const volume of ['postgres-data', 'redis-data'])
      await execa('docker', ['volume', 'create', `${project}_${volume}`]);
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(async () => {
      await keepArtifacts(stack, `vault ${task.name}`);
      console.error((await infisical('logs', '--no-color')).stdout);
    });
  });
  afterAll(async () => {
    await infisical('down', '--timeout', '1');
    await execa('docker', ['volume', 'rm', `${project}_postgres-data`, `${project}_redis-data`], { reject: false });
    rmSync(held, { recursive: true });
    await remove(stack);
  });

  it('has keys of its own, made once and for nobody else', async () => {
    const env = readFileSync(join(folder, '.env'), 'utf8');
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(env).toMatch(/^ENCRYPTION_KEY=[0-9a-f]{32}$/m);
    expect(env).toMatch(/^AUTH_SECRET=[A-Za-z0-9+/]{43}=$/m);
    expect((await generate(stack)).changed).toBe(false);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(env);
  });

  it('starts with its database and Redis, on this machine only', async () => {
    const up = await infisical('up', '--detach', '--wait', 'infisical');
    expect(up.exitCode, up.all).toBe(0);
    const { stdout } = await infisical('port', 'infisical', '8080');
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('the agent says what it needs, and leaves every file as it is until it has something to write', async () => {
    const before = readFileSync(secret('redis_password'), 'utf8');
    await infisical('up', '--detach', 'agent');
    await eventually(async () => {
      expect((await infisical('logs', 'agent')).stdout).toContain('secrets/infisical/client_id is missing');
    });
    expect(readFileSync(secret('redis_password'), 'utf8')).toBe(before);
  });

  it('the agent writes the files of the stack, readable as before; what is missing there, it leaves', async () => {
    const before = readFileSync(secret('postgres_password'), 'utf8');
    mkdirSync(secret('infisical'), { mode: 0o700 });
    for (const file of ['client_id', 'client_secret']) writeFileSync(secret(`infisical/${file}`), 'x', { mode: 0o600 });
    const names = readdirSync(join(stack.directory, 'secrets')).filter((name) => name !== 'infisical');
    for (const name of names.filter((one) => one !== 'postgres_password'))
      writeFileSync(join(held, name.toUpperCase()), `${name}-from-there`, { mode: 0o644 });
    await infisical('up', '--detach', '--force-recreate', '--no-deps', 'agent');
    await eventually(() => {
      expect(readFileSync(secret('redis_password'), 'utf8')).toBe('redis_password-from-there');
    });
    expect(readFileSync(secret('postgres_password'), 'utf8')).toBe(before);
    // The one before may have written them already: this one does it, too.
    await eventually(async () => {
      const unhealthy = await infisical('exec', '-T', 'agent', 'sh', '/agent.sh', 'healthy');
      expect(unhealthy.exitCode).not.toBe(0);
      expect(unhealthy.all).toContain('postgres_password was not written yet');
    });

    writeFileSync(join(held, 'POSTGRES_PASSWORD'), 'all-there', { mode: 0o644 });
    const up = await infisical('up', '--detach', '--wait', '--no-deps', 'agent');
    expect(up.exitCode, up.all).toBe(0);
    expect(readFileSync(secret('postgres_password'), 'utf8')).toBe('all-there');
    for (const name of names) expect(statSync(secret(name)).mode & 0o444, name).toBe(0o444);
    // The generator takes them as they are.
    expect((await generate(stack)).changed).toBe(false);
  });

  it('the files stay when Infisical is down, and a rotation takes them from there only', async () => {
    await infisical('stop', '--timeout', '1', 'infisical');
    await infisical('restart', '--timeout', '1', 'agent');
    expect(readFileSync(secret('redis_password'), 'utf8')).toBe('redis_password-from-there');
    const script = join(stack.directory, 'scripts/rotate-secret');
    const run = await execa(script, ['REDIS_PASSWORD'], { reject: false, all: true });
    expect(run.exitCode).toBe(1);
    expect(run.all).toContain('change REDIS_PASSWORD there');
    expect(readFileSync(secret('redis_password'), 'utf8')).toBe('redis_password-from-there');
  });
});
