/**
 * Each folder of `test/compose` is read as Compose reads it. `expected.json` is what Compose itself said (recorded and
 * compared by the matrix); `problems.txt` is what we say about files that are wrong.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Loaded, loadCompose, readDotEnv } from '../../../../generators/compose/model/index.ts';
import { caseNames, casesRoot, composeCases, filesOfCase, portable } from '../../../support/compose-config.ts';
import { filesIn } from './files.ts';

function load(name: string): Loaded {
  const source = filesIn(join(composeCases, name));
  const env = readDotEnv(source.read('.env') ?? '').values;
  return loadCompose(filesOfCase(name), source, {
    projectDirectory: '.',
    env,
    directory: `${casesRoot}/${name}`,
  });
}

function report({ problems }: Loaded): string {
  const lines = problems.map(
    ({ file, line, severity, code, message, hint }) => `${file}:${line} ${severity} ${code}: ${message}. ${hint}\n`,
  );
  return lines.join('');
}

describe.each(caseNames)('the compose files of %s', (name) => {
  const expected = join(composeCases, name, 'expected.json');
  const problems = join(composeCases, name, 'problems.txt');
  const loaded = load(name);

  it('say what Compose reads', () => {
    if (!existsSync(expected)) return expect(report(loaded)).not.toBe('');
    expect(loaded.model && portable(loaded.model)).toEqual(JSON.parse(readFileSync(expected, 'utf8')));
  });

  it('have the problems that are known, and no others', () => {
    if (process.env['UPDATE_GOLDEN'] && report(loaded) !== '') writeFileSync(problems, report(loaded));
    expect(report(loaded)).toBe(existsSync(problems) ? readFileSync(problems, 'utf8') : '');
  });
});
