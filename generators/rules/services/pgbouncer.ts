import { factsOf } from '../builds.ts';
import { mountedTexts, mountsAt } from '../mounted.ts';
import { github } from '../sources.ts';
import { argvOf, type ServiceView, serviceRule } from '../view.ts';

const folder = '/etc/pgbouncer';

export const pgbouncerScram = serviceRule({
  id: 'pgbouncer-scram',
  severity: 'error',
  title: 'PgBouncer speaks SCRAM',
  why: 'The image keeps MD5 hashes by default, and PostgreSQL stores SCRAM ones since 14: PgBouncer cannot log in with what it has. With trust it asks nobody for a password.',
  fix: 'Set `AUTH_TYPE: scram-sha-256`, or auth_type in a pgbouncer.ini of your own.',
  source: github('edoburu/docker-pgbouncer#readme'),
  scope: 'every',
  of: ({ project, service }) =>
    factsOf(project, service)?.family === 'pgbouncer' && /(?:^|\/)edoburu\/pgbouncer\b/.test(service.image ?? ''),
  at: ['environment', 'AUTH_TYPE'],
  check: (view) => {
    const type = authType(view);
    return type === undefined || ['scram-sha-256', 'hba', 'cert'].includes(type) ? undefined : `auth_type is ${type}`;
  },
});

/** Undefined where a configuration that is not at hand decides. */
function authType(view: ServiceView): string | undefined {
  const written = mountedTexts(view, folder).flatMap((text) => /^\s*auth_type\s*=\s*(\S+)/m.exec(text)?.[1] ?? []);
  if (mountsAt(view, folder)) return written[0];
  const said = view.service.environment?.['AUTH_TYPE'];
  // A command of its own may write the configuration first.
  return said ?? (argvOf(view.service).length > 0 ? undefined : 'md5');
}
