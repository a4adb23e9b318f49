/** What is asked about backups. */
import { isData } from '../../data.ts';
import type { Draft } from '../complete/types.ts';
import type { Ui } from './ui.ts';

/** Where they go; engine, time and retention are the usual ones until somebody changes them in prodstack.yaml. */
export async function askBackup(ui: Ui, { answers }: Draft): Promise<unknown> {
  const { postgres, backup } = answers;
  if (!isData(postgres)) return {};
  const to = await ui.select<'local' | 's3' | 'sftp' | 'none'>({
    message: 'Backups of the database, every night, encrypted, each week restored for a test. Where to?',
    choices: [
      { name: 'To storage that speaks S3: AWS, Backblaze B2, Cloudflare R2 ...', value: 's3' },
      { name: 'To another machine, by SFTP', value: 'sftp' },
      { name: 'To a volume of this host: what is lost with it is lost', value: 'local' },
      { name: 'None', value: 'none' },
    ],
    default: isData(backup) && typeof backup['to'] === 'string' ? (backup['to'] as 'local' | 's3' | 'sftp') : 'none',
  });
  if (to === 'none') return { backup: { engine: 'none' } };
  return { backup: isData(backup) && backup['engine'] !== 'none' ? { to } : { engine: 'restic', to } };
}
