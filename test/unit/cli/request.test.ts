import { describe, expect, it } from 'vitest';
import { UserError } from '../../../generators/errors.ts';
import { parseRequest } from '../../../generators/request.ts';

const parse = (...argv: string[]) => parseRequest(argv, {});

function refusal(...argv: string[]): UserError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('was accepted');
}

describe('the command line', () => {
  it('means new where no command is named', () => {
    expect(parse('shop', '--preset', 'node', '-y')).toMatchObject({
      verb: 'new',
      directory: 'shop',
      preset: 'node',
      yes: true,
    });
    expect(parse('new', 'shop')).toMatchObject({ verb: 'new', directory: 'shop' });
    expect(parse()).toMatchObject({ verb: 'new' });
  });

  it('takes --set more than once', () => {
    expect(parse('--set', 'a=1', '--set=b=2')).toMatchObject({ set: ['a=1', 'b=2'] });
  });

  it('lists', () => {
    expect(parse('list')).toMatchObject({ verb: 'list', topics: [] });
    expect(parse('list', 'rules', '--json')).toEqual({ verb: 'list', topics: ['rules'], json: true });
  });

  it('gives each verb its words', () => {
    expect(parse('add', 'redis', 'cache', '--for', 'api,web', '--for', 'worker', '-C', 'shop')).toMatchObject({
      verb: 'add',
      block: 'redis',
      name: 'cache',
      for: ['api', 'web', 'worker'],
      directory: 'shop',
    });
    expect(parse('remove', 'redis', '--data', 'keep')).toMatchObject({ verb: 'remove', name: 'redis', data: 'keep' });
    expect(parse('update', '--check', '--restore', 'Makefile', '--on-conflict', 'markers')).toMatchObject({
      verb: 'update',
      check: true,
      restore: ['Makefile'],
      onConflict: 'markers',
    });
    expect(parse('check', 'shop', '--json')).toMatchObject({ verb: 'check', directory: 'shop', format: 'json' });
    expect(parse('check', '--format', 'sarif', '--only', 'init', '--strict')).toMatchObject({
      format: 'sarif',
      only: ['init'],
      strict: true,
    });
  });

  it('says to whom an option of another verb belongs', () => {
    const error = refusal('add', 'redis', '--strict');
    expect(error.message).toBe('add has no option --strict.');
    expect(error.hint).toContain('check');
  });

  it('gives help and version before all else', () => {
    expect(parse('new', 'x', '-h')).toEqual({ verb: 'help', topic: 'new' });
    expect(parse('-v')).toEqual({ verb: 'version' });
  });

  it('turns colours off with NO_COLOR and --no-color', () => {
    expect(parseRequest(['x'], { NO_COLOR: '1' })).toMatchObject({ color: false });
    expect(parse('x', '--no-color')).toMatchObject({ color: false });
    expect(parse('x')).toMatchObject({ color: true });
  });

  it.each([
    [['--presett', 'node'], '--presett', '--preset'],
    [['lst'], 'lst', 'list'],
    [['list', 'rule'], 'rule', 'rules'],
    [['x', '--on-conflict', 'overwrit'], 'overwrit', 'overwrite'],
    [['update', '--on-conflict', 'marker'], 'marker', 'markers'],
    [['check', '--format', 'sari'], 'sari', 'sarif'],
    [['chekc'], 'chekc', 'check'],
  ])('asks whether %j was meant otherwise', (argv, word, meant) => {
    const error = refusal(...argv);
    expect(error.code).toBe('usage');
    expect(error.message).toContain(word);
    expect(error.hint).toContain(meant);
  });

  it.each([
    [['--preset']],
    [['--yes=1']],
    [['a', 'b']],
    [['--frobnicate']],
    [['-x']],
    [['remove', 'a', 'b']],
    [['check', '--json', '--format', 'sarif']],
    [['check', '--fix', '--update-baseline']],
    [['check', '--diff']],
  ])('refuses %j', (argv) => {
    expect(refusal(...argv).exitCode).toBe(2);
  });
});
