/** Clients of an edge: they speak to this machine's ports as if DNS led them there, and trust one authority. */
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { cpSync } from 'node:fs';
import { type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as plain } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request as secure } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { type Answer, containers, docker, inspect, type Stack } from '../support/scenario.ts';
import { isOpen, ownAddresses } from './obligations/network.ts';

/** How an edge is reached. */
export interface Door {
  /** The port for TLS; on the loopback interface. */
  readonly https: number;
  readonly http: number;
  /** The certificate of the authority that its certificates come from. */
  readonly ca: string;
}

/** What `/` of the fixture `edge-app` answers. */
export interface Seen {
  /** The client: the rightmost entry of X-Forwarded-For. */
  readonly address: string;
  /** Who is at the other end of the connection: the edge. */
  readonly peer: string;
  readonly scheme: string;
  readonly host: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  /** The container that answered: the beginning of its id. */
  readonly container: string;
  readonly version: string;
}

/** An answer, also as it came. */
type Received = Answer & { readonly bytes: Buffer };

interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer;
  /** Keeps connections; without it each request has one of its own. */
  readonly agent?: Agent;
  /** Milliseconds without a byte after which it fails. */
  readonly patience?: number;
}

/** Copies the fixture `edge-app` into a sub-folder for each name. */
export function placeApps(stack: Stack, ...folders: readonly string[]): void {
  const source = join(import.meta.dirname, 'fixtures/edge-app');
  for (const folder of folders) cpSync(source, join(stack.directory, folder), { recursive: true });
}

/**
 * One request by HTTPS (HTTP/1.1), with the name in SNI and Host. Like a browser it tries again where a connection that was
 * kept turns out to be closed.
 */
export async function ask(door: Door, host: string, path: string, options: Asked = {}): Promise<Received> {
  const { method = 'GET', headers = {}, body, agent = false, patience = 30_000 } = options;
  const to = { host: '127.0.0.1', port: door.https, servername: host, ca: door.ca, path, method, agent };
  const send = () => {
    const sent = secure({ ...to, headers: { host, ...headers } });
    return { sent, answer: answerTo(sent, patience, body) };
  };
  for (;;) {
    const { sent, answer } = send();
    try {
      return await answer;
    } catch (error) {
      if (!sent.reusedSocket || !/ECONNRESET|EPIPE|socket hang up/.test(String(error))) throw error;
    }
  }
}

/** The same without TLS. */
export function askPlain(door: Door, host: string, path: string, options: Asked = {}): Promise<Received> {
  const { method = 'GET', headers = {}, body, patience = 30_000 } = options;
  const to = { host: '127.0.0.1', port: door.http, path, method, agent: false } as const;
  return answerTo(plain({ ...to, headers: { host, ...headers } }), patience, body);
}

function answerTo(sent: ClientRequest, patience: number, body?: Buffer): Promise<Received> {
  return new Promise((resolve, reject) => {
    let answered = false;
    sent.on('response', async (response) => {
      answered = true;
      try {
        const chunks = await response.toArray();
        const { statusCode = 0, headers } = response;
        const bytes = Buffer.concat(chunks);
        resolve({ status: statusCode, bytes, body: bytes.toString(), headers });
      } catch (error) {
        reject(error);
      }
    });
    // Who answers early (413) may close before it has read everything.
    sent.on('error', (error) => answered || reject(error));
    sent.setTimeout(patience, () => sent.destroy(new Error(`no answer within ${patience} ms`)));
    sent.end(body);
  });
}

/** What the app saw of a request; fails unless it answered 200. */
export async function seenBy(door: Door, host: string, path = '/', options: Asked = {}): Promise<Seen> {
  const { status, body } = await ask(door, host, path, options);
  if (status !== 200) throw new Error(`${host}${path}: ${status} ${body}`);
  return JSON.parse(body) as Seen;
}

