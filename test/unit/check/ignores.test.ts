import { describe, expect, it } from 'vitest';
import { applyIgnores, type Vocabulary } from '../../../generators/check/ignores.ts';
import { ruleTexts } from '../../../generators/check/rules.ts';
import type { Finding } from '../../../generators/rules/types.ts';

const ids = new Set(ruleTexts.map(({ id }) => id));
const vocabulary: Vocabulary = { ids, asked: ids, near: (id) => (id === 'limits-memry' ? 'limits-memory' : undefined) };

const at = (rule: string, file: string, line?: number, service?: string): Finding => ({
  rule,
  severity: 'warning',
  message: 'is wrong',
  file,
  ...(line !== undefined && { line }),
  ...(service !== undefined && { service }),
  combinations: [],
});

/** What is left of some findings, given one file with comments. */
function left(path: string, text: string, ...findings: Finding[]): readonly string[] {
  return applyIgnores(findings, [{ path, text }], [[path]], vocabulary).findings.map(
    ({ rule, line, message }) => `${rule}:${line ?? ''} ${message}`,
  );
}

describe('a comment that leaves out a rule', () => {
  it('holds for its own line and for the next one', () => {
    const text =
      'FROM a:1\n# prodstack-ignore pinned-base: built here\nFROM b\nRUN x # prodstack-ignore run-pipefail: no\n';
    expect(left('Dockerfile', text, at('pinned-base', 'Dockerfile', 3), at('run-pipefail', 'Dockerfile', 4))).toEqual(
      [],
    );
  });

  it('holds for no other line, rule or file', () => {
    const text = '# prodstack-ignore pinned-base: built here\nFROM b\nFROM c\n';
    expect(left('Dockerfile', text, at('pinned-base', 'Dockerfile', 2), at('pinned-base', 'Dockerfile', 3))).toEqual([
      'pinned-base:3 is wrong',
    ]);
    expect(left('Dockerfile', text, at('pinned-base', 'api/Dockerfile', 2), at('exec-form', 'Dockerfile', 2))).toEqual([
      'ignore-comment:1 is for pinned-base, which finds nothing there',
      'exec-form:2 is wrong',
      'pinned-base:2 is wrong',
    ]);
  });

  it('says where its rule finds something instead', () => {
    const text = 'services:\n  api:\n    image: a\n    # prodstack-ignore limits-cpu: it is alone\n    init: true\n';
    expect(left('compose.yaml', text, at('limits-cpu', 'compose.yaml', 2, 'api'))).toEqual([
      'limits-cpu:2 is wrong',
      'ignore-comment:4 is for limits-cpu, which finds nothing there, but on line 2',
    ]);
  });

  it('holds for all of the service that it stands above, in every file of the project', () => {
    const text =
      'services:\n  db:\n    image: a\n  # the old one\n  # prodstack-ignore limits-memory, limits-cpu: goes in May\n  api:\n    image: b\n';
    const ignored = applyIgnores(
      [
        at('limits-memory', 'compose.yaml', 7, 'api'),
        at('limits-cpu', 'compose.prod.yaml', 3, 'api'),
        at('limits-memory', 'compose.yaml', 2, 'db'),
        at('limits-memory', 'other/compose.yaml', 2, 'api'),
      ],
      [{ path: 'compose.yaml', text }],
      [['compose.yaml', 'compose.prod.yaml'], ['other/compose.yaml']],
      vocabulary,
    );
    expect(ignored.ignored).toMatchObject([
      { file: 'compose.yaml', reason: 'goes in May' },
      { file: 'compose.prod.yaml', reason: 'goes in May' },
    ]);
    expect(ignored.findings).toMatchObject([
      { file: 'compose.yaml', service: 'db' },
      { file: 'other/compose.yaml', service: 'api' },
    ]);
  });

  it('holds for the file where it says so at the top', () => {
    const text = '#!/bin/sh\n# prodstack-ignore-file script-strict: runs to the end on purpose\nset -u\n';
    expect(left('a.sh', text, at('script-strict', 'a.sh', 1), at('script-strict', 'a.sh'))).toEqual([]);
    expect(left('a.sh', `echo\n${text}`, at('script-strict', 'a.sh', 1))).toEqual([
      'script-strict:1 is wrong',
      'ignore-comment:3 stands below the top of the file, where it has no effect',
    ]);
  });

  it('is known in files with the line ends of Windows', () => {
    expect(
      left('.env.example', 'A=1\r\n# prodstack-ignore env-used: soon\r\nB=2\r\n', at('env-used', '.env.example', 3)),
    ).toEqual([]);
  });

  it.each([
    ['limits-memory', 'says no reason: # prodstack-ignore limits-memory: reason'],
    ['limits-memory:', 'says no reason: # prodstack-ignore limits-memory: reason'],
    [': because', 'names no rule'],
    ['limits-memry: because', 'there is no rule limits-memry; did you mean limits-memory?'],
    ['nonsense: because', 'there is no rule nonsense'],
    ['limits-cpu: because', 'is for limits-cpu, which finds nothing there'],
  ])('is a finding itself: %s', (comment, message) => {
    const found = left('compose.yaml', `# prodstack-ignore ${comment}\na: b\n`, at('limits-memory', 'compose.yaml', 2));
    expect(found).toContain(`ignore-comment:1 ${message}`);
    expect(found).toContain('limits-memory:2 is wrong');
  });

  it('is not judged where its rule was not asked', () => {
    const asked = new Set(['limits-memory', 'ignore-comment']);
    const file = { path: 'compose.yaml', text: '# prodstack-ignore limits-cpu: because\na: b\n' };
    expect(applyIgnores([], [file], [], { ...vocabulary, asked }).findings).toEqual([]);
  });

  it('is no other word', () => {
    expect(left('compose.yaml', '# prodstack-ignored limits-cpu\n# see prodstack-ignore-files\na: b\n')).toEqual([]);
  });
});
