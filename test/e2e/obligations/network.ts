import { BlockList, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { compose, containers, docker, eventually, inspect, serviceOf } from '../../support/scenario.ts';
import type { System } from '../system.ts';

/** Who can reach what. */
export function isClosed(system: System): void {
  const { subject, stack } = system;
  const { ports } = stack;

  it('production publishes only what it should', async () => {
    const published = (await containers(stack)).flatMap((container) =>
      Object.values(container.NetworkSettings.Ports).flatMap((bindings) =>
        (bindings ?? []).map(({ HostIp, HostPort }) => `${serviceOf(container)} ${HostIp}:${HostPort}`),
      ),
    );
    // Neither Postgres nor Redis, which development publishes.
    expect(published).toEqual([`${subject.app} 127.0.0.1:${ports.app}`]);

    expect(await isOpen('127.0.0.1', ports.app)).toBe(true);
    for (const address of ownAddresses()) expect(await isOpen(address, ports.app), address).toBe(false);
  });

  const meant = subject.networks;
  if (meant) {
    it('every service is on the networks that it needs, and on no other', async () => {
      const networks = (await containers(stack)).map((container) => [
        serviceOf(container),
        Object.keys(container.NetworkSettings.Networks)
          .map((name) => name.replace(`${stack.name}_`, ''))
          .sort(),
      ]);
      expect(Object.fromEntries(networks)).toEqual(meant);
    });
  }

  it('the data is out of reach: for the host, for containers of others, and from every other network', async () => {
    const { NetworkSettings } = await inspect(stack, 'postgres');
    const data = `${stack.name}_data`;
    const address = NetworkSettings.Networks[data]?.IPAddress ?? '';
    const { stdout } = await compose(stack, 'config', '--images', 'postgres');
    const from = async (where: string) => {
      const bash = ['--entrypoint', 'bash', stdout.trim(), '-c', askPostgres(address)];
      return (await docker(stack, 'run', '--rm', '--network', where, ...bash)).stdout;
    };
    await eventually(async () => expect(await from(data)).toMatch(/^[SN]$/));
    for (const other of ['bridge', `${stack.name}_edge`]) expect(await from(other), other).not.toMatch(/^[SN]$/);
    expect(await isPostgres(address)).toBe(false);
  });

  it('the data network has no way out: neither to the world nor to the host', async () => {
    const { stdout: routes } = await compose(stack, 'exec', '-T', 'postgres', 'cat', '/proc/net/route');
    const destinations = routes
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[1]);
    expect(destinations).toHaveLength(1);
    expect(destinations).not.toContain('00000000');

    const { stdout: subnet } = await docker(
      stack,
      ...['network', 'inspect', `${stack.name}_data`, '--format', '{{(index .IPAM.Config 0).Subnet}}'],
    );
    const [base = '', bits = ''] = subnet.trim().split('/');
    const inside = new BlockList();
    inside.addSubnet(base, Number(bits));
    expect(ownAddresses().filter((address) => inside.check(address))).toEqual([]);

    const [address] = ownAddresses();
    if (address === undefined) throw new Error('this machine has no address but the loopback one');
    const listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    try {
      const bound = listener.address();
      const port = bound && typeof bound === 'object' ? bound.port : 0;
      const from = async (service: string) =>
        (await compose(stack, 'exec', '-T', service, 'bash', '-c', dial(address, port))).stdout;
      await eventually(async () => expect(await from(subject.app)).toBe('open'));
      expect(await from('postgres')).toBe('closed');
    } finally {
      listener.close();
    }
  });
}

/** A shell command that says whether a port can be reached: `open` or `closed`. */
function dial(address: string, port: number): string {
  return `timeout 3 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null && echo open || echo closed`;
}

/** Whether something accepts a connection. */
export function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Asks PostgreSQL whether it speaks TLS: its answer is S or N. An open port would not do: anything may own an address. */
const sslRequest = [0, 0, 0, 8, 4, 210, 22, 47];

/** A shell command that prints the answer, or nothing. */
function askPostgres(address: string): string {
  const bytes = sslRequest.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const ask = `exec 3<>/dev/tcp/${address}/5432; printf "${bytes}" >&3; head --bytes 1 <&3`;
  return `timeout 3 bash -c '${ask}' 2>/dev/null || true`;
}

/** Whether it answers to this machine. */
function isPostgres(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 5432, timeout: 3000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => socket.write(Buffer.from(sslRequest)));
    socket.once('data', (answer) => end(/^[SN]$/.test(answer.toString('latin1'))));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

/** The addresses of this machine that others can see. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  );
}
