import type { Answers } from '../answers/schema.ts';
import { networks as names } from './blocks/connections.ts';
import { edgeGuide } from './blocks/edge/guide.ts';
import { blocks } from './blocks/index.ts';
import { settleEdge } from './edge.ts';
import { mergeIgnores } from './ignores.ts';
import { checkInvariants } from './invariants.ts';
import { imageTag, settleImages } from './registry.ts';
import { secretsFolder, settleSecrets } from './secrets.ts';
import { withTargets } from './targets/index.ts';
import type { Artifact, Contribution, EnvVar, Ignore, Network, Service, Stack } from './types.ts';

/** Variables that every stack has. */
const stackEnv: readonly EnvVar[] = [
  {
    name: imageTag,
    meaning:
      'The tag of the images that are built and run: a release, so that the one before is still there to go back to.',
    kind: 'optional',
    default: 'local',
    group: 'Stack',
  },
];

const allNetworks: readonly Network[] = [
  { name: names.edge, internal: false, meaning: 'what the world comes in by' },
  { name: names.app, internal: false, meaning: 'apps among each other, and their way out' },
  { name: names.data, internal: true, meaning: 'data, with no way out and none in but through the apps' },
  { name: names.socket, internal: true, meaning: 'the Docker API, as far as the proxy may ask it' },
  { name: names.storage, internal: true, meaning: 'object storage, for those alone that have a key of it' },
];

/** Entries of the guide that concern every stack; those of the blocks stand before them. */
const generalGuide = [
  'volume-not-found',
  'ctl-refused',
  'port-allocated',
  'variable-missing',
  'unhealthy',
  'exit-137',
  'hostname',
  'stale-environment',
  'orphans',
  'development-edit',
  'permission-denied',
  'line-endings',
  'disk-full',
  'address-pool',
  'mtu',
  'host-service',
  'build-cache',
  'rate-limit',
  'compose-version',
] as const;

/** A stack of programs without a port has no address that could be taken or not show an edit. */
function generalGuideOf(services: readonly Service[], secretsFrom: Stack['secretsFrom']): readonly string[] {
  const isReached = services.some(({ ports, role }) => ports.production.length > 0 || role === 'web');
  return generalGuide
    .map((id) => (id === 'variable-missing' && secretsFrom !== 'env' ? 'secret-file' : id))
    .filter((id) => isReached || (id !== 'port-allocated' && id !== 'development-edit'));
}

/** The apps that do not exist yet, with the templates that they are made of. */
type Starters = readonly { readonly app: string; readonly template: string; readonly path: string }[];

/**
 * Answers as a Stack: every block adds its part, and what follows from the parts together is decided here.
 * @throws UserError `answers` when what runs does not fit into the host of a target
 * @throws Error when the parts contradict each other: a bug of a block
 */
export function resolve(answers: Answers, starters: Starters = []): Stack {
  const stack = withTargets(answers, (one) => resolveOne(one, starters));
  checkInvariants(stack);
  return stack;
}

/** The Stack without its targets. */
function resolveOne(answers: Answers, starters: Starters): Stack {
  const parts: readonly Contribution[] = blocks.flatMap((block) => block.contribute(answers));
  const all = <K extends Exclude<keyof Contribution, 'backup' | 'edge'>>(
    key: K,
  ): NonNullable<Contribution[K]>[number][] =>
    parts.flatMap((part) => (part[key] ?? []) as NonNullable<Contribution[K]>[number][]);

  const edge = parts.find((part) => part.edge)?.edge;
  const { services, env, secrets } = settleSecrets(
    settleImages(settleEdge({ services: all('services'), env: [...stackEnv, ...all('env')] }, edge), answers),
    answers.secrets?.from,
  );
  const secretsFrom = answers.secrets?.from ?? 'env';
  const backup = parts.find((part) => part.backup)?.backup;
  const used = new Set(services.flatMap((service) => service.networks));
  return {
    name: answers.name,
    composeFile: answers.composeFile ?? 'compose.yaml',
    services,
    volumes: all('volumes'),
    networks: allNetworks.filter((network) => used.has(network.name)),
    restart: answers.restart ?? 'unless-stopped',
    makefile: answers.makefile ?? false,
    env,
    secretsFrom,
    secrets,
    artifacts: onePerPath(all('artifacts')),
    parts: all('parts'),
    starters: starters.flatMap(({ app: name, template, path }, index) => {
      const app = answers.apps[name];
      // A template that makes several apps is written once.
      const isFirst = starters.findIndex((one) => one.template === template && one.path === path) === index;
      return app && isFirst ? [{ template, path, name, app }] : [];
    }),
    ignores: mergeIgnores([
      gitignore(
        services.flatMap((service) => service.envFile ?? []),
        secrets.length > 0,
        starters.length > 0,
      ),
      ...all('ignores'),
    ]),
    guide: [
      ...all('guide'),
      ...edgeGuide(answers, { edge, services }),
      ...generalGuideOf(services, secretsFrom).map((id) => ({ id, view: {} })),
    ],
    logs: answers.logs ?? { size: '10m', files: 5 },
    ...(backup && { backup }),
    ...(edge && { edge }),
    targets: [],
  };
}

const madeByTools = ['node_modules/', 'dist/', '.next/', 'next-env.d.ts', '*.tsbuildinfo', '.venv/', '__pycache__/'];

function gitignore(envFiles: readonly string[], hasSecretFiles: boolean, hasStarters: boolean): Ignore {
  return {
    path: '.gitignore',
    why: 'keeps secrets out of the repo',
    groups: [
      {
        comment: 'Secrets of this stack',
        patterns: [
          '.env',
          ...new Set(envFiles.map((file) => `/${file}`)),
          ...(hasSecretFiles ? [`/${secretsFolder}/`] : []),
        ],
      },
      { comment: 'Only there while files are written', patterns: ['/.prodstack/txn/', '/.env.tmp'] },
      // Whoever brings an app has such a list.
      ...(hasStarters ? [{ comment: 'Made by tools', patterns: madeByTools }] : []),
    ],
  };
}

/** Two apps of one build context bring the same file. What only has the same path is left for the invariants to find. */
function onePerPath(artifacts: readonly Artifact[]): readonly Artifact[] {
  const isSame = (one: Artifact, other: Artifact) => one.path === other.path && one.template === other.template;
  return artifacts.filter((one, index) => artifacts.findIndex((other) => isSame(one, other)) === index);
}
