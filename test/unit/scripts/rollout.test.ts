/** `scripts/rollout` beside a Docker that keeps a list of containers: real bash, and what it does in which order. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-rollout-'));
const stack = join(folder, 'stack');
const says = (what: string, text: string) => writeFileSync(join(folder, 'says', what), text);
const heard = (what: string) => readFileSync(join(folder, 'says', what), 'utf8');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Containers are lines: ID SERVICE NUMBER, with the id NAME-NUMBER; the states of one, a line each, are gone through one
 * question after the other, and the last one holds. What changes something is written down in `done`.
 */
const docker = `#!/usr/bin/env bash
shopt -s extglob
cd "$FOLDER/says"
all="$*"
id=\${!#}
log() { echo "$*" >>done; }
state() {
  [ -e "$id.state" ] || { echo 'running healthy'; return; }
  head -n 1 "$id.state"
  [ "$(grep -c . "$id.state")" = 1 ] || { tail -n +2 "$id.state" >next; mv next "$id.state"; }
}
case " $* " in
  ' compose config '*) cat config ;;
  ' ps --all '*)
    service=\${all#*com.docker.compose.service=}
    awk -v service="\${service%% *}" '$2 == service { print $3, $1 }' containers
    ;;
  ' ps --quiet '* | ' info '*) ;;
  *State.Status*) grep -q "^$id " containers && state ;;
  *RestartCount*) echo 0 ;;
  *'slice .Name'*) echo "shop-$id" ;;
  *NetworkSettings*) echo "shop_edge 10.0.0.\${id##*-}" ;;
  *' ps --services '*) printf '%s\\n' caddy traefik ;;
  *' cat /proc/net/tcp '*) touch counted; cat tcp ;;
  *' exec -T caddy '*) log "point \${*: -2:1} to $id" ;;
  *' --dry-run '*' --no-recreate '*) cat rehearsal ;;
  *' build '* | *' run '*) ;;
  *' --scale '*)
    pin=$FOLDER/stack/docker/traefik/dynamic/rollout-$id.yml
    [ ! -e "$pin" ] || stat -c 'pin %a' "$pin" >>done
    log "beside $id"
    ! grep -qx "$id" refused || exit 1
    echo "$id-2 $id 2" >>containers
    ;;
  *' up '*) log "up \${all##*--wait-timeout +([0-9]) }" ;;
  ' stop '*) log "stop $id" ;;
  ' rm '*)
    log "rm $id"
    grep -v "^$id " containers >next
    mv next containers
    ;;
esac
`;

const node = { stack: 'node', framework: 'none', start: 'node server.js', health: '/health', uses: [] };
const apps = {
  api: { ...node, path: 'api', port: 4000, workers: { jobs: { start: 'node worker.js' } } },
  web: { ...node, path: 'web', port: 3000 },
};
const hostnames = { web: 'shop.example.com', api: 'api.example.com' };

async function place(kind: string): Promise<void> {
  const edge = { [kind]: { hostnames } };
  const { after } = await run({ 'web/x': '', 'api/x': '' }, { name: 'shop', apps, edge });
  writeFileSync(join(stack, 'scripts/rollout'), after['scripts/rollout'] ?? '');
  chmodSync(join(stack, 'scripts/rollout'), 0o755);
}

const start = (...args: readonly string[]) =>
  execa(join(stack, 'scripts/rollout'), ['--no-build', ...args], {
    cwd: '/',
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, FOLDER: folder },
    reject: false,
    all: true,
    stdin: 'ignore',
    // Ctrl-C reaches the whole group.
    detached: true,
  });

async function rollout(...args: readonly string[]) {
  const { exitCode, all } = await start(...args);
  return { exitCode, said: all, done: existsSync(join(folder, 'says/done')) ? heard('done').trim().split('\n') : [] };
}

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  for (const path of ['bin', 'says', 'stack/scripts', 'stack/docker/traefik/dynamic'])
    mkdirSync(join(folder, path), { recursive: true });
  for (const [name, text] of Object.entries({ docker, sleep: '#!/bin/sh\nexec /bin/sleep 0.1\n' })) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const images = ['caddy', 'traefik', 'api', 'web'].map((name) => `  ${name}:\n    image: shop-${name}\n`);
  says('config', `name: shop\nservices:\n${images.join('')}`);
  says('containers', 'api-1 api 1\nweb-1 web 1\n');
  for (const what of ['tcp', 'rehearsal', 'refused']) says(what, '');
  await place('caddy');
});

/** A connection to 10.0.0.1, as the kernel writes it. */
const connected = (port: number) =>
  says('tcp', `1: 0200000A:9999 0100000A:${port.toString(16).toUpperCase().padStart(4, '0')} 01\n`);

const point = (service: string, to: string) => expect.stringMatching(`^point .*/${service} to ${to}$`);
const replaced = (service: string) => [
  point(service, service),
  point(service, `shop-${service}-1`),
  `beside ${service}`,
  point(service, `shop-${service}-2`),
  `stop ${service}-1`,
  `rm ${service}-1`,
  point(service, service),
];

