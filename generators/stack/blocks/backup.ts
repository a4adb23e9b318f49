import { caFile, providers } from '../../answers/providers.ts';
import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import { uploadVolumes } from '../../answers/uploads.ts';
import { image } from '../images.ts';
import { isEncrypted, keepsHere } from '../queries.ts';
import type { Artifact, Backup, Contribution, EnvVar, Limits, Service, Value, Volume } from '../types.ts';
import { envPrefix, part, variable } from '../values.ts';
import { appImage, appUser, limitsOf } from './app.ts';
import { backupGuide } from './backup-guide.ts';
import { backupTimers } from './backup-timers.ts';
import { backups } from './backups-volume.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { backupAddress, database, rolesOf } from './databases.ts';
import { limitEnv } from './limits.ts';
import { archives, postgresSocket, postgresUser } from './postgres-archive.ts';
import { dataFolder } from './postgres-image.ts';
import { authority } from './reach/authority.ts';

type Wanted = NonNullable<Answers['backup']>;
type Engine = Backup['engine'];

// A drill runs a small server of its own beside pg_restore.
const usual: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '64M', floor: '128M', growth: 4 };
const folder = 'docker/backup';

/** What the container works with: state, caches, the throw-away server of a drill. All of it can be made again. */
const work = { volume: 'backup-work', target: '/var/lib/backup' } as const;

/** What each engine is made with. */
const tools: Readonly<
  Record<Engine, { readonly title: string; readonly packages: readonly string[]; readonly copied?: Copied }>
> = {
  restic: {
    title: 'restic',
    packages: [],
    copied: { name: 'restic', image: image('restic'), path: '/usr/bin/restic' },
  },
  files: { title: 'pg_dump and rclone', packages: [], copied: rclone() },
  laravel: { title: 'rclone', packages: [], copied: rclone() },
  pitr: { title: 'pgBackRest', packages: ['pgbackrest'] },
};

interface Copied {
  readonly name: string;
  readonly image: string;
  readonly path: string;
}

function rclone(): Copied {
  return { name: 'rclone', image: image('rclone'), path: '/usr/local/bin/rclone' };
}

export const backup: Block = {
  name: 'backup',
  kind: 'external',
  summary:
    'scheduled backups of the database and of uploaded files, here or elsewhere, restored for a test every week: restic, plain files, pgBackRest, or an artisan command',
  contribute(answers) {
    const { backup: wanted, postgres } = answers;
    if (!wanted || wanted.engine === 'none' || !postgres) return [];
    return [contribution(answers, wanted, wanted.engine, postgres)];
  },
};

function contribution(
  answers: Answers,
  wanted: Wanted,
  engine: Engine,
  postgres: NonNullable<Answers['postgres']>,
): Contribution {
  const plan = planOf(answers, wanted, engine, postgres);
  const limits = limitsOf(wanted, usual);
  const isArchived = archives(answers);
  const data = dataFolder(postgres.version);
  const servers = postgres.mode === 'managed' ? managed(answers, postgres) : bundled(answers);
  const volumes: readonly Volume[] = [
    {
      name: backups.volume,
      holds: holdsOf(plan),
    },
    { name: work.volume, holds: 'what backups are made with', disposable: true },
  ];
  return {
    services: [
      {
        name: 'backup',
        title: `backups, made with ${tools[engine].title}`,
        role: 'backup',
        fragment: 'backup',
        view: { probe: ['CMD', 'backup', 'health'], command: ['backup', 'schedule'] },
        image: appImage(answers.name, 'backup'),
        devImage: `${answers.name}-backup:dev`,
        build: { context: folder, dockerfile: 'Dockerfile' },
        environment: {
          ...settings(answers.name, plan),
          ...servers.environment,
          ...storage(plan),
        },
        devEnvironment: {},
        secretStyle: 'filled',
        dependsOn: servers.dependsOn,
        networks: servers.networks,
        volumes: [
          backups,
          work,
          ...(isArchived ? [postgresSocket, { volume: 'postgres-data', target: data, readOnly: true }] : []),
          ...plan.uploads.map((volume) => ({ volume, target: `/uploads/${volume}`, readOnly: true })),
        ],
        files: [...servers.files, ...(plan.to === 'sftp' ? sftpFiles : [])],
        ports: { production: [], development: [] },
        limits,
        // The image declares a volume at the second one, and every container would get one of its own.
        hardening: { tmpfs: ['/tmp', ...(isArchived ? [] : [data])] },
        oneShot: false,
      },
    ],
    volumes,
    env: [...env(plan), ...servers.env, ...limitEnv('backup', limits)],
    artifacts: [...artifacts(engine, wanted, plan, postgres.version), ...backupTimers(answers.name, plan)],
    ignores:
      plan.to === 'sftp'
        ? [
            {
              path: '.gitignore',
              why: 'keeps secrets out of the repo',
              groups: [{ comment: 'Secrets of this stack', patterns: [`/${folder}/sftp/id_ed25519`] }],
            },
          ]
        : [],
    guide: backupGuide(plan),
    backup: plan,
  };
}

