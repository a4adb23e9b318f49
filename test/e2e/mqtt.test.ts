/** MQTT over TLS, from certificates to rules of access: a broker, an app that uses it, and a device. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  composeDev,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  setPorts,
} from '../support/scenario.ts';

const stack = await newStack('greenhouse', { fixture: 'mqtt-bridge', more: ['MQTT_PORT'] });
const port = stack.more['MQTT_PORT'] ?? 0;
const inStack = (path: string) => join(stack.directory, path);
const mqtt = { users: { sensor: { publish: ['sensors/#'], subscribe: ['state/#'] } } };
let report: Report;

beforeAll(async () => {
  try {
    const config = join(stack.directory, '..', 'answers.json');
    writeFileSync(config, JSON.stringify({ mqtt }));
    report = await generate(stack, '--config', config);
    setPorts(stack);
    await follow(stack, report);
  } catch (error) {
    await keepArtifacts(stack, 'mqtt');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `mqtt ${task.name}`));
});

afterAll(() => remove(stack));

describe('the broker of a stack', () => {
  it('is there because the app has a client, and its certificates are made before the first start', () => {
    expect(report.detected.find(({ path }) => path === 'apps.app.requirements')).toBeDefined();
    expect(report.answers.apps['app']).toMatchObject({ uses: ['mqtt'] });
    expect(report.next.indexOf('scripts/certs')).toBeLessThan(
      report.next.findIndex((command) => command.startsWith('scripts/ctl up')),
    );
  });

  it('connects an app and a device over TLS, each with its password', async () => {
    await eventually(async () =>
      expect((await compose(stack, 'logs', 'app')).stdout).toMatch(/connected: Success[\s\S]*listening/),
    );
    await publish('sensor', 'sensors/tank', 'half full');
    const { stdout } = await subscribe('sensor', 'state/#');
    expect(stdout).toBe('state/tank HALF FULL');
  });

  it.each([
    { who: 'nobody', args: [] },
    { who: 'a stranger', args: ['-u', 'stranger', '-P', 'x'] },
    { who: 'a wrong password', args: ['-u', 'sensor', '-P', 'x'] },
  ])('refuses $who', async ({ args }) => {
    const run = client('mosquitto_sub', ...args, '-t', 'state/#', '-C', '1', '-W', '60');
    await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining('not authorised') });
  });

  it('lets a device do no more than its rules say', async () => {
    const refused = await publish('sensor', 'state/tank', 'a lie', '-V', '5');
    expect(refused.stderr).toContain('Not authorized');
    // Retained, so that who may read it gets it at once.
    await publish('app', 'sensors/retained', 'for the app only', '-r');
    await expect(subscribe('sensor', 'sensors/retained', 5)).rejects.toMatchObject({ stderr: 'Timed out' });
    expect((await subscribe('app', 'sensors/retained')).stdout).toBe('sensors/retained for the app only');
    expect((await subscribe('sensor', 'state/tank')).stdout).toBe('state/tank HALF FULL');
  });

  it('speaks TLS only: nothing listens on 1883, and a plain client on 8883 gets no answer', async () => {
    const { stdout } = await compose(stack, 'exec', '-T', 'mqtt', 'netstat', '-ltn');
    const listening = [...stdout.matchAll(/:(\d+) +\S+ +LISTEN/g)].map((match) => match[1]);
    // Docker's own resolver listens on a port of its choice, on 127.0.0.11.
    expect(stdout).not.toContain(':1883');
    expect(listening).toContain('8883');
    const { NetworkSettings } = await inspect(stack, 'mqtt');
    const published = Object.entries(NetworkSettings.Ports).filter(([, hosts]) => hosts !== null);
    expect(published).toEqual([['8883/tcp', [{ HostIp: '127.0.0.1', HostPort: String(port) }]]]);
    expect(await answerToPlain()).toBe('');
  });

  it('is trusted by who knows its CA, under its names only', async () => {
    const ca = readFileSync(inStack('certs/mqtt/broker/ca.crt'), 'utf8');
    const other = join(stack.directory, '..', 'other');
    await certs('--folder', other);
    const wrong = readFileSync(join(other, 'broker/ca.crt'), 'utf8');
    expect((await handshake(ca, 'localhost')).subject.CN).toBe('mqtt');
    await expect(handshake(wrong, 'localhost')).rejects.toThrow(/certificate signature failure|self-signed|unable to/);
    await expect(handshake(ca, 'mqtt.example.com')).rejects.toThrow("does not match certificate's altnames");
  });

  it('gets a new certificate without losing who is connected', async () => {
    const ca = readFileSync(inStack('certs/mqtt/broker/ca.crt'), 'utf8');
    const before = { container: await inspect(stack, 'mqtt'), serial: (await handshake(ca, 'localhost')).serialNumber };
    const connections = async () => (await compose(stack, 'logs', 'app')).stdout.split('connected: ').length - 1;
    const connected = await connections();

    writeFileSync(inStack('.env'), '\nMQTT_HOST=mqtt.example.com 192.0.2.7\n', { flag: 'a' });
    await certs();
    await eventually(async () =>
      expect((await handshake(ca, 'mqtt.example.com')).serialNumber).not.toBe(before.serial),
    );
    expect((await handshake(ca, '192.0.2.7')).subjectaltname).toContain('IP Address:192.0.2.7');
    const good = readFileSync(inStack('certs/mqtt/broker/server.pem'), 'utf8');
    await certs();
    expect(readFileSync(inStack('certs/mqtt/broker/server.pem'), 'utf8')).toBe(good);
    await certs('renew');
    expect(readFileSync(inStack('certs/mqtt/broker/server.pem'), 'utf8')).not.toBe(good);
    expect(readFileSync(inStack('certs/mqtt/broker/ca.crt'), 'utf8')).toBe(ca);

    await publish('sensor', 'sensors/renewed', 'yes');
    expect((await subscribe('sensor', 'state/renewed')).stdout).toBe('state/renewed YES');
    expect((await inspect(stack, 'mqtt')).State.StartedAt).toBe(before.container.State.StartedAt);
    expect(await connections()).toBe(connected);
  });

  it('keeps retained messages over a restart, and the app comes back to it', async () => {
    await compose(stack, 'restart', 'mqtt');
    await eventually(async () => expect((await subscribe('sensor', 'state/tank')).stdout).toBe('state/tank HALF FULL'));
    // What is said while the app is away is lost.
    await eventually(async () => {
      await publish('sensor', 'sensors/again', 'here');
      expect((await subscribe('sensor', 'state/again', 5)).stdout).toBe('state/again HERE');
    });
  });

  it('runs as a user of its own, with passwords on no command line and a key of the CA nowhere near', async () => {
    const { Id } = await inspect(stack, 'mqtt');
    const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', "grep '^Uid:' /proc/1/status; ls -R /mosquitto");
    expect(new Set(stdout.match(/^Uid:.*$/gm)?.flatMap((line) => line.match(/\d+/g) ?? []))).toEqual(new Set(['1883']));
    expect(stdout).toContain('server.pem');
    expect(stdout).not.toContain('ca.key');
    const { stdout: processes } = await docker(stack, 'top', Id);
    for (const user of ['app', 'sensor']) expect(processes).not.toContain(password(user));
    expect((await compose(stack, 'logs', 'mqtt')).stdout).not.toContain('Warning');
  });

  it('is unhealthy once its certificate has ended, and well again when that is renewed', async () => {
    await expire();
    const { Id } = await inspect(stack, 'mqtt');
    await docker(stack, 'kill', '--signal', 'HUP', Id);
    const { Config } = JSON.parse((await docker(stack, 'inspect', Id)).stdout)[0];
    const probe = () => docker(stack, 'exec', Id, ...Config.Healthcheck.Test.slice(1));
    await eventually(() => expect(probe()).rejects.toThrow('A TLS error occurred'));
    const ca = readFileSync(inStack('certs/mqtt/broker/ca.crt'), 'utf8');
    await expect(handshake(ca, 'localhost')).rejects.toThrow('certificate has expired');
    await expect(certs('status')).rejects.toMatchObject({ exitCode: 1 });
    await certs();
    await certs('status');
    await eventually(probe);
  });

  it('stands the test of its images with certificates of its own', async () => {
    const before = readFileSync(inStack('certs/mqtt/broker/server.pem'), 'utf8');
    const { stdout } = await execa(inStack('scripts/test-build'), { cwd: stack.directory });
    expect(stdout).toContain('all is well');
    expect(readFileSync(inStack('certs/mqtt/broker/server.pem'), 'utf8')).toBe(before);
  });

  it('runs in development too', async () => {
    await compose(stack, 'stop');
    await composeDev(stack, 'up', '--build', '--detach', '--wait');
    await eventually(async () =>
      expect((await composeDev(stack, 'logs', 'app')).stdout).toContain('connected: Success'),
    );
    await composeDev(stack, 'down', '--volumes', '--timeout', '1');
  });

  it('does not start without certificates, and says so', async () => {
    rmSync(inStack('certs'), { recursive: true });
    await expect(compose(stack, 'up', '--detach', '--force-recreate', 'mqtt')).rejects.toThrow(
      /bind source path does not exist: .*certs\/mqtt\/broker/,
    );
  });
});

/** A client of MQTT in the container of the broker, by the name that apps use. */
function client(program: 'mosquitto_pub' | 'mosquitto_sub', ...args: readonly string[]) {
  const tls = ['-h', 'mqtt', '-p', '8883', '--cafile', '/mosquitto/certs/ca.crt'];
  return compose(stack, 'exec', '-T', 'mqtt', program, ...tls, ...args);
}

