/** A tunnel to Cloudflare: cloudflared goes out, and the world comes in by it. */
import type { EdgeAnswers } from '../../../answers/public.ts';
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import type { Artifact, Edge, EnvVar, GuideEntry, Limits, MountedFile, Service } from '../../types.ts';
import { variable } from '../../values.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { keptOut } from '../brought.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { ingressRules, originTimeouts } from './ingress.ts';
import { maintenancePart } from './maintenance.ts';
import { edgeFrom, namesOf } from './routes.ts';

/** Each of its four connections buffers up to 30 MB of uploads (`--quic-connection-level-flow-control-limit`). */
const limits: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M' };
const checkLimits: Limits = { cpus: '0.25', memory: '32M', pids: 16, reservation: '8M' };

const service = 'cloudflared';
const check = 'cloudflared-check';

/** The user `nonroot` of the image. */
const user = '65532:65532';

/** On the loopback interface of the container: nobody else on its network has to see them. */
const metrics = '127.0.0.1:20241';

/** Makes the tunnel at Cloudflare, and says what is still to be done there. */
export const tunnelScript = 'scripts/tunnel';
const checkScript = 'docker/cloudflared/check.sh';

/** What belongs to a tunnel whose rules are here. Only its owner gets into the folder; the container reads one file of it. */
const local = {
  config: 'docker/cloudflared/config.yml',
  folder: 'docker/cloudflared/private',
  credentials: 'docker/cloudflared/private/credentials.json',
} as const;

/** Where the container has them. */
const inside = {
  config: '/etc/cloudflared/config.yml',
  credentials: '/etc/cloudflared/credentials.json',
} as const;

/** What only the dashboard of Cloudflare shows. */
export const tunnelToken = 'TUNNEL_TOKEN';

/**
 * Without unregistering, requests under way would be cut; and as long as the grace period lasts, nobody new comes in. Who has
 * the account at Cloudflare needs no profiles and no dump of the memory.
 */
const settings = {
  TUNNEL_METRICS: metrics,
  TUNNEL_MANAGEMENT_DIAGNOSTICS: 'false',
  TUNNEL_GRACE_PERIOD: '10s',
  TUNNEL_TRANSPORT_PROTOCOL: [variable('TUNNEL_TRANSPORT_PROTOCOL')],
  TUNNEL_LOGLEVEL: [variable('TUNNEL_LOGLEVEL')],
} as const;

export const cloudflare: Block = {
  name: 'cloudflare',
  kind: 'edge',
  summary: 'a tunnel to Cloudflare: no port of the host is open',
  contribute(answers) {
    const { cloudflare: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const isLocal = chosen.config === 'local';
    const edge = edgeFrom(answers, service);
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [tunnel(isLocal, fitting), checkOf(isLocal)],
        env: [...env(isLocal), ...limitEnv(service, fitting), ...limitEnv(check, checkLimits)],
        artifacts: artifacts(answers, chosen, edge),
        ...(isLocal && { ignores: keptOut(answers, local.folder) }),
        guide: guide(answers, isLocal, edge),
        edge,
      },
      maintenancePart(edge),
    ];
  },
};

function tunnel(isLocal: boolean, fitting: Limits): Service {
  return {
    ...everywhere,
    name: service,
    title: 'the tunnel to Cloudflare',
    fragment: 'cloudflared',
    view: {
      user,
      local: isLocal,
      config: local.config,
      script: tunnelScript,
      command: ['tunnel', ...(isLocal ? ['--config', inside.config] : []), 'run'],
      probe: ['CMD', 'cloudflared', 'tunnel', '--metrics', metrics, 'ready'],
    },
    image: image('cloudflared'),
    environment: { ...settings, ...(isLocal ? {} : { [tunnelToken]: [variable(tunnelToken)] }) },
    dependsOn: { [check]: 'service_completed_successfully' },
    networks: [networks.edge],
    ...(isLocal && { files }),
    limits: fitting,
    oneShot: false,
  };
}

/** What a person brings and gets wrong is looked at before the tunnel starts: a restart would not make it right. */
function checkOf(isLocal: boolean): Service {
  return {
    ...everywhere,
    name: check,
    title: `what looks at the ${isLocal ? 'credentials' : 'token'} of the tunnel`,
    fragment: 'cloudflared-check',
    view: { user, command: ['sh', '/check.sh'] },
    image: image('busybox'),
    environment: isLocal ? {} : { [tunnelToken]: [variable(tunnelToken)] },
    dependsOn: {},
    networks: [],
    files: [{ path: checkScript, target: '/check.sh' }, ...(isLocal ? files : [])],
    limits: checkLimits,
    oneShot: true,
  };
}