/** What the volume of backups is for: plain files stay there, wherever they are copied to. */
function holdsOf({ engine, to }: Backup): string {
  if (to === 'local') return 'the backups';
  return keepsHere(engine) ? 'the backups of this host' : 'backups, as long as they go nowhere else';
}

/** What is backed up, how and when; undefined where nothing is. */
export function backupPlan(answers: Answers): Backup | undefined {
  const { backup: wanted, postgres } = answers;
  if (!wanted || wanted.engine === 'none' || !postgres) return undefined;
  return planOf(answers, wanted, wanted.engine, postgres);
}

function planOf(answers: Answers, wanted: Wanted, engine: Engine, postgres: NonNullable<Answers['postgres']>): Backup {
  const { keep = {}, uploads = true } = wanted;
  const all = uploadVolumes(answers);
  const saved = uploads && (engine === 'restic' || engine === 'files') ? all : [];
  return {
    engine,
    to: wanted.to ?? 'local',
    at: wanted.at ?? '02:00',
    timezone: wanted.timezone ?? 'UTC',
    keep: { daily: keep.daily ?? 7, weekly: keep.weekly ?? 0, monthly: keep.monthly ?? 0 },
    drill: wanted.drill ?? 'weekly',
    schedule: wanted.schedule ?? 'stack',
    webhook: wanted.webhook ?? 'generic',
    databases: keysOf(answers),
    uploads: saved,
    unsavedUploads: all.length > saved.length,
    managed: postgres.mode === 'managed',
    ...(engine === 'laravel' && { madeBy: schedulerOf(answers) }),
  };
}

/** The scheduler of the Laravel app that uses the database. */
function schedulerOf(answers: Answers): string {
  const [name = ''] = usersOf(answers, 'postgres').find(([, { stack }]) => stack === 'laravel') ?? [];
  return `${name}-scheduler`;
}

/** What the databases are called in names of files and variables: `app`, or the apps that have one of their own. */
function keysOf(answers: Answers): readonly string[] {
  const { postgres } = answers;
  const isOne = postgres?.separate === undefined || (postgres.mode === 'bundled' && postgres.separate === 'schemas');
  const users = usersOf(answers, 'postgres').map(([name]) => name);
  return isOne || users.length === 0 ? [database.name] : users;
}

/** What the scripts of the container read, whatever the engine. */
function settings(stack: string, plan: Backup): Service['environment'] {
  return {
    BACKUP_PROJECT: stack,
    BACKUP_ENGINE: plan.engine,
    BACKUP_TO: plan.to,
    BACKUP_AT: plan.at,
    BACKUP_TIMEZONE: plan.timezone,
    BACKUP_KEEP_DAILY: String(plan.keep.daily),
    BACKUP_KEEP_WEEKLY: String(plan.keep.weekly),
    BACKUP_KEEP_MONTHLY: String(plan.keep.monthly),
    BACKUP_DRILL: plan.drill,
    BACKUP_SCHEDULE: plan.schedule,
    BACKUP_DATABASES: plan.databases.join(' '),
    BACKUP_UPLOADS: plan.uploads.join(' '),
    BACKUP_WEBHOOK: plan.webhook,
    BACKUP_WEBHOOK_URL: [variable('BACKUP_WEBHOOK_URL')],
    BACKUP_PING_URL: [variable('BACKUP_PING_URL')],
    BACKUP_DRILL_PING_URL: [variable('BACKUP_DRILL_PING_URL')],
    BACKUP_MAX_AGE: [variable('BACKUP_MAX_AGE')],
  };
}

/** Where the databases are, and as whom the backup comes there. */
interface Servers extends Pick<Service, 'environment' | 'dependsOn' | 'networks'> {
  readonly files: NonNullable<Service['files']>;
  readonly env: readonly EnvVar[];
}

