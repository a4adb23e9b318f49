/** The certificates that Caddy is brought: who looks at them before it is started. */
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import type { Contribution, Limits, MountedFile, Service } from '../../types.ts';
import { keptOut } from '../brought.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';

const limits: Limits = { cpus: '0.5', memory: '64M', pids: 32, reservation: '16M' };

/** The one-shot that Caddy waits for. */
export const check = 'caddy-check';

/** What there is beside Caddy for names with files of their own. */
export function broughtCertificates(
  answers: Answers,
  { config, user, names }: { readonly config: MountedFile; readonly user: string; readonly names: readonly string[] },
): Contribution {
  const folder = `${config.path}/certs`;
  const script = `${config.path}/check.sh`;
  const service: Service = {
    name: check,
    title: 'the check of the certificates',
    role: 'edge',
    fragment: 'nginx-check',
    // As the user that has to read the keys. This image has openssl, which that of Caddy lacks.
    view: { command: ['sh', `${config.target}/check.sh`, ...names], user },
    image: image('nginx-debian'),
    environment: {},
    devEnvironment: {},
    dependsOn: {},
    networks: [networks.edge],
    volumes: [],
    files: [config],
    ports: { production: [], development: [] },
    limits,
    hardening: { tmpfs: ['/tmp'] },
    oneShot: true,
    production: true,
  };
  return {
    services: [service],
    env: limitEnv(check, limits),
    artifacts: [
      {
        path: script,
        template: 'docker/nginx/check.sh',
        view: { proxy: 'Caddy', check, folder, mounted: `${config.target}/certs`, fallback: false },
        mode: 0o755,
        why: 'says what is wrong with a certificate, before Caddy is started',
      },
    ],
    ignores: keptOut(answers, folder),
    guide: [{ id: 'caddy-check', view: { check, folder, name: names[0] ?? '', uid: user.split(':')[0] } }],
  };
}
