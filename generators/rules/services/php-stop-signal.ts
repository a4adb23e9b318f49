import { baseReference, buildOf } from '../builds.ts';
import { effective } from '../dockerfile.ts';
import { commandsOf } from '../shell.ts';
import { github } from '../sources.ts';
import { argvOf, type ServiceView, serviceRule } from '../view.ts';

/** PHP programs that finish what they are at when they get SIGTERM. */
const worker = /\b(?:artisan (?:queue:work|queue:listen|horizon|schedule:work|reverb:start)|messenger:consume)\b/;

export const phpStopSignal = serviceRule({
  id: 'php-stop-signal',
  severity: 'warning',
  title: 'PHP workers in an FPM image are stopped with SIGTERM',
  why: 'Images of php-fpm ask for SIGQUIT, which ends FPM gracefully and a queue worker or scheduler at once, in the middle of a job.',
  fix: 'Set `stop_signal: SIGTERM` on the worker.',
  source: github('docker-library/php/blob/master/8.4/trixie/fpm/Dockerfile'),
  scope: 'production',
  of: (view) =>
    commandsOf(argvOf(view.service)).some(({ words }) => worker.test(words.join(' '))) && isFpm(view) && !isSet(view),
  at: ['command'],
  check: () => 'gets SIGQUIT from its image',
});

function isFpm({ project, service }: ServiceView): boolean {
  return /(?:^|\/)php:[^@]*\bfpm\b/.test(baseReference(project, service) ?? '');
}

function isSet({ project, service }: ServiceView): boolean {
  const own = service.stop_signal ?? effective(buildOf(project, service)?.instructions ?? [], 'STOPSIGNAL')?.text;
  return own !== undefined && !/^(?:SIG)?QUIT$|^3$/.test(own);
}
