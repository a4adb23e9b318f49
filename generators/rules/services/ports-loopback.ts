import { factsOf } from '../builds.ts';
import { isLoopback, publicPorts } from '../ports.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

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
    const open = publicPorts(factsOf(project, service)?.family);
    return (service.ports ?? [])
      .filter((port) => !isLoopback(port) && !open.includes(port.published ?? ''))
      .map(
        (port) => `port ${port.published ?? `to ${port.target}`} is published on ${port.host_ip || 'all interfaces'}`,
      );
  },
});