/** As the superuser: row security hides nothing from it, and it may make databases. */
function bundled(answers: Answers): Servers {
  const { postgres } = answers;
  const timescaledb = postgres?.mode === 'bundled' && postgres.timescaledb === true;
  const names = new Map(rolesOf(answers).flatMap(({ apps, app }) => apps.map((one) => [one, app.name] as const)));
  return {
    environment: {
      BACKUP_MANAGED: 'false',
      BACKUP_TIMESCALEDB: String(timescaledb),
      BACKUP_DRILL_IN: answers.backup?.drillIn ?? (timescaledb ? 'server' : 'scratch'),
      ...Object.assign(
        {},
        ...keysOf(answers).map((key) =>
          login(key, {
            HOST: 'postgres',
            PORT: '5432',
            NAME: names.get(key) ?? database.name,
            USER: database.superuser,
            PASSWORD: [variable('POSTGRES_PASSWORD')],
            SSLMODE: 'disable',
            SSLROOTCERT: '',
          }),
        ),
      ),
    },
    dependsOn: { postgres: 'service_healthy' },
    // The second one has the way out.
    networks: [networks.app, networks.data],
    files: [],
    env: [],
  };
}

function managed(answers: Answers, postgres: Extract<NonNullable<Answers['postgres']>, { mode: 'managed' }>): Servers {
  const provider = providers[postgres.provider];
  const { target, files } = authority(caFile(postgres));
  return {
    environment: {
      BACKUP_MANAGED: 'true',
      BACKUP_TIMESCALEDB: 'false',
      BACKUP_DRILL_IN: answers.backup?.drillIn ?? 'scratch',
      ...Object.assign(
        {},
        ...keysOf(answers).map((key) => {
          const of = (which: Parameters<typeof part>[1]) => [part(backupAddress(answers, key), which)];
          return login(key, {
            HOST: of('host'),
            PORT: of('port'),
            NAME: of('name'),
            USER: of('user'),
            PASSWORD: of('password'),
            SSLMODE: provider.verify,
            SSLROOTCERT: target ?? '/etc/ssl/certs/ca-certificates.crt',
          });
        }),
      ),
    },
    dependsOn: {},
    networks: [networks.app],
    files,
    env: keysOf(answers).map((key) => ({
      name: backupAddress(answers, key),
      meaning: `The address that backups${postgres.separate === undefined ? '' : ` of ${key}`} come to the database by: past any pooler, as a role that may read every row and make databases, often the administrator's. postgresql://<user>:<password>@<host>:<port>/<name>`,
      kind: 'required',
      example: 'postgresql://<user>:<password>@<host>:<port>/<name>',
      sensitive: true,
      group: 'Secrets',
    })),
  };
}

function login(key: string, parts: Readonly<Record<string, Value>>): Service['environment'] {
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [`DB_${envPrefix(key)}_${name}`, value]));
}

const s3 = ['ENDPOINT', 'REGION', 'BUCKET', 'PREFIX', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'] as const;
const sftp = ['HOST', 'PORT', 'USER', 'PATH'] as const;

/** Where the backups go. */
function storage(plan: Backup): Service['environment'] {
  const own = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [variable(name)]] as const));
  return {
    ...(isEncrypted(plan) && own(['BACKUP_PASSWORD'])),
    ...(plan.to === 's3' && own(s3.map((name) => `BACKUP_S3_${name}`))),
    ...(plan.to === 'sftp' && own(sftp.map((name) => `BACKUP_SFTP_${name}`))),
  };
}

/** What proves who is who to the machine that backups are sent to: brought by the person. */
const sftpFiles: NonNullable<Service['files']> = ['id_ed25519', 'known_hosts'].map((file) => ({
  path: `${folder}/sftp/${file}`,
  target: `/run/sftp/${file}`,
  provided: true,
}));

const optional = (name: string, meaning: string, fallback = '', more: Partial<EnvVar> = {}): EnvVar => ({
  name,
  meaning,
  kind: 'optional',
  default: fallback,
  group: 'Backups',
  ...more,
});

