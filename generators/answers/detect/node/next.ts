import { at, finding, type Warn } from '../findings.ts';
import { join } from '../paths.ts';
import { find, maskJavaScript } from '../source.ts';
import type { Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';

const configs = ['next.config.ts', 'next.config.mjs', 'next.config.js', 'next.config.mts', 'next.config.cjs'];

/** Whether Next's build makes a standalone server. Where it could and does not, the one line to add is said. */
export function detectStandalone(view: View, pack: Package, warn: Warn): Finding<boolean> | undefined {
  const path = configs.map((name) => join(pack.folder, name)).find((file) => view.has(file));
  const source = path && maskJavaScript(path, view.read(path) ?? '');
  if (source) {
    const [found] = find(source, /\boutput\s*:\s*(["'`])standalone\1/g);
    if (found) return finding(true, at(path, found.line));
    const [other] = find(source, /\boutput\s*:\s*(["'`])export\1/g);
    // Pages without a server: another stack.
    if (other) {
      warn(`${path}:${other.line}: output: 'export' makes files without a server: use the stack static`);
      return undefined;
    }
  }
  const where = path ?? join(pack.folder, 'next.config.mjs');
  warn(
    `${where} has no output: 'standalone': the image carries all of node_modules. Add it, and the image has only what the server loads`,
  );
  return undefined;
}
