/** `with-env` as a container runs it: real bash, real sockets; only the folder of the secrets is another one. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-with-env-'));
const secrets = join(folder, 'secrets');
const script = join(folder, 'with-env');
writeFileSync(script, render('docker/with-env', {}).replace('_folder=/run/secrets', `_folder=${secrets}`));
chmodSync(script, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(secrets, { recursive: true, force: true });
  mkdirSync(secrets);
});

const put = (name: string, value: string) => writeFileSync(join(secrets, name), value);

/** Runs a command with nothing in its environment but this and a path. */
function run(env: Readonly<Record<string, string>>, ...words: readonly string[]) {
  return execa('bash', [script, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
}

/** What a command finds in the variable A. */
async function filled(value: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await run(
    { ...env, A: value },
    'node',
    '-e',
    'process.stdout.write(process.env.A)',
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** The message of a refusal, which never has the secret in it. */
async function refusal(value: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await run({ ...env, A: value }, 'echo', 'it ran');
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  expect(stderr).not.toContain('s3cret');
  return stderr;
}

/** Every printable character, and some that are none of ASCII. */
const printable = `${String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))}äß🦊`;

describe('with-env fills in', () => {
  it('a secret from its file, whatever characters it has', async () => {
    put('password', printable);
    expect(await filled('a{{password}}z')).toBe(`a${printable}z`);
  });

  it('a secret from the environment, where it has no file', async () => {
    expect(await filled('{{password}}', { SECRET_PASSWORD: printable })).toBe(printable);
    put('password', 'of the file');
    expect(await filled('{{password}}', { SECRET_PASSWORD: 'of the environment' })).toBe('of the file');
  });

  it('without the newline at the end of the file, also that of Windows', async () => {
    put('password', 'abc\n');
    expect(await filled('{{password}}')).toBe('abc');
    put('password', 'abc\r\n');
    expect(await filled('{{password}}')).toBe('abc');
  });

  it('several in one value, and nothing that a secret itself says', async () => {
    put('one', '{{two}}');
    put('two', '$(id) `id` \\n %41');
    expect(await filled('{{one}}-{{two}}-{{one}}')).toBe('{{two}}-$(id) `id` \\n %41-{{two}}');
  });

  it('nothing into text that is no reference', async () => {
    expect(await filled('{{ name }} {{Name}} {{}} {name} {{name.}} {{a-b}}')).toBe(
      '{{ name }} {{Name}} {{}} {name} {{name.}} {{a-b}}',
    );
  });

  it('each part of an address: some as they are written, some as they are meant', async () => {
    const env = {
      SECRET_DATABASE_URL:
        'postgresql://us%40er:p%3A%2F%25%5C%24%22%C3%A4@db.example.com:6432/shop?sslmode=require&channel_binding=require&application_name=shop&options=-c%20x',
    };
    const part = (name: string) => filled(`{{database_url.${name}}}`, env);
    expect(await part('login')).toBe('us%40er:p%3A%2F%25%5C%24%22%C3%A4');
    expect(await part('address')).toBe('db.example.com:6432');
    expect(await part('host')).toBe('db.example.com');
    expect(await part('port')).toBe('6432');
    expect(await part('name')).toBe('shop');
    expect(await part('user')).toBe('us@er');
    expect(await part('password')).toBe('p:/%\\$"ä');
    expect(await part('query')).toBe('&application_name=shop&options=-c%20x');
  });

  it('the whole address after its parts, and every password that is percent-encoded', async () => {
    const env = { SECRET_U: `postgresql://app:${encodeURIComponent(printable)}@h:1/d` };
    expect(await filled('{{u.password}}', env)).toBe(printable);
    expect(await filled('pg://{{u.login}}@{{u.address}}/{{u.name}}', env)).toBe(
      `pg://app:${encodeURIComponent(printable)}@h:1/d`,
    );
  });

  it.each([
    ['postgres://u:p@h/d', 'h:5432'],
    ['postgresql+asyncpg://u:p@h/d', 'h:5432'],
    ['rediss://:p@h', 'h:6379'],
    ['mqtts://u:p@h', 'h:8883'],
    ['https://h/bucket', 'h:443'],
    ['http://h', 'h:80'],
    ['redis://:p@[2001:db8::1]', '[2001:db8::1]:6379'],
    ['redis://:p@[2001:db8::1]:7', '[2001:db8::1]:7'],
  ])('the port that %s stands for', async (address, expected) => {
    expect(await filled('{{u.address}}', { SECRET_U: address })).toBe(expected);
    expect(await filled('{{u.host}}', { SECRET_U: address })).toBe(expected.replace(/:\d+$/, '').replace(/[[\]]/g, ''));
  });

  it('a login without a user, the database that Redis takes by itself, and no password', async () => {
    expect(await filled('{{u.login}} {{u.user}} {{u.password}} {{u.name}}', { SECRET_U: 'rediss://:pw@h' })).toBe(
      ':pw  pw 0',
    );
    expect(await filled('[{{u.login}}] [{{u.password}}] {{u.name}}', { SECRET_U: 'rediss://h/3' })).toBe('[] [] 3');
  });
});

describe('with-env hands over', () => {
  it('no secret but the ones that are filled in, and leaves what only has such a name', async () => {
    const env = {
      SECRET_URL: 'redis://:p@h',
      A: '{{url.host}}',
      SECRET_KEY: 'the own one of Django',
      name: 'kept',
      _x: '1',
    };
    const { stdout } = await run(env, 'node', '-e', 'console.log(JSON.stringify(process.env))');
    expect(JSON.parse(stdout)).toMatchObject({ A: 'h', SECRET_KEY: 'the own one of Django', name: 'kept', _x: '1' });
    expect(JSON.parse(stdout)).not.toHaveProperty('SECRET_URL');
  });

  it('the words of the command, its exit status, and the process itself', async () => {
    const { stdout, exitCode } = await run(
      {},
      'node',
      '-e',
      'console.log(process.argv.slice(1)); process.exit(7)',
      'a b',
      '',
    );
    expect(exitCode).toBe(7);
    expect(stdout).toContain("[ 'a b', '' ]");
    const shell = await run({}, 'bash', '-c', 'echo $$ $PPID');
    const [own, parent] = shell.stdout.trim().split(' ');
    expect(own).not.toBe(parent);
    expect(parent).toBe(String(process.pid));
  });
});

describe('with-env, where a secret may be empty,', () => {
  it('fills in nothing for an empty file, and the value of one that has one', async () => {
    put('account', '');
    expect(await filled('<{{account?}}>')).toBe('<>');
    put('account', 's3cret\n');
    expect(await filled('<{{account?}}>')).toBe('<s3cret>');
  });

  it('asks for the file all the same, and for one line', async () => {
    expect(await refusal('{{nowhere?}}')).toContain('asks for the secret nowhere');
    put('account', 'a\nb');
    expect(await refusal('{{account?}}')).toContain('has several lines');
  });
});

describe('with-env refuses', () => {
  it.each([
    ['several lines', 'a\ns3cret\n', /secrets\/password has several lines, and a value is one line/],
    ['nothing', '', /secrets\/password is empty\. Write the value/],
    ['only a newline', '\n', /is empty/],
  ])('a file with %s', async (_what, text, message) => {
    put('password', text);
    expect(await refusal('{{password}}')).toMatch(message);
  });

  it('a file that is not there, and a folder that Docker made in its place', async () => {
    expect(await refusal('{{password}}')).toMatch(
      /A asks for the secret password, and there is neither .*\/password nor SECRET_PASSWORD/,
    );
    mkdirSync(join(secrets, 'password'));
    expect(await refusal('{{password}}')).toMatch(
      /is a folder: Docker made it, because the file secrets\/password is missing/,
    );
  });

  it('an empty variable', async () => {
    expect(await refusal('{{password}}', { SECRET_PASSWORD: '' })).toContain('PASSWORD in .env is empty');
  });

  it.each([
    ['s3cret', 'is not an address that can be read'],
    ['postgresql://', 'is not an address that can be read'],
    ['postgresql://u:s3cret@x@h/d', 'is not an address that can be read'],
    ['postgresql://u:s3/cret@h/d', 'is not an address that can be read'],
    ['postgresql://u:s3cret@h1,h2/d', 'is not an address that can be read'],
    ['postgresql://u:s3cret%@h/d', 'has a % without two hex digits'],
    ['postgresql://u:s3cret%zz@h/d', 'has a % without two hex digits'],
    ['postgresql://u:s3cret%00@h/d', 'has a % without two hex digits'],
    ['postgresql://u@h/d', 'names no user with a password'],
    ['postgresql://h/d', 'names no user with a password'],
    ['postgresql://u:s3cret@h', 'names no database'],
    ['postgresql://u:s3cret@h:70000/d', 'has the port 70000, which is none'],
    ['postgresql://u:s3cret@h:0/d', 'has the port 0, which is none'],
    ['amqp://u:s3cret@h', 'names no port'],
  ])('the address %s, with the form that it should have', async (address, message) => {
    const said = await refusal('{{database_url.address}}', { SECRET_DATABASE_URL: address });
    expect(said).toContain(`DATABASE_URL in .env ${message}`);
    expect(said).toContain('scheme://user:password@host:port/name');
  });

  it('a part that addresses do not have', async () => {
    expect(await refusal('{{u.colour}}', { SECRET_U: 'redis://h' })).toContain('the part colour of U in .env');
  });

  it('to run nothing, and a time that is none', async () => {
    expect(await run({})).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('no command was given') });
    expect(await run({}, '--wait')).toMatchObject({ exitCode: 78 });
    expect(await run({ WAIT_SECONDS: 'soon' }, 'true')).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining('WAIT_SECONDS'),
    });
  });
});

