/** A node of a tailnet: Serve lets its people in, Funnel everybody. It comes in from outside; no port is open. */
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import { unknownTailnet } from '../../queries.ts';
import type { Contribution, EnvVar, Limits, Route, Service } from '../../types.ts';
import { variable, volumeName } from '../../values.ts';
import { appUser, limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { maintenancePart } from './maintenance.ts';
import { edgeFrom } from './routes.ts';

// WireGuard and TCP are done in the process itself.
const limits: Limits = { cpus: '1.0', memory: '256M', pids: 128, reservation: '64M', floor: '96M' };
const checkLimits: Limits = { cpus: '0.1', memory: '32M', pids: 16, reservation: '8M' };

const service = 'tailscale';
const check = `${service}-check`;
const volume = `${service}-state`;
const folder = 'docker/tailscale';
const script = `${folder}/check.sh`;
/**
 * Where the volume is: Docker gives a new one the rights of the folder that the image has there, and this is the one of
 * Alpine that a user other than root may write to (aports, main/alpine-baselayout/APKBUILD).
 */
const writable = '/var/tmp';
/** What the node makes there for itself, closed to everybody else. */
const state = `${writable}/tailscale`;
const socketFolder = '/var/run/tailscale';
const healthAddress = '127.0.0.1:9002';

export const tailscale: Block = {
  name: 'tailscale',
  kind: 'edge',
  summary: 'a node of a tailnet, which lets its people in (Serve) or everybody (Funnel): no port of the host is open',
  contribute(answers) {
    const { tailscale: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const edge = edgeFrom(answers, service);
    const hostname = edge.routes[0]?.host ?? '';
    const fitting = limitsOf(chosen, limits);
    const contribution: Contribution = {
      services: [node(hostname, fitting), keyCheck],
      volumes: [{ name: volume, holds: 'who the node of the tailnet is, and its certificate' }],
      env: [...env, ...limitEnv(service, fitting), ...limitEnv(check, checkLimits)],
      artifacts: [
        {
          path: `${folder}/serve.json`,
          template: `${folder}/serve.json`,
          view: { handlers: handlersOf(edge.routes), funnel: chosen.funnel ?? false },
          mode: 0o644,
          why: `what the node serves, and to whom: ${chosen.funnel ? 'everybody' : 'the tailnet'}`,
        },
        {
          path: script,
          template: script,
          view: { variables: { key: 'TS_AUTHKEY', args: 'TS_EXTRA_ARGS' } },
          mode: 0o755,
          why: 'says what is wrong with the auth key before the node starts with it',
        },
      ],
      guide: guide(answers, hostname),
      edge,
    };
    return [contribution, maintenancePart(edge)];
  },
};

const common = {
  image: image('tailscale'),
  devEnvironment: {},
  networks: [networks.edge],
  ports: { production: [], development: [] },
  production: true,
} as const satisfies Partial<Service>;

const user = `${appUser.uid}:${appUser.gid}`;

function node(hostname: string, fitting: Limits): Service {
  return {
    ...common,
    name: service,
    title: 'the node of the tailnet',
    role: 'edge',
    fragment: 'tailscale',
    view: {
      user,
      // The health of the image is that it has an address once; that it serves, and is still logged in, it does not say.
      probe: [
        'CMD-SHELL',
        [
          `wget -q -O /dev/null http://${healthAddress}/healthz`,
          'tailscale status --peers=false',
          'serves=$$(tailscale serve status)',
          `{ echo "$$serves"; ! echo "$$serves" | grep -q "^No serve config"; }`,
        ].join(' && '),
      ],
    },
    environment: {
      TS_AUTHKEY: [variable('TS_AUTHKEY')],
      TS_AUTH_ONCE: 'true',
      TS_EXTRA_ARGS: [variable('TS_EXTRA_ARGS')],
      TS_HOSTNAME: hostname,
      TS_STATE_DIR: state,
      TS_LOGS_DIR: writable,
      TS_USERSPACE: 'true',
      TS_SOCKET: `${socketFolder}/tailscaled.sock`,
      TS_SERVE_CONFIG: '/etc/tailscale/serve.json',
      TS_ENABLE_HEALTH_CHECK: 'true',
      TS_LOCAL_ADDR_PORT: healthAddress,
    },
    secretStyle: 'uri',
    dependsOn: { [check]: 'service_completed_successfully' },
    volumes: [{ volume, target: writable }],
    // The folder: of a single file it would never see another one in its place.
    files: [{ path: folder, target: '/etc/tailscale' }],
    limits: fitting,
    // Without an owner it is the node's at the first start only: the folder, which no image has, is root's by the second.
    hardening: { tmpfs: ['/tmp', `${socketFolder}:uid=${appUser.uid},gid=${appUser.gid}`] },
    oneShot: false,
  };
}

const keyCheck: Service = {
  ...common,
  name: check,
  title: 'what looks at the auth key of the node',
  role: 'edge',
  fragment: 'tailscale-check',
  view: { user, command: ['sh', '/check.sh'] },
  environment: { TS_AUTHKEY: [variable('TS_AUTHKEY')], TS_EXTRA_ARGS: [variable('TS_EXTRA_ARGS')] },
  secretStyle: 'file',
  dependsOn: {},
  networks: [],
  volumes: [],
  files: [{ path: script, target: '/check.sh' }],
  limits: checkLimits,
  hardening: { tmpfs: ['/tmp'] },
  oneShot: true,
};

const env: readonly EnvVar[] = [
  {
    name: 'TS_AUTHKEY',
    meaning:
      'The auth key that the node logs in to your tailnet with, once: https://login.tailscale.com/admin/settings/keys; not ephemeral, with a tag such as tag:web.',
    kind: 'required',
    sensitive: true,
    example: 'tskey-auth-...',
    group: 'Secrets',
    production: true,
  },
  {
    name: 'TS_EXTRA_ARGS',
    meaning:
      'What `tailscale up` is told at that login in addition: --advertise-tags=tag:web (the secret of an OAuth client as the key needs it), --login-server=https://... (a coordination server of your own).',
    kind: 'optional',
    default: '',
    group: 'Stack',
    production: true,
  },
];

/**
 * What the node does for each path. It takes the path of the handler off a request (http.StripPrefix) and puts that of
 * the proxy before the rest: the same in both leaves it as it was (tailscale, ipn/ipnlocal/serve.go, serveWebHandler).
 */
function handlersOf(routes: readonly Route[]) {
  return routes.map(({ path, service: app, port }) => ({
    path,
    proxy: `http://${app}:${port}${path === '/' ? '' : path}`,
  }));
}

function guide(answers: Answers, hostname: string): NonNullable<Contribution['guide']> {
  const { tailscale: chosen } = answers.edge ?? {};
  const funnel = chosen?.funnel ?? false;
  const view = {
    service,
    check,
    hostname,
    tailnet: chosen?.tailnet ?? unknownTailnet,
    volume: volumeName(answers.name, volume),
    image: image('tailscale'),
    funnel,
  };
  const ids = ['key', 'https', 'name', 'expired', ...(funnel ? ['funnel'] : []), 'user'];
  return ids.map((id) => ({ id: `tailscale-${id}`, view }));
}