function publish(user: string, topic: string, text: string, ...args: readonly string[]) {
  return client('mosquitto_pub', ...login(user), '-q', '1', '-t', topic, '-m', text, ...args);
}

/** The first message that comes in time, with its topic. */
function subscribe(user: string, topic: string, seconds = 60) {
  return client('mosquitto_sub', ...login(user), '-t', topic, '-v', '-C', '1', '-W', String(seconds));
}

function login(user: string): readonly string[] {
  return ['-u', user, '-P', password(user)];
}

function password(user: string): string {
  const text = readFileSync(inStack('.env'), 'utf8');
  return new RegExp(`^${user.toUpperCase()}_MQTT_PASSWORD=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

function certs(...args: readonly string[]) {
  return execa(inStack('scripts/certs'), args, { cwd: '/' });
}

/** Puts a certificate that ends this second in the place of the broker's, from the same CA. */
async function expire(): Promise<void> {
  const folder = inStack('certs/mqtt');
  const sign = [
    'openssl req -new -key broker/server.pem -subj /CN=mqtt -out old.csr',
    'printf "subjectAltName=DNS:mqtt,IP:127.0.0.1\\n" > old.ext',
    'openssl x509 -req -in old.csr -CA broker/ca.crt -CAkey ca.key -set_serial 7 -days 0 -extfile old.ext -out old.crt',
    '{ sed -n "/^Made by/p" broker/server.pem; cat old.crt; sed -n "/BEGIN EC/,/END EC/p" broker/server.pem; } > old.pem',
    'chmod 0444 old.pem && mv -f old.pem broker/server.pem && rm old.*',
  ];
  await execa('bash', ['-ec', sign.join('\n')], { cwd: folder });
}

/** Connects over TLS from outside of the stack, and gives the certificate. */
function handshake(ca: string, servername: string): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const host = /^[\d.]+$/.test(servername) ? {} : { servername };
    const socket = connectTls({ port, host: '127.0.0.1', ca, ...host }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

/** What a client without TLS gets for its CONNECT. */
function answerToPlain(): Promise<string> {
  return new Promise((resolve) => {
    const hello = Buffer.from([0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x78]);
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(hello));
    socket.on('data', (data) => {
      // A TLS alert is no MQTT.
      if (data[0] !== 0x15) answer += data.toString('hex');
    });
    socket.once('error', () => resolve(answer));
    socket.once('close', () => resolve(answer));
  });
}
