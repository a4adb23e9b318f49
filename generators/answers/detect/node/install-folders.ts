import { folderOf } from '../../../paths.ts';
import { finding } from '../findings.ts';
import { record } from '../json.ts';
import { from, isInside, join } from '../paths.ts';
import type { Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { ManagerName } from './manager.ts';
import type { Package } from './package.ts';

/**
 * Folders that an install reads beside the manifests: patches of packages, plugins of Yarn. Without them it fails,
 * or installs what nobody tested.
 */
export function detectInstallFolders(view: View, manager: ManagerName, root: Package): Finding<string[]> | undefined {
  const own = ['.yarn/patches', '.yarn/plugins'];
  const candidates = manager === 'yarn' ? own : manager === 'npm' ? [] : patchFolders(view, root);
  const present = [...new Set(candidates)]
    .sort()
    .filter((folder) => filesIn(view, join(root.folder, folder)).length > 0);
  const [first] = present;
  if (first === undefined) return undefined;
  return finding(present, { file: filesIn(view, join(root.folder, first))[0] ?? first });
}

function filesIn(view: View, folder: string): readonly string[] {
  return view.files.filter((file) => isInside(file, folder));
}

/** The folders of `patchedDependencies`: of package.json, or of pnpm-workspace.yaml since pnpm 10. */
function patchFolders(view: View, root: Package): readonly string[] {
  const { data } = root.json;
  const fields = [data['patchedDependencies'], record(data['pnpm'])['patchedDependencies']];
  const yaml = view.read(join(root.folder, 'pnpm-workspace.yaml')) ?? '';
  const block = /^patchedDependencies:[^\n]*\n((?:[ \t]+[^\n]*\n?|\n)*)/m.exec(yaml)?.[1] ?? '';
  const named = [
    ...fields.flatMap((field) => Object.values(record(field))),
    ...(block.match(/[\w./@+-]+\.patch\b/g) ?? []),
  ];
  return named
    .filter((path) => typeof path === 'string')
    .map((path) => from(root.folder, folderOf(join(root.folder, path))))
    .filter((folder) => folder !== '.');
}
