import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { compose, containers, docker, inspect, serviceOf } from '../../support/scenario.ts';
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

  it('the data is out of reach for containers of others', async () => {
    const { NetworkSettings } = await inspect(stack, 'postgres');
    const network = `${stack.name}_data`;
    const address = NetworkSettings.Networks[network]?.IPAddress ?? '';
    const { stdout } = await compose(stack, 'config', '--images', 'postgres');
    const bash = ['--entrypoint', 'bash', stdout.trim(), '-c', dial(address, 5432)];
    const from = async (where: string) => (await docker(stack, 'run', '--rm', '--network', where, ...bash)).stdout;
    expect(await from(network)).toBe('open');
    expect(await from('bridge')).toBe('closed');
  });

  it('the data network has no way out', async () => {
    const [address] = ownAddresses();
    if (address === undefined) throw new Error('this machine has no address but the loopback one');
    const listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    try {
      const bound = listener.address();
      const port = bound && typeof bound === 'object' ? bound.port : 0;
      const from = async (service: string) =>
        (await compose(stack, 'exec', '-T', service, 'bash', '-c', dial(address, port))).stdout;
      expect(await from(subject.app)).toBe('open');
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
function isOpen(host: string, port: number): Promise<boolean> {
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

/** The addresses of this machine that others can see. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  );
}