describe('a rollout', () => {
  it('is of one service after the other, each with what runs its image', async () => {
    const { exitCode, said, done } = await rollout('--force', '--all');
    expect(exitCode, said).toBe(0);
    const [, ...api] = replaced('api');
    const [, ...web] = replaced('web');
    const settled = [point('api', 'api'), point('web', 'web')];
    expect(done).toEqual([...settled, ...api, 'up api-jobs', ...web]);
  });

  it.each([
    ['api', 4000],
    ['web', 3000],
  ])('waits for connections to the port of each service: %s', async (service, port) => {
    connected(port);
    const { exitCode, said } = await rollout('--force', '--drain', '02', '--all');
    expect(exitCode, said).toBe(0);
    expect(said.match(/== (\w+): requests go .*\n1 connections are still open/g)).toHaveLength(1);
    expect(said).toMatch(new RegExp(`== ${service}: requests go .*\\n1 connections are still open`));
  });

  it('that fails says which services are of which release', async () => {
    says('refused', 'web\n');
    const { exitCode, said, done } = await rollout('--force', '--all');
    expect(exitCode, said).toBe(1);
    expect(done).toContain('up api-jobs');
    expect(said).toContain('== web: back to the old release');
    expect(heard('containers')).toBe('web-1 web 1\napi-2 api 2\n');
  });

  it.each([
    ['the new release', 'running healthy\n', 'api-2 api 2', 'Maybe still on the release before: api-jobs.'],
    ['the old one where the new one is not healthy', 'running unhealthy\n', 'api-1 api 1', 'back to the old release'],
  ])('that is interrupted while it waits for the last requests ends with %s', async (_, state, left, message) => {
    connected(4000);
    const running = start('--force', 'api');
    await expect.poll(() => existsSync(join(folder, 'says/counted')), { timeout: 20_000 }).toBe(true);
    process.kill(-(running.pid ?? 0), 'SIGINT');
    says('api-2.state', state);
    const { exitCode, all } = await running;
    expect({ exitCode, all }).toEqual({ exitCode: 130, all: expect.stringContaining(message) });
    expect(heard('containers').trim().split('\n')).toEqual(expect.arrayContaining([left, 'web-1 web 1']));
    expect(heard('containers').trim().split('\n')).toHaveLength(2);
  });

  it.each([
    ['have no proxy', () => says('config', 'name: shop\nservices:\n  api:\n    image: shop-api\n'), 'have no caddy'],
    [
      'have another network',
      () => says('rehearsal', ' DRY-RUN MODE -  Network shop_edge  Removed\n'),
      'a network has changed',
    ],
  ])('does nothing where the files %s', async (_, breaks, message) => {
    breaks();
    const { exitCode, said, done } = await rollout('--force', 'api');
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(message) });
    expect(done.filter((one) => !one.startsWith('point'))).toEqual([]);
  });

  it('leads Traefik by a file that Traefik can read, whatever the umask', async () => {
    await place('traefik');
    const before = process.umask(0o077);
    const { exitCode, said, done } = await rollout('--force', 'api').finally(() => process.umask(before));
    expect(exitCode, said).toBe(0);
    expect(done).toContain('pin 644');
    expect(existsSync(join(stack, 'docker/traefik/dynamic/rollout-api.yml'))).toBe(false);
  });
});

describe('what an interrupted rollout has left', () => {
  const two = () => says('containers', 'api-1 api 1\napi-2 api 2\nweb-1 web 1\n');

  it('is finished with the new container, and what runs its image is of that release too', async () => {
    two();
    const { exitCode, said, done } = await rollout('--force', 'web');
    expect(exitCode, said).toBe(0);
    expect(done.slice(0, 4)).toEqual([point('api', 'shop-api-2'), 'stop api-1', 'rm api-1', point('api', 'api')]);
    expect(done).toContain('up api-jobs');
  });

  it('is taken back where the new container does not stay healthy', async () => {
    two();
    connected(4000);
    says('api-2.state', 'running healthy\nrunning healthy\nrunning healthy\nrunning unhealthy\n');
    const { exitCode, said, done } = await rollout('api');
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining('now is running unhealthy') });
    const back = [point('api', 'shop-api-1'), 'stop api-2', 'rm api-2', point('api', 'api')];
    expect(done).toEqual([point('api', 'shop-api-2'), ...back]);
  });

  it('is waited for while both start', async () => {
    two();
    says('api-1.state', 'running starting\n');
    says('api-2.state', 'running starting\nrunning starting\nrunning starting\nrunning healthy\n');
    const { exitCode, said } = await rollout('--force', 'web');
    expect(exitCode, said).toBe(0);
    expect(heard('containers')).toContain('api-2');
    expect(heard('containers')).not.toContain('api-1');
  });

  it('is left as it is where none is healthy, and the proxy asks for neither by its name', async () => {
    two();
    for (const one of ['api-1', 'api-2']) says(`${one}.state`, 'running unhealthy\n');
    const { exitCode, said, done } = await rollout('api');
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining('none of them is healthy') });
    expect(done).toEqual([point('api', 'api')]);
  });

  it('is no more than a name that the proxy asks for, with any service', async () => {
    await place('traefik');
    const pin = join(stack, 'docker/traefik/dynamic/rollout-api.yml');
    writeFileSync(pin, '');
    const { exitCode, said } = await rollout('--force', 'web');
    expect(exitCode, said).toBe(0);
    expect(existsSync(pin)).toBe(false);
  });
});
