import { describe, expect, it } from 'vitest';
import { mergeIgnores } from '../../../generators/stack/ignores.ts';

describe('ignore files', () => {
  it('have the patterns of all that speak of one path, none twice, under the comments of each', () => {
    const secrets = { comment: 'Secrets', patterns: ['/a', '/b'] };
    const merged = mergeIgnores([
      { path: '.gitignore', why: 'first', groups: [secrets] },
      { path: 'api/.dockerignore', why: 'other', groups: [secrets] },
      {
        path: '.gitignore',
        why: 'second',
        groups: [
          { comment: 'Secrets', patterns: ['/b', '/c'] },
          { comment: 'Flags', patterns: ['/on', '/a'] },
          { comment: 'Known', patterns: ['/a'] },
        ],
      },
    ]);
    expect(merged).toEqual([
      {
        path: '.gitignore',
        why: 'first',
        groups: [
          { comment: 'Secrets', patterns: ['/a', '/b', '/c'] },
          { comment: 'Flags', patterns: ['/on'] },
        ],
      },
      { path: 'api/.dockerignore', why: 'other', groups: [secrets] },
    ]);
  });
});
