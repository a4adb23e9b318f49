/** `scripts/tunnel` beside a Docker that runs a cloudflared of its own: it writes what the real one writes, or fails like it. */
import {
  chmodSync,
  existsSync,
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
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-tunnel-script-'));
const stack = join(folder, 'stack');
const inStack = (path: string) => join(stack, path);
const bin = join(folder, 'bin');
const says = (what: string, text: string) => writeFileSync(join(folder, what), text);
const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const id = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
const secret = Buffer.alloc(32, 7).toString('base64');
const credentials = JSON.stringify({ AccountTag: 'acc', TunnelSecret: secret, TunnelID: id, Endpoint: '' });
const token = Buffer.from(JSON.stringify({ a: 'acc', t: id, s: secret })).toString('base64');

/** What cloudflared 2026.8.2 prints and writes, for the account in `account` and the domain acme.dev. */
const docker = `#!/usr/bin/env bash
set -eu
if [ "$1" = info ]; then cat "$FOLDER/info"; exit; fi
if [ "$1" = compose ]; then
  case " $* " in
    *' ps --status running '*) cat "$FOLDER/running" ;;
    *' ready '*) exec test -e "$FOLDER/connected" ;;
    *' logs '*) echo 'ERR Unauthorized: Invalid tunnel secret' ;;
  esac
  exit
fi
host='' user=''
while [ "$1" != cloudflare/cloudflared:2026.8.2 ]; do
  case $1 in
    --volume) host=\${2%%:*} ;;
    --user) user=$2 ;;
  esac
  shift
done
shift
echo "$user $*" >> "$FOLDER/calls"
[ ! -e "$FOLDER/fails" ] || { cat "$FOLDER/fails" >&2; exit 1; }
place() { echo "$host/\${1##*/}"; }
case "$*" in
  'tunnel login') [ -e "$FOLDER/nobody" ] || (umask 077; echo PEM > "$host/cert.pem") ;;
  'tunnel list --name '*) if grep -qx "$4" "$FOLDER/account"; then echo '[{ "id": "${id}" }]'; else echo '[]'; fi ;;
  'tunnel create --credentials-file '*) cp "$FOLDER/made" "$(place "$4")"; chmod 400 "$(place "$4")"; echo "$5" >> "$FOLDER/account" ;;
  'tunnel token --cred-file '*) cp "$FOLDER/made" "$(place "$4")"; chmod 400 "$(place "$4")" ;;
  'tunnel route dns '*)
    name=\${!#}
    case $name in *.acme.dev | acme.dev) ;; *) name=$name.acme.dev ;; esac
    case "$*" in
      *--overwrite-dns*) ;;
      *taken*) echo 'Failed to add route: code: 1003, reason: An A, AAAA, or CNAME record with that host already exists.' >&2; exit 1 ;;
    esac
    echo "2026-11-21T13:31:02Z INF Added CNAME $name which will route to this tunnel tunnelID=${id}" >&2
    ;;
  *ingress*) cat "$host" > "$FOLDER/seen" ;;
esac
`;

/** Writes the stack as a run does. */
async function place(cloudflare: object, more: object = {}) {
  const apps = { shop: { stack: 'node', start: 'node a.js', path: '.', port: 3000, uses: [], framework: 'express' } };
  const edge = { cloudflare: { hostnames: { shop: ['acme.dev', 'acme.dev/a'] }, ...cloudflare } };
  const { after } = await run({ x: '' }, { name: 'shop', apps, edge, ...more });
  for (const [path, text] of Object.entries(after).filter(([one]) => /^(?:scripts|docker)\//.test(one))) {
    mkdirSync(join(inStack(path), '..'), { recursive: true });
    writeFileSync(inStack(path), text);
    chmodSync(inStack(path), 0o755);
  }
}

async function tunnel(args: readonly string[], input?: string) {
  const { exitCode, stdout, stderr } = await execa(inStack('scripts/tunnel'), args, {
    cwd: '/',
    env: { PATH: `${bin}:${process.env['PATH']}`, FOLDER: folder },
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  return { exitCode, said: `${stdout}\n${stderr}` };
}

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'docker'), docker);
  chmodSync(join(bin, 'docker'), 0o755);
  for (const [what, text] of Object.entries({ info: '[name=seccomp]', running: '', account: '', made: credentials }))
    says(what, text);
});

