import { composeEntries } from '../compose-text.ts';
import { composeSpec } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const portsOnce = serviceRule({
  id: 'ports-once',
  severity: 'error',
  title: 'An overlay replaces a published port, and does not add another',
  why: 'Lists of two compose files are joined: the port of the base stays published beside the one that the overlay meant to put in its place.',
  fix: 'Publish nothing in the base, or write `ports: !override [...]` in the overlay (Compose 2.24.4 and later).',
  source: composeSpec('13-merge.md#sequence'),
  scope: 'every',
  // One file may publish a port twice on purpose, such as on IPv4 and IPv6.
  of: (view) => filesWithPorts(view) > 1,
  at: ['ports'],
  check: ({ service: { ports = [] } }) => {
    const targets = ports.map(({ target, protocol = 'tcp' }) => `${target}/${protocol}`);
    return [...new Set(targets)].flatMap((target) => {
      const places = ports
        .filter((_, index) => targets[index] === target)
        .map(({ host_ip = '0.0.0.0', published = 'any port' }) => `${host_ip}:${published}`);
      return places.length > 1 ? [`port ${target} is published on ${places.join(' and on ')}`] : [];
    });
  },
});

function filesWithPorts({ project, combination, name }: ServiceView): number {
  return project.composeFiles.filter(
    (file) =>
      combination.files.includes(file.path) &&
      composeEntries(file).some(
        ({ path }) => path.length > 3 && path[0] === 'services' && path[1] === name && path[2] === 'ports',
      ),
  ).length;
}
