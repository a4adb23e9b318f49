import type { Warn } from '../findings.ts';
import { record } from '../json.ts';
import { join } from '../paths.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';
import { parseLoose } from './tsconfig.ts';

/** Whether Turborepo runs the builds of a workspace. */
export function detectTurbo(view: View, root: Package, warn: Warn): boolean {
  const file = ['turbo.json', 'turbo.jsonc'].map((name) => join(root.folder, name)).find((path) => view.has(path));
  if (file === undefined || !('turbo' in root.devDependencies || 'turbo' in root.dependencies)) return false;
  const { tasks, pipeline } = parseLoose(view.read(file) ?? '');
  const build = record({ ...record(pipeline), ...record(tasks) }['build']);
  // The cache outlives the layers of an image: then such a build ends well, and its result is missing.
  if (!Array.isArray(build['outputs']) || build['outputs'].length === 0) {
    warn(
      `${file}: the task build names no outputs, so that a cached build brings nothing back: add what it makes, such as "outputs": ["dist/**"]`,
    );
    return false;
  }
  return true;
}
