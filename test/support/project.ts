import { join, relative } from 'node:path';
import { execa } from 'execa';
import type { ComposeModel } from '../../generators/compose/model.ts';
import { overlayFile } from '../../generators/plan/compose.ts';
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
function combinationsOf(
  composeFile: string,
  tree: Tree,
): readonly { readonly purpose: Combination['purpose']; readonly files: readonly string[] }[] {
  const [stem = '', ending = ''] = [composeFile.replace(/\.ya?ml$/, ''), /\.ya?ml$/.exec(composeFile)?.[0]];
  const overlays = Object.keys(tree).flatMap((path) => {
    const isOverlay = path.startsWith(`${stem}.`) && path.endsWith(ending) && path !== composeFile;
    return isOverlay && !path.includes('/') ? [path.slice(stem.length + 1, -ending.length)] : [];
  });
  const prod = overlayFile(composeFile, 'prod');
  return [
    { purpose: 'base', files: [composeFile] },
    { purpose: 'production', files: [composeFile, prod] },
    { purpose: 'development', files: [composeFile, overlayFile(composeFile, 'dev')] },
    ...overlays
      .filter((overlay) => !['prod', 'dev'].includes(overlay))
      .map((overlay) => {
        const file = `${stem}.${overlay}${ending}`;
        return overlay === 'build'
          ? { purpose: 'base' as const, files: [composeFile, file] }
          : { purpose: 'production' as const, files: [composeFile, prod, file] };
      }),
  ];
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
