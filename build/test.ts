/**
 * The one test command: builds, lints, gets an engine, runs every test, and ends with a plain line of counts.
 * Without an engine the end-to-end tests fail in CI; elsewhere it says that they did not run.
 */
import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureEngine } from '../test/support/engine.ts';

const root = join(import.meta.dirname, '..');
const inCi = Boolean(process.env['CI']);
const counts = { passed: 0, failed: 0 };

/** Runs one program of node_modules; its failure counts as one failed test. */
async function check(name: string, ...argv: readonly string[]): Promise<void> {
  console.log(`\n--- ${name}`);
  const [file = '', ...args] = argv;
  const { exitCode } = await execa(file, args, { cwd: root, preferLocal: true, stdio: 'inherit', reject: false });
  counts[exitCode === 0 ? 'passed' : 'failed'] += 1;
}

async function vitest(project: string): Promise<void> {
  console.log(`\n--- tests: ${project}`);
  const file = join(tmpdir(), `prodstack-${project}-${process.pid}.json`);
  const { exitCode } = await execa(
    'vitest',
    ['run', '--project', project, '--reporter', 'default', '--reporter', 'json', `--outputFile.json=${file}`],
    { cwd: root, preferLocal: true, stdio: 'inherit', reject: false },
  );
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    counts.passed += result.numPassedTests;
    counts.failed += result.numFailedTests;
    // A file that does not load, or an error outside of every test.
    if (exitCode !== 0 && result.numFailedTests === 0) counts.failed += 1;
  } catch {
    counts.failed += 1;
  }
  rmSync(file, { force: true });
}

/**
 * Every run leaves some 10 GB of build cache behind. In CI, where nobody else's work is in it, what was not used for longest
 * goes where fewer than `wanted` bytes are free; that can take minutes.
 */
async function makeRoom(wanted: number): Promise<void> {
  const { stdout: folder } = await execa('docker', ['info', '--format', '{{.DockerRootDir}}']);
  // The engine may be on another machine.
  if (!existsSync(folder)) return;
  const free = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  if (free() >= wanted) return;
  console.log(`\n--- room: ${inGb(free())} free in ${folder}, of ${inGb(wanted)} that the tests should have`);
  // Images stay: an engine that was started since has forgotten that the cache needs their layers ("layer does not exist").
  await execa('docker', ['builder', 'prune', '--force', '--max-used-space', '5gb'], { reject: false });
  console.log(`${inGb(free())} free now`);
}

await check('build', 'node', 'build/build.ts');
await check('format and lint', 'biome', 'ci', '.');
await check('types', 'tsc', '--noEmit');
await check('unused files and dependencies', 'knip');
const engine = await ensureEngine();
await vitest('unit');
if (engine) {
  if (inCi) await makeRoom(30e9);
  await vitest('matrix');
  await vitest('e2e');
} else if (inCi) {
  console.error('\nNo Docker Engine answers: in CI that is a failure of every matrix and end-to-end test.');
  counts.failed += 1;
} else {
  console.error('\n*** SKIPPED: no Docker Engine with Compose answers, so NO matrix and NO end-to-end test ran. ***');
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
