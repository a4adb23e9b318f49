/** The JSON files that versions and other facts live in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

const templates = join(import.meta.dirname, '../../../templates');
const catalogues = readdirSync(templates).filter((name) => name.endsWith('.json'));

describe('the catalogues', () => {
  it('are found', () => {
    expect(catalogues).toEqual(expect.arrayContaining(['images.json', 'tools.json', 'end-of-life.json']));
  });

  // JSON.parse takes the last one, so that an edit of the first has no effect.
  it.each(catalogues)('%s has every key once', (name) => {
    const text = readFileSync(join(templates, name), 'utf8');
    expect(parseDocument(text, { uniqueKeys: true }).errors.map(({ message }) => message)).toEqual([]);
    expect(JSON.parse(text)).toBeTypeOf('object');
  });
});
