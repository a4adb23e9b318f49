/** The certificates that a proxy is brought: who looks at them before it is started. */
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import type { Contribution, Limits, MountedFile, Service } from '../../types.ts';
import { keptOut } from '../brought.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';

const limits: Limits = { cpus: '0.5', memory: '64M', pids: 32, reservation: '16M' };

/** Whose certificates they are. */
interface Proxy {
  readonly title: string;
  /** The one-shot that it waits for. */
  readonly check: string;
  /** The entry of the guide about what the check refuses; none where the proxy brings one of its own. */
  readonly guide?: string;
  /** The folder of its configuration, with the certificates in `certs`. */
  readonly config: MountedFile;
  /** Who has to read the keys; that of the image where it is absent. */
  readonly user?: string;
  readonly names: readonly string[];
  /** nginx alone: names without a pair of their own have that of `default`, and all of its configuration is looked at. */
  readonly isNginx?: boolean;
  /** Folders in memory beside `/tmp`. */
  readonly tmpfs?: readonly string[];
}

/** What there is beside a proxy for names with files of their own. */
export function broughtCertificates(
  answers: Answers,
  { title, check, guide, config, user, names, isNginx = false, tmpfs = [] }: Proxy,
): Contribution {
  const folder = `${config.path}/certs`;
  const script = `${config.path}/check.sh`;
  const service: Service = {
    name: check,
    title: 'the check of the certificates',
    role: 'edge',
    fragment: 'nginx-check',
    // This image has openssl, which those of the proxies lack.
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
    hardening: { tmpfs: ['/tmp', ...tmpfs] },
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
        view: { proxy: title, check, folder, mounted: config.target, isNginx },
        mode: 0o755,
        why: `says what is wrong with a certificate, before ${title} is started`,
      },
    ],
    ignores: keptOut(answers, folder),
    guide: guide ? [{ id: guide, view: { check, folder, name: names[0] ?? '', uid: user?.split(':')[0] } }] : [],
  };
}
