/** What docs/DEPLOYMENT.md says of backups. */
import { backups } from '../stack/blocks/backups-volume.ts';
import {
  allDataVolumes,
  defaultOf,
  hasCertificates,
  isEncrypted,
  keepsHere,
  lastingSecrets,
  savesUploads,
} from '../stack/queries.ts';
import { secretsFolder } from '../stack/secrets.ts';
import type { Backup, ForeignBackup, Stack } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import { foreignView } from './backup.ts';
import { render } from './render.ts';

/** The section `Backups`; empty where nothing is backed up. */
export function backupSection(stack: Stack): string {
  const { backup } = stack;
  if (!backup) return '';
  return render('docs/backups.md', {
    name: stack.name,
    ...backup,
    ...foreignView(backup),
    what: whatIsSaved(backup),
    kept: whatIsKept(backup),
    volume: volumeName(stack.name, backups.volume),
    maxAge: defaultOf(stack, 'BACKUP_MAX_AGE'),
    leftOut: leftOut(stack, backup),
    keepFiles: keepFiles(stack),
    aboveAll: aboveAll(stack, backup),
    uploadsMissing: backup.unsavedUploads ? uploadsAdvice(backup) : '',
    encrypted: isEncrypted(backup),
    keepsHere: keepsHere(backup.engine),
    byApp: backup.engine === 'laravel',
    s3: backup.to === 's3',
    sftp: backup.to === 'sftp',
    local: backup.to === 'local',
    drills: backup.drill !== 'never',
    period: backup.drill === 'daily' ? 'day' : 'week',
    timers: backup.schedule === 'systemd',
  }).trim();
}

function whatIsSaved({ databases, uploads, engine, managed }: Backup): string {
  if (engine === 'pitr') return 'the whole database server, and every change to it within a minute';
  const named = databases.map((key) => `\`${key}\``);
  return listed([
    `${databases.length > 1 ? 'the databases' : 'the database'} ${listed(named)}`,
    // The artisan command comes as a role of the app, which may not see those.
    ...(engine === 'laravel'
      ? []
      : [managed ? 'the roles of the server, where it shows them' : 'the roles of the server']),
    ...(uploads.length > 0 ? [`the uploaded files in ${listed(uploads.map((volume) => `\`${volume}\``))}`] : []),
  ]);
}

/** The data volumes that no backup has a part of, and what is on them. */
function leftOut(stack: Stack, { uploads, foreign }: Backup): ForeignBackup['leftOut'] {
  if (foreign) return foreign.leftOut.map(({ volume, holds }) => ({ volume: plain(volume), holds: plain(holds) }));
  const saved = ['postgres-data', backups.volume, ...uploads];
  return allDataVolumes(stack)
    .filter(({ name }) => !saved.includes(name))
    .map(({ name, holds }) => ({ volume: volumeName(stack.name, name), holds }));
}

function uploadsAdvice({ engine }: Backup): string {
  return savesUploads(engine)
    ? 'Uploaded files are saved with `backup.uploads: true` in `prodstack.yaml`.'
    : 'Uploaded files: the engines `restic` and `files` save them (`backup.engine` in `prodstack.yaml`).';
}

/** What is on the host, in no volume, in no git and in no backup. */
function keepFiles(stack: Stack): string {
  return listed([
    '`.env`',
    ...(stack.secrets.length > 0 ? [`\`${secretsFolder}/\``] : []),
    ...(hasCertificates(stack) ? ['`certs/`'] : []),
    ...(stack.backup?.foreign?.keep ?? []).map(quoted),
  ]);
}

const quoted = (text: string): string => `\`${plain(text)}\``;

/** A path of somebody's, so that no more than a path is in a text. */
const plain = (text: string): string => text.replaceAll(/[`\s]+/g, ' ');

/** What no new host can do without. */
function aboveAll(stack: Stack, { to, engine }: Backup): string {
  return listed([
    ...(isEncrypted({ engine }) ? ['`BACKUP_PASSWORD`'] : []),
    ...lastingSecrets(stack).map((name) => `\`${name}\``),
    ...(to === 'local' ? [] : ['the credentials of the storage']),
  ]);
}

/** In the words of a person; what the engines do with the figures is not the same. */
function whatIsKept({ engine, keep }: Backup): string {
  const { daily, weekly, monthly } = keep;
  const of = (count: number, unit: string) => (count === 1 ? `the last ${unit}` : `each of the last ${count} ${unit}s`);
  if (engine === 'pitr') return `what it takes to go back to any moment of ${count(daily, 'day')}`;
  const first = engine === 'restic' ? `the last one of ${of(daily, 'day')}` : `all of ${count(daily, 'day')}`;
  return listed([
    first,
    ...(weekly > 0 ? [`the last one of ${of(weekly, 'week')}`] : []),
    ...(monthly > 0 ? [`the last one of ${of(monthly, 'month')}`] : []),
  ]);
}

function listed(parts: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(parts);
}

function count(number: number, unit: string): string {
  return number === 1 ? `the last ${unit}` : `the last ${number} ${unit}s`;
}
