import { speaksOf } from '../hosts.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

const name = 'host.docker.internal';

export const hostGateway = serviceRule({
  id: 'host-gateway',
  severity: 'error',
  title: 'What asks for host.docker.internal knows where that is',
  why: 'Only Docker Desktop knows the name by itself; on a Linux server it cannot be resolved.',
  fix: 'Add `extra_hosts: ["host.docker.internal:host-gateway"]`; the service of the host must listen on more than 127.0.0.1.',
  source: dockerDocs('reference/compose-file/services/#extra_hosts'),
  scope: 'every',
  at: ['environment'],
  check: ({ service }) => {
    const isKnown = (service.extra_hosts ?? []).some((one) => one.startsWith(`${name}=`) || one.startsWith(`${name}:`));
    return speaksOf(service, name) && !isKnown ? `has no entry for ${name} in extra_hosts` : undefined;
  },
});
