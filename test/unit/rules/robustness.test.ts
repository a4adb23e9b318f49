import * as fc from 'fast-check';
import { test } from 'vitest';
import { runRules } from '../../../generators/rules/index.ts';
import { good } from './good-project.ts';

/** Text with much of what the readers look for. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        ...[
          '\n',
          '\r\n',
          '  ',
          '- ',
          ': ',
          '"',
          "'",
          '{',
          '}',
          '[',
          ']',
          '#',
          '|',
          '>',
          '&a ',
          '*a',
          '\\',
          '$',
          '${',
          ':?',
          '=',
          '`',
        ],
        ...[
          'services',
          'environment',
          'healthcheck',
          'FROM ',
          'RUN ',
          'COPY ',
          'CMD ',
          'ENV ',
          '<<EOF',
          'EOF',
          '--from=',
          'npm i',
          '#!',
          'set -',
        ],
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

test('no file, however broken, makes a rule fail', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      runRules({
        ...good,
        composeFiles: [
          { path: 'compose.yaml', text: one },
          { path: 'compose.prod.yaml', text: other },
        ],
        dockerfiles: [
          { path: 'api/Dockerfile', context: 'api', text: `FROM a\n${one}` },
          { path: 'Dockerfile', context: '.', text: other },
        ],
        dockerignores: [{ path: 'api/.dockerignore', text: one }],
        envFiles: [{ path: '.env.example', text: other }],
        scripts: [{ path: 's', text: one, mode: 0o644 }],
      });
    }),
    { numRuns: 500 },
  );
});
