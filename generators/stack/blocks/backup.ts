import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import { uploadVolumes } from '../../answers/uploads.ts';
import { image } from '../images.ts';
import { keepsHere, savesUploads } from '../queries.ts';
import type { Artifact, Backup, Contribution, Limits, Service, Volume } from '../types.ts';
import { variable } from '../values.ts';
import { appImage, appUser, limitsOf } from './app.ts';
import { backupGuide } from './backup-guide.ts';
import { bundledServers, keysOf, managedServers, type Servers } from './backup-servers.ts';
import { folder, sftpFiles, storage, storageEnv } from './backup-storage.ts';
import { backupTimers } from './backup-timers.ts';
import { backups } from './backups-volume.ts';
import type { Block } from './block.ts';
import { limitEnv } from './limits.ts';
import { archives, postgresSocket, postgresUser } from './postgres-archive.ts';
import { dataFolder, type PostgresVersion } from './postgres-image.ts';

type Wanted = NonNullable<Answers['backup']>;
type Engine = Backup['engine'];

// A drill runs a small server of its own beside pg_restore.
export const usual: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '64M', floor: '128M', growth: 4 };

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
  const isArchived = archives(answers);
  const data = dataFolder(postgres.version);
  return backupContribution({
    name: answers.name,
    plan,
    version: postgres.version,
    servers: postgres.mode === 'managed' ? managedServers(answers, postgres) : bundledServers(answers),
    image: appImage(answers.name, 'backup'),
    devImage: `${answers.name}-backup:dev`,
    volumes: isArchived ? [postgresSocket, { volume: 'postgres-data', target: data, readOnly: true }] : [],
    packages: wanted.packages ?? [],
    limits: limitsOf(wanted, usual),
    isForeign: false,
  });
}

/** What backups are made of, wherever the database is: in a stack of ours, or in a project that somebody else wrote. */
export interface BackupParts {
  /** The stack's: backups are kept under it. */
  readonly name: string;
  readonly plan: Backup;
  /** The major version of the server: its own programs read and restore it. */
  readonly version: PostgresVersion;
  readonly servers: Servers;
  readonly image: Service['image'];
  readonly devImage?: string;
  /** Those beside the volumes of its own and of uploaded files. */
  readonly volumes: Service['volumes'];
  /** Debian packages of its image beside those of the engine. */
  readonly packages: readonly string[];
  readonly limits: Limits;
  /** Whether there are no answers: texts name the files then in which a setting is. */
  readonly isForeign: boolean;
}

/** The service, its image and its texts. */
export function backupContribution(parts: BackupParts): Contribution {
  const { name, plan, servers, limits } = parts;
  const data = dataFolder(parts.version);
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
        title: `backups, made with ${tools[plan.engine].title}`,
        role: 'backup',
        fragment: 'backup',
        view: { probe: ['CMD', 'backup', 'health'], command: ['backup', 'schedule'] },
        image: parts.image,
        ...(parts.devImage !== undefined && { devImage: parts.devImage }),
        build: { context: folder, dockerfile: 'Dockerfile' },
        environment: {
          ...settings(name, plan),
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
          ...parts.volumes,
          ...plan.uploads.map((volume) => ({ volume, target: `/uploads/${volume}`, readOnly: true })),
        ],
        files: [...servers.files, ...(plan.to === 'sftp' ? sftpFiles : [])],
        ports: { production: [], development: [] },
        limits,
        // The image declares a volume at the second one, and every container would get one of its own.
        hardening: { tmpfs: ['/tmp', ...(parts.volumes.some(({ target }) => target === data) ? [] : [data])] },
        oneShot: false,
      },
    ],
    volumes,
    env: [...storageEnv(plan), ...servers.env, ...limitEnv('backup', limits)],
    artifacts: [...artifacts(parts), ...backupTimers(name, plan)],
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

/** What was said of when and where, with what holds otherwise. */
export function whenAndWhere(
  { to, at = '02:00', timezone = 'UTC', keep = {}, drill = 'weekly', schedule = 'stack', webhook = 'generic' }: Wanted,
  usual: { readonly to: Backup['to']; readonly months: number },
): Pick<Backup, 'to' | 'at' | 'timezone' | 'keep' | 'drill' | 'schedule' | 'webhook'> {
  const { daily = 7, weekly = 0, monthly = usual.months } = keep;
  return { to: to ?? usual.to, at, timezone, keep: { daily, weekly, monthly }, drill, schedule, webhook };
}

function planOf(answers: Answers, wanted: Wanted, engine: Engine, postgres: NonNullable<Answers['postgres']>): Backup {
  const { uploads = true } = wanted;
  const all = uploadVolumes(answers);
  const saved = uploads && savesUploads(engine) ? all : [];
  return {
    engine,
    ...whenAndWhere(wanted, { to: 'local', months: 0 }),
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

function artifacts({ plan, version, packages: more, isForeign }: BackupParts): readonly Artifact[] {
  const { packages, copied, title } = tools[plan.engine];
  const script = (name: string, why: string, mode: Artifact['mode']): Artifact => ({
    path: `${folder}/${name}`,
    template: `${folder}/${name}`,
    view: { isForeign },
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
        user: plan.engine === 'pitr' ? postgresUser : { name: 'backup', ...appUser, isOwn: true },
        packages: [
          'ca-certificates',
          'curl',
          'jq',
          ...packages,
          ...(plan.to === 'sftp' ? ['openssh-client'] : []),
          ...more,
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
    ...[...scripts, engineScripts[plan.engine]].map((name) => script(`lib/${name}.sh`, `a part of it: ${name}`, 0o644)),
  ];
}