function env(plan: Backup): readonly EnvVar[] {
  return [
    ...(isEncrypted(plan)
      ? [
          {
            name: 'BACKUP_PASSWORD',
            meaning:
              'The key that backups are encrypted with. Without it nobody can read them, so keep it somewhere else too: scripts/backup key. Another value could not read the backups before it.',
            kind: 'secret' as const,
            lasting: true,
            group: 'Secrets' as const,
          },
        ]
      : []),
    ...(plan.to === 's3' ? s3Env(plan) : []),
    ...(plan.to === 'sftp' ? sftpEnv : []),
    optional(
      'BACKUP_WEBHOOK_URL',
      'Whom to tell of a backup or drill that failed: the address of a webhook. Empty: nobody.',
      '',
      {
        sensitive: true,
      },
    ),
    optional(
      'BACKUP_PING_URL',
      "What notices that no backup came: an address of a dead-man's switch such as https://hc-ping.com/..., pinged at the start (/start), success and failure (/fail) of backups, and one for drills.",
      '',
      { sensitive: true },
    ),
    optional('BACKUP_DRILL_PING_URL', '', '', { sensitive: true }),
    optional('BACKUP_MAX_AGE', 'Hours after which the last good backup is too old, and the container unhealthy.', '26'),
  ];
}

function s3Env({ engine }: Backup): readonly EnvVar[] {
  return [
    optional(
      'BACKUP_S3_ENDPOINT',
      `Where backups go: https://s3.eu-central-1.amazonaws.com, or https://s3.eu-central-003.backblazeb2.com, or that of another provider${engine === 'pitr' ? '; https, nothing else' : ''}.`,
      'https://s3.amazonaws.com',
    ),
    optional(
      'BACKUP_S3_REGION',
      'Its region, and the bucket of the backups. As long as this is empty, they stay on this host.',
      'us-east-1',
    ),
    optional('BACKUP_S3_BUCKET', ''),
    optional('BACKUP_S3_PREFIX', 'The folder in it; empty: that of the name of the stack.'),
    optional(
      'BACKUP_S3_ACCESS_KEY_ID',
      'The key that may read and write in this bucket, and remove what is kept no longer, and no more, with its secret.',
    ),
    optional('BACKUP_S3_SECRET_ACCESS_KEY', '', '', { sensitive: true, group: 'Secrets' }),
  ];
}

const sftpEnv: readonly EnvVar[] = [
  {
    name: 'BACKUP_SFTP_HOST',
    meaning: `The machine that backups are sent to. Its host key is expected in ${folder}/sftp/known_hosts, the private key that we log in with in ${folder}/sftp/id_ed25519: docs/DEPLOYMENT.md, Before the first time.`,
    kind: 'required',
    example: 'backup.example.com',
    group: 'Backups',
  },
  optional('BACKUP_SFTP_PORT', 'Its port, the user, and the folder there.', '22'),
  optional('BACKUP_SFTP_USER', '', 'backup'),
  optional('BACKUP_SFTP_PATH', '', 'backups'),
];

/** The scripts of the image; those that only one engine has are its own. */
const scripts = [
  'common',
  'job',
  'run',
  'key',
  'alarm',
  'schedule',
  'status',
  'dump',
  'load',
  'restore',
  'uploads',
  'scratch',
  'drill',
] as const;
const engineScripts: Readonly<Record<Engine, string>> = {
  restic: 'restic',
  files: 'files',
  laravel: 'files',
  pitr: 'pitr',
};

function artifacts(engine: Engine, wanted: Wanted, plan: Backup, version: 16 | 17 | 18): readonly Artifact[] {
  const { packages, copied, title } = tools[engine];
  const script = (name: string, why: string, mode: Artifact['mode']): Artifact => ({
    path: `${folder}/${name}`,
    template: `${folder}/${name}`,
    view: {},
    mode,
    why,
  });
  return [
    {
      path: `${folder}/Dockerfile`,
      template: `${folder}/Dockerfile`,
      view: {
        title,
        copied,
        image: image(`postgres:${version}`),
        user: engine === 'pitr' ? postgresUser : { name: 'backup', ...appUser, isOwn: true },
        packages: [
          'ca-certificates',
          'curl',
          'jq',
          ...packages,
          ...(plan.to === 'sftp' ? ['openssh-client'] : []),
          ...(wanted.packages ?? []),
        ].join(' '),
      },
      mode: 0o644,
      why: `the image that backups are made with: PostgreSQL ${version}'s own client, and ${title}`,
    },
    {
      path: `${folder}/with-env`,
      template: 'docker/with-env',
      view: {},
      mode: 0o755,
      why: 'puts secrets into the environment',
    },
    script('backup', 'the command `backup` of the container', 0o755),
    ...[...scripts, engineScripts[engine]].map((name) => script(`lib/${name}.sh`, `a part of it: ${name}`, 0o644)),
  ];
}
