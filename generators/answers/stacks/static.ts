import * as v from 'valibot';
import { appName, folder, routePrefix } from '../names.ts';
import { health, limits, nodeEntries, path, port, sourceEntries, uses } from './common.ts';
import type { StackDefinition } from './definition.ts';

/** A single-page app or site: built with Node, served by nginx. */
export const staticApp = v.strictObject({
  stack: v.pipe(v.literal('static'), v.description('A built site (Vite and the like), served by nginx.')),
  path,
  ...nodeEntries,
  ...sourceEntries,
  output: v.pipe(folder, v.description('The folder that the build fills, from the app folder: dist.')),
  fallback: v.pipe(
    v.boolean(),
    v.description('Whether unknown paths get index.html, for routes that exist in the browser only.'),
  ),
  proxy: v.optional(
    v.pipe(
      v.record(routePrefix, appName),
      v.description('Paths that are passed on to an app of this stack: {/api: backend}.'),
    ),
  ),
  devPort: v.pipe(port, v.description('The port of the development server (Vite: 5173).')),
  port,
  health,
  uses,
  limits,
});

export type StaticApp = v.InferOutput<typeof staticApp>;

export const staticSite: StackDefinition = {
  title: 'static',
  runtime: 'Node',
  schema: staticApp,
  describedBy: ['output'],
  fallbacks: {
    packageManager: 'npm',
    frozen: false,
    version: 24,
    build: 'none',
    scripts: false,
    dev: 'none',
    output: 'dist',
    fallback: true,
    devPort: 5173,
    port: 8080,
    health: '/healthz',
  },
  askable: {
    version: 'Node.js version',
    packageManager: 'Package manager',
    build: 'Script of package.json that builds it (none: no build)',
    output: 'Folder that the build fills',
    port: 'Port to serve it on',
  },
  starters: [],
};
