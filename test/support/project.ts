import { join, relative } from 'node:path';
import { execa } from 'execa';
import { overlayFile } from '../../generators/plan/compose.ts';
import type { ComposeModel } from '../../generators/rules/model.ts';
import type { Combination, DockerfileText, Project, TextFile } from '../../generators/rules/types.ts';
import type { Tree } from './plan.ts';

/**
 * A generated stack as the rules see it: every overlay combination merged by Compose itself.
 * @param directory where `tree` has been written
 */
export async function projectOf(directory: string, composeFile: string, tree: Tree): Promise<Project> {
  const prod = overlayFile(composeFile, 'prod');
  const dev = overlayFile(composeFile, 'dev');
  const combinations = await Promise.all([
    combination(directory, 'base', [composeFile]),
    combination(directory, 'production', [composeFile, prod]),
    combination(directory, 'development', [composeFile, dev]),
  ]);
  const files = (matches: (path: string) => boolean): readonly TextFile[] =>
    Object.entries(tree).flatMap(([path, text]) => (matches(path) ? [{ path, text }] : []));
  return {
    directory,
    combinations,
    composeFiles: files((path) => [composeFile, prod, dev].includes(path)),
    dockerfiles: dockerfiles(directory, combinations, tree),
    dockerignores: files((path) => path.endsWith('.dockerignore')),
    envFiles: files((path) => /^\.env.*\.example$/.test(path)),
    scripts: files((path) => path.startsWith('scripts/')),
    mountedFiles: files((path) => path.startsWith('docker/')),
    today: '2026-11-20',
  };
}

async function combination(
  directory: string,
  purpose: Combination['purpose'],
  files: readonly string[],
): Promise<Combination> {
  const { stdout } = await execa(
    'docker',
    ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'],
    { cwd: directory },
  );
  return { name: files.join(' + '), files, purpose, model: JSON.parse(stdout) as ComposeModel };
}

function dockerfiles(directory: string, combinations: readonly Combination[], tree: Tree): readonly DockerfileText[] {
  const found = new Map<string, DockerfileText>();
  for (const { model } of combinations) {
    for (const { build } of Object.values(model.services ?? {})) {
      if (!build?.context) continue;
      const context = relative(directory, build.context) || '.';
      const path = relative(directory, join(build.context, build.dockerfile ?? 'Dockerfile'));
      const text = tree[path];
      if (text !== undefined) found.set(path, { path, text, context });
    }
  }
  return [...found.values()];
}
