/** `scripts/install-certificate` beside a Docker that does on this machine what a container would, and notes what it is asked. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-install-certificate-'));
const stack = join(folder, 'stack');
const certs = join(stack, 'docker/nginx/certs');
const bin = join(folder, 'bin');
/** What the check was asked, and that nginx was told to read its files again. */
const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').split('\n') : []);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const docker = `#!/usr/bin/env bash
set -eu
case " $* " in
  *' compose ps '*) echo 0123456789ab ;;
  *' --pairs '*) echo "$*" | sed "s/.* --pairs /check /" >> "$FOLDER/calls" ;;
  *' compose exec '*) echo reload >> "$FOLDER/calls" ;;
  ' run '*)
    while [ "$1" != -euc ]; do
      if [ "$1" = --volume ]; then cd "\${2%%:*}"; fi
      shift
    done
    exec bash "$@"
    ;;
esac
`;

/** The script, called from `cwd`. */
async function install(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = '/') {
  const { exitCode, stdout, stderr } = await execa(join(stack, 'scripts/install-certificate'), args, {
    ...{ cwd, reject: false, stdin: 'ignore' },
    env: { PATH: `${bin}:${process.env['PATH']}`, FOLDER: folder, ...env },
  });
  return { exitCode, said: `${stdout}\n${stderr}` };
}

function placePair(at: string, content: string) {
  mkdirSync(at, { recursive: true });
  for (const name of ['fullchain.pem', 'privkey.pem']) writeFileSync(join(at, name), `${content} ${name}`);
}

/** The pairs that are in their place, each with what is in it. */
function installed() {
  const files = existsSync(certs) ? readdirSync(certs) : [];
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(certs, name), 'utf8')]));
}

const pairOf = (name: string, content: string) => ({
  [`${name}.crt`]: `${content} fullchain.pem`,
  [`${name}.key`]: `${content} privkey.pem`,
});

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  // To give a file to the user of nginx takes root.
  for (const [name, text] of Object.entries({ docker, chown: '#!/bin/sh\n' })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const apps = Object.fromEntries(
    ['shop', 'api'].map((path, index) => [
      path,
      { stack: 'node', start: 'node a.js', path, port: 3000 + index, uses: [], framework: 'express' },
    ]),
  );
  const hostnames = { shop: 'acme.dev', api: 'api.acme.dev' };
  const { after } = await run(
    { x: '' },
    { name: 'shop', apps, edge: { nginx: { hostnames, redirects: { 'www.acme.dev': 'acme.dev' } } } },
  );
  const script = join(stack, 'scripts/install-certificate');
  mkdirSync(join(stack, 'scripts'), { recursive: true });
  writeFileSync(script, after['scripts/install-certificate'] ?? '');
  chmodSync(script, 0o755);
});

describe('a pair that is brought', () => {
  const place = join(folder, 'new');
  beforeEach(() => {
    placePair(place, 'brought');
    placePair(stack, 'another');
  });

  it.each([
    ['relative', ['fullchain.pem', 'privkey.pem']],
    ['absolute', [join(place, 'fullchain.pem'), join(place, 'privkey.pem')]],
    ['mixed', [join(place, 'fullchain.pem'), './privkey.pem']],
  ])('is the one at the place of the caller: paths that are %s', async (_, files) => {
    expect(await install(['acme.dev', ...files], {}, place)).toMatchObject({ exitCode: 0 });
    expect(installed()).toEqual(pairOf('acme.dev', 'brought'));
    expect(calls()).toEqual(['check acme.dev', 'reload', '']);
  });

  it('is not looked for anywhere else', async () => {
    const { exitCode, said } = await install(['acme.dev', 'fullchain.pem', 'privkey.pem'], {}, folder);
    expect({ exitCode, said }).toEqual({
      exitCode: 1,
      said: expect.stringContaining(`${join(folder, 'fullchain.pem')} cannot be read`),
    });
    expect(installed()).toEqual({});
  });
});

describe('what certbot has renewed', () => {
  const lineage = join(folder, 'live');
  const renew = (...domains: readonly string[]) =>
    install([], { RENEWED_LINEAGE: lineage, RENEWED_DOMAINS: domains.join(' ') });
  beforeEach(() => placePair(lineage, 'renewed'));

  it('becomes the pair of each name that it has', async () => {
    expect(await renew('acme.dev', 'other.example.net', 'www.acme.dev')).toMatchObject({ exitCode: 0 });
    expect(installed()).toEqual({ ...pairOf('acme.dev', 'renewed'), ...pairOf('www.acme.dev', 'renewed') });
    expect(calls()).toEqual(['check acme.dev', 'check www.acme.dev', 'reload', '']);
  });

  it('is the default by a wildcard, for the names without a pair, and is checked for all of them', async () => {
    // No list of files.
    writeFileSync(join(stack, 'notes.acme.dev'), '');
    expect(await renew('acme.dev', '*.acme.dev')).toMatchObject({ exitCode: 0 });
    expect(installed()).toEqual({ ...pairOf('acme.dev', 'renewed'), ...pairOf('default', 'renewed') });
    expect(calls()).toEqual(['check acme.dev', 'check api.acme.dev www.acme.dev', 'reload', '']);
  });

  it.each(['other.example.net', '*.example.net', '*.api.acme.dev', 'notacme.dev', ''])(
    'is left alone where it is of others on this host: "%s"',
    async (domain) => {
      expect(await renew(domain)).toMatchObject({
        exitCode: 0,
        said: expect.stringContaining('No name of this stack'),
      });
      expect(installed()).toEqual({});
      expect(calls()).toEqual([]);
    },
  );

  it('is no default that no name would use', async () => {
    mkdirSync(certs, { recursive: true });
    const own = { ...pairOf('acme.dev', 'own'), ...pairOf('api.acme.dev', 'own'), ...pairOf('www.acme.dev', 'own') };
    for (const [name, text] of Object.entries(own)) writeFileSync(join(certs, name), text);
    expect(await renew('*.acme.dev')).toMatchObject({ exitCode: 0 });
    expect(installed()).toEqual(own);
    expect(calls()).toEqual([]);
  });
});
