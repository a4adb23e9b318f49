/** Whatever is in a repo, its compose files are read to the end: problems are said, and nothing is thrown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findProjects, loadCompose, readDotEnv } from '../../generators/compose/model/index.ts';

const keys = [
  ...['services', 'networks', 'volumes', 'secrets', 'configs', 'include', 'name', 'x-a', '__proto__', 'constructor'],
  ...[
    'image',
    'build',
    'ports',
    'environment',
    'depends_on',
    'extends',
    'deploy',
    'healthcheck',
    'command',
    'env_file',
  ],
  ...['context', 'file', 'service', 'test', 'limits', 'resources', 'external', 'target', 'source', 'path', '<<', ''],
];
const texts = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '80:80',
    '${A}',
    '${A:?b}',
    '${',
    'service:a',
    'compose.yaml',
    './x',
    ':',
    '$$',
    '1m',
    '!x',
  ),
  fc.string({ maxLength: 8, unit: 'binary' }),
);
const { data } = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 5 },
    texts,
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...keys), texts), tie('data'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
/** JSON is YAML; at the top it is what a compose file might be. */
const file = fc
  .record({ services: fc.dictionary(fc.constantFrom('a', 'b', 'c'), data), rest: data })
  .map(({ services, rest }) => JSON.stringify({ services, ...(typeof rest === 'object' && rest) }));
const source = (text: string, other: string) => ({
  files: ['compose.yaml', 'compose.override.yaml'],
  read: (path: string) => ({ 'compose.yaml': text, 'compose.override.yaml': other, x: other })[path],
});

describe('compose files with anything in them', () => {
  it('are read to the end', () => {
    fc.assert(
      fc.property(file, fc.oneof(file, texts), (text, other) => {
        const files = source(text, other);
        for (const { directory, combinations } of findProjects(files)) {
          for (const one of combinations) {
            const loaded = loadCompose(one.files, files, { projectDirectory: directory, env: { A: 'b' } });
            for (const { line, message, hint } of loaded.problems) {
              expect(line).toBeGreaterThan(0);
              expect(message).not.toMatch(/\[object|undefined,|NaN/);
              expect(hint).toMatch(/[.?]$/);
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('may be no YAML at all, and env files no env files', () => {
    const anything = fc.string({
      maxLength: 60,
      unit: fc.constantFrom(...'ab:-{}[]&*!|>#"\'%@`,?\n\t \\$=<'.split('')),
    });
    fc.assert(
      fc.property(anything, (text) => {
        readDotEnv(text);
        loadCompose(['compose.yaml'], source(text, text), { projectDirectory: '.', env: {} });
      }),
      { numRuns: 1500 },
    );
  });
});
