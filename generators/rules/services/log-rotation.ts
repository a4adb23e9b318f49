import { dockerDocs } from '../sources.ts';
import { isLongRunning, serviceRule } from '../view.ts';

export const logRotation = serviceRule({
  id: 'log-rotation',
  severity: 'warning',
  title: 'The logs of every long-running service are rotated',
  why: 'The json-file driver, the default, keeps every line for ever: one chatty container fills the disk, and the database with it.',
  fix: 'Set `logging: {driver: json-file, options: {max-size: 10m, max-file: "5"}}`. It holds for new containers.',
  source: dockerDocs('engine/logging/configure/'),
  scope: 'production',
  of: isLongRunning,
  at: ['logging'],
  check: ({ service }) => {
    const driver = service.logging?.driver ?? 'json-file';
    const isBounded = driver !== 'json-file' || service.logging?.options?.['max-size'] !== undefined;
    return isBounded ? undefined : 'its log grows without end (json-file without max-size)';
  },
});
