import type { ComposeService } from '../../compose/model.ts';
import { factsOf } from '../builds.ts';
import type { Family } from '../image-facts.ts';
import { github } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

/** The secrets that an image reads from a file too, and what the variable with its path is called. */
const readable: Partial<Readonly<Record<Family, readonly (readonly [value: string, file: string])[]>>> = {
  postgres: [['POSTGRES_PASSWORD', 'POSTGRES_PASSWORD_FILE']],
  grafana: [['GF_SECURITY_ADMIN_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD__FILE']],
  cloudflared: [['TUNNEL_TOKEN', 'TUNNEL_TOKEN_FILE']],
};

export const secretFromFile = serviceRule({
  id: 'secret-from-file',
  severity: 'warning',
  title: 'Where a stack has file secrets, no image that can read one gets it in its environment',
  why: 'A value of the environment shows in `docker inspect`, in child processes and in crash reports; a file does not. With one left over, keeping the others in files was in vain.',
  fix: 'Mount the secret and set NAME_FILE (PostgreSQL, cloudflared) or NAME__FILE (Grafana) to /run/secrets/... in place of NAME.',
  source: github('docker-library/docs/blob/master/postgres/content.md#docker-secrets'),
  scope: 'production',
  of: ({ model }) => Object.values(model.secrets ?? {}).some(({ file }) => file !== undefined),
  at: ['environment'],
  check: (view) =>
    pairsOf(view)
      .filter(([value]) => has(view.service, value))
      .map(([value, file]) => `${value} stands in the environment, and the image reads ${file}`),
});

export const secretOnce = serviceRule({
  id: 'secret-once',
  severity: 'error',
  title: 'A secret is given as a value or as a file, not as both',
  why: 'The entrypoints of PostgreSQL and Grafana refuse to start with both, and cloudflared silently takes the value: a new file would change nothing.',
  fix: 'Remove the one that is not meant, also from overlays: `NAME: !reset null`.',
  source: github('docker-library/postgres/blob/master/docker-entrypoint.sh'),
  scope: 'every',
  at: ['environment'],
  check: (view) =>
    pairsOf(view)
      .filter(([value, file]) => has(view.service, value) && has(view.service, file))
      .map(([value, file]) => `has ${value} and ${file}`),
});

function pairsOf({ project, service }: ServiceView): readonly (readonly [string, string])[] {
  const family = factsOf(project, service)?.family;
  return (family && readable[family]) ?? [];
}

function has({ environment = {} }: ComposeService, name: string): boolean {
  return (environment[name] ?? '') !== '';
}
