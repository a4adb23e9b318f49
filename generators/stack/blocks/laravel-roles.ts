/** Queue workers, Horizon and the scheduler of a Laravel app. */
import type { Answers, LaravelApp } from '../../answers/schema.ts';
import { defaultGrace } from '../../answers/stacks/common.ts';
import type { Limits } from '../types.ts';
import { limitsOf, withEnv } from './app.ts';
import { queueSeconds, retryAfter } from './laravel-settings.ts';
import type { Role } from './roles.ts';

const queueLimits: Limits = { cpus: '1.0', memory: '512M', pids: 64, reservation: '256M', floor: '64M' };
const horizonLimits: Limits = { cpus: '2.0', memory: '1G', pids: 128, reservation: '256M', floor: '192M' };
const schedulerLimits: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M', floor: '80M' };

/** Artisan knows the command: the package that brings it is installed. */
export function checkOf([php = '', artisan = '', command = '']: readonly string[]): readonly string[] {
  return [php, artisan, 'help', command];
}

const scheduleWork = ['php', 'artisan', 'schedule:work'];

/** The roles without a port that run until they are stopped. */
export function laravelRoles(answers: Answers, name: string, app: LaravelApp): readonly Role[] {
  const worker = {
    role: 'worker',
    init: true,
    watch: { path: app.path, target: '/app' },
    // That it runs, Docker sees; this tells whether it can work. Without a check of its own it would get the image's.
    probe: withEnv(answers, ['CMD', 'laravel-health', ...(usesRedis(answers, app) ? ['redis'] : [])]),
  } as const;
  return [
    ...Object.entries(app.queues ?? {}).map(([key, queue]): Role => {
      const timeout = queueSeconds(queue);
      const options = [
        ...(queue.queues === undefined ? [] : [`--queue=${queue.queues.join(',')}`]),
        `--tries=${queue.tries ?? 3}`,
        `--timeout=${timeout}`,
        '--sleep=1',
        // It ends by itself, between two jobs, and Docker starts it again: no leak gets old.
        '--max-time=3600',
      ];
      return {
        ...worker,
        key,
        title: `the queue worker ${key} of ${name}`,
        comment: `Ends after an hour, between two jobs, and is started again. A job that runs longer than ${timeout}s is given up.`,
        command: ['php', 'artisan', 'queue:work', ...(queue.connection ? [queue.connection] : []), ...options],
        // Longer than any job, so that a deploy cuts none off.
        grace: queue.grace ?? timeout + 15,
        limits: limitsOf(queue, queueLimits),
      };
    }),
    ...(app.horizon
      ? [
          {
            ...worker,
            key: 'horizon',
            title: `Horizon of ${name}`,
            comment: 'Runs the queues that config/horizon.php names.',
            command: ['php', 'artisan', 'horizon'],
            probe: withEnv(answers, ['CMD', 'php', 'artisan', 'horizon:status']),
            grace: retryAfter(app),
            limits: horizonLimits,
          },
        ]
      : []),
    ...(app.scheduler
      ? [
          {
            ...worker,
            role: 'scheduler' as const,
            key: 'scheduler',
            title: `the scheduler of ${name}`,
            comment: 'One only: a second one would run every task twice.',
            command: ['laravel-scheduler'],
            devCommand: scheduleWork,
            check: checkOf(scheduleWork),
            grace: defaultGrace,
            limits: schedulerLimits,
          },
        ]
      : []),
  ];
}

function usesRedis(answers: Answers, app: LaravelApp): boolean {
  return answers.redis !== undefined && app.uses.includes('redis');
}
