import { factsOf } from '../builds.ts';
import type { Family } from '../image-facts.ts';
import type { ComposePort } from '../model.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

/** What may be reached from elsewhere, and where: the edge of the stack. */
const edges: Partial<Readonly<Record<Family, readonly string[]>>> = {
  caddy: ['80', '443'],
  traefik: ['80', '443'],
  nginx: ['80', '443'],
  haproxy: ['80', '443'],
  frankenphp: ['80', '443'],
  // MQTT over TLS; 1883 is plain text.
  mosquitto: ['8883'],
  tailscale: ['41641'],
};

export const portsLoopback = serviceRule({
  id: 'ports-loopback',
  severity: 'error',
  title: 'Only the edge publishes ports beyond the loopback interface',
  why: 'Docker publishes on all interfaces and past ufw and firewalld: a database port that was opened for a moment is open to the internet.',
  fix: 'Write `127.0.0.1:5432:5432`, or publish nothing: services reach each other over their networks.',
  source: dockerDocs('engine/network/port-publishing/'),
  scope: 'production',
  at: ['ports'],
  check: ({ project, service }) => {
    const family = factsOf(project, service)?.family;
    const open = (family && edges[family]) ?? [];
    return (service.ports ?? [])
      .filter((port) => !isLoopback(port) && !open.includes(port.published ?? ''))
      .map(
        (port) => `port ${port.published ?? `to ${port.target}`} is published on ${port.host_ip || 'all interfaces'}`,
      );
  },
});

function isLoopback({ host_ip = '' }: ComposePort): boolean {
  return /^127\.|^::1$/.test(host_ip);
}
