/** What of a Laravel app runs beside its web role. */
import type { LaravelApp } from '../../schema.ts';
import { finding } from '../findings.ts';
import { mayBeHealth, pickHealth, type Route } from '../health.ts';
import { isInside, join } from '../paths.ts';
import { type Found, find, findCalls, literal, type Source } from '../source.ts';
import type { DetectedLaravelApp, Finding } from '../types.ts';
import type { View } from '../view.ts';
import { type Composer, requirementOf } from './composer.ts';
import type { Settings } from './settings.ts';

type Findings = DetectedLaravelApp['found'];
type Queue = NonNullable<LaravelApp['queues']>[string];

/** The port of Reverb on the host: its own default is that of the web role. */
const reverbPort = 8081;

/** Which roles the packages and the code of an app ask for. */
export function detectRoles(
  view: View,
  composer: Composer,
  sources: readonly Source[],
  settings: Settings,
): Pick<{ [K in keyof Findings]: Findings[K] | undefined }, 'queues' | 'horizon' | 'scheduler' | 'reverb' | 'migrate'> {
  const horizon = requirementOf(composer, 'laravel/horizon');
  const reverb = requirementOf(composer, 'laravel/reverb');
  return {
    queues: horizon ? undefined : detectQueues(sources, settings),
    horizon: horizon && finding(true, horizon),
    scheduler: detectScheduler(composer.folder, sources),
    reverb: reverb && finding({ port: reverbPort }, reverb),
    migrate: detectMigrations(view, composer.folder),
  };
}

/** A worker where something is queued; the queues that code names, and the longest time that a job gives itself. */
function detectQueues(sources: readonly Source[], settings: Settings): Findings['queues'] {
  const queued = first(sources, /\bimplements\b[^{;]*\bShould(?:Queue|Broadcast)\b/g);
  if (!queued) return undefined;
  const names = new Set<string>();
  const timeouts: number[] = [];
  for (const source of sources) {
    for (const { args } of findCalls(source, /->(?:onQueue|allOnQueue)\s*\(/g)) {
      const name = literal(args[0]);
      if (name) names.add(name);
    }
    for (const match of find(source, /\bpublic\s+(?:\??string\s+)?\$queue\s*=\s*['"]([\w.:-]+)['"]/g))
      names.add(match.group(1));
    for (const match of find(source, /\bpublic\s+(?:\??int\s+)?\$timeout\s*=\s*(\d{1,5})\s*;/g))
      timeouts.push(Number(match.group(1)));
  }
  names.delete('default');
  const timeout = Math.max(0, ...timeouts);
  const queue: Queue = {
    ...(names.size > 0 && { queues: [...[...names].sort(), defaultQueue(settings)] }),
    ...(timeout > 60 && { timeout }),
  };
  return finding({ queue }, queued);
}

function defaultQueue(settings: Settings): string {
  return (settings('REDIS_QUEUE') ?? settings('DB_QUEUE'))?.value ?? 'default';
}

/** Something is scheduled, in one of the places where Laravel 10 to 13 have it. */
function detectScheduler(folder: string, sources: readonly Source[]): Finding<boolean> | undefined {
  const inFile = (name: string, pattern: RegExp) =>
    first(
      sources.filter(({ path }) => path === join(folder, name)),
      pattern,
    );
  const place =
    inFile(
      'routes/console.php',
      /\bSchedule::\w+\s*\(|->(?:everyMinute|everyFiveMinutes|hourly|daily|dailyAt|weekly|cron)\s*\(/g,
    ) ??
    inFile('bootstrap/app.php', /->withSchedule\s*\(/g) ??
    inFile('app/Console/Kernel.php', /\$schedule\s*->/g);
  return place && finding(true, place);
}

function detectMigrations(view: View, folder: string): Finding<'artisan' | 'none'> {
  const migrations = join(folder, 'database/migrations');
  const file = view.files.find((path) => isInside(path, migrations) && path.endsWith('.php'));
  return file ? finding('artisan', { file }) : finding('none', { file: join(folder, 'artisan') });
}

/** The route of the health check: the one of Laravel 11 and later, else one that the routes have. */
export function detectHealth(folder: string, sources: readonly Source[]): Finding<string> {
  const bootstrap = join(folder, 'bootstrap/app.php');
  const own = sources
    .filter(({ path }) => path === bootstrap)
    .flatMap((source) => [...find(source, /\bhealth:\s*['"](\/[\w./-]*)['"]/g)])[0];
  if (own) return finding(own.group(1), placeOf(own));
  const routes = ['routes/web.php', 'routes/api.php'].flatMap((file) =>
    sources
      .filter(({ path }) => path === join(folder, file))
      .flatMap((source) => routesOf(source, file.includes('api') ? '/api' : '')),
  );
  return pickHealth(routes) ?? finding('none', { file: join(folder, 'artisan') });
}

function routesOf(source: Source, prefix: string): readonly Route[] {
  return [...findCalls(source, /\bRoute::get\s*\(/g)].flatMap((call) => {
    const path = literal(call.args[0]);
    if (path === undefined || !mayBeHealth(path)) return [];
    return [{ path: `${prefix}/${path.replace(/^\//, '')}`, evidence: placeOf(call) }];
  });
}

function first(sources: readonly Source[], pattern: RegExp) {
  for (const source of sources) for (const one of find(source, pattern)) return placeOf(one);
  return undefined;
}

const placeOf = ({ file, line }: Found) => ({ file, line });
