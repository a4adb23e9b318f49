/** What files, services and comments are called or say is not ours: no repo breaks a check, or what reads its report. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { githubText } from '../../generators/check/github.ts';
import { applyIgnores } from '../../generators/check/ignores.ts';
import { readRepo } from '../../generators/check/project.ts';
import type { Source } from '../../generators/check/reader.ts';
import { reportOf } from '../../generators/check/report.ts';
import { ruleTexts } from '../../generators/check/rules.ts';
import { sarifOf } from '../../generators/check/sarif.ts';
import { reportText } from '../../generators/check/text.ts';
import { runRules } from '../../generators/rules/index.ts';

const asked = new Set(ruleTexts.map(({ id }) => id));

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('api', 'db', '::error::x', '\u001b[31m', '%0A', 'a b', '${X}', '*a', '{{x}}', '..', '💥', "'", '"'),
);
const text = fc
  .array(
    fc.oneof(
      word,
      fc.constantFrom(
        '\n',
        '\n  ',
        '\n    ',
        ': ',
        '- ',
        'services:',
        'image: redis',
        'ports: ["1:1"]',
        'privileged: true',
      ),
      fc.constantFrom(
        '\n# prodstack-ignore no-privileged: why\n',
        '# prodstack-ignore-file x',
        'FROM a',
        'RUN npm i',
        '<<E',
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));
/** As git and every file system of Linux allow it. */
const name = word.filter((one) => !/[/\0]/.test(one) && one !== '' && one !== '.' && one !== '..');

test('no repo breaks a check or its report', () => {
  fc.assert(
    fc.property(name, name, text, text, text, (folder, service, compose, dockerfile, env) => {
      const files: Readonly<Record<string, string>> = {
        'compose.yaml': `services:\n  ${JSON.stringify(service)}:\n    build: ${JSON.stringify(folder)}\n    privileged: true\n`,
        [`${folder}/compose.yaml`]: compose,
        [`${folder}/Dockerfile`]: `FROM ${dockerfile}`,
        [`${folder}/.env.example`]: env,
        [`${folder}/.env`]: env,
        [`scripts/${service}.sh`]: env,
      };
      const source: Source = {
        files: Object.keys(files).sort(),
        read: (path) => files[path],
        raw: (path) => (files[path] === undefined ? undefined : { text: files[path], mode: 0o644 }),
      };
      const repo = readRepo(source, { tracked: new Set(source.files), modes: true });
      const { findings, ignored } = applyIgnores(
        runRules(repo.parts, asked),
        repo.files,
        repo.parts.map(({ composeFiles }) => composeFiles.map(({ path }) => path)),
        { ids: asked, asked, near: () => undefined },
      );
      const report = reportOf({
        directory: '/srv/shop',
        projects: repo.projects,
        files: repo.files.length,
        notes: repo.notes,
        found: findings,
        ignored,
        baseline: [],
        asked,
      });
      expect(findings.length + ignored.length).toBeGreaterThan(0);
      // One line for each, whatever it says; and a terminal is told nothing.
      expect(githubText(report, '.').split('\n')).toHaveLength(findings.length + 1);
      expect(githubText(report, '.')).not.toMatch(/^(?!::(?:error|warning|notice) |$)/m);
      expect(reportText(report, false).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      const sarif = JSON.stringify(
        sarifOf(report, '.', { version: '1', home: 'https://example.com', hash: (one) => one }),
      );
      for (const [, uri = ''] of sarif.matchAll(/"artifactLocation":\{"uri":"([^"]*)"/g)) {
        expect(new URL(uri, 'file:///srv/shop/').href).toMatch(/^file:\/\/\/srv\/shop\//);
      }
    }),
    { numRuns: 200 },
  );
});
