import { describe, expect, test } from 'vitest';
import { clean, join } from '../../../generators/paths.ts';
import { durationInSeconds } from '../../../generators/rules/durations.ts';
import { envEntries } from '../../../generators/rules/env-file.ts';
import { ignores } from '../../../generators/rules/ignore-patterns.ts';
import { parseImage, versionOf } from '../../../generators/rules/image.ts';
import { interpolations } from '../../../generators/rules/interpolation.ts';
import { fromProject, within } from '../../../generators/rules/paths.ts';
import { isLiteralSecret, looksSecret, passwordInUrl } from '../../../generators/rules/secret-keys.ts';
import { commands, commandsOf, shellScript } from '../../../generators/rules/shell.ts';

test('envEntries reads what dotenv files contain', () => {
  const text = [
    '\uFEFF# Prose that ends in an equals sign=',
    'PLAIN=a b # comment',
    'export EXPORTED=1',
    'QUOTED="a # b" # comment',
    "LITERAL='$x'",
    'SEVERAL="one',
    'two=2',
    'end"',
    'EMPTY=',
    'ONLY_COMMENT= # nothing',
    '# COMMENTED=yes',
    '#TIGHT=1',
    '# lower=no variable',
    'HASH=a#b',
    'SPACED = x',
    'no assignment',
  ].join('\r\n');
  expect(
    envEntries({ path: '.env', text }).map(({ name, value, line, commented }) => [line, name, value, commented]),
  ).toEqual([
    [2, 'PLAIN', 'a b', false],
    [3, 'EXPORTED', '1', false],
    [4, 'QUOTED', 'a # b', false],
    [5, 'LITERAL', '$x', false],
    [6, 'SEVERAL', 'one\ntwo=2\nend', false],
    [9, 'EMPTY', '', false],
    [10, 'ONLY_COMMENT', '', false],
    [11, 'COMMENTED', 'yes', true],
    [12, 'TIGHT', '1', true],
    [14, 'HASH', 'a#b', false],
    [15, 'SPACED', 'x', false],
  ]);
});

test('envEntries ends with the file where a quote is not closed', () => {
  expect(envEntries({ path: '.env', text: 'A="b\nC=d' })).toMatchObject([{ name: 'A', value: 'b\nC=d' }]);
});

test('interpolations finds variables as Compose does', () => {
  const names = (text: string) =>
    interpolations(text).map(({ name, operator = '', operand = '' }) => `${name}${operator}${operand}`);
  expect(names('$A ${B} ${C:-d} ${E-f} ${G:?h} ${I?j} ${K:+l} ${M+n}')).toEqual([
    'A',
    'B',
    'C:-d',
    'E-f',
    'G:?h',
    'I?j',
    'K:+l',
    'M+n',
  ]);
  expect(names('$$A $${B} $$$C')).toEqual(['C']);
  expect(names('${A:-x${B:?c}y}${D}')).toEqual(['A:-x${B:?c}y', 'B:?c', 'D']);
  expect(names('100$ ${} $1 ${A')).toEqual(['A']);
});

describe('looksSecret', () => {
  test.each([
    'POSTGRES_PASSWORD',
    'PGPASSWORD',
    'DB_PASS',
    'jwtSecret',
    'JWT_SECRET',
    'SECRET_KEY_BASE',
    'APP_KEY',
    'OPENAI_API_KEY',
    'STRIPE_APIKEY',
    'TUNNEL_TOKEN',
    'TS_AUTHKEY',
    'B2_APPLICATION_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'RESTIC_PASSWORD',
    'ENCRYPTION_KEY',
    'AUTH_SECRET',
    'POSTGRES_PWD',
  ])('says yes to %s', (name) => {
    expect(looksSecret(name)).toBe(true);
  });

  test.each([
    'PASSWORD_MIN_LENGTH',
    'TOKEN_LIFETIME_MINUTES',
    'MAX_TOKENS',
    'POSTGRES_PASSWORD_FILE',
    'SECRETS_DIR',
    'AWS_ACCESS_KEY_ID',
    'JWT_PUBLIC_KEY',
    'NEXT_PUBLIC_API_KEY',
    'VITE_API_KEY',
    'STRIPE_PUBLISHABLE_KEY',
    'SORT_KEY',
    'PWD',
    'COMPASS',
    'BYPASS',
    'POSTGRES_HOST_AUTH_METHOD',
    'KEY',
  ])('says no to %s', (name) => {
    expect(looksSecret(name)).toBe(false);
  });
});

test('isLiteralSecret tells a secret from where it comes from', () => {
  for (const value of ['hunter2', '123456', 'base64:AAAA', 'changeme']) expect(isLiteralSecret(value)).toBe(true);
  for (const value of [
    '',
    '/run/secrets/x',
    './x',
    'file:/x',
    '${A}',
    '{{jwt_secret}}',
    '{{database_url.password}}',
    '$$(cat x)',
    'true',
    'no',
    '<fill in>',
    'null',
  ]) {
    expect(isLiteralSecret(value)).toBe(false);
  }
});

