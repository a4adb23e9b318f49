import { describe, expect, it } from 'vitest';
import { githubText } from '../../../generators/check/github.ts';
import { failed, reportOf } from '../../../generators/check/report.ts';
import { ruleTexts } from '../../../generators/check/rules.ts';
import { sarifOf } from '../../../generators/check/sarif.ts';
import { reportText } from '../../../generators/check/text.ts';
import type { CheckReport } from '../../../generators/check/types.ts';
import type { Finding } from '../../../generators/rules/types.ts';

const asked = new Set(ruleTexts.map(({ id }) => id));

const finding = (rule: string, rest: Partial<Finding> = {}): Finding => ({
  rule,
  severity: ruleTexts.find(({ id }) => id === rule)?.severity ?? 'error',
  message: 'is wrong',
  combinations: [],
  ...rest,
});

function report(found: readonly Finding[], more: Partial<Parameters<typeof reportOf>[0]> = {}): CheckReport {
  return reportOf({
    directory: '/srv/shop',
    projects: [
      { directory: '.', combinations: [{ name: 'compose.yaml', files: ['compose.yaml'], purpose: 'production' }] },
    ],
    files: 3,
    notes: [],
    found,
    ignored: [],
    baseline: [],
    asked,
    ...more,
  });
}

describe('the text', () => {
  it('is one line where every rule holds', () => {
    expect(reportText(report([]), false)).toBe(`${asked.size} of ${asked.size} rules hold in 3 files.\n`);
  });

  it('says once what is the same in many places', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      finding('limits-memory', {
        file: 'compose.yaml',
        line: index + 1,
        service: `s${index}`,
        message: 'no memory limit',
      }),
    );
    const text = reportText(report(many), false);
    expect(text.match(/no memory limit/g)).toHaveLength(1);
    expect(text).toContain('compose.yaml:12 (s11) and 18 more');
    expect(text).toContain('30 warnings');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('leaves out messages beyond what can be read', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      finding('env-used', { message: `NAME_${index} is used nowhere` }),
    );
    expect(reportText(report(many), false)).toContain('and 18 more, which --format json shows');
  });

  it('has colours only where they are wanted, and no control characters of others', () => {
    const found = [finding('init', { file: 'a\u001b[31m.yaml', message: 'says \u001b]0;x\u0007' })];
    expect(reportText(report(found), false)).not.toContain('\u001b');
    expect(reportText(report(found), true)).toContain('\u001b[33m');
  });

  it('counts what is known, ignored and fixed', () => {
    const known = { rule: 'init', file: 'a', message: 'is wrong', count: 1 };
    const gone = { rule: 'stop-grace', file: 'a', service: 'api', message: 'no stop_grace_period', count: 1 };
    const text = reportText(
      report([finding('init', { file: 'a', line: 3 })], {
        baseline: [known, gone],
        ignored: [{ ...finding('limits-cpu'), reason: 'a job' }],
      }),
      false,
    );
    expect(text).toContain('stop-grace: a (api): no stop_grace_period\n');
    expect(text).toContain(`1 ignored by comments, 1 known; ${asked.size - 2} of ${asked.size} rules hold`);
  });
});

describe('the annotations', () => {
  it('are one command for each finding', () => {
    expect(
      githubText(
        report([
          finding('literal-secret', {
            file: 'compose.yaml',
            line: 4,
            service: 'db',
            message: 'PASSWORD is written out',
          }),
        ]),
        'deploy',
      ),
    ).toBe(
      '::error file=deploy/compose.yaml,line=4,title=literal-secret%3A No compose file contains a secret::db: PASSWORD is written out. Write `${NAME:?how to make it}` and keep the value in .env, or use a secret with `file:`.\n',
    );
  });

  it('cannot be ended by what a file says', () => {
    const hostile = finding('init', { file: 'a,line=9::x\n::error::b.yaml', message: '100%\r\n::stop-commands::x' });
    const text = githubText(report([hostile]), '.');
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toMatch(
      /^::warning file=a%2Cline=9%3A%3Ax%0A%3A%3Aerror%3A%3Ab\.yaml,title=[^:]*::100%25%0D%0A::stop/,
    );
  });

  it('call what is good to know a notice', () => {
    expect(githubText(report([finding('stage-names')]), '.')).toMatch(/^::notice title=/);
  });
});