const everywhere = {
  role: 'edge',
  devEnvironment: {},
  volumes: [],
  ports: { production: [], development: [] },
  hardening: { tmpfs: ['/tmp'] },
  production: true,
} as const;

const files: readonly MountedFile[] = [
  { path: local.config, target: inside.config },
  { path: local.credentials, target: inside.credentials, provided: true },
];

function env(isLocal: boolean): readonly EnvVar[] {
  const production = { production: true, kind: 'optional', group: 'Stack' } as const;
  return [
    ...(isLocal
      ? []
      : [
          {
            name: tunnelToken,
            meaning: `The token of the tunnel, from the dashboard of Cloudflare; ${tunnelScript} token takes it from what is copied there. Whoever has it can answer in the place of this stack.`,
            kind: 'required' as const,
            sensitive: true,
            example: 'eyJhIjoi...',
            group: 'Secrets' as const,
            production: true,
          },
        ]),
    {
      ...production,
      name: 'TUNNEL_TRANSPORT_PROTOCOL',
      meaning:
        'How the tunnel goes out, to port 7844: auto is QUIC (UDP), and HTTP/2 (TCP) where that does not get through; http2 where a firewall drops UDP without a word.',
      default: 'auto',
    },
    {
      ...production,
      name: 'TUNNEL_LOGLEVEL',
      meaning: 'What the tunnel logs: info, warn or error; debug also logs requests, with their headers.',
      default: 'info',
    },
  ];
}

function artifacts(answers: Answers, chosen: EdgeAnswers<'cloudflare'>, edge: Edge): readonly Artifact[] {
  const isLocal = chosen.config === 'local';
  const rules = ingressRules(edge);
  const view = { name: answers.name, service, check, local: isLocal };
  return [
    ...(isLocal
      ? [
          {
            path: local.config,
            template: local.config,
            view: {
              ...view,
              // Without an id, cloudflared takes the one in the credentials file, whatever is written here.
              tunnel: chosen.tunnel ?? answers.name,
              credentials: inside.credentials,
              timeouts: originTimeouts,
              rules,
            },
            mode: 0o644 as const,
            why: 'what the tunnel lets in, and where to',
          },
        ]
      : []),
    {
      path: checkScript,
      template: checkScript,
      view: {
        ...view,
        ...inside,
        script: tunnelScript,
        place: placeOf(answers),
        variables: { token: tunnelToken },
        file: local.credentials,
        infisical: answers.secrets?.from === 'infisical',
      },
      mode: 0o755,
      why: `says what is wrong with the ${isLocal ? 'credentials' : 'token'} of the tunnel`,
    },
    {
      path: tunnelScript,
      template: tunnelScript,
      view: {
        ...view,
        ...local,
        image: image('cloudflared'),
        metrics,
        place: placeOf(answers),
        files: answers.secrets !== undefined && answers.secrets.from !== 'env',
        infisical: answers.secrets?.from === 'infisical',
        token: tunnelToken,
        timeouts: originTimeouts,
        rules,
        redirects: edge.redirects,
        hosts: namesOf(edge),
      },
      mode: 0o755,
      why: 'makes the tunnel at Cloudflare, step by step, and says how it is',
    },
  ];
}

/** Where the token is, for messages. */
function placeOf({ secrets }: Answers): string {
  return secrets === undefined || secrets.from === 'env' ? `${tunnelToken} in .env` : 'secrets/tunnel_token';
}

function guide(answers: Answers, isLocal: boolean, edge: Edge): readonly GuideEntry[] {
  const [first] = edge.routes;
  const view = {
    service,
    check,
    local: isLocal,
    script: tunnelScript,
    config: local.config,
    folder: local.folder,
    place: placeOf(answers),
    infisical: answers.secrets?.from === 'infisical',
    host: first?.host ?? '',
    origin: first?.service ?? '',
    address: `http://${first?.service}:${first?.port}`,
  } satisfies GuideEntry['view'];
  return [
    'cloudflare-check',
    'cloudflare-1033',
    'cloudflare-502',
    'cloudflare-rules',
    'cloudflare-certificate',
    'cloudflare-limits',
  ].map((id) => ({ id, view }));
}
