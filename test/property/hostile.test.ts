import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validate } from '../../generators/answers/validate.ts';
import { changesBetween, editYaml } from '../../generators/compose/edit.ts';
import { readYaml, writeYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';
import { yaml } from '../../generators/plan/helpers.ts';
import { intend } from '../../generators/plan/intend.ts';
import { resolve } from '../../generators/stack/resolve.ts';
import { ambient } from '../support/plan.ts';

/** Text that has tripped generators: what YAML, shells, Compose, Dockerfiles, Markdown and Handlebars read as more than text. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'no',
    'on',
    '1e3',
    '~',
    'null',
    '- a',
    'a: b',
    '# a',
    '{{name}}',
    '${HOME}',
    '$(id)',
    '`id`',
    "'",
    '"',
    '\\',
    '\n',
    '../x',
    '-rf',
    '*x',
    '&x',
    '!x',
    '%',
    '@',
    '🦊',
    '\u2028',
    'x'.repeat(300),
    '</script>',
    '|',
    '>',
  ),
  fc.stringMatching(/^[a-z0-9 ._/:=@,+%*"'[\]-]{1,20}$/),
);

const base = {
  prodstack: 1,
  name: 'shop',
  apps: {
    web: {
      stack: 'node',
      path: '.',
      framework: 'next',
      packageManager: 'npm',
      frozen: true,
      version: 24,
      build: 'build',
      start: 'node a.js',
      dev: 'node a.js',
      scripts: false,
      port: 3000,
      health: '/health',
      uses: ['postgres', 'redis'],
    },
    api: {
      stack: 'fastapi',
      path: 'api',
      packageManager: 'uv',
      frozen: true,
      version: '3.13',
      app: 'a:b',
      appDir: '.',
      migrate: 'alembic',
      databaseScheme: 'postgresql',
      port: 8000,
      health: '/health',
      uses: ['postgres', 'redis'],
    },
  },
  postgres: { mode: 'bundled', version: 18 },
  redis: { mode: 'bundled', version: 8 },
};

describe('no answer, however strange,', () => {
  const places: readonly (readonly [string, (text: string) => unknown])[] = [
    ['name', (text) => ({ ...base, name: text })],
    ['app name', (text) => ({ ...base, apps: { [text]: base.apps.web } })],
    ...(['path', 'packageManager', 'build', 'start', 'dev', 'health'] as const).map(
      (key) =>
        [`node ${key}`, (text: string) => ({ ...base, apps: { web: { ...base.apps.web, [key]: text } } })] as const,
    ),
    ...(['buildVariables', 'installFolders'] as const).map(
      (key) =>
        [`node ${key}`, (text: string) => ({ ...base, apps: { web: { ...base.apps.web, [key]: [text] } } })] as const,
    ),
    ...(['packages', 'needs', 'folders'] as const).map((key) => {
      const workspace = { path: '.', packages: ['apps/web', 'lib'], needs: ['lib'] };
      const web = { ...base.apps.web, path: 'apps/web', packageManager: 'yarn@4.18.1', scripts: true };
      return [
        `node workspace ${key}`,
        (text: string) => ({ ...base, apps: { web: { ...web, workspace: { ...workspace, [key]: [text] } } } }),
      ] as const;
    }),
    ...(['path', 'requirements', 'app', 'appDir', 'health'] as const).map(
      (key) =>
        [
          `fastapi ${key}`,
          (text: string) => ({ ...base, apps: { api: { ...base.apps.api, packageManager: 'pip', [key]: text } } }),
        ] as const,
    ),
  ];

  it.each(places)('changes the shape of a file: %s', (_place, answersWith) => {
    fc.assert(
      fc.property(hostile, (text) => {
        let answers: ReturnType<typeof validate>;
        try {
          answers = validate(answersWith(text));
        } catch (error) {
          // Refused: with a path, and short enough to print.
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        // Accepted: then the compose files say what the Stack says (intend verifies it), and the rest keeps its form.
        const files = new Map(intend(answers, resolve(answers), ambient).map((file) => [file.path, file]));
        for (const [path, file] of files) {
          // The guide speaks of templates of Docker's.
          if (!('content' in file) || path.startsWith('docs/')) continue;
          expect(file.content, path).not.toMatch(/\{\{|undefined|\[object/);
          if (!path.endsWith('Dockerfile')) continue;
          const commands = file.content.split('\n').filter((line) => line.startsWith('CMD '));
          expect(commands).toHaveLength(2);
          for (const command of commands) expect(JSON.parse(command.slice(4))).toBeInstanceOf(Array);
        }
        expect(readYaml(contentOf(files.get('prodstack.yaml')), 'prodstack.yaml')).toEqual(answers);
      }),
      { numRuns: 150 },
    );
  });
});

function contentOf(file: object | undefined): string {
  return file && 'content' in file ? String(file.content) : '';
}

describe('a YAML scalar', () => {
  it('is read back as the text that it was made from', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(readYaml(`a: ${yaml(text)}\n`, 'x')).toEqual({ a: text });
      }),
    );
  });
});

describe('an edit of the answers', () => {
  const key = fc.stringMatching(/^[a-z]{1,6}$/);
  const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[A-Za-z0-9 :#'"-]{0,12}$/));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small' }, leaf, fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 4 })),
  })).node;
  const document = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 });

  it('says what was wanted and keeps every comment, or is refused', () => {
    fc.assert(
      fc.property(document, document, fc.boolean(), (before, after, crlf) => {
        const lines = writeYaml(before)
          .split('\n')
          .flatMap((line, index) => (line === '' ? [] : [`# comment ${index}`, line]));
        const text = lines.join(crlf ? '\r\n' : '\n') + (crlf ? '\r\n' : '\n');
        try {
          const edited = editYaml(text, changesBetween(before, after), 'x').reduce(
            (done, one) => done.slice(0, one.offset) + one.content + done.slice(one.offset + one.length),
            text,
          );
          expect(readYaml(edited, 'x')).toEqual(after);
          expect(edited.match(/# comment \d+/g)?.slice(0, 1)).toEqual(['# comment 0']);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});
