import * as v from 'valibot';
import { command } from '../names.ts';
import {
  databaseDrivers,
  grace,
  health,
  nodeEntries,
  path,
  portOrNone,
  programEntries,
  sourceEntries,
} from './common.ts';
import type { StackDefinition, Values } from './definition.ts';

export const nodeFrameworks = ['express', 'fastify', 'hono', 'nest', 'next', 'react-router', 'remix', 'none'] as const;

/** A Node app: roles `web`, `migrate` and any number of workers. */
export const nodeApp = v.strictObject({
  stack: v.pipe(v.literal('node'), v.description('A Node app.')),
  path,
  framework: v.pipe(v.picklist(nodeFrameworks), v.description('The web framework.')),
  ...nodeEntries,
  start: v.pipe(command, v.description('The production command, without a package manager in front.')),
  ...sourceEntries,
  standalone: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Whether Next's build makes a standalone server (output: 'standalone'), without node_modules."),
    ),
  ),
  migrate: v.optional(
    v.pipe(
      v.union([v.picklist(['none', 'prisma', 'drizzle']), command]),
      v.description('What migrates the database before the app starts: prisma, drizzle, a command, or none.'),
    ),
  ),
  databaseDriver: v.optional(
    v.pipe(
      v.picklist(databaseDrivers),
      v.description(
        'How a managed database is told to the app: pg (node-postgres and what is on top of it; without an answer), postgres (postgres.js), prisma (without an adapter).',
      ),
    ),
  ),
  port: portOrNone,
  health,
  grace: v.optional(grace),
  ...programEntries,
});

export type NodeApp = v.InferOutput<typeof nodeApp>;

export const node: StackDefinition = {
  title: 'Node',
  runtime: 'Node',
  schema: nodeApp,
  describedBy: ['start'],
  fallbacks: {
    framework: 'none',
    packageManager: 'npm',
    frozen: false,
    version: 24,
    build: 'none',
    scripts: false,
    port: 3000,
    health: 'none',
  },
  untold: ({ port }) => (port === 'none' ? ['health'] : []),
  late: (values) =>
    'dev' in values
      ? []
      : [
          {
            key: 'dev',
            value: developmentCommand(values),
            reason: 'no dev script was found; with none, an edit rebuilds the image',
          },
        ],
  askable: {
    version: 'Node.js version',
    packageManager: 'Package manager',
    build: 'Script of package.json that builds it (none: no build)',
    start: 'Production command, without npm in front',
    port: 'Port that it listens on (none: a worker or bot)',
    health: 'Health route (none: only check that the port is open)',
  },
  has: (key, { port }) => key !== 'health' || port !== 'none',
  starters: [
    {
      title: 'Node (Fastify)',
      template: 'node',
      answers: {
        framework: 'fastify',
        packageManager: 'npm',
        frozen: true,
        version: 24,
        build: 'none',
        start: 'node src/server.js',
        dev: 'node --watch src/server.js',
        scripts: false,
        port: 3000,
        health: '/health',
        uses: ['postgres', 'redis'],
      },
    },
  ],
};

/** `node server.js` as a command that restarts on a change, where what it starts is not built first. */
function developmentCommand({ build, start }: Values): string {
  const runsSources = build === 'none' && typeof start === 'string' && start.startsWith('node ');
  return runsSources ? start.replace('node ', 'node --watch ') : 'none';
}
