import { place, type Warn } from '../findings.ts';
import { join } from '../paths.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';

/** Settings that an install in an image does not miss. */
const idle =
  /^(?:save|fund|audit|loglevel|progress|color|update-notifier|engine-strict|package-lock|message|sign-git|tag-version|init[-.]|script-shell|prefer-offline|store-dir|git-)/;

/** Says which settings of .npmrc an install in the image will miss: no image gets that file, since it may hold a token. */
export function warnOfNpmrc(view: View, root: Package, warn: Warn): void {
  const file = join(root.folder, '.npmrc');
  const lines = view.read(file)?.split('\n') ?? [];
  const at = lines.findIndex((line) => /^\s*[^\s#;=]+\s*=/.test(line) && !idle.test(line.trim()));
  const key = /^\s*([^\s=]+)/.exec(lines[at] ?? '')?.[1];
  if (key === undefined) return;
  // Tokens stand behind the registry that they are for.
  const name = key.replace(/^(\/\/[^/:]+).*$/, '$1');
  warn(
    `${place({ file, line: at + 1 })}: ${name} does not reach the image, which gets no .npmrc because it may hold a token: if the install needs it, move it to package.json or pnpm-workspace.yaml, or give the file to the install as a secret (RUN --mount=type=secret)`,
  );
}