describe('with-env waits', () => {
  /** A port that nobody listens on: it was ours until now. */
  const freePort = () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
      });
    });

  it('until each address takes connections, and then runs the command', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const open = createServer((socket) => socket.destroy()).listen(first, '127.0.0.1');
    const running = run({ WAIT_FOR: `127.0.0.1:${first} 127.0.0.1:${second}` }, '--wait', 'echo', 'it ran');
    let said = '';
    await new Promise<void>((resolve) =>
      running.stderr.on('data', (data) => {
        said += String(data);
        if (said.includes(String(second))) resolve();
      }),
    );
    expect(said).toContain(
      `waiting for 127.0.0.1:${second}: Connection refused. The machine is there, but nothing listens`,
    );
    expect(said).not.toContain(`:${first}:`);
    const late = createServer((socket) => socket.destroy()).listen(second, '127.0.0.1');
    expect(await running).toMatchObject({ exitCode: 0, stdout: 'it ran\n' });
    open.close();
    late.close();
  });

  it('no longer than it is told, and not for a command that does not ask for it', async () => {
    const port = await freePort();
    const env = { WAIT_FOR: `127.0.0.1:${port}`, WAIT_SECONDS: '1' };
    const gave = await run(env, '--wait', 'echo', 'it ran');
    expect(gave).toMatchObject({ exitCode: 1, stdout: '' });
    expect(gave.stderr).toContain(`gave up on 127.0.0.1:${port} after 1 s: Connection refused`);
    expect(await run(env, 'echo', 'it ran')).toMatchObject({ exitCode: 0, stdout: 'it ran\n', stderr: '' });
  });

  it('saying so where a name is not found', async () => {
    const { stderr } = await run({ WAIT_FOR: 'nowhere.invalid:5432', WAIT_SECONDS: '0' }, '--wait', 'true');
    expect(stderr).toMatch(/nowhere\.invalid:5432.*Its name is not found/);
  });

  it('and ends at once when it is told to stop', async () => {
    const running = run({ WAIT_FOR: `127.0.0.1:${await freePort()}` }, '--wait', 'echo', 'it ran');
    await new Promise((resolve) => running.stderr.once('data', resolve));
    running.kill('SIGTERM');
    expect(await running).toMatchObject({ exitCode: 143, stdout: '' });
  });
});
