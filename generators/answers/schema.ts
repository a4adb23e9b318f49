/**
 * The one source of the answers: their types, their validation (`validate.ts`) and the published
 * JSON Schema (`build/build.ts`) are all derived from what stands here and in `stacks/`.
 */
import * as v from 'valibot';
import { backup } from './backup.ts';
import { images, logs, makefile, restart, secrets, targets } from './deployment.ts';
import { edge } from './edge.ts';
import { externals } from './externals.ts';
import { appName, projectName } from './names.ts';
import { type LaravelApp, laravelApp } from './stacks/laravel.ts';
import { type NodeApp, nodeApp } from './stacks/node.ts';
import { type FastapiApp, fastapiApp, type PythonApp, pythonApp } from './stacks/python.ts';
import { type StaticApp, staticApp } from './stacks/static.ts';

export const app = v.variant('stack', [nodeApp, fastapiApp, pythonApp, laravelApp, staticApp]);

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
  ...externals,
  backup: v.optional(v.pipe(backup, v.description('Backups of the database, and of uploaded files.'))),
  edge: v.optional(
    v.pipe(
      edge,
      v.description('What lets the world in: a tunnel or a TLS proxy. Without it, apps are on the loopback interface.'),
    ),
  ),
  secrets: v.optional(secrets),
  images: v.optional(images),
  targets: v.optional(targets),
  logs: v.optional(logs),
  restart: v.optional(restart),
  makefile: v.optional(makefile),
});

export type Answers = v.InferOutput<typeof answers>;
export type App = LaravelApp | FastapiApp | PythonApp | NodeApp | StaticApp;
export type { FastapiApp, LaravelApp, NodeApp, PythonApp, StaticApp };
