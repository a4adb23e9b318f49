import * as v from 'valibot';
import { driverName, folder, phpExtension, queueName, roleName } from '../names.ts';
import {
  environment,
  grace,
  health,
  integrations,
  limits,
  nodeEntries,
  path,
  port,
  seconds,
  secrets,
  uses,
  variables,
} from './common.ts';
import type { StackDefinition } from './definition.ts';

/** The PHP versions that Laravel 11 to 13 run on and that are not at their end of life. */
export const phpVersions = ['8.3', '8.4', '8.5'] as const;

/** A queue worker: one `queue:work` process. */
const queue = v.strictObject({
  connection: v.optional(v.pipe(queueName, v.description('The queue connection; the default one without an answer.'))),
  queues: v.optional(
    v.pipe(v.array(queueName), v.description('The queues that it takes jobs from, the most urgent first.')),
  ),
  tries: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be 1 or more'),
      v.maxValue(100, 'must be 100 or less'),
      v.description('How often a job is tried before it has failed; 3 without an answer.'),
    ),
  ),
  timeout: v.optional(
    v.pipe(seconds, v.description('Seconds that a job may take; 60 without an answer. Less than retry_after.')),
  ),
  grace: v.optional(grace),
  limits,
});

/** A Laravel app: roles `web`, queue workers, Horizon, the scheduler, Reverb and `migrate`. */
export const laravelApp = v.strictObject({
  stack: v.pipe(v.literal('laravel'), v.description('A Laravel app.')),
  path,
  server: v.pipe(
    v.picklist(['frankenphp', 'fpm']),
    v.description('frankenphp: one process serves PHP and files; fpm: php-fpm behind nginx.'),
  ),
  version: v.pipe(v.picklist(phpVersions), v.description('The PHP version.')),
  extensions: v.pipe(
    v.array(phpExtension),
    v.description('PHP extensions that the image gets beside those of Laravel itself.'),
  ),
  frozen: v.pipe(v.boolean(), v.description('Whether composer.lock exists, so that installs are exact.')),
  localPackages: v.optional(
    v.pipe(
      v.array(folder),
      v.description('Folders, from the app, with packages that composer.json installs from there (path repositories).'),
    ),
  ),
  assets: v.optional(
    v.pipe(
      v.strictObject({
        packageManager: nodeEntries.packageManager,
        frozen: nodeEntries.frozen,
        version: nodeEntries.version,
        build: nodeEntries.build,
        buildVariables: nodeEntries.buildVariables,
        php: v.pipe(v.boolean(), v.description('Whether the build runs artisan, as some Vite plugins do.')),
      }),
      v.description('How package.json builds public/build; left out for an app without one.'),
    ),
  ),
  migrate: v.pipe(
    v.picklist(['artisan', 'none']),
    v.description('What migrates the database before the app starts: php artisan migrate.'),
  ),
  queues: v.optional(
    v.pipe(v.record(roleName, queue), v.description('Queue workers: each becomes the service <app>-<name>.')),
  ),
  horizon: v.optional(v.pipe(v.boolean(), v.description('Whether Horizon runs the queues.'))),
  scheduler: v.optional(v.pipe(v.boolean(), v.description('Whether schedule:work runs.'))),
  reverb: v.optional(
    v.pipe(v.strictObject({ port }), v.description('The Reverb websocket server; left out where there is none.')),
  ),
  port,
  health,
  uses,
  drivers: v.optional(
    v.pipe(
      v.strictObject({
        queue: v.optional(v.pipe(driverName, v.description('QUEUE_CONNECTION: redis, database, sqs ...'))),
        cache: v.optional(v.pipe(driverName, v.description('CACHE_STORE: redis, database ...'))),
        session: v.optional(v.pipe(driverName, v.description('SESSION_DRIVER: redis, database, cookie ...'))),
      }),
      v.description(
        'Where queues, cache and sessions are kept; what is left out is in Redis if the app uses it, else in the database.',
      ),
    ),
  ),
  redisClient: v.optional(
    v.pipe(
      v.picklist(['phpredis', 'predis']),
      v.description(
        'The client of Redis: phpredis, an extension that the image gets (without an answer), or the package predis.',
      ),
    ),
  ),
  tests: v.optional(
    v.pipe(
      v.picklist(['pest', 'phpunit']),
      v.description('What its tests are written for: the one of backup:database is too. Left out, there is none.'),
    ),
  ),
  variables,
  secrets,
  integrations,
  environment,
  limits,
});

export type LaravelApp = v.InferOutput<typeof laravelApp>;

export const laravel: StackDefinition = {
  title: 'Laravel',
  runtime: 'PHP',
  schema: laravelApp,
  describedBy: ['server'],
  fallbacks: {
    server: 'frankenphp',
    version: '8.4',
    extensions: [],
    frozen: false,
    migrate: 'artisan',
    port: 8080,
    health: '/up',
  },
  askable: {
    version: 'PHP version',
    server: 'Server',
    port: 'Port that it listens on',
    health: 'Health route (none: only check that the port is open)',
  },
  starters: [
    {
      title: 'Laravel',
      template: 'laravel',
      answers: {
        server: 'frankenphp',
        version: '8.4',
        extensions: [],
        // Nobody but the owner of the app can lock it: packages are chosen at that moment.
        frozen: false,
        migrate: 'artisan',
        queues: { queue: {} },
        scheduler: true,
        port: 8080,
        health: '/up',
        uses: ['postgres', 'redis'],
        tests: 'pest',
      },
    },
  ],
};