describe('a tunnel whose rules are here', () => {
  const held = 'docker/cloudflared/private/credentials.json';
  const certificate = 'docker/cloudflared/private/cert.pem';
  const mode = (path: string) => (statSync(inStack(path)).mode & 0o777).toString(8);
  beforeEach(() => place({ config: 'local', redirects: { 'www.acme.dev': 'acme.dev' } }));

  it('is made step by step, each of which says what comes next', async () => {
    expect((await tunnel([])).said).toContain('Next: scripts/tunnel login');
    expect((await tunnel(['create'])).said).toContain('there is no login yet');
    expect(await tunnel(['login'])).toMatchObject({ exitCode: 0 });
    expect([mode('docker/cloudflared/private'), mode(certificate)]).toEqual(['700', '600']);
    expect((await tunnel([])).said).toContain('Next: scripts/tunnel create');
    expect((await tunnel(['route'])).said).toContain('there is no tunnel yet');

    expect(await tunnel(['create'])).toMatchObject({ exitCode: 0, said: expect.stringContaining(id) });
    expect(readFileSync(inStack(held), 'utf8')).toBe(credentials);
    expect(mode(held)).toBe('444');
    expect((await tunnel([])).said).toContain('Next: scripts/tunnel route, then scripts/ctl up');

    expect(await tunnel(['route'])).toMatchObject({ exitCode: 0 });
    expect(calls().match(/route dns .*/g)).toEqual([`route dns ${id} acme.dev`, `route dns ${id} www.acme.dev`]);
    says('running', 'cloudflared\n');
    expect((await tunnel([])).said).toContain(`${certificate} is needed no more: delete it`);
  });

  it('is made once, however often', async () => {
    for (const step of ['login', 'create', 'login', 'create']) expect((await tunnel([step])).exitCode, step).toBe(0);
    expect(calls().match(/tunnel (?:login|create)/g)).toEqual(['tunnel login', 'tunnel create']);
  });

  it('runs the program as the person, and as root where that is the person', async () => {
    await tunnel(['login']);
    says('info', '[name=seccomp name=rootless]');
    await tunnel(['login', '--again']);
    expect(calls().split('\n').slice(0, 2)).toEqual([
      `${process.getuid?.()}:${process.getgid?.()} tunnel login`,
      '0:0 tunnel login',
    ]);
  });

  it('keeps the login that there is until another one is made', async () => {
    await tunnel(['login']);
    writeFileSync(inStack(certificate), 'the old one');
    says('nobody', '');
    expect(await tunnel(['login', '--again'])).toMatchObject({ exitCode: 1 });
    expect(readFileSync(inStack(certificate), 'utf8')).toBe('the old one');
    rmSync(join(folder, 'nobody'));
    expect(await tunnel(['login', '--again'])).toMatchObject({ exitCode: 0 });
    expect(readdirSync(inStack('docker/cloudflared/private'))).toEqual(['cert.pem']);
    expect(readFileSync(inStack(certificate), 'utf8')).toBe('PEM\n');
  });

  it('is not taken from another stack of that name, unless that is said', async () => {
    says('account', 'shop\n');
    await tunnel(['login']);
    expect((await tunnel(['create'])).said).toContain('has a tunnel named shop already');
    expect(existsSync(inStack(held))).toBe(false);
    expect(await tunnel(['create', '--existing', '--name', 'other'])).toMatchObject({ exitCode: 1 });
    expect(await tunnel(['create', '--existing'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(inStack(held), 'utf8')).toBe(credentials);
  });

  it.each([
    ['fails', 'fails', 'Create Tunnel API call failed'],
    ['writes a half', 'made', credentials.slice(0, 60)],
    ['writes nothing', 'made', ''],
  ])('leaves nothing behind when the program %s', async (_, what, text) => {
    await tunnel(['login']);
    says(what, text);
    expect(await tunnel(['create'])).toMatchObject({ exitCode: 1 });
    expect(readdirSync(inStack('docker/cloudflared/private'))).toEqual(['cert.pem']);
  });

  it('is the one that the answers name', async () => {
    await place({ config: 'local', tunnel: id.replace('6', '7') });
    await tunnel(['login']);
    expect((await tunnel(['create'])).said).toContain('is for another tunnel than 7');
    expect(existsSync(inStack(held))).toBe(false);
  });

  it('leaves records alone that lead elsewhere, and tells of one that another domain got', async () => {
    await tunnel(['login']);
    await tunnel(['create']);
    const { exitCode, said } = await tunnel(['route', 'taken.acme.dev', 'shop.other.org', 'acme.dev']);
    expect(exitCode).toBe(1);
    expect(said).toContain('if it may go: scripts/tunnel route --overwrite taken.acme.dev');
    expect(said).toContain('shop.other.org: the record that was made has another name');
    expect(said).toContain('acme.dev leads to the tunnel');
    expect(await tunnel(['route', '--overwrite', 'taken.acme.dev'])).toMatchObject({ exitCode: 0 });
  });

  it('has the program look at the rules, and prints the redirects', async () => {
    const { exitCode, said } = await tunnel(['rules', 'https://acme.dev/a']);
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.stringContaining('http.host eq "www.acme.dev"') });
    expect(calls()).toContain('tunnel --config /config.yml ingress rule https://acme.dev/a');
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe(
      readFileSync(inStack('docker/cloudflared/config.yml'), 'utf8'),
    );
    says('fails', 'Validation failed');
    expect(await tunnel(['rules'])).toMatchObject({ exitCode: 1 });
  });
});