/** One request by HTTP/2, and what the server agreed on. A body goes without its length, unless a header says it. */
export function askHttp2(
  door: Door,
  host: string,
  path: string,
  { method = 'GET', headers = {}, body }: Pick<Asked, 'method' | 'headers' | 'body'> = {},
): Promise<Answer & { readonly alpn: string }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${host}`, {
      createConnection: () => tlsSocket(door, host, { ALPNProtocols: ['h2', 'http/1.1'] }),
    });
    session.once('error', reject);
    const own = { ':method': method, ':path': path, ':authority': host };
    const stream = session.request({ ...headers, ...own }, { endStream: body === undefined });
    let received: IncomingHttpHeaders & { ':status'?: number | undefined } = {};
    const chunks: Buffer[] = [];
    stream.once('response', (all) => {
      received = all;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Who answers early (413) does not take the rest of the body: then the answer is whole, and the stream is not closed.
    stream.once('end', () => {
      const { ':status': status = 0, ...rest } = received;
      resolve({ status, body: Buffer.concat(chunks).toString(), headers: rest, alpn: session.alpnProtocol ?? '' });
      session.destroy();
    });
    stream.on('error', reject);
    session.setTimeout(30_000, () => session.destroy(new Error('no answer by HTTP/2')));
    if (body !== undefined) stream.end(body);
  });
}

/** What came of a TLS handshake. */
export interface Handshake {
  readonly protocol: string | null;
  readonly alpn: string | false;
  readonly certificate: PeerCertificate;
}

/**
 * A TLS handshake that the authority and the name must stand up to.
 * @throws Error where the server refuses the name, or its certificate is not to be trusted
 */
export function handshake(door: Door, host: string, options: Parameters<typeof tlsSocket>[2] = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = tlsSocket(door, host, { ALPNProtocols: ['h2', 'http/1.1'], ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const [protocol, alpn, certificate] = [socket.getProtocol(), socket.alpnProtocol, socket.getPeerCertificate()];
      socket.end();
      resolve({ protocol, alpn: alpn ?? false, certificate });
    });
  });
}

/** A TLS connection for what is written by hand. */
export function tlsSocket(
  door: Door,
  host: string,
  options: {
    readonly ALPNProtocols?: string[];
    readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
    readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
    readonly ciphers?: string;
  } = {},
): TLSSocket {
  return connectTls({ host: '127.0.0.1', port: door.https, servername: host, ca: door.ca, ...options });
}

/** A connection without TLS. */
export function tcpSocket(port: number, address = '127.0.0.1'): Socket {
  return connectTcp({ host: address, port });
}

/** Writes by hand; all that comes until the other side closes, and how long that took in milliseconds. */
export function exchange(socket: Socket, text: string): Promise<{ readonly text: string; readonly ms: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const start = Date.now();
    socket.once('error', reject);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', () => resolve({ text: Buffer.concat(chunks).toString(), ms: Date.now() - start }));
    socket.write(text);
  });
}

/** An open websocket. */
export interface Websocket {
  readonly send: (text: string) => void;
  /** The next text that comes. Fails when the connection ends before. */
  readonly next: () => Promise<string>;
  /** When it was closed, and how: the code of the close frame, none where the connection simply ended. */
  readonly closed: Promise<{ readonly at: number; readonly code: number | undefined }>;
  readonly close: () => void;
}

/** Opens a websocket; fails with the status where it is not accepted. */
export function websocket(
  door: Door,
  host: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<Websocket> {
  const key = randomBytes(16).toString('base64');
  const expected = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return new Promise((resolve, reject) => {
    const sent = secure({
      ...{ host: '127.0.0.1', port: door.https, servername: host, ca: door.ca, path, agent: false },
      headers: {
        ...{ host, connection: 'Upgrade', upgrade: 'websocket' },
        ...{ 'sec-websocket-key': key, 'sec-websocket-version': '13' },
        ...headers,
      },
    });
    sent.once('error', reject);
    sent.once('response', (response) => reject(new Error(`no websocket: ${response.statusCode}`)));
    sent.once('upgrade', (response, socket, head) => {
      if (response.headers['sec-websocket-accept'] !== expected) reject(new Error('another key was accepted'));
      else resolve(framed(socket, head));
    });
    sent.end();
  });
}

function framed(socket: Socket, head: Buffer): Websocket {
  const texts: string[] = [];
  const waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  let rest = head;
  let code: number | undefined;
  const closed = new Promise<{ at: number; code: number | undefined }>((resolve) => {
    socket.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('the websocket was closed'));
      resolve({ at: Date.now(), code });
    });
  });
  const read = (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = parse(rest); frame; frame = parse(rest)) {
      const { opcode, payload, length } = frame;
      rest = rest.subarray(length);
      if (opcode === 8) {
        code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        socket.end();
      }
      if (opcode !== 1) continue;
      const waiter = waiting.shift();
      if (waiter) waiter.resolve(payload.toString());
      else texts.push(payload.toString());
    }
  };
  socket.on('error', () => {}); // `closed` tells
  socket.on('data', read);
  read(Buffer.alloc(0));
  return {
    send: (text) => socket.write(masked(1, Buffer.from(text))),
    next: () =>
      new Promise((resolve, reject) => {
        const text = texts.shift();
        if (text !== undefined) resolve(text);
        else if (socket.destroyed) reject(new Error('the websocket is closed'));
        else waiting.push({ resolve, reject });
      }),
    closed,
    // The other side answers with the same, and ends the connection.
    close: () => socket.write(masked(8, Buffer.from([0x03, 0xe8]))),
  };
}

/** The first frame of some bytes, as servers send it (RFC 6455, 5.2); up to 64 KB. */
function parse(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const long = ((bytes[1] ?? 0) & 0x7f) === 126;
  const start = long ? 4 : 2;
  if (bytes.length < start) return undefined;
  const size = long ? bytes.readUInt16BE(2) : (bytes[1] ?? 0) & 0x7f;
  const length = start + size;
  if (bytes.length < length) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(start, length), length };
}

/** A frame of a client, up to 64 KB. */
function masked(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const size = payload.length;
  const head = size < 126 ? [0x80 | opcode, 0x80 | size] : [0x80 | opcode, 0x80 | 126, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from(head), mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

/**
 * The events of a stream with the milliseconds after the request at which each came, until it ends.
 * @param heard is called at each; what it fails with is what this fails with
 */
export function events(
  door: Door,
  host: string,
  path: string,
  heard: () => Promise<unknown> = async () => {},
): Promise<{
  readonly headers: IncomingHttpHeaders;
  readonly came: readonly { readonly data: string; readonly ms: number }[];
}> {
  return new Promise((resolve, reject) => {
    const start = Date.now();
    const sent = secure({
      ...{ host: '127.0.0.1', port: door.https, servername: host, ca: door.ca, path, agent: false },
      headers: { host, accept: 'text/event-stream', 'accept-encoding': 'gzip, zstd, br' },
    });
    sent.once('error', reject);
    sent.setTimeout(30_000, () => sent.destroy(new Error('no event within 30 s')));
    sent.once('response', (response) => {
      if (response.statusCode !== 200) return reject(new Error(`no stream: ${response.statusCode}`));
      const came: { data: string; ms: number }[] = [];
      response.on('data', (chunk: Buffer) => {
        for (const [, data = ''] of chunk.toString().matchAll(/^data: (.*)$/gm)) {
          came.push({ data, ms: Date.now() - start });
          heard().catch(reject);
        }
      });
      response.once('error', reject);
      response.once('end', () => resolve({ headers: response.headers, came }));
    });
    sent.end();
  });
}

/**
 * A stream of the fixture of which each event is sent only once the one before it was heard here: whoever holds them back on
 * the way waits for ever.
 * @param folder the path in front of the routes of the fixture
 * @throws Error when an event does not come
 */
export function eventsInStep(door: Door, host: string, folder: string): ReturnType<typeof events> {
  let count = 0;
  return events(door, host, `${folder}/events?count=5&ms=asked`, async () => {
    count += 1;
    if (count === 5) return;
    const { status, body } = await ask(door, host, `${folder}/next`);
    if (status !== 200) throw new Error(`${folder}/next: ${status} ${body}`);
  });
}

/** Random bytes with the hash that `/upload` answers with. */
export function payload(mebibytes: number): { readonly body: Buffer; readonly sha256: string } {
  const body = randomBytes(mebibytes * 2 ** 20);
  return { body, sha256: createHash('sha256').update(body).digest('hex') };
}

/** What a steady load saw. */
export interface LoadReport {
  readonly sent: number;
  /** Each request that did not get the status it should, and why. */
  readonly failed: readonly string[];
  /** The containers that answered, in order of appearance. */
  readonly containers: readonly string[];
  /** The longest time that a request took, in milliseconds. */
  readonly slowest: number;
}

/**
 * A steady load: some visitors, each with one request after the other, every second one on a connection of its own, every
 * third a POST. `stop` lets what is in flight end.
 */
export function steadyLoad(
  door: Door,
  host: string,
  { path = '/', visitors = 4, patience = 30_000 }: { path?: string; visitors?: number; patience?: number } = {},
): { readonly stop: () => Promise<LoadReport>; readonly sent: () => number } {
  const agent = new Agent({ keepAlive: true, maxSockets: visitors });
  const failed: string[] = [];
  const seen = new Set<string>();
  let [sent, slowest, running] = [0, 0, true];
  const visit = async () => {
    while (running) {
      sent += 1;
      const number = sent;
      const start = Date.now();
      const post = number % 3 === 0;
      try {
        const options = {
          ...(post && { method: 'POST', body: Buffer.from(`number=${number}`) }),
          ...(number % 2 === 0 && { agent }),
        };
        const { status, body } = await ask(door, host, path, { ...options, patience });
        if (status === 200) seen.add((JSON.parse(body) as Seen).container);
        else failed.push(`${new Date().toISOString()} ${post ? 'POST' : 'GET'} ${status}`);
      } catch (error) {
        failed.push(`${new Date().toISOString()} ${post ? 'POST' : 'GET'} ${error}`);
      }
      slowest = Math.max(slowest, Date.now() - start);
      // So many that a gap of 50 ms is met, and so few that two cores have time for the rest.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const all = Array.from({ length: visitors }, visit);
  return {
    sent: () => sent,
    stop: async () => {
      running = false;
      await Promise.all(all);
      agent.destroy();
      return { sent, failed, containers: [...seen], slowest };
    },
  };
}

/**
 * What of a stack answers on an address of this machine that is not loopback, by TCP: `192.0.2.1:443`. All ports are
 * tried that its containers publish and that `.env` gives it. Networks of other stacks come and go meanwhile: only
 * addresses count that were there all the time.
 */
export async function reachable(
  stack: Stack,
): Promise<{ readonly addresses: readonly string[]; readonly open: readonly string[] }> {
  const before = ownAddresses();
  const inspected = await containers(stack);
  const bound = inspected.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Ports).flatMap((bindings) =>
      (bindings ?? []).map(({ HostPort }) => Number(HostPort)),
    ),
  );
  const given = [...Object.values(stack.ports), ...Object.values(stack.more)];
  const ports = [...new Set([...bound, ...given])].sort((one, other) => one - other);
  const tried = await Promise.all(
    before.flatMap((address) => ports.map(async (port) => ({ address, port, open: await isOpen(address, port) }))),
  );
  const after = ownAddresses();
  const addresses = before.filter((address) => after.includes(address));
  const open = tried.filter((one) => one.open && addresses.includes(one.address));
  return { addresses, open: open.map(({ address, port }) => `${address}:${port}`) };
}

/** What somebody else sees: a container with an address of its own, on a network of the stack. */
export interface Neighbour {
  readonly address: string;
  /** What `/` of the fixture saw of a request to the edge, sent with these headers. */
  readonly seen: (host: string, headers?: Readonly<Record<string, string>>) => Promise<Seen>;
  readonly remove: () => Promise<void>;
}

/**
 * Starts it, from the image of an app.
 * @param to the edge's service, and the port it listens on inside
 */
export async function startNeighbour(
  stack: Stack,
  door: Door,
  to: { readonly service: string; readonly port: number },
): Promise<Neighbour> {
  const network = `${stack.name}_edge`;
  const { Config } = await inspect(stack, stack.app);
  const wait = ['node', '-e', 'setInterval(() => {}, 1e6); process.on("SIGTERM", process.exit)'];
  const started = await docker(stack, 'run', '--detach', '--rm', '--network', network, Config.Image, ...wait);
  const id = started.stdout.trim();
  const ask = `
    const [options] = process.argv.slice(1).map((text) => JSON.parse(text));
    require('node:https').request(options, (response) => {
      response.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
    }).end();`;
  const address = await docker(
    stack,
    'inspect',
    '--format',
    `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`,
    id,
  );
  return {
    address: address.stdout.trim(),
    seen: async (host, headers = {}) => {
      const options = { host: to.service, port: to.port, servername: host, ca: door.ca, headers: { host, ...headers } };
      const { stdout } = await docker(stack, 'exec', id, 'node', '-e', ask, JSON.stringify(options));
      return JSON.parse(stdout) as Seen;
    },
    remove: async () => {
      await docker(stack, 'rm', '--force', id);
    },
  };
}

/**
 * The versions of QUIC that a server on this machine speaks: what it answers to a version that nobody does (RFC 9000, 6.1).
 * @throws Error when nothing comes
 */
export function quicVersions(port: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const [destination, source] = [randomBytes(8), randomBytes(8)];
    // A long header, and so long that the server may answer.
    const packet = Buffer.alloc(1200);
    const ids = [Buffer.from([8]), destination, Buffer.from([8]), source];
    Buffer.concat([Buffer.from([0xc0, 0x1a, 0x2a, 0x3a, 0x4a]), ...ids]).copy(packet);
    const timer = setInterval(() => socket.send(packet, port, '127.0.0.1'), 200);
    const late = setTimeout(() => end(() => reject(new Error(`nobody speaks QUIC on port ${port}`))), 10_000);
    const end = (then: () => void) => {
      clearInterval(timer);
      clearTimeout(late);
      socket.close();
      then();
    };
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('message', (answer) => {
      // Version 0, our own id, the one that we chose for the server, then four bytes each.
      const isNegotiation = answer.readUInt32BE(1) === 0 && answer.subarray(6, 14).equals(source);
      const list = answer.subarray(23);
      const versions = Array.from({ length: list.length / 4 }, (_, index) => list.readUInt32BE(index * 4));
      end(() => (isNegotiation ? resolve(versions) : reject(new Error('no version negotiation'))));
    });
    socket.send(packet, port, '127.0.0.1');
  });
}
