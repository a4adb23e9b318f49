import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import { image } from '../images.ts';
import type { Artifact, Contribution, EnvVar, Limits, Service } from '../types.ts';
import { variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { limitEnv } from './limits.ts';
import { managedStorage, storage as own } from './reach/storage.ts';

const limits: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '128M' };
const setupLimits: Limits = { cpus: '0.25', memory: '64M', pids: 32, reservation: '16M' };

const adminKey: EnvVar = {
  name: 'STORAGE_ADMIN_KEY',
  meaning: 'The secret key of the account `admin` of the object storage, which makes the buckets.',
  kind: 'secret',
  group: 'Secrets',
};

const bundledEnv: readonly EnvVar[] = [
  adminKey,
  {
    name: own.secret,
    meaning: `The secret key of the account \`${own.key}\` of the object storage, which apps read and write with.`,
    kind: 'secret',
    group: 'Secrets',
  },
  {
    name: 'STORAGE_PORT',
    meaning: 'The port of the object storage on this machine in development, on the loopback interface only.',
    kind: 'optional',
    default: String(own.port),
    group: 'Ports',
    development: true,
  },
];

const managedEnv: readonly EnvVar[] = [
  {
    name: managedStorage.endpoint,
    meaning: 'The address of the object storage: https://s3.eu-central-1.amazonaws.com, or that of another provider.',
    kind: 'required',
    example: 'https://s3.eu-central-1.amazonaws.com',
    group: 'Stack',
  },
  {
    name: managedStorage.region,
    meaning: 'Its region, and the bucket of this stack there.',
    kind: 'optional',
    default: 'us-east-1',
    group: 'Stack',
  },
  { name: managedStorage.bucket, meaning: '', kind: 'required', group: 'Stack' },
  {
    name: managedStorage.pathStyle,
    meaning: 'Whether the name of the bucket is part of the path, and not of the host name: true or false.',
    kind: 'optional',
    default: 'false',
    group: 'Stack',
  },
  {
    name: managedStorage.key,
    meaning: 'The access key that may read and write in this bucket, and no more, with its secret.',
    kind: 'required',
    group: 'Secrets',
  },
  { name: managedStorage.secret, meaning: '', kind: 'required', sensitive: true, group: 'Secrets' },
];

export const storage: Block = {
  name: 'storage',
  kind: 'external',
  summary:
    'object storage that speaks S3: SeaweedFS in a container, with its data on an external volume, or a managed one',
  contribute(answers) {
    if (!answers.storage) return [];
    if (answers.storage.mode === 'bundled') return [bundled(answers, answers.storage)];
    // Variables that no container reads would be asked for in vain.
    return usersOf(answers, 'storage').length > 0 ? [{ env: managedEnv }] : [];
  },
};

function bundled(
  answers: Answers,
  wanted: Extract<NonNullable<Answers['storage']>, { mode: 'bundled' }>,
): Contribution {
  const { service, port } = own;
  const users = usersOf(answers, 'storage').map(([name]) => name);
  const [first] = users;
  const resolved = limitsOf(wanted, limits);
  const setup = setupOf(wanted.buckets);
  return {
    services: [
      {
        ...common,
        name: service,
        title: 'SeaweedFS, object storage that speaks S3',
        role: 'external',
        fragment: 'storage',
        view: {
          probe: [
            'CMD',
            'curl',
            '--fail',
            '--silent',
            '--show-error',
            '--output',
            '/dev/null',
            `http://127.0.0.1:${port}/healthz`,
          ],
        },
        environment: { STORAGE_ADMIN_KEY: [variable(adminKey.name)], STORAGE_APP_KEY: [variable(own.secret)] },
        dependsOn: {},
        volumes: [{ volume: 'storage-data', target: '/data' }],
        files: [{ path: scripts.start, target: '/start.sh' }],
        ports: { production: [], development: [{ variable: 'STORAGE_PORT', container: port }] },
        limits: resolved,
        oneShot: false,
      },
      // Nobody waits for the buckets of a storage that nobody uses, and then `up --wait` would take its end for a failure.
      ...(first === undefined ? [] : [setup]),
    ],
    volumes: [{ name: 'storage-data', holds: 'the objects of all buckets' }],
    env: [
      ...bundledEnv,
      ...limitEnv(service, resolved),
      ...(first === undefined ? [] : limitEnv(setup.name, setupLimits)),
    ],
    artifacts: [
      script(scripts.start, 'starts the object storage', {
        port,
        // SeaweedFS has its gRPC port this much above the other one (weed s3, -port.grpc).
        grpcPort: port + 10_000,
        actions: wanted.buckets.flatMap((bucket) => actions.map((action) => `${action}:${bucket}`)),
      }),
      ...(first === undefined ? [] : [script(scripts.setup, 'makes the buckets', { port })]),
    ],
    guide:
      first === undefined
        ? []
        : ['storage-access', 'storage-path-style', 'storage-presigned'].map((id) => ({
            id,
            view: { app: first, users: users.map((name) => ({ name })), port, bucket: wanted.buckets[0] },
          })),
  };
}

/** What apps may do in a bucket. Not: make it, or take it away. */
const actions = ['Read', 'Write', 'List', 'Tagging'] as const;

const scripts = { start: 'docker/storage/start.sh', setup: 'docker/storage/setup.sh' } as const;

const common = {
  image: image('seaweedfs'),
  devEnvironment: {},
  networks: [networks.storage],
  hardening: { tmpfs: ['/tmp'] },
} as const satisfies Partial<Service>;

function setupOf(buckets: readonly string[]): Service {
  return {
    ...common,
    name: 'storage-setup',
    title: 'what makes the buckets',
    role: 'setup',
    fragment: 'storage-setup',
    view: { command: ['sh', '/setup.sh', ...buckets] },
    environment: { STORAGE_ADMIN_KEY: [variable(adminKey.name)] },
    dependsOn: { [own.service]: 'service_healthy' },
    volumes: [],
    files: [{ path: scripts.setup, target: '/setup.sh' }],
    ports: { production: [], development: [] },
    limits: setupLimits,
    oneShot: true,
  };
}

function script(path: string, why: string, view: Artifact['view']): Artifact {
  return { path, template: path, view, mode: 0o755, why };
}
