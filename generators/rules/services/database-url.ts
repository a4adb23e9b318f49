import { envEntries } from '../env-file.ts';
import { hostOf } from '../hosts.ts';
import { github } from '../sources.ts';
import type { Rule } from '../types.ts';
import { serviceRule, services, violation } from '../view.ts';

export const asyncpgSslmode: Rule = {
  id: 'asyncpg-sslmode',
  severity: 'error',
  title: 'A URL for SQLAlchemy with asyncpg has no sslmode',
  why: 'SQLAlchemy hands every parameter of the URL to asyncpg, which knows no sslmode: "connect() got an unexpected keyword argument".',
  fix: 'Write `ssl=verify-full` in place of `sslmode=verify-full`, and name the CA in PGSSLROOTCERT.',
  source: github('sqlalchemy/sqlalchemy/issues/6275'),
  check: (project) => [
    ...[...services(project, 'every')].flatMap((view) =>
      Object.entries(view.service.environment ?? {})
        .filter(([, value]) => isWrong(value))
        .map(([name]) => violation(view, ['environment', name], `${name} has an sslmode, which asyncpg does not know`)),
    ),
    ...project.envFiles.flatMap((file) =>
      envEntries(file)
        .filter(({ value }) => isWrong(value))
        .map(({ name, line }) => ({
          file: file.path,
          line,
          message: `${name} has an sslmode, which asyncpg does not know`,
        })),
    ),
  ],
};

export const tlsVerified = serviceRule({
  id: 'tls-verified',
  severity: 'error',
  title: 'Connections out of the stack verify whom they talk to',
  why: 'Without verification anybody on the way can be the database, read the password and change what comes back; encryption alone does not prevent that.',
  fix: 'Use `sslmode=verify-full` or `ssl_cert_reqs=required` with the CA of the provider, and remove switches such as NODE_TLS_REJECT_UNAUTHORIZED.',
  source: 'https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION',
  scope: 'production',
  at: ['environment'],
  check: ({ model, service }) =>
    Object.entries(service.environment ?? {}).flatMap(([name, value]) => {
      if (/^(?:NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY)$/.test(name) && value === '0') return [`${name} is 0`];
      const off = /[?&](sslmode=(?:disable|allow|prefer|no-verify)|ssl_cert_reqs=(?:none|CERT_NONE))\b/.exec(
        value ?? '',
      )?.[1];
      // Inside of the stack and of the host nobody is on the way: a name without a dot is of a container.
      const host = hostOf(value) ?? '';
      return off === undefined || host in model.services || !/[.:]/.test(host) || /^127\./.test(host)
        ? []
        : [`${name} says ${off}`];
    }),
});

function isWrong(value: string | null): boolean {
  return /^\w+\+asyncpg:\/\/.*[?&]sslmode=/.test(value ?? '');
}
