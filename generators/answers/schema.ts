/**
 * The one source of the answers: their types, their validation (`validate.ts`) and the published
 * JSON Schema (`build/build.ts`) are all derived from what stands here and in `stacks/`.
 */
import * as v from 'valibot';
import { appName, projectName } from './names.ts';
import { type LaravelApp, laravelApp } from './stacks/laravel.ts';
import { type NodeApp, nodeApp } from './stacks/node.ts';
import { type FastapiApp, fastapiApp, type PythonApp, pythonApp } from './stacks/python.ts';
import { type StaticApp, staticApp } from './stacks/static.ts';

export const postgresVersions = [16, 17, 18] as const;
export const redisVersions = [7, 8] as const;

/** What apps can be connected to, beside each other. */
export const externalNames = ['postgres', 'redis'] as const;

export const app = v.variant('stack', [nodeApp, fastapiApp, pythonApp, laravelApp, staticApp]);

export const postgres = v.strictObject({
  mode: v.pipe(v.literal('bundled'), v.description('bundled: a container of this stack.')),
  version: v.pipe(v.picklist(postgresVersions), v.description('The PostgreSQL major version.')),
  separate: v.optional(
    v.pipe(
      v.picklist(['databases', 'schemas']),
      v.description(
        'Gives each app a database, or a schema, of its own, with a role that cannot reach the others; without it they share one.',
      ),
    ),
  ),
});

export const redis = v.strictObject({
  mode: v.pipe(v.literal('bundled'), v.description('bundled: a container of this stack.')),
  version: v.pipe(v.picklist(redisVersions), v.description('The Redis major version.')),
});

/** The complete answers: what `prodstack.yaml` holds after a run. */
export const answers = v.strictObject({
  prodstack: v.pipe(v.literal(1), v.description('The version of this file format.')),
  name: v.pipe(projectName, v.description('The name of the Compose project.')),
  composeFile: v.optional(
    v.pipe(
      v.picklist(['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']),
      v.description('The name of the base compose file, where it is not compose.yaml.'),
    ),
  ),
  apps: v.pipe(
    v.record(appName, app),
    v.minEntries(1, 'must be a map with at least one app'),
    v.description('The apps, by name.'),
  ),
  postgres: v.optional(postgres),
  redis: v.optional(redis),
});

export type Answers = v.InferOutput<typeof answers>;
export type App = LaravelApp | FastapiApp | PythonApp | NodeApp | StaticApp;
export type { FastapiApp, LaravelApp, NodeApp, PythonApp, StaticApp };
