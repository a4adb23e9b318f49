import { composeEntries } from '../compose-text.ts';
import { composeSpec } from '../sources.ts';
import type { Rule } from '../types.ts';

export const noVersionKey: Rule = {
  id: 'no-version-key',
  severity: 'info',
  title: 'No compose file has a version',
  why: 'The key is obsolete: Compose ignores it and warns at every command.',
  fix: 'Remove the line; `name:` gives the project its name.',
  source: composeSpec('04-version-and-name.md#version-top-level-element-obsolete'),
  check: ({ composeFiles }) =>
    composeFiles.flatMap((file) =>
      composeEntries(file)
        .filter(({ path }) => path.length === 1 && path[0] === 'version')
        .map(({ line }) => ({ file: file.path, line, message: 'the key version is obsolete' })),
    ),
};
