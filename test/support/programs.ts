/** What tests need beside Docker: run once, before the tests of a project (`vitest.config.ts`). */
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

/** By name, which is also that of the package of Debian. */
const programs: Readonly<Record<string, readonly string[]>> = {
  unit: ['git', 'openssl'],
  matrix: ['git', 'make', 'openssl', 'shellcheck'],
  e2e: ['git', 'make', 'openssl', 'shellcheck'],
};

/**
 * Installs what is missing where that is possible: on Debian, as root.
 * @throws Error with the names of what is missing still
 */
export async function setup({ name }: TestProject): Promise<void> {
  const needed = programs[name] ?? [];
  const missing = await missingOf(needed);
  if (missing.length === 0) return;
  // A machine that was just started may be updating itself.
  const options = ['--yes', '--no-install-recommends', '--option', 'DPkg::Lock::Timeout=600'];
  const install = ['install', ...options, ...missing];
  const first = await execa('apt-get', install, { reject: false });
  if (first.exitCode !== 0) {
    await execa('apt-get', ['update'], { reject: false });
    await execa('apt-get', install, { reject: false });
  }
  const still = await missingOf(needed);
  if (still.length > 0) throw new Error(`Missing: ${still.join(', ')}. Install them to run these tests.`);
}

async function missingOf(needed: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(needed.map((name) => execa('which', [name], { reject: false })));
  return needed.filter((_, index) => found[index]?.exitCode !== 0);
}
