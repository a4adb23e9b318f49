import { isData } from '../../data.ts';
import type { Values } from '../stacks/definition.ts';
import type { Notes, Sources } from './types.ts';

/** What is open about backups: what is usual for the engine. */
function backupFallback({ engine = 'restic' }: Values): Values {
  if (engine === 'none') return { engine };
  return {
    engine,
    to: 'local',
    at: '02:00',
    timezone: 'UTC',
    keep: engine === 'laravel' ? { daily: 30 } : engine === 'pitr' ? { daily: 7 } : { daily: 7, monthly: 12 },
    drill: 'weekly',
  };
}

/**
 * Backups: as chosen; and of a bundled database, whether or not somebody thought of them. Whoever runs a managed one makes
 * some already.
 */
export function backupFor(sources: Sources, chosen: Values, answers: Values, notes: Notes): Values {
  const { backup: said } = chosen;
  if (isData(said)) return { backup: { ...backupFallback(said), ...said } };
  const { postgres } = answers;
  const isBundled = isData(postgres) && postgres['mode'] === 'bundled';
  if ('backup' in chosen || sources.file !== undefined || !isBundled) return {};
  notes.assumptions.push({
    path: 'backup.to',
    value: 'local',
    reason: 'every night, encrypted, on this host: what is lost with it is lost. s3 and sftp keep them elsewhere',
  });
  return { backup: backupFallback({}) };
}
