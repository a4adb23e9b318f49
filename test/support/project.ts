import { join, relative } from 'node:path';
import { execa } from 'execa';
import { type FileCombination, findProjects } from '../../generators/compose/model/index.ts';
import type { ComposeModel } from '../../generators/compose/model.ts';
import type {
  Combination,
  DockerfileText,
  Project,
  RejectedCombination,
  TextFile,
} from '../../generators/rules/types.ts';
import type { Tree } from './plan.ts';

/**
 * A generated stack as the rules see it: every overlay combination merged by Compose itself.
 * @param directory where `tree` has been written
 */
export async function projectOf(directory: string, composeFile: string, tree: Tree): Promise<Project> {
  const all = combinationsOf(composeFile, tree);
  const read = await Promise.all(all.map(({ purpose, files }) => combination(directory, purpose, files)));
  const combinations = read.flatMap(({ merged }) => merged ?? []);
  const files = (matches: (path: string) => boolean): readonly TextFile[] =>
    Object.entries(tree).flatMap(([path, text]) => (matches(path) ? [{ path, text }] : []));
  return {
    directory,
    combinations,
    rejected: read.flatMap(({ rejected }) => rejected ?? []),
    composeFiles: files((path) => all.some((one) => one.files.includes(path))),
    dockerfiles: dockerfiles(directory, combinations, tree),
    dockerignores: files((path) => path.endsWith('.dockerignore')),
    envFiles: files((path) => /^\.env.*\.example$/.test(path)),
    scripts: files((path) => path.startsWith('scripts/')),
    mountedFiles: files((path) => path.startsWith('docker/')),
    today: '2026-11-20',
  };
}

/** The compose files that are used together: the base alone, with each overlay, and production with each target. */
function combinationsOf(composeFile: string, tree: Tree): readonly FileCombination[] {
  const projects = findProjects({ files: Object.keys(tree), read: (path) => tree[path] });
  return projects.find(({ base }) => base === composeFile)?.combinations ?? [];
}

/** What Compose makes of some files; what it warns of counts as if it refused them. */
async function combination(
  directory: string,
  purpose: Combination['purpose'],
  files: readonly string[],
): Promise<{ readonly merged?: Combination; readonly rejected?: RejectedCombination }> {
  const name = files.join(' + ');
  const { stdout, stderr, exitCode } = await execa(
    'docker',
    ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'],
    { cwd: directory, reject: false },
  );
  return {
    ...(exitCode === 0 && { merged: { name, files, purpose, model: JSON.parse(stdout) as ComposeModel } }),
    ...(stderr !== '' && { rejected: { name, files, reason: stderr } }),
  };
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
