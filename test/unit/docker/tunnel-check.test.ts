/** What is looked at before a tunnel starts, as the shell of the container does it: tokens and credentials, right and wrong. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-tunnel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string) => join(folder, name);

const view = {
  script: 'scripts/tunnel',
  place: 'TUNNEL_TOKEN in .env',
  file: 'docker/cloudflared/private/credentials.json',
  config: place('config.yml'),
  credentials: place('credentials.json'),
};
for (const [name, more] of Object.entries({
  token: { local: false, infisical: false },
  infisical: { local: false, infisical: true },
  credentials: { local: true, infisical: false },
}))
  writeFileSync(place(`${name}.sh`), render('docker/cloudflared/check.sh', { ...view, ...more }));

/** The exit status, and what is said. */
async function check(kind: string, env: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await execa('sh', [place(`${kind}.sh`)], { env, reject: false });
  expect(stdout).toBe('');
  return { exitCode, said: stderr };
}

const id = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
const secret = Buffer.alloc(32, 7).toString('base64');
const encoded = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64');
const token = encoded({ a: '699d98642c564d2e855e9661899b7252', t: id, s: secret });

describe('the token of a tunnel', () => {
  it('is taken from the environment, or from a file, whatever its line ends with', async () => {
    expect(await check('token', { TUNNEL_TOKEN: token })).toEqual({ exitCode: 0, said: '' });
    for (const end of ['', '\n', '\r\n']) {
      writeFileSync(place('secret'), token + end);
      expect(await check('token', { TUNNEL_TOKEN_FILE: place('secret') })).toEqual({ exitCode: 0, said: '' });
    }
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['the command of the dashboard', `cloudflared service install ${token}`, 'has blanks in it'],
    ['quotes', `"${token}"`, 'has quotes in it'],
    ['the id of the tunnel', id, 'is the id of a tunnel'],
    ['an API token', 'v1.0-q2Y_8x-Wz0bH3', 'is no token of a tunnel: one begins with eyJ'],
    ['a part of it', token.slice(0, 60), 'is no token of a tunnel, or only a part of one'],
    ['all but its last characters', token.slice(0, -8), 'is no token of a tunnel, or only a part of one'],
    // The real one takes this for the token of the tunnel 0000...
    ['an empty object', encoded({}), 'is no token of a tunnel, or only a part of one'],
    ['no secret', encoded({ a: 'x', t: id }), 'is no token of a tunnel, or only a part of one'],
    ['no tunnel', encoded({ a: 'x', t: 'shop', s: secret }), 'is no token of a tunnel, or only a part of one'],
    ['anything', 'abc=', 'is no token of a tunnel, or only a part of one'],
  ])('is refused, with the way to a right one, and never shown: %s', async (_, value, what) => {
    const { exitCode, said } = await check('token', { TUNNEL_TOKEN: value });
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(`TUNNEL_TOKEN in .env ${what}`) });
    expect(said).toContain('scripts/tunnel token');
    if (value.length > 20) expect(said).not.toContain(value.slice(-12));
  });

  it('is said to belong into Infisical, where secrets come from there', async () => {
    expect((await check('infisical')).said).toContain('Put it into Infisical as TUNNEL_TOKEN');
  });
});

describe('the credentials of a tunnel', () => {
  const credentials = { AccountTag: 'x', TunnelSecret: secret, TunnelID: id, Endpoint: '' };
  const put = (text: string, tunnel = 'shop') => {
    rmSync(view.credentials, { force: true });
    writeFileSync(view.credentials, text);
    writeFileSync(view.config, `# rules\ntunnel: ${tunnel}\ncredentials-file: /etc/x\ningress: []\n`);
  };

  it.each(['shop', id, `"${id}"`, `${id} # mine`])('are those of the tunnel: %s', async (tunnel) => {
    for (const text of [JSON.stringify(credentials), JSON.stringify(credentials, undefined, 2)]) {
      put(text, tunnel);
      expect(await check('credentials')).toEqual({ exitCode: 0, said: '' });
    }
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['the certificate of the login', '-----BEGIN ARGO TUNNEL TOKEN-----\n', 'is the certificate of a login'],
    ['a token', token, 'is the token of a tunnel'],
    ['no JSON', 'tunnel: shop', 'is no JSON'],
    ['a half of it', JSON.stringify(credentials).slice(0, 70), 'is no JSON, or only a part of it'],
    ['no secret', JSON.stringify({ ...credentials, TunnelSecret: '' }), 'has no TunnelSecret'],
    ['something else', JSON.stringify({ type: 'service_account' }), 'has no TunnelSecret'],
    ['no id', JSON.stringify({ ...credentials, TunnelID: undefined }), 'has no TunnelID'],
  ])('are refused: %s', async (_, text, what) => {
    put(text);
    const { exitCode, said } = await check('credentials');
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(`${view.file} ${what}`) });
    expect(said).toContain('scripts/tunnel create');
    expect(said).not.toContain(secret);
  });

  it('are refused when they are those of another tunnel', async () => {
    put(JSON.stringify(credentials), id.replace('6', '7'));
    expect((await check('credentials')).said).toContain(`is for another tunnel than ${id.replace('6', '7')}`);
  });

  it('are refused when nobody may read them', async () => {
    put(JSON.stringify(credentials));
    chmodSync(view.credentials, 0o000);
    // Root may read everything: the container is somebody else.
    const as = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};
    chmodSync(folder, 0o755);
    const { stderr, exitCode } = await execa('sh', [place('credentials.sh')], { ...as, reject: false });
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('chmod 444'), exitCode: 1 });
  });
});