describe('SARIF', () => {
  const tool = { version: '1.2.3', home: 'https://example.com', hash: (text: string) => `#${text.length}` };
  const document = (one: CheckReport, folder = '.') =>
    sarifOf(one, folder, tool) as {
      readonly runs: readonly [
        {
          readonly tool: {
            readonly driver: { readonly rules: readonly { readonly id: string; readonly helpUri: string }[] };
          };
          readonly results: readonly Record<string, unknown>[];
        },
      ];
    };

  it('points from results to rules', () => {
    const { runs } = document(report([finding('init', { file: 'compose.yaml' }), finding('literal-secret')]));
    const [run] = runs;
    for (const result of run.results) {
      expect(run.tool.driver.rules[Number(result['ruleIndex'])]?.id).toBe(result['ruleId']);
    }
    expect(run.tool.driver.rules.every(({ helpUri }) => helpUri.startsWith('https://'))).toBe(true);
  });

  it('has places relative to the root of the repository, as URIs', () => {
    const found = [finding('init', { file: 'my app/compose.yaml', line: 7, service: 'api' }), finding('stage-names')];
    expect(document(report(found), 'deploy').runs[0].results).toMatchObject([
      {
        level: 'warning',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'deploy/my%20app/compose.yaml', uriBaseId: 'SRCROOT' },
              region: { startLine: 7 },
            },
          },
        ],
      },
      // What has no place of its own is shown at the compose file.
      {
        level: 'note',
        locations: [
          { physicalLocation: { artifactLocation: { uri: 'deploy/compose.yaml' }, region: { startLine: 1 } } },
        ],
      },
    ]);
  });

  it('keeps fingerprints apart, and the same when lines move', () => {
    const prints = (line: number) =>
      document(
        report([finding('init', { file: 'a', line }), finding('init', { file: 'a', line: line + 1 })]),
      ).runs[0].results.map((result) => JSON.stringify(result['partialFingerprints']));
    const exact = { ...tool, hash: (text: string) => text };
    const [one, other] = (
      sarifOf(
        report([finding('init', { file: 'a', line: 1 }), finding('init', { file: 'a', line: 2 })]),
        '.',
        exact,
      ) as ReturnType<typeof document>
    ).runs[0].results.map((result) => JSON.stringify(result['partialFingerprints']));
    expect(one).not.toBe(other);
    expect(prints(1)).toEqual(prints(40));
  });

  it('says what is suppressed, and why', () => {
    const { runs } = document(
      report([finding('init', { file: 'a' })], {
        baseline: [{ rule: 'init', file: 'a', message: 'is wrong', count: 1 }],
        ignored: [{ ...finding('limits-cpu', { file: 'a' }), reason: 'a job' }],
      }),
    );
    expect(runs[0].results.map((result) => result['suppressions'])).toEqual([
      [{ kind: 'external' }],
      [{ kind: 'inSource', justification: 'a job' }],
    ]);
  });
});

describe('the exit status', () => {
  it('is for errors, and for warnings where that is wanted', () => {
    expect(failed(report([finding('literal-secret')]), false)).toBe(true);
    expect(failed(report([finding('init')]), false)).toBe(false);
    expect(failed(report([finding('init')]), true)).toBe(true);
    expect(failed(report([finding('stage-names')]), true)).toBe(false);
    expect(
      failed(
        report([finding('literal-secret')], {
          baseline: [{ rule: 'literal-secret', message: 'is wrong', count: 1 }],
        }),
        true,
      ),
    ).toBe(false);
  });
});
