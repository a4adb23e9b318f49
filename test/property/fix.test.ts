/** `check --fix` on random stacks: everything it does it does at once, nothing gets worse, and no byte beside goes. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { identityOf } from '../../generators/check/baseline.ts';
import { fixAll, withChanges } from '../../generators/check/fix.ts';
import { readRepo } from '../../generators/check/project.ts';
import type { Source } from '../../generators/check/reader.ts';
import { runRules } from '../../generators/rules/index.ts';

const service = fc
  .record({
    image: fc.constantFrom(
      ...['postgres:18.6-trixie', 'redis:8.2-alpine', 'node:24.19-trixie-slim', 'nginx:1.30', 'example.com/api:1.2'],
    ),
    keys: fc.uniqueArray(
      fc.constantFrom(
        '# a comment\n    restart: always',
        'deploy: { restart_policy: { condition: any } }',
        'ports: ["127.0.0.1:8000:80"]',
        'logging:\n      options: { tag: "x" } # why',
        'logging: *logging',
        'healthcheck: { test: "pg_isready -U $USER_NAME" }',
        'healthcheck:\n      test: ["CMD-SHELL", "redis-cli -h localhost ping"]\n      interval: 5s',
        'environment:\n      USER_NAME: app\n      URL: http://host.docker.internal/${PORT:-80}',
        'depends_on: [one]',
        'depends_on:\n      - one\n      # the other\n      - two',
        'security_opt: []',
        'command: php artisan queue:work --timeout=90',
        '<<: *base',
      ),
      { maxLength: 5, selector: (text) => /(\w+|<<):/.exec(text.replace(/^#.*\n\s*/, ''))?.[1] ?? text },
    ),
  })
  .map(({ image, keys }) => ['image: ', image, ...keys.map((key) => `\n    ${key}`)].join(''));

const stack = fc
  .tuple(service, service, service, fc.boolean(), fc.boolean())
  .map(([one, two, three, hasVersion, isCrlf]) => {
    const text = [
      hasVersion ? 'version: "3.8" # old\n' : '',
      '# The stack.\nx-logging: &logging { driver: json-file }\nx-base: &base { stop_grace_period: 5s }\n\n',
      `services:\n  one:\n    ${one}\n\n  two:\n    ${two}\n  # The last one.\n  three:\n    ${three}\n`,
    ].join('');
    return isCrlf ? text.replaceAll('\n', '\r\n') : text;
  });

function repo(files: Readonly<Record<string, string>>): Source {
  return {
    files: Object.keys(files).sort(),
    read: (path) => files[path]?.replaceAll('\r\n', '\n'),
    raw: (path) => (files[path] === undefined ? undefined : { text: files[path], mode: 0o644 }),
  };
}

const parts = (source: Source) => readRepo(source, { modes: true, today: '2026-11-20' }).parts;
const fix = (source: Source) =>
  fixAll(
    (changed) => parts(withChanges(source, changed)),
    () => true,
  );

test('what is fixed once is fixed, and nothing else is found', () => {
  fc.assert(
    fc.property(stack, (text) => {
      const files = { 'compose.yaml': text, '.env.example': '# PORT=80\n' };
      const { files: changed, fixed } = fix(repo(files));
      const after = Object.fromEntries(changed.map((one) => [one.path, one.after]));
      const again = repo({ ...files, ...after });

      expect(fix(again).files).toEqual([]);
      const before = runRules(parts(repo(files))).map(identityOf);
      const left = runRules(parts(again)).map(identityOf);
      expect(left.filter((one) => !before.includes(one))).toEqual([]);
      // One fix may put two things right.
      expect(left.length).toBeLessThanOrEqual(before.length - fixed.length);

      const result = after['compose.yaml'] ?? text;
      expect(() => parse(result, { merge: true })).not.toThrow();
      // Comments stay, but those of what goes.
      for (const comment of ['# The stack.', '# The last one.', '# why', '# the other'])
        if (text.includes(comment)) expect(result).toContain(comment);
      expect(result.replaceAll('\r\n', '').includes('\n')).toBe(!text.includes('\r\n'));
    }),
    { numRuns: 60 },
  );
});