test('passwordInUrl finds passwords that are written out', () => {
  expect(passwordInUrl('x postgres+asyncpg://app:s3cret@db:5432/app')).toBe('s3cret');
  expect(passwordInUrl('redis://:s3cret@redis')).toBe('s3cret');
  for (const url of [
    'postgres://db/app',
    'postgres://a@db',
    'http://h:80/a@b',
    'p://a:${B}@c',
    'p://a:$B@c',
    'p://a:{{b_password}}@c',
    'p://a:<b>@c',
    'p://a:***@c',
  ]) {
    expect(passwordInUrl(url)).toBeUndefined();
  }
});

describe('commands', () => {
  const words = (script: string) => commands(script).map((one) => `${one.piped ? '| ' : ''}${one.words.join(' ')}`);

  test.each([
    ['a b && c || d; e\nf & g', ['a b', 'c', 'd', 'e', 'f', 'g']],
    ['curl x | sh -s', ['curl x', '| sh -s']],
    ['A=1 exec node "a b" \'c d\'', ['node a b c d']],
    ['if ! curl -f x; then exit 1; fi', ['curl -f x', 'exit 1', 'fi']],
    ['(a; b)', ['a', 'b']],
    ['test "$(wget -q x)" = y', ['wget -q x', 'test $(wget -q x) = y']],
    ['x $(a b)', ['x', 'a b']],
    ['a > b 2>&1 # c && d', ['a > b 2>&1']],
    ['a \\\n  b', ['a b']],
    ['sh -c "a && b"', ['sh -c a && b', 'a', 'b']],
    ['echo "it is | here"', ['echo it is | here']],
    ["echo 'open", ['echo open']],
    ['', []],
  ])('of %j', (script, expected) => {
    expect(words(script)).toEqual(expected);
  });

  test('of a list of words are the program and the script of a shell', () => {
    expect(commandsOf(['/bin/sh', '-ec', 'a | b']).map(({ words: one }) => one[0])).toEqual(['/bin/sh', 'a', 'b']);
    expect(shellScript(['bash', '-c', 'x'])).toBe('x');
    expect(shellScript(['node', '-c', 'x'])).toBeUndefined();
  });
});

describe('ignores', () => {
  test.each([
    ['.env', '.env', true],
    ['.env', 'a/.env', false],
    ['**/.env', '.env', true],
    ['**/.env', 'a/b/.env', true],
    ['.env*', '.env.local', true],
    ['secrets/', 'secrets/a', true],
    ['/secrets', 'secrets/a/b', true],
    ['./secrets', 'secrets/a', true],
    ['secrets/*', 'secrets/a', true],
    ['secret?', 'secrets', true],
    ['[ab].c', 'a.c', true],
    ['*.pem', 'a.pem', true],
    ['*.pem', 'a/a.pem', false],
    ['**', 'a/b', true],
    ['.', 'a', true],
    ['*\n!a', 'a', false],
    ['!a\n*', 'a', true],
    ['**/node_modules', 'a/node_modules/b', true],
    ['# .env', '.env', false],
    ['a+b', 'aab', false],
    ['a\\*b', 'a*b', true],
    ['[z-a]', 'z', false],
  ])('%j and %s: %s', (patterns, path, expected) => {
    expect(ignores(patterns, path)).toBe(expected);
  });
});

test('parseImage takes references apart', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(parseImage('postgres')).toEqual({ repository: 'postgres' });
  expect(parseImage('docker.io/library/node:24')).toEqual({ repository: 'node', tag: '24' });
  expect(parseImage('public.ecr.aws/docker/library/node:24')).toEqual({ repository: 'node', tag: '24' });
  expect(parseImage('localhost:5000/a/b:c')).toEqual({ repository: 'a/b', tag: 'c' });
  expect(parseImage(`a/b:c@${digest}`)).toEqual({ repository: 'a/b', tag: 'c', digest });
  expect(parseImage('${IMAGE}:1')).toBeUndefined();
  expect(parseImage('')).toBeUndefined();
});

test('versionOf reads the leading number of a tag', () => {
  expect(versionOf('v3.7.11-alpine')).toEqual([3, 7, 11]);
  expect(versionOf('18-trixie')).toEqual([18]);
  expect(versionOf('latest')).toEqual([]);
  expect(versionOf(undefined)).toEqual([]);
});

test('durationInSeconds reads the durations of Compose', () => {
  expect(durationInSeconds('1m30s')).toBe(90);
  expect(durationInSeconds('1h0m0s')).toBe(3600);
  expect(durationInSeconds('500ms')).toBe(0.5);
  expect(durationInSeconds('0s')).toBe(0);
  expect(durationInSeconds(undefined)).toBe(0);
});

test('paths are seen from the project', () => {
  expect(clean('./a//b/../c/')).toBe('a/c');
  expect(clean('..//a')).toBe('../a');
  expect(clean('/../a')).toBe('/a');
  expect(clean('')).toBe('.');
  expect(join('/srv/shop', './api/Dockerfile')).toBe('/srv/shop/api/Dockerfile');
  expect(join('/srv', '/abs')).toBe('/abs');
  expect(fromProject('/srv/shop', '/srv/shop')).toBe('.');
  expect(fromProject('/srv/shop/', '/srv/shop/api/')).toBe('api');
  expect(fromProject('/srv/shop', '/srv/shopping')).toBe('/srv/shopping');
  expect(fromProject('', './api')).toBe('api');
  expect(within('.', 'a')).toBe(true);
  expect(within('.', '../a')).toBe(false);
  expect(within('a', 'a/b')).toBe(true);
  expect(within('a', 'ab')).toBe(false);
});
