import { describe, expect, it } from 'vitest';
import { type InstalledApp, nodePackages } from '../../../generators/stack/blocks/node-packages.ts';

const app: InstalledApp = {
  path: 'apps/api',
  packageManager: 'npm',
  frozen: true,
  build: 'build',
  scripts: false,
  start: 'node dist/server.js',
  workspace: {
    path: '.',
    packages: ['apps/api', 'apps/web', 'packages/core', 'packages/db'],
    // db is built on core.
    needs: ['packages/core', 'packages/db'],
  },
};

describe('a member of a workspace', () => {
  it.each([
    [
      'npm',
      'npm ci',
      'npm ci --omit=dev --workspace apps/api --include-workspace-root',
      'npm run build --if-present --workspace packages/core --workspace packages/db --workspace apps/api',
    ],
    [
      'pnpm@11',
      'pnpm install --frozen-lockfile',
      'pnpm install --frozen-lockfile --prod --filter-prod "{apps/api}..." --filter "{.}"',
      'pnpm --filter "{apps/api}..." run --if-present build',
    ],
    [
      'yarn@1.22.22',
      'yarn install --frozen-lockfile',
      'yarn install --frozen-lockfile --production',
      'npm run build --if-present --workspace packages/core --workspace packages/db --workspace apps/api',
    ],
    [
      'yarn@4.18.1',
      'yarn install --immutable',
      'cd apps/api && yarn workspaces focus --production && cd /app && rm -rf apps/web',
      'npm run build --if-present --workspace packages/core --workspace packages/db --workspace apps/api',
    ],
    [
      'bun@1.4.5',
      'bun install --frozen-lockfile',
      'bun install --frozen-lockfile --production --filter ./apps/api',
      'npm run build --if-present --workspace packages/core --workspace packages/db --workspace apps/api',
    ],
  ])('is installed and built with what it needs: %s', (packageManager, install, installProduction, build) => {
    const found = nodePackages({ ...app, packageManager });
    expect({ install: found.install, installProduction: found.installProduction, build: found.build }).toEqual({
      install,
      installProduction,
      build,
    });
  });

  it.each([
    ['npm', ['packages/core', 'packages/db', 'apps/api'], []],
    ['pnpm@12', ['packages/core', 'packages/db', 'apps/api'], []],
    // Its lockfile would change if a member were missing.
    ['yarn@4.18.1', ['apps/api', 'apps/web', 'packages/core', 'packages/db'], ['apps/web']],
  ])('has the manifests that its install reads: %s', (packageManager, members, strangers) => {
    expect(nodePackages({ ...app, packageManager })).toMatchObject({ members, strangers });
  });

  it('has all of the workspace where nobody knows what it needs', () => {
    const { needs: _needs, ...workspace } = app.workspace ?? { path: '.', packages: [] };
    expect(nodePackages({ ...app, workspace }).members).toEqual([
      'apps/web',
      'packages/core',
      'packages/db',
      'apps/api',
    ]);
  });

  it('is built by Turborepo with its cache beside the layers, and never at the root', () => {
    const turbo = {
      ...app,
      packageManager: 'pnpm@12.21.0',
      workspace: { path: '.', packages: [], needs: [], turbo: true },
    };
    expect(nodePackages(turbo)).toMatchObject({
      build: 'node_modules/.bin/turbo run build --filter=./apps/api',
      buildWithCaches: 'node_modules/.bin/turbo run build --filter=./apps/api --cache-dir=/root/.cache/turbo',
      buildCaches: ['/root/.cache/turbo'],
      environment: expect.stringContaining('TURBO_TELEMETRY_DISABLED=1'),
    });
    expect(nodePackages({ ...turbo, path: '.' })).toMatchObject({
      build: 'pnpm --filter "{.}..." run --if-present build',
      buildCaches: [],
    });
  });
});
