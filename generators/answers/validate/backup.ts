/** Backups that can be made: of what the stack has, by an engine that can. */
import type { Problem } from '../../errors.ts';
import type { Answers } from '../schema.ts';
import { usersOf } from '../servers.ts';
import { uploadVolumes } from '../uploads.ts';

export function backups(answers: Answers): readonly Problem[] {
  const { backup, postgres } = answers;
  if (!backup || backup.engine === 'none') return [];
  const { engine, keep } = backup;
  const wrong = (field: keyof typeof backup | `keep.${string}`, value: unknown, message: string): Problem => ({
    path: `backup.${field}`,
    value: String(value),
    message,
  });
  if (!postgres)
    return [wrong('engine', engine, 'has no database to save: take backup out, or give the stack postgres')];
  const own = postgres.separate === undefined ? [] : usersOf(answers, 'postgres').map(([name]) => name);
  const laravels = Object.entries(answers.apps).filter(
    ([, { stack, uses }]) => stack === 'laravel' && uses.includes('postgres'),
  );
  const problems: readonly (readonly [boolean, Problem])[] = [
    [
      engine === 'pitr' && postgres.mode === 'managed',
      wrong(
        'engine',
        engine,
        'needs a PostgreSQL of this stack: whoever runs a managed one keeps its WAL. restic and files save it too',
      ),
    ],
    [
      engine === 'pitr' && postgres.mode === 'bundled' && postgres.timescaledb === true,
      wrong(
        'engine',
        engine,
        'does not go with TimescaleDB, whose image pgBackRest is not made for: restic and files do',
      ),
    ],
    [
      engine === 'laravel' && laravels.length !== 1,
      wrong('engine', engine, 'needs one Laravel app that uses postgres, whose command it is'),
    ],
    [
      engine === 'laravel' && own.length > 1,
      wrong(
        'engine',
        engine,
        `saves the database of the Laravel app only, and ${own.join(', ')} have their own: restic and files save all`,
      ),
    ],
    [
      engine === 'laravel' && laravels.some(([, app]) => !('scheduler' in app && app.scheduler)),
      wrong('engine', engine, `is run by the scheduler of the app: say apps.${laravels[0]?.[0]}.scheduler: true`),
    ],
    [
      engine === 'laravel' && backup.schedule === 'systemd',
      wrong(
        'schedule',
        backup.schedule,
        'does not go with the engine laravel: the scheduler of the app keeps the time',
      ),
    ],
    [
      backup.to === 'sftp' && engine !== 'restic',
      wrong('to', backup.to, 'goes with the engine restic only: local and s3 go with all'),
    ],
    [
      (engine === 'pitr' || engine === 'laravel') && ((keep?.weekly ?? 0) > 0 || (keep?.monthly ?? 0) > 0),
      wrong('keep', JSON.stringify(keep), `with ${engine} has daily only: how many days back one can go`),
    ],
    [
      backup.uploads === true && (engine === 'pitr' || engine === 'laravel'),
      wrong('uploads', true, `does not go with the engine ${engine}: restic and files save files too`),
    ],
    [
      backup.uploads === true && engine !== 'pitr' && engine !== 'laravel' && uploadVolumes(answers).length === 0,
      wrong('uploads', true, 'has nothing to save: no app keeps uploaded files on a volume'),
    ],
    [
      backup.drillIn === 'scratch' && postgres.mode === 'bundled' && postgres.timescaledb === true,
      wrong('drillIn', backup.drillIn, 'must be server: the backup container has no TimescaleDB'),
    ],
  ];
  return [...problems.filter(([applies]) => applies).map(([, problem]) => problem), ...otherServers(answers)];
}

/** One container makes the backups, with the client of one major version and the rights of one kind of server. */
function otherServers({ backup, postgres, targets = {} }: Answers): readonly Problem[] {
  return Object.entries(targets).flatMap(([name, target]): readonly Problem[] => {
    const there = target.postgres;
    if (!there || !postgres) return [];
    const path = `targets.${name}.postgres`;
    if (there.version !== postgres.version)
      return [
        {
          path: `${path}.version`,
          value: String(there.version),
          message: `must be ${postgres.version}, as the stack's: backups are made with that client`,
        },
      ];
    if (backup?.engine === 'pitr' && there.mode === 'managed')
      return [
        {
          path: `${path}.mode`,
          value: there.mode,
          message: 'does not go with the backup engine pitr, which needs a PostgreSQL of the stack',
        },
      ];
    return [];
  });
}
