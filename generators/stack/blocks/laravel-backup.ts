/** Backups that a Laravel app makes itself, by the artisan command `backup:database`. */
import type { Answers, LaravelApp } from '../../answers/schema.ts';
import { inFolder } from '../../paths.ts';
import { image } from '../images.ts';
import type { Backup, Contribution, EnvVar, Service, Value } from '../types.ts';
import { variable } from '../values.ts';
import { backupPlan } from './backup.ts';
import { backups } from './backups-volume.ts';
import { addressVariables, databaseOf, migrates } from './databases.ts';
import { reach } from './reach/index.ts';
import type { As } from './reach/types.ts';

/** The folder that the command takes by itself, where the scheduler has the volume of the backups. */
const folder = '/app/storage/backups';

const timeout: EnvVar = {
  name: 'BACKUP_TIMEOUT',
  meaning: 'Seconds that pg_dump may take, and as many that reading its file back may.',
  kind: 'optional',
  default: '600',
  group: 'Backups',
};

/** What this app backs up; undefined where it is not the one that does. */
function planOf(answers: Answers, app: LaravelApp): Backup | undefined {
  const plan = backupPlan(answers);
  return plan?.engine === 'laravel' && app.uses.includes('postgres') ? plan : undefined;
}

/** pg_dump of the server's own major version, for the image of an app that needs it. */
export function dumpClient(
  answers: Answers,
  app: LaravelApp,
): { readonly image: string; readonly version: number } | undefined {
  const { postgres } = answers;
  if (!postgres || !planOf(answers, app)) return undefined;
  return { image: image(`postgres:${postgres.version}`), version: postgres.version };
}

/** The scheduler with the volume of the backups, and with a way to the database on which no row is left out. */
export function withBackups<Shared extends Pick<Service, 'environment' | 'volumes'>>(
  answers: Answers,
  name: string,
  app: LaravelApp,
  shared: Shared,
): Shared {
  const plan = planOf(answers, app);
  if (!plan) return shared;
  return {
    ...shared,
    environment: {
      ...shared.environment,
      BACKUP_PROJECT: answers.name,
      BACKUP_KEY: plan.databases[0] ?? '',
      BACKUP_TIMEOUT: [variable(timeout.name)],
      ...login(answers, name, app),
    },
    volumes: [...shared.volumes, { volume: backups.volume, target: folder }],
  };
}

/**
 * As the role of migrations: it owns the tables or is a member of the role that does, row security hides nothing from it, and
 * it comes past any pooler. The superuser's password is not for a container that runs the code of the app.
 */
function login(answers: Answers, name: string, app: LaravelApp): Readonly<Record<string, Value>> {
  const as = roleOf(answers, app);
  const {
    url = '',
    host = '',
    port = '',
    user = '',
    password = '',
  } = reach.postgres({ answers, name, app, as, scheme: 'pgsql' })?.parts ?? {};
  return answers.postgres?.mode === 'managed'
    ? { BACKUP_DB_URL: url }
    : { BACKUP_DB_HOST: host, BACKUP_DB_PORT: port, BACKUP_DB_USERNAME: user, BACKUP_DB_PASSWORD: password };
}

/** At somebody else's server, an app without migrations has one role for all. */
function roleOf({ postgres }: Answers, app: LaravelApp): As {
  return postgres?.mode === 'managed' && !migrates(app) ? 'app' : 'migration';
}

/** The command, its schedule and what it needs; nothing where something else makes the backups. */
export function laravelBackup(
  answers: Answers,
  name: string,
  app: LaravelApp,
): Required<Pick<Contribution, 'env' | 'artifacts' | 'parts' | 'ignores' | 'guide'>> {
  const plan = planOf(answers, app);
  if (!plan) return { env: [], artifacts: [], parts: [], ignores: [], guide: [] };
  const { at, timezone, keep } = plan;
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const view = { days: keep.daily, at, timezone, cron: `${minute} ${hour} * * *` };
  const file = (path: string, template: string, why: string, more: object = {}) => ({
    path: inFolder(app.path, path),
    template: `laravel/${template}`,
    view: { ...view, ...more },
    mode: 0o644 as const,
    why,
  });
  return {
    env: [timeout],
    artifacts: [
      file('app/Console/Commands/BackupDatabase.php', 'BackupDatabase.php', 'php artisan backup:database'),
      file('config/backup-database.php', 'backup-database.php', 'what backup:database works with'),
      ...(app.tests === undefined
        ? []
        : [
            file('tests/Feature/BackupDatabaseTest.php', 'BackupDatabaseTest.php', 'the test of backup:database', {
              pest: app.tests === 'pest',
            }),
          ]),
      {
        path: inFolder(app.path, 'docker/laravel/postgres-client.sh'),
        template: 'docker/laravel/postgres-client.sh',
        view: {},
        mode: 0o755,
        why: 'pg_dump and pg_restore in the image',
      },
    ],
    parts: [
      file('routes/console.php', 'schedule.php', 'when backup:database runs', {
        // Behind the daily one; never with it.
        minute: (minute + 20) % 60,
      }),
    ],
    ignores: [
      {
        path: '.gitignore',
        why: 'keeps secrets out of the repo',
        groups: [
          {
            comment: 'Backups that backup:database makes outside of a container',
            patterns: [`/${inFolder(app.path, 'storage/backups')}/`],
          },
        ],
      },
    ],
    guide: [
      {
        id: 'laravel-backup',
        view: {
          app: name,
          scheduler: plan.madeBy ?? '',
          at,
          timezone,
          user:
            answers.postgres?.mode === 'managed'
              ? `the role of \`${addressVariables(answers, name)[roleOf(answers, app)]}\``
              : `\`${databaseOf(answers, name, 'migration').user}\``,
        },
      },
    ],
  };
}
