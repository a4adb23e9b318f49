import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ComposeModel } from '../../generators/compose/model.ts';

/** Folders of compose files: `compose.yaml`, what it needs, and in `expected.json` or `problems.txt` what it says. */
export const composeCases = join(import.meta.dirname, '../compose');

/** What stands for the folder of the cases, so that no path of this machine is expected. */
export const casesRoot = '/cases';

export const caseNames = readdirSync(composeCases, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** The files of a case that Compose takes by itself. */
export function filesOfCase(name: string): readonly string[] {
  const there = readdirSync(join(composeCases, name));
  return ['compose.yaml', 'compose.override.yaml'].filter((file) => there.includes(file));
}

/** What Compose makes of files, with all profiles; its message where it refuses them. */
export async function composeConfig(
  directory: string,
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly model?: ComposeModel; readonly refused?: string }> {
  const { stdout, stderr, exitCode } = await execa(
    'docker',
    ['compose', ...files.flatMap((file) => ['-f', file]), '--profile', '*', 'config', '--format', 'json'],
    { cwd: directory, reject: false, env: { HOME: '/home/somebody', ...env } },
  );
  if (exitCode !== 0) return { refused: stderr };
  return { model: JSON.parse(stdout) as ComposeModel };
}

/**
 * A model with the folder of the cases, and the home that Compose puts in, as the reader has them; without
 * `create_host_path`, which Compose says only up to version 2.
 */
export function portable(model: ComposeModel): ComposeModel {
  const text = JSON.stringify(model, (key, value: unknown) => (key === 'create_host_path' ? undefined : value))
    .replaceAll(`${composeCases}/`, `${casesRoot}/`)
    .replaceAll('"/home/somebody/', '"~/');
  return JSON.parse(text) as ComposeModel;
}
