import * as v from 'valibot';
import { appName, assetFolder, outputFolder, routePrefix } from '../names.ts';
import { health, limits, nodeEntries, path, port, sourceEntries } from './common.ts';
import type { StackDefinition } from './definition.ts';

/** A single-page app or site: built with Node, served by nginx. */
export const staticApp = v.strictObject({
  stack: v.pipe(v.literal('static'), v.description('A built site (Vite and the like), served by nginx.')),
  path,
  ...nodeEntries,
  ...sourceEntries,
  output: v.pipe(outputFolder, v.description('The folder that the build fills, from the app folder: dist.')),
  assets: v.optional(
    v.pipe(
      assetFolder,
      v.description(
        'The folder of the output whose files have a hash in their names, so that browsers may keep them for ever: assets (Vite). Without it, every file is asked for again.',
      ),
    ),
  ),
  fallback: v.pipe(
    v.boolean(),
    v.description('Whether unknown paths get index.html, for routes that exist in the browser only.'),
  ),
  proxy: v.optional(
    v.pipe(
      v.record(
        routePrefix,
        v.union([
          appName,
          v.strictObject({
            app: v.pipe(appName, v.description('The app that gets it.')),
            strip: v.pipe(v.boolean(), v.description('Whether the app gets the path without the route in front.')),
          }),
        ]),
      ),
      v.description(
        'Paths that are passed on to an app of this stack: {/api: backend}; {/api: {app: backend, strip: true}} where the app does not have /api in its routes.',
      ),
    ),
  ),
  devPort: v.pipe(port, v.description('The port of the development server (Vite: 5173).')),
  port,
  health,
  uses: v.pipe(
    v.array(appName),
    v.description(
      'The apps of this stack that it asks, by name. It waits for them; its development server gets their address: API_URL for an app named api.',
    ),
  ),
  limits,
});

/** The app that a path is passed on to. */
export function receiverOf(to: NonNullable<StaticApp['proxy']>[string]): string {
  return typeof to === 'string' ? to : to.app;
}

export type StaticApp = v.InferOutput<typeof staticApp>;

export const staticSite: StackDefinition = {
  title: 'static',
  runtime: 'Node',
  schema: staticApp,
  describedBy: ['build', 'output'],
  fallbacks: {
    packageManager: 'npm',
    frozen: false,
    version: 24,
    build: 'none',
    scripts: false,
    dev: 'none',
    fallback: true,
    devPort: 5173,
    port: 8080,
    health: '/healthz',
  },
  // The server is ours; and what nothing builds needs no Node.
  untold: ({ build = 'none' }) => ['port', 'health', ...(build === 'none' ? ['version', 'packageManager'] : [])],
  late: (values) =>
    'output' in values
      ? []
      : [
          values['build'] === 'none'
            ? { key: 'output', value: '.', reason: 'nothing builds it: the folder itself is served' }
            : { key: 'output', value: 'dist', reason: 'what most tools fill; no other folder was found' },
        ],
  askable: {
    version: 'Node.js version',
    packageManager: 'Package manager',
    build: 'Script of package.json that builds it (none: no build)',
    output: 'Folder that the build fills',
    port: 'Port to serve it on',
  },
  starters: [
    {
      title: 'Static page (Vite)',
      template: 'static',
      answers: {
        packageManager: 'npm',
        frozen: true,
        version: 24,
        build: 'build',
        dev: 'npm run dev -- --host 0.0.0.0',
        scripts: false,
        output: 'dist',
        assets: 'assets',
        fallback: true,
        devPort: 5173,
        port: 8080,
        health: '/healthz',
        uses: [],
      },
    },
  ],
};
