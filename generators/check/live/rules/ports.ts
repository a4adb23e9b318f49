/** What the host really listens on. */
import { factsOf } from '../../../rules/builds.ts';
import { isLoopback, publicPorts } from '../../../rules/ports.ts';
import { dockerDocs } from '../../../rules/sources.ts';
import type { Binding } from '../facts.ts';
import { type ContainerView, containerRule, type LiveRule } from '../rule.ts';

export const livePortOpen: LiveRule = containerRule({
  id: 'live-port-open',
  severity: 'error',
  title: 'Only the edge listens beyond the loopback interface',
  why: 'Docker publishes past ufw and firewalld: whoever finds the address of the host talks to this container.',
  fix: 'Write `127.0.0.1:` before the port in the file, and run `docker compose up --detach`.',
  source: dockerDocs('engine/network/port-publishing/'),
  scope: 'deployed',
  at: ['ports'],
  check: (one) => {
    const allowed = publicPorts(one.view && factsOf(one.view.project, one.view.service)?.family);
    const open = one.container.ports.filter(
      ({ address, published }) => !isLoopback({ target: 0, host_ip: address }) && !allowed.includes(published),
    );
    return distinct(open.map(({ published, address }) => `port ${published} is open on ${nameOf(address)}`));
  },
});

export const livePortOther: LiveRule = containerRule({
  id: 'live-port-other',
  severity: 'warning',
  title: 'The host listens on the ports that the files say',
  why: 'A port that no file mentions is one that nobody guards; one that is missing makes clients wait.',
  fix: 'Run `docker compose up --detach`, which makes the container anew as the file says.',
  source: dockerDocs('reference/compose-file/services/#ports'),
  at: ['ports'],
  check: (one) => [...unknown(one), ...absent(one)],
});

/** What is published, and in no file. */
function unknown({ container, view }: ContainerView): readonly string[] {
  const said = view?.service.ports;
  if (!view) return [];
  return distinct(
    container.ports
      .filter(
        (port) =>
          !(said ?? []).some(
            ({ target, published, protocol = 'tcp', host_ip }) =>
              target === port.target &&
              protocol === port.protocol &&
              isIn(published, port.published) &&
              isSameAddress(host_ip, port.address),
          ),
      )
      .map(({ published, address, target }) => `port ${published} on ${nameOf(address)} (to ${target}) is in no file`),
  );
}

/** What a file publishes, and the container that runs does not. */
function absent({ container, view }: ContainerView): readonly string[] {
  if (!view || container.status !== 'running' || view.service.network_mode === 'host') return [];
  return (view.service.ports ?? [])
    .filter(
      ({ target, published, protocol = 'tcp' }) =>
        !container.ports.some(
          (port) => port.target === target && port.protocol === protocol && isIn(published, port.published),
        ),
    )
    .map(({ target, published = 'any' }) => `port ${published} (to ${target}) is not published, and the file says so`);
}

/** A file names one port, a range, or none. */
function isIn(range: string | undefined, port: string): boolean {
  if (range === undefined || range === '' || range === '0') return true;
  const [from = 0, to = from] = range.split('-').map(Number);
  return Number(port) >= from && Number(port) <= to;
}

function isSameAddress(said: string | undefined, address: string): boolean {
  return isEverywhere(said ?? '') ? isEverywhere(address) : said === address;
}

function isEverywhere(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

function nameOf(address: Binding['address']): string {
  return isEverywhere(address) ? 'all interfaces' : address;
}

/** The engine has an entry for IPv4 and one for IPv6. */
function distinct(messages: readonly string[]): readonly string[] {
  return [...new Set(messages)];
}
