/**
 * What comes out of a tunnel, for tests: a container on the network of the edge, as cloudflared is, that hands connections on
 * to the apps. It goes between a port of this machine and the address that a rule of the tunnel names.
 */
import { docker, eventually, inspect, type Stack } from '../support/scenario.ts';

/** Hands on what comes to 7001, 7002 and so on. */
const forward = `
  const { connect, createServer } = require('node:net');
  process.argv.slice(1).forEach((address, index) => {
    const [host, port] = address.split(':');
    createServer((client) => {
      const app = connect(Number(port), host);
      const end = () => { client.destroy(); app.destroy(); };
      for (const socket of [client, app]) socket.on('error', end).on('close', end);
      client.pipe(app).pipe(client);
    }).listen(7001 + index, '0.0.0.0', () => console.log('listening'));
  });
  process.on('SIGTERM', () => process.exit());`;

/**
 * Takes connections to services behind a tunnel, such as `api:3001`.
 * @param behind the services, by the variable that names their port of this machine where there is no tunnel
 * @returns ends it: before the stack goes, whose network it is on
 */
export async function openWayIn(stack: Stack, behind: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
  const { Config } = await inspect(stack, stack.app);
  const ports = Object.keys(behind).map((variable) => stack.more[variable] ?? stack.ports.app);
  const { stdout: id } = await docker(
    stack,
    ...['run', '--detach', '--rm', '--network', `${stack.name}_edge`],
    ...ports.flatMap((port, index) => ['--publish', `127.0.0.1:${port}:${7001 + index}`]),
    ...['--entrypoint', 'node', Config.Image, '-e', forward],
    ...Object.values(behind),
  );
  await eventually(async () => {
    const { stdout } = await docker(stack, 'logs', id.trim());
    if ((stdout.match(/^listening$/gm) ?? []).length < ports.length) throw new Error('the way in is not open yet');
  });
  return async () => {
    // Gone when this returns: `stop` would leave it to the engine to remove it some time later.
    await docker(stack, 'rm', '--force', id.trim());
  };
}
