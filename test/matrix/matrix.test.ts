/**
 * All pairs of answers, without snapshots: whatever is combined, the production rules hold, Compose takes every
 * overlay combination, and a second run has nothing to do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { overlayFile } from '../../generators/plan/compose.ts';
import { runRules } from '../../generators/rules/index.ts';
import { run } from '../support/plan.ts';
import { projectOf } from '../support/project.ts';
import { writeTree } from '../support/tree.ts';
import { allPairs } from './pairs.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'npm run dev' };
const fastapi = { stack: 'fastapi', app: 'app.main:app' };

/** One choice per dimension; null leaves the answer out. */
const dimensions = {
  node: [
    null,
    {
      ...node,
      path: '.',
      packageManager: 'npm',
      frozen: true,
      version: 22,
      build: 'none',
      health: '/health',
      scripts: false,
    },
    {
      ...node,
      path: 'web',
      packageManager: 'pnpm@10.12.1',
      frozen: true,
      version: 24,
      build: 'build',
      health: 'none',
      scripts: true,
    },
    {
      ...node,
      path: 'web',
      packageManager: 'yarn@4.9.1',
      frozen: false,
      version: 26,
      build: 'build',
      health: '/up',
      framework: 'next',
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'pnpm@10',
      frozen: true,
      build: 'build',
      workspace: { path: '.', packages: ['apps/web', 'packages/lib'] },
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'pnpm@12.21.0',
      frozen: true,
      build: 'build',
      framework: 'next',
      start: 'node server.js',
      standalone: true,
      buildVariables: ['NEXT_PUBLIC_TITLE', 'NEXT_PUBLIC_MAP_TOKEN'],
      installFolders: ['patches'],
      scripts: true,
      workspace: {
        path: '.',
        packages: ['apps/api', 'apps/web', 'packages/lib'],
        needs: ['packages/lib'],
        folders: ['config'],
        turbo: true,
      },
    },
    {
      ...node,
      path: 'js/apps/web',
      packageManager: 'yarn@4.18.1',
      frozen: true,
      build: 'build',
      dev: 'none',
      workspace: { path: 'js', packages: ['apps/api', 'apps/web', 'packages/lib'], needs: ['packages/lib'] },
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'npm',
      frozen: true,
      workspace: { path: '.', packages: ['apps/web', 'packages/lib'], needs: [] },
    },
    { ...node, path: 'web', packageManager: 'bun@1', frozen: true, start: 'node "a b.js"', health: '/a/b-c_d.e~f' },
  ],
  fastapi: [
    null,
    {
      ...fastapi,
      path: 'api',
      packageManager: 'uv',
      frozen: true,
      version: '3.12',
      migrate: 'alembic',
      databaseScheme: 'postgresql+asyncpg',
      health: '/health',
    },
    {
      ...fastapi,
      path: 'api',
      packageManager: 'poetry',
      frozen: true,
      version: '3.13',
      appDir: 'src',
      migrate: 'none',
      databaseScheme: 'postgresql+psycopg',
    },
    {
      ...fastapi,
      path: 'services/api',
      packageManager: 'pip',
      requirements: 'requirements/prod.txt',
      version: '3.14',
      migrate: 'alembic',
    },
    { ...fastapi, path: 'api', packageManager: 'pipenv', frozen: false, migrate: 'none', health: '/api/v1/health' },
  ],
  postgres: [null, { version: 16 }, { version: 17 }, { version: 18 }],
  redis: [null, { version: 7 }, { version: 8 }],
  composeFile: [null, 'docker-compose.yml', 'compose.yml'],
} as const;

const combinations = allPairs(dimensions).filter((one) => one.node !== null || one.fastapi !== null);
const folder = mkdtempSync(join(tmpdir(), 'prodstack-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(combinations.map((choice, index) => ({ index, choice, title: title(choice) })))(
  '$title',
  ({ index, choice }) => {
    const chosen = {
      name: `shop${index}`,
      apps: {
        ...(choice.node && { web: { port: 3000, ...choice.node } }),
        ...(choice.fastapi && { api: { port: 8000, ...choice.fastapi } }),
      },
      ...(choice.postgres && { postgres: choice.postgres }),
      ...(choice.redis && { redis: choice.redis }),
      ...(choice.composeFile && { composeFile: choice.composeFile }),
    };
    // The apps exist: a file that says nothing is in each folder.
    const input = { 'web/x': '', 'api/x': '', 'prodstack.yaml': JSON.stringify(chosen) };

    it('keeps every production rule, in every overlay combination', { timeout: 60_000 }, async () => {
      const { after, stack } = await run(input);
      const directory = join(folder, String(index));
      writeTree(directory, after);
      const project = await projectOf(directory, stack.composeFile, after);
      // Where there is no lockfile, the rule says so, and rightly.
      const loose = [choice.node, choice.fastapi].some((app) => app && (!('frozen' in app) || !app.frozen));
      expect(runRules(project).filter(({ rule }) => !(loose && rule === 'frozen-lockfile'))).toEqual([]);
    });

    it('is quiet in `docker compose config`, alone and with each overlay', { timeout: 60_000 }, async () => {
      const { after, stack } = await run(input);
      const directory = join(folder, `${index}-config`);
      writeTree(directory, after);
      for (const overlays of [[], ['prod'], ['dev']] as const) {
        const files = [stack.composeFile, ...overlays.map((overlay) => overlayFile(stack.composeFile, overlay))];
        const { stderr, exitCode } = await execa(
          'docker',
          ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--quiet'],
          { cwd: directory, reject: false },
        );
        expect({ files, stderr, exitCode }).toEqual({ files, stderr: '', exitCode: 0 });
      }
    });

    it('has nothing to do when it is run again', async () => {
      const { after } = await run(input);
      const again = await run(after);
      expect(again.outcomes.filter((one) => one.planned).map((one) => one.path)).toEqual([]);
    });
  },
);

function title(choice: (typeof combinations)[number]): string {
  const name = (value: unknown): string => {
    if (value === null || value === undefined) return '-';
    if (typeof value === 'string') return value;
    const { packageManager, path, version } = value as Readonly<Record<string, unknown>>;
    return [packageManager, path, version].filter((one) => one !== undefined).join(' ');
  };
  return Object.entries(choice)
    .map(([key, value]) => `${key}: ${name(value)}`)
    .join(', ');
}
