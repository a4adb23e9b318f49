/** Where backups are kept, and what a person sets about them in `.env`. */
import { isEncrypted } from '../queries.ts';
import type { Backup, EnvVar, Service } from '../types.ts';
import { variable } from '../values.ts';

/** What the image of backups is built from, and what it mounts of the repo. */
export const folder = 'docker/backup';

const s3 = ['ENDPOINT', 'REGION', 'BUCKET', 'PREFIX', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'] as const;
const sftp = ['HOST', 'PORT', 'USER', 'PATH'] as const;

/** Where the backups go. */
export function storage(plan: Backup): Service['environment'] {
  const own = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [variable(name)]] as const));
  return {
    ...(isEncrypted(plan) && own(['BACKUP_PASSWORD'])),
    ...(plan.to === 's3' && own(s3.map((name) => `BACKUP_S3_${name}`))),
    ...(plan.to === 'sftp' && own(sftp.map((name) => `BACKUP_SFTP_${name}`))),
  };
}

/** What proves who is who to the machine that backups are sent to: brought by the person. */
export const sftpFiles: NonNullable<Service['files']> = ['id_ed25519', 'known_hosts'].map((file) => ({
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

/** All of it. */
export function storageEnv(plan: Backup): readonly EnvVar[] {
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
