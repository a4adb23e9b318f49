import { clean } from '../../paths.ts';
import { factsOf } from '../builds.ts';
import { mountsAt } from '../mounted.ts';
import { within } from '../paths.ts';
import { github } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const readOnlyPaths = serviceRule({
  id: 'read-only-paths',
  severity: 'error',
  title: 'A read-only service can write where its program must',
  why: 'PostgreSQL puts its socket into /var/run/postgresql and nginx its process number and buffers into /tmp: with a read-only root and nothing there, neither starts.',
  fix: 'Add `tmpfs: [/tmp]`, and for PostgreSQL `/var/run/postgresql`.',
  source: github('docker-library/postgres/issues/1070'),
  scope: 'every',
  // What is built here may be configured otherwise.
  of: ({ service }) => service.read_only === true && !service.build,
  at: ['tmpfs'],
  check: (view) =>
    needs(view)
      .filter((path) => !isWritable(view, path))
      .map((path) => `cannot write to ${path}`),
});

function needs({ project, service }: ServiceView): readonly string[] {
  // A client of the same image writes nothing there.
  const isServer = service.restart !== 'no';
  if (factsOf(project, service)?.family === 'postgres') return isServer ? ['/var/run/postgresql'] : [];
  return /(?:^|\/)nginx-unprivileged\b/.test(service.image ?? '') ? ['/tmp'] : [];
}

function isWritable(view: ServiceView, path: string): boolean {
  const tmpfs = (view.service.tmpfs ?? []).map((one) => clean(one.split(':')[0] ?? ''));
  // /var/run is a link to /run.
  const real = (one: string): string => one.replace(/^\/var\/run(?=\/|$)/, '/run');
  return tmpfs.some((one) => within(real(one), real(path))) || mountsAt(view, path) || mountsAt(view, real(path));
}
