/** Every script that we generate, through shellcheck. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const golden = join(import.meta.dirname, '../golden');
const scripts = readdirSync(golden, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => path.includes('/expected/') && /^#!.*\b(?:ba)?sh\b/.test(readFileSync(path, 'utf8')))
  .sort();

describe('the scripts of the golden cases', () => {
  it.each(scripts.map((path) => path.slice(golden.length + 1)))(
    'shellcheck has nothing to say about %s',
    async (path) => {
      const { stdout, stderr, exitCode } = await execa('shellcheck', [join(golden, path)], { reject: false });
      expect({ exitCode, text: stdout + stderr }).toEqual({ exitCode: 0, text: '' });
    },
  );
});
