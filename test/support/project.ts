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
  const targets = targetOverlays(composeFile, tree);
  const build = overlayFile(composeFile, 'build');
  const env = missingValues(tree);
  const combinations = await Promise.all([
    combination(directory, 'base', [composeFile], env),
    combination(directory, 'production', [composeFile, prod], env),
    ...targets.map((target) => combination(directory, 'production', [composeFile, prod, target], env)),
    combination(directory, 'development', [composeFile, dev], env),
    ...(build in tree ? [combination(directory, 'base', [build], env)] : []),
  ]);
  const files = (matches: (path: string) => boolean): readonly TextFile[] =>
    Object.entries(tree).flatMap(([path, text]) => (matches(path) ? [{ path, text }] : []));
  return {
    directory,
    combinations,
    composeFiles: files((path) => [composeFile, prod, dev, build, ...targets].includes(path)),
    dockerfiles: dockerfiles(directory, combinations, tree),
    dockerignores: files((path) => path.endsWith('.dockerignore')),
    envFiles: files((path) => /^\.env.*\.example$/.test(path)),
    scripts: files((path) => path.startsWith('scripts/')),
    today: '2026-11-20',
  };
}

/** The overlays of targets: those of none of the usual purposes. */
export function targetOverlays(composeFile: string, tree: Tree): readonly string[] {
  const usual = ['dev', 'prod', 'build'].map((overlay) => overlayFile(composeFile, overlay));
  const [name, ending] = composeFile.split('.');
  return Object.keys(tree).filter(
    (path) =>
      path.startsWith(`${name}.`) && path.endsWith(`.${ending}`) && path !== composeFile && !usual.includes(path),
  );
}

/** Values for what a person has to fill in: nothing here looks at them. */
export function missingValues(tree: Tree): Readonly<Record<string, string>> {
  const example = tree['.env.production.example'] ?? '';
  const made = tree['.env'] ?? '';
  return Object.fromEntries(
    [...example.matchAll(/^([A-Z0-9_]+)=$/gm)].flatMap(([, name = '']) =>
      made.includes(`\n${name}=`) ? [] : [[name, 'filled-in']],
    ),
  );
}

async function combination(
  directory: string,
  purpose: Combination['purpose'],
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Combination> {
  const { stdout } = await execa(
    'docker',
    ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'],
    { cwd: directory, env },
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