describe('a tunnel whose rules are at Cloudflare', () => {
  it.each([
    ['in .env', {}, '.env', `A=1\nTUNNEL_TOKEN=${token}\nB=2\n`],
    ['in a file', { secrets: { from: 'files' } }, 'secrets/tunnel_token', token],
  ])('gets its token %s, shows it to nobody, and says what comes next', async (_, more, path, text) => {
    await place({}, more);
    writeFileSync(inStack('.env'), 'A=1\nTUNNEL_TOKEN=\nB=2\n');
    expect((await tunnel([])).said).toContain('then scripts/tunnel token');
    const { exitCode, said } = await tunnel(['token'], `sudo cloudflared service install ${token}\n`);
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.not.stringContaining(token) });
    expect(readFileSync(inStack(path), 'utf8')).toBe(text);
    expect((await tunnel([])).said).toContain('Next: scripts/ctl up');
  });

  it.each([
    ['the token alone', token],
    [
      'a command with an option',
      `docker run cloudflare/cloudflared:latest tunnel --no-autoupdate run --token ${token}`,
    ],
    ['an assignment in quotes', `TUNNEL_TOKEN="${token}"`],
    ['a line of Windows', `${token}\r\n`],
    ['a line without an end', token.replace(/=*$/, '')],
  ])('takes it from %s', async (_, input) => {
    await place({}, { secrets: { from: 'files' } });
    expect(await tunnel(['token'], input)).toMatchObject({ exitCode: 0 });
    expect(readFileSync(inStack('secrets/tunnel_token'), 'utf8')).toBe(token);
  });

  it.each([
    ['', 'nothing came in'],
    ['\n', 'what came in is empty'],
    [id, 'is the id of a tunnel'],
    [token.slice(0, 60), 'only a part of one'],
  ])('refuses what is none, and keeps the one that it has: %s', async (input, what) => {
    await place({});
    writeFileSync(inStack('.env'), `TUNNEL_TOKEN=${token}\n`);
    const { exitCode, said } = await tunnel(['token'], input);
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(what) });
    expect(readFileSync(inStack('.env'), 'utf8')).toBe(`TUNNEL_TOKEN=${token}\n`);
  });

  it('leaves it to Infisical', async () => {
    await place({}, { secrets: { from: 'infisical' } });
    expect((await tunnel([])).said).toContain('put its token into Infisical as TUNNEL_TOKEN');
    expect((await tunnel(['token'], token)).said).toContain('put it in there, as TUNNEL_TOKEN');
  });

  it('prints what to enter, the longest path first', async () => {
    await place({});
    const { said } = await tunnel(['rules']);
    const places = [...said.matchAll(/Hostname {2}(\S+)\n {2}Path {6}(\S+)\n {2}Service {3}(\S+)/g)];
    expect(places.map(([, ...rest]) => rest)).toEqual([
      ['acme.dev', '^/a(/|$)', 'http://shop:3000'],
      ['acme.dev', '(empty)', 'http://shop:3000'],
    ]);
  });

  it('says whether it is connected', async () => {
    await place({});
    expect(await tunnel(['status'])).toEqual({ exitCode: 1, said: expect.stringContaining('Invalid tunnel secret') });
    says('connected', '');
    expect(await tunnel(['status'])).toMatchObject({ exitCode: 0 });
  });
});

describe('wrong usage', () => {
  it.each([
    ['fly'],
    ['status', 'x'],
    ['route', '--force'],
    ['create', '--name'],
    ['create', '--name', '-x'],
    ['login', 'x'],
  ])('is said so, and does nothing: %s %s %s', async (...args) => {
    await place({ config: 'local' });
    expect(await tunnel(args.filter((one) => one !== undefined))).toMatchObject({ exitCode: 2 });
    expect(calls()).toBe('');
    expect(await tunnel(['--help'])).toMatchObject({ exitCode: 0, said: expect.stringContaining('Usage:') });
  });
});
