/**
 * Edits of YAML files: one folder each. `input.yaml` is a file of somebody's, `request.yaml` what is asked for, and
 * `output.yaml` the file afterwards, or `error.txt` the reason why it stays as it is and the way out.
 * `npm run test:update` writes them anew; every byte counts.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applySplices, type Edit, editYaml } from '../../generators/compose/edit/index.ts';
import { readYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';

const here = import.meta.dirname;
const cases = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

describe.each(cases)('merge case %s', (name) => {
  const path = (file: string) => join(here, name, file);
  const input = readFileSync(path('input.yaml'), 'utf8');
  const edits = readYaml(readFileSync(path('request.yaml'), 'utf8'), 'request.yaml') as readonly Edit[];
  const [wanted, other] = existsSync(path('error.txt')) ? ['error.txt', 'output.yaml'] : ['output.yaml', 'error.txt'];

  it('gives the file or the reason that is expected', () => {
    const { file, text } = resultOf(input, edits);
    if (process.env['UPDATE_GOLDEN']) {
      for (const one of [wanted, other]) rmSync(path(one), { force: true });
      writeFileSync(path(file), text);
    }
    expect(existsSync(path(file)), text).toBe(true);
    expect(text).toBe(readFileSync(path(file), 'utf8'));
  });

  it('has nothing to do when it is asked again', () => {
    const { file, text } = resultOf(input, edits);
    // A reason is given every time.
    if (file === 'error.txt') expect(resultOf(input, edits)).toEqual({ file, text });
    else expect(editYaml(text, edits.filter(isOfNames), 'compose.yaml')).toEqual([]);
  });
});

/** Indices of what goes count in what was there before. */
function isOfNames({ op, path }: Edit): boolean {
  return op !== 'remove' || !path.some((key) => typeof key === 'number');
}

function resultOf(input: string, edits: readonly Edit[]): { readonly file: string; readonly text: string } {
  try {
    return { file: 'output.yaml', text: applySplices(input, editYaml(input, edits, 'compose.yaml')) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { file: 'error.txt', text: `${error.message}\n${error.hint ?? ''}\n` };
  }
}
