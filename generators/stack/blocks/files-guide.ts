/** What can go wrong with backups that are plain files, as entries of the troubleshooting guide. */
import type { Backup, GuideEntry } from '../types.ts';

/** Those of the engines `files` and `laravel`. */
export function filesGuide({ engine, to }: Backup): readonly GuideEntry[] {
  if (engine !== 'files' && engine !== 'laravel') return [];
  const isS3 = to === 's3';
  return [{ id: 'files-damaged', view: { isS3 } }, ...(isS3 ? [{ id: 'files-bucket', view: {} }] : [])];
}
