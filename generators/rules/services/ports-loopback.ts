import { factsOf } from '../builds.ts';
import { saysPort } from '../items.ts';
import { isLoopback, publicPorts } from '../ports.ts';
import { dockerDocs } from '../sources.ts';
import { isDataService, type ServiceView, serviceRule } from '../view.ts';

export const portsLoopback = serviceRule({
  id: 'ports-loopback',
  severity: 'warning',
  title: 'Only the edge publishes ports beyond the loopback interface',
  why: 'Docker publishes on all interfaces and past ufw and firewalld: an admin page or an app without TLS is open to the internet although the firewall says no.',
  fix: 'Write `127.0.0.1:8000:8000` where a proxy on the host passes it on, or publish nothing: services reach each other over their networks.',
  source: dockerDocs('engine/network/port-publishing/'),
  scope: 'production',
  of: (view) => !isDataService(view),
  at: ['ports'],
  check: openPorts,
});

export const dataPortClosed = serviceRule({
  id: 'data-port-closed',
  severity: 'error',
  title: 'No database or cache can be reached from outside of the host',
  why: 'Docker publishes on all interfaces and past ufw and firewalld: scanners find an open database within hours, and then only its password is between them and the data.',
  fix: 'Publish nothing: services reach it over their network. For a tool on the host write `127.0.0.1:5432:5432`.',
  source: dockerDocs('engine/network/port-publishing/'),
  scope: 'production',
  of: isDataService,
  at: ['ports'],
  check: openPorts,
});

function openPorts({ project, service }: ServiceView) {
  const open = publicPorts(factsOf(project, service)?.family);
  return (service.ports ?? [])
    .filter((port) => !isLoopback(port) && !open.includes(port.published ?? ''))
    .map((port) => ({
      message: `port ${port.published ?? `to ${port.target}`} is published on ${port.host_ip || 'all interfaces'}`,
      item: saysPort(port),
    }));
}
