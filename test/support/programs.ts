/** What tests need beside Docker: run once, before the tests of a project (`vitest.config.ts`). */
import { execa } from 'execa';

/** By name, with the package of Debian that has it. */
const programs = ['openssl', 'make', 'shellcheck'] as const;

/**
 * Installs what is missing where that is possible: on Debian, as root.
 * @throws Error with the names of what is missing still
 */
export async function setup(): Promise<void> {
  const missing = await missingPrograms();
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  const first = await execa('apt-get', install, { reject: false });
  if (first.exitCode !== 0) {
    await execa('apt-get', ['update'], { reject: false });
    await execa('apt-get', install, { reject: false });
  }
  const still = await missingPrograms();
  if (still.length > 0) throw new Error(`Missing: ${still.join(', ')}. Install them to run these tests.`);
}

async function missingPrograms(): Promise<readonly string[]> {
  const found = await Promise.all(programs.map((name) => execa('which', [name], { reject: false })));
  return programs.filter((_, index) => found[index]?.exitCode !== 0);
}
