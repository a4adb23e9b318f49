import { buildOf } from '../builds.ts';
import { effective, execWords } from '../dockerfile.ts';
import { durationInSeconds } from '../durations.ts';
import { type Command, commandsOf } from '../shell.ts';
import { github } from '../sources.ts';
import { argvOf, isLongRunning, type ServiceView, serviceRule } from '../view.ts';

/** Programs that say how long a job or request may take, with the option and what holds without it. */
const limits: readonly { readonly program: RegExp; readonly option: string; readonly fallback?: number }[] = [
  { program: /\bartisan queue:(?:work|listen)\b/, option: '--timeout', fallback: 60 },
  { program: /\bgunicorn\b/, option: '--graceful-timeout' },
  { program: /\buvicorn\b/, option: '--timeout-graceful-shutdown' },
  { program: /\bcelery\b.*\bworker\b/, option: '--time-limit' },
];

export const stopGraceCoversJob = serviceRule({
  id: 'stop-grace-covers-job',
  severity: 'warning',
  title: 'A worker has longer to stop than its longest job may take',
  why: 'When the grace period ends first, the engine kills the job that the program was still allowed to finish, at every deploy.',
  fix: 'Set stop_grace_period some seconds above the timeout of the program, or lower the timeout.',
  source: github('laravel/docs/blob/12.x/queues.md#supervisor-configuration'),
  scope: 'production',
  of: isLongRunning,
  at: ['stop_grace_period'],
  check: (view) => {
    const longest = longestJob(view);
    const grace = view.service.stop_grace_period === undefined ? 10 : durationInSeconds(view.service.stop_grace_period);
    return longest !== undefined && grace <= longest
      ? `is killed after ${grace}s, and may be at work for ${longest}s`
      : undefined;
  },
});

function longestJob(view: ServiceView): number | undefined {
  return startsWith(view)
    .map(({ words }) => jobOf(words))
    .find((seconds) => seconds !== undefined);
}

function jobOf(words: readonly string[]): number | undefined {
  const limit = limits.find(({ program }) => program.test(words.join(' ')));
  if (!limit) return undefined;
  const { option, fallback } = limit;
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  const value = words[at]?.includes('=') ? words[at].slice(option.length + 1) : words[at + 1];
  const seconds = at < 0 ? fallback : Number.parseInt(value ?? '', 10);
  // Zero is no limit at all.
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}

/** What it is started with: by the compose file, or else by its Dockerfile. */
function startsWith({ project, service }: ServiceView): readonly Command[] {
  const argv = argvOf(service);
  const fromImage = effective(buildOf(project, service)?.instructions ?? [], 'CMD')?.text ?? '';
  return commandsOf(argv.length > 0 ? argv : (execWords(fromImage) ?? ['sh', '-c', fromImage]));
}
