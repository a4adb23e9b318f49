import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  composeDev,
  containers,
  docker,
  eventually,
  follow,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import { isOpen, ownAddresses } from './obligations/network.ts';

describe('an app that keeps objects and sends mails', async () => {
  const stack = await newStack('keeper', { fixture: 'objects' });
  const say = async (method: string, path: string, body?: string, port = stack.ports.app) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body !== undefined && { body }) });
    return { status: answer.status, body: await answer.text() };
  };
  let report: Report;

  beforeAll(async () => {
    report = await generate(stack, '--set', 'storage.buckets=[uploads, invoices]', '--set', 'mail.mode=catcher');
    setPorts(stack);
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `keeper ${task.name}`));
  });
  afterAll(() => remove(stack));

  it('is found to use both, and says what it needs before it can start', async () => {
    expect(report.answers).toMatchObject({
      apps: { app: { uses: ['storage', 'mail'] } },
      storage: { mode: 'bundled', buckets: ['uploads', 'invoices'] },
      mail: { mode: 'catcher' },
    });
    expect(report.warnings.join()).toContain('SMTP_HOST=smtp.example.com, MAIL_FROM=shop@example.com');
    await expect(compose(stack, 'up')).rejects.toThrow(/required variable (?:SMTP_HOST|MAIL_FROM) is missing a value/);

    appendFileSync(join(stack.directory, '.env'), '\nSMTP_HOST=smtp.invalid\nMAIL_FROM=shop@example.com\n');
    await follow(stack, report);
    expect((await say('GET', '/health')).status).toBe(200);
  });

  it('puts and gets objects with its key, and in its buckets only', async () => {
    expect(await say('PUT', '/objects/a.txt', 'hello')).toEqual({ status: 204, body: '' });
    expect(await say('GET', '/objects/a.txt')).toEqual({ status: 200, body: 'hello' });
    expect((await say('POST', '/buckets/invoices/b.txt')).status).toBe(204);
    expect(await say('POST', '/buckets/others')).toEqual({ status: 403, body: 'AccessDenied' });
    expect(await say('POST', '/buckets/others/b.txt')).toEqual({ status: 403, body: 'AccessDenied' });
  });

  it.each([
    ['stranger', 'an unknown key', /InvalidAccessKeyId|AccessDenied/],
    ['liar', 'a wrong secret', /SignatureDoesNotMatch/],
    ['nobody', 'no key', /AccessDenied/],
  ])('the storage refuses a %s: %s', async (who, _what, code) => {
    const { status, body } = await say('GET', `/as/${who}/a.txt`);
    expect({ status, body }).toEqual({ status: 403, body: expect.stringMatching(code) });
  });

  it('objects are there after `down --volumes` and `up`', async () => {
    await compose(stack, 'down', '--volumes');
    await compose(stack, 'up', '--detach', '--wait');
    expect(await say('GET', '/objects/a.txt')).toEqual({ status: 200, body: 'hello' });
    expect((await compose(stack, 'logs', 'storage-setup')).stdout).toMatch(/uploads: ready[\s\S]*invoices: ready/);
  });

  it('production has neither catcher nor debugger, and its storage is only for who has a key', async () => {
    const all = await containers(stack);
    expect(all.map(serviceOf).sort()).toEqual(['app', 'storage', 'storage-setup']);
    const published = all.flatMap(({ NetworkSettings }) =>
      Object.values(NetworkSettings.Ports).flatMap((bindings) => (bindings ?? []).map(({ HostPort }) => HostPort)),
    );
    expect(published).toEqual([String(stack.ports.app)]);
    const missing = await compose(stack, 'exec', '-T', 'app', 'python', '-c', 'import debugpy').catch(
      ({ stderr }) => stderr,
    );
    expect(missing).toContain("No module named 'debugpy'");

    const { NetworkSettings, HostConfig } = await inspect(stack, 'storage');
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${stack.name}_storage`]);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
    const { stdout: command } = await compose(stack, 'top', 'storage');
    const keys = readFileSync(join(stack.directory, '.env'), 'utf8').match(/^STORAGE_\w+_KEY=(.+)$/gm) ?? [];
    expect(keys).toHaveLength(2);
    // The arguments of the stand-in's child are its own affair: the original has none.
    const own = command.split('\n').filter((line) => line.includes(' weed '));
    expect(own).toHaveLength(1);
    for (const key of keys) expect(own.join()).not.toContain(key.replace(/^.*=/, ''));
  });

  it('in development an edit shows, the catcher has the mails, and debugpy listens on the loopback interface', async () => {
    // Not asked for there.
    const env = join(stack.directory, '.env');
    const production = readFileSync(env, 'utf8');
    writeFileSync(env, production.replace(/^SMTP_HOST=.*$|^MAIL_FROM=.*$/gm, ''));
    const { development } = stack.ports;
    const watching = composeDev(stack, 'up', '--build', '--watch');
    let output = '';
    watching.stdout.on('data', (chunk) => (output += chunk));
    watching.stderr.on('data', (chunk) => (output += chunk));
    try {
      const page = async () => (await http(development, '/version')).body;
      await eventually(async () => {
        expect(output).toMatch(/watch enabled/i);
        expect(await page()).toBe('version one');
      }, 420);

      const source = join(stack.directory, 'shop/__init__.py');
      writeFileSync(source, readFileSync(source, 'utf8').replace('version one', 'version two'));
      await eventually(async () => expect(await page()).toBe('version two'));

      // Data of its own, with buckets of its own.
      expect((await say('GET', '/objects/a.txt', undefined, development)).body).toBe('NoSuchKey');
      expect((await say('PUT', '/objects/a.txt', 'draft', development)).status).toBe(204);

      expect((await say('POST', '/mails', 'A new object', development)).status).toBe(204);
      const mails = JSON.parse((await http(port('MAIL_WEB_PORT'), '/api/v1/messages')).body);
      expect(mails.messages).toMatchObject([
        { Subject: 'A new object', To: [{ Address: 'ann@example.com' }], From: { Address: 'development@example.com' } },
      ]);

      // One that connects and says nothing would make debugpy deaf.
      expect(await debuggerOf(port('APP_DEBUG_PORT'))).toContain('debugpy');
      for (const variable of ['STORAGE_PORT', 'MAIL_WEB_PORT'])
        expect(await isOpen('127.0.0.1', port(variable)), variable).toBe(true);
      for (const variable of ['APP_DEBUG_PORT', 'STORAGE_PORT', 'MAIL_WEB_PORT'])
        for (const address of ownAddresses()) expect(await isOpen(address, port(variable)), variable).toBe(false);
    } catch (error) {
      throw new Error(`docker compose up --watch printed:\n${output}`, { cause: error });
    } finally {
      watching.kill('SIGINT');
      await watching.catch(() => {});
      await composeDev(stack, 'down', '--volumes', '--timeout', '1');
      writeFileSync(env, production);
    }
  });

  const port = (variable: string) => stack.more[variable] ?? 0;

  it('leaves no key in an image', async () => {
    const { stdout } = await docker(stack, 'image', 'inspect', `${stack.name}-app:local`);
    for (const line of readFileSync(join(stack.directory, '.env'), 'utf8').match(/^STORAGE_\w+_KEY=.+$/gm) ?? [])
      expect(stdout).not.toContain(line.replace(/^.*=/, ''));
  });
});

/** What debugpy says of itself when an IDE introduces itself (Debug Adapter Protocol). */
function debuggerOf(port: number): Promise<string> {
  const request = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'test' } });
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').once('error', reject);
    let text = '';
    socket.setTimeout(60_000, () => socket.destroy(new Error(`only this was said: ${text}`)));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.includes('debugpy')) return;
      socket.destroy();
      resolve(text);
    });
    socket.write(`Content-Length: ${request.length}\r\n\r\n${request}`);
  });
}
