/** The answers about backups of the database and of uploaded files. */
import * as v from 'valibot';
import { debianPackage, timeOfDay, timeZone } from './names.ts';
import { limits } from './stacks/common.ts';

/**
 * `restic`: encrypted, deduplicated snapshots; `files`: plain dump files; `pitr`: pgBackRest with WAL archiving; `laravel`: an
 * artisan command of the app; `none`: an explicit no.
 */
export const backupEngines = ['restic', 'files', 'pitr', 'laravel', 'none'] as const;

const count = (what: string, least: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(least, `must be ${least} or more`),
    v.maxValue(1000, 'must be 1000 or less'),
    v.description(what),
  );

export const backup = v.strictObject({
  engine: v.pipe(
    v.picklist(backupEngines),
    v.description(
      'restic: encrypted snapshots that store what is the same only once; files: plain dump files with checksums; pitr: pgBackRest, back to any moment (bundled PostgreSQL only); laravel: an artisan command of the app; none: no backups.',
    ),
  ),
  to: v.optional(
    v.pipe(
      v.picklist(['local', 's3', 'sftp']),
      v.description(
        'Where they are kept. local: a volume of this host, which is lost with it; s3: storage that speaks S3 (AWS, B2, R2 ...); sftp: another machine (restic only).',
      ),
    ),
  ),
  at: v.optional(v.pipe(timeOfDay, v.description('The time of day: "02:00".'))),
  timezone: v.optional(v.pipe(timeZone, v.description('The time zone of that time: Europe/Berlin.'))),
  keep: v.optional(
    v.pipe(
      v.strictObject({
        daily: v.optional(
          count(
            'Days that are kept. restic: the last backup of each; files, laravel: all of them; pitr: how far back one can go.',
            1,
          ),
        ),
        weekly: v.optional(count('Weeks of which the last backup is kept beyond that.', 0)),
        monthly: v.optional(count('Months of which the last backup is kept beyond that.', 0)),
      }),
      v.description('What is kept; never less than the newest good backup.'),
    ),
  ),
  drill: v.optional(
    v.pipe(
      v.picklist(['daily', 'weekly', 'never']),
      v.description('How often a backup is restored into a throw-away database, to prove that it can be.'),
    ),
  ),
  drillIn: v.optional(
    v.pipe(
      v.picklist(['scratch', 'server']),
      v.description(
        'Where. scratch: a throw-away server inside the backup container; server: a throw-away database of the server itself, which has all its extensions.',
      ),
    ),
  ),
  uploads: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Whether the volumes with uploaded files of the apps are part of it (restic and files).'),
    ),
  ),
  schedule: v.optional(
    v.pipe(
      v.picklist(['stack', 'systemd']),
      v.description('Who starts them. stack: the container itself; systemd: timers of the host.'),
    ),
  ),
  webhook: v.optional(
    v.pipe(
      v.picklist(['slack', 'discord', 'generic']),
      v.description('What BACKUP_WEBHOOK_URL, which is told of failures, understands.'),
    ),
  ),
  packages: v.optional(
    v.pipe(
      v.array(debianPackage),
      v.description(
        'Debian packages of the backup image: extensions of a managed server, so that a drill can restore them: postgresql-18-pgvector.',
      ),
    ),
  ),
  limits,
});
