import { describe, expect, it } from 'vitest';
import type { UserError } from '../../../generators/errors.ts';
import { nothingRecorded } from '../../../generators/plan/baseline.ts';
import { compare, type Disk, type Outcome } from '../../../generators/plan/compare.ts';
import type { Intended } from '../../../generators/plan/intend.ts';
import { recordOutcome } from '../../../generators/plan/record.ts';
import { memoryDisk, type Tree } from '../../support/plan.ts';

const path = 'secrets/redis_password';
const secret: Intended = { kind: 'secret', path, variable: 'REDIS_PASSWORD', value: 'made', mode: 0o444, why: '' };
const brought: Intended = { kind: 'secret', path, variable: 'REDIS_PASSWORD', mode: 0o444, why: '' };
const entry = { name: 'REDIS_PASSWORD', comment: '', value: 'made', from: path };
const env: Intended = { kind: 'env', path: '.env', mode: 0o600, header: 'Settings', entries: [entry], why: '' };
const base: Intended = { kind: 'managed', path: 'compose.yaml', mode: 0o644, content: 'same', why: '' };
const fromFile = { 'compose.yaml': 'secrets:\n  redis_password:\n    file: ./secrets/redis_password\n' };
const fromEnv = { 'compose.yaml': 'x: "${REDIS_PASSWORD:?set it in .env}"\n' };

function outcome(file: Intended, tree: Tree | Disk): Outcome {
  const disk = 'raw' in tree && typeof tree.raw === 'function' ? (tree as Disk) : memoryDisk(tree as Tree);
  const found = compare([base, file], disk, nothingRecorded).find((one) => one.path === file.path);
  if (!found) throw new Error('no outcome');
  return found;
}

const written = ({ planned }: Outcome): string | undefined =>
  planned?.kind === 'create' ? planned.content : undefined;

function problems(file: Intended, tree: Tree): string {
  try {
    outcome(file, tree);
  } catch (error) {
    return (error as UserError).problems.map((one) => `${one.path}: ${one.message}`).join('\n');
  }
  return '';
}

describe('the file of a secret', () => {
  it('is made once, readable for containers, and is in no diff', () => {
    const made = outcome(secret, {});
    expect(made).toMatchObject({ action: 'create', planned: { content: 'made', mode: 0o444 } });
    expect(made.texts).toBeUndefined();
    expect(outcome(secret, { [path]: 'mine' })).toEqual({ action: 'unchanged', path, mode: 0o444, why: '' });
    const remembered = recordOutcome([made], memoryDisk({}), nothingRecorded, { program: '0.0.0', answers: {} });
    expect(JSON.stringify(remembered)).not.toContain('made"');
  });

  it('takes over the value that .env has, however it is quoted', () => {
    for (const line of ['=old', " = 'old' # mine", '="old"', '=first\nREDIS_PASSWORD=old'])
      expect(written(outcome(secret, { '.env': `A=1\nREDIS_PASSWORD${line}\n` }))).toBe('old');
    for (const line of ['', '=', '=""', '=null'])
      expect(written(outcome(secret, { '.env': `A=1\nREDIS_PASSWORD${line}\n` }))).toBe('made');
  });

  it('is filled where it is empty, and opened where containers could not read it', () => {
    expect(written(outcome(secret, { [path]: '' }))).toBe('made');
    const closed: Disk = {
      raw: (one) => (one === path ? { text: 'mine', hash: 'h', mode: 0o600 } : undefined),
    };
    expect(outcome(secret, closed)).toMatchObject({
      action: 'update',
      planned: { content: 'mine', mode: 0o444, replaces: 'h' },
    });
  });

  it('is left to the person who has to bring it', () => {
    expect(outcome(brought, {})).toEqual({ action: 'missing', path, mode: 0o444, why: '' });
    expect(outcome(brought, { [path]: '' }).action).toBe('missing');
    expect(written(outcome(brought, { '.env': 'REDIS_PASSWORD=theirs\n' }))).toBe('theirs');
    expect(outcome(brought, { [path]: 'theirs' }).action).toBe('unchanged');
  });

  it.each([
    ['mine\n', 'ends with a line break'],
    ['mine\r\n', 'ends with a line break'],
    ['a\nb', 'has a line break'],
    ['a\0b', 'NUL'],
  ])('is refused with %j in it', (text, message) => {
    expect(problems(secret, { [path]: text })).toContain(message);
  });

  it('is not guessed where .env has more than plain text', () => {
    for (const value of ['"a$B"', 'a$B', '"a\\n"', 'a`b'])
      expect(problems(secret, { '.env': `REDIS_PASSWORD=${value}\n` })).toContain('quotes, escapes or variables');
  });

  it('is never chosen between two values that may both be in use', () => {
    const both = { [path]: 'one', '.env': 'REDIS_PASSWORD=two\n' };
    expect(problems(secret, { ...both, ...fromEnv })).toContain(`${path}: differs from REDIS_PASSWORD in .env`);
    expect(problems(secret, { ...both, ...fromFile })).toBe('');
    expect(problems(env, { ...both, ...fromFile })).toContain(`.env: REDIS_PASSWORD differs from ${path}`);
    expect(problems(env, { ...both, ...fromEnv })).toBe('');
    expect(problems(secret, { ...both, ...fromEnv, '.env': 'REDIS_PASSWORD=one\n' })).toBe('');
  });
});

describe('an .env that takes over from files', () => {
  it.each([
    ['abc123', 'abc123'],
    ['a b#c$d', "'a b#c$d'"],
    ["it's", '"it\'s"'],
  ])('writes %j so that it is read back', (text, line) => {
    expect(written(outcome(env, { [path]: text }))).toContain(`\nREDIS_PASSWORD=${line}\n`);
    const tree = { [path]: text, '.env': 'A=1\nREDIS_PASSWORD=\n' };
    expect(written(outcome(env, tree))).toBe(`A=1\nREDIS_PASSWORD=${line}\n`);
    expect(written(outcome(secret, { '.env': `REDIS_PASSWORD=${line}\n` }))).toBe(text);
  });

  it('keeps the value that it has', () => {
    expect(outcome(env, { ...fromEnv, [path]: 'new', '.env': 'REDIS_PASSWORD=old\n' }).action).toBe('unchanged');
  });

  it('refuses what it cannot hold', () => {
    expect(problems(env, { [path]: `'"$` })).toContain('set REDIS_PASSWORD in .env by hand');
  });
});
