import { composeSpec } from '../sources.ts';
import { isApp, isLongRunning, serviceRule } from '../view.ts';

export const stopGrace = serviceRule({
  id: 'stop-grace',
  severity: 'info',
  title: 'Every app says how long it may take to stop',
  why: 'After 10 seconds, the default, the engine kills the process: requests in flight and queue jobs are lost at every deploy.',
  fix: 'Set stop_grace_period above the longest request or job, with some seconds to spare.',
  source: composeSpec('05-services.md#stop_grace_period'),
  scope: 'production',
  of: (view) => isApp(view) && isLongRunning(view),
  at: ['stop_grace_period'],
  check: ({ service }) => (service.stop_grace_period === undefined ? 'no stop_grace_period' : undefined),
});
