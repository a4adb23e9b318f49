/** The package as a user gets it: packed, and installed into a folder of its own. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '../..');

/**
 * The folder that the tarball is installed in: made once per state of `dist/`, and shared by all test files.
 * @throws Error when `dist/` is not built
 */
export async function packedPrefix(): Promise<string> {
  const prefix = join(tmpdir(), `prodstack-packed-${fingerprint()}`);
  if (existsSync(prefix)) {
    // It is in use: another run takes it for young.
    utimesSync(prefix, new Date(), new Date());
    return prefix;
  }
  removeOld();
  const draft = mkdtempSync(`${prefix}-`);
  // `prepare` would build again, under the feet of other tests.
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', draft], { cwd: root });
  const tarballs = globSync('*.tgz', { cwd: draft }).map((name) => join(draft, name));
  await execa('npm', ['install', '--prefix', draft, '--no-save', '--no-package-lock', ...tarballs]);
  chmodSync(draft, 0o755); // containers read it as other users
  try {
    renameSync(draft, prefix);
  } catch {
    rmSync(draft, { recursive: true }); // another test file was faster
  }
  return prefix;
}

/** Takes away what earlier runs left; one that was used within the last hour may be in use. */
function removeOld(): void {
  for (const name of globSync('prodstack-packed-*', { cwd: tmpdir() })) {
    const path = join(tmpdir(), name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (made === undefined || Date.now() - made < 3_600_000) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Another test file is taking it away, too.
    }
  }
}

/** The program of an installed package, as its package.json names it; a path inside the prefix. */
export function binOf(prefix: string): string {
  const folder = 'node_modules/create-prodstack';
  const manifest: { bin: Record<string, string> } = JSON.parse(
    readFileSync(join(prefix, folder, 'package.json'), 'utf8'),
  );
  return join(folder, manifest.bin['create-prodstack'] ?? '');
}

/** Names what is in the package: the same content gives the same word. */
function fingerprint(): string {
  const files = globSync('dist/**/*', { cwd: root }).filter((path) => statSync(join(root, path)).isFile());
  if (files.length === 0) throw new Error('dist/ is not built: npm run build');
  const hash = createHash('sha256');
  for (const path of ['package.json', ...files.sort()]) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 12);
}
