/** Backups: what the service that makes them says. It knows the schedule, and so when one is too old. */
import type { Violation } from '../../../rules/types.ts';
import type { BackupStatus, LiveStack } from '../facts.ts';
import { complaint, type LiveRule } from '../rule.ts';

const source = 'https://www.postgresql.org/docs/current/backup.html';

export const liveBackup: LiveRule = {
  id: 'live-backup',
  severity: 'error',
  title: 'There is a backup as new as the schedule promises',
  why: 'Nobody misses a backup until the day it is needed; a job that fails every night is as quiet as one that works.',
  fix: 'Run `docker compose exec backup backup status`, mend what it says, and make one: `docker compose exec backup backup run`.',
  source,
  check: (stack) => [
    ...[...stack.backups].flatMap(([service, answer]) =>
      typeof answer === 'string' ? [complaint(stack, service, [], `does not say how the backups are: ${answer}`)] : [],
    ),
    ...said(stack, ({ problems }) => problems.filter((line) => !isAboutDrills(line))),
  ],
};

export const liveDrill: LiveRule = {
  id: 'live-drill',
  severity: 'error',
  title: 'A drill has shown lately that the backups can be restored',
  why: 'A backup that was never restored is a hope: wrong keys, missing roles and broken archives are found in drills, or when it is too late.',
  fix: 'Run `docker compose exec backup backup drill` and read what it says.',
  source,
  check: (stack) => said(stack, ({ problems }) => problems.filter(isAboutDrills)),
};

export const liveBackupWeak: LiveRule = {
  id: 'live-backup-weak',
  severity: 'warning',
  title: 'The backups survive the loss of this host',
  why: 'What lies on the same disk, or needs a key that is only here, is lost together with what it should bring back.',
  fix: 'Give the backups a place elsewhere, and keep the key where the host is not.',
  source,
  scope: 'deployed',
  check: (stack) => said(stack, ({ warnings }) => warnings),
};

function said(stack: LiveStack, of: (status: BackupStatus) => readonly string[]): readonly Violation[] {
  return [...stack.backups].flatMap(([service, answer]) =>
    typeof answer === 'string' ? [] : of(answer).map((message) => complaint(stack, service, [], message)),
  );
}

function isAboutDrills(line: string): boolean {
  return /\bdrill\b/.test(line);
}
