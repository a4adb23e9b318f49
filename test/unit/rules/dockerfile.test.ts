import { describe, expect, test } from 'vitest';
import {
  assignments,
  baseImageOf,
  chainOf,
  expand,
  inheritedInstructions,
  parseDockerfile,
  productionStage,
  stageNamed,
  variablesOf,
} from '../../../generators/rules/dockerfile.ts';

const instructions = (text: string) =>
  parseDockerfile(`FROM a:1\n${text}`).stages[0]?.instructions.map(({ keyword, flags, text: rest, line }) => [
    line,
    keyword,
    ...flags,
    rest,
  ]);

describe('parseDockerfile', () => {
  test('joins continued lines and drops comments and empty lines between them', () => {
    expect(instructions('RUN a \\\n  # comment\n\n  && b\\\n c\nWORKDIR /x\n')).toEqual([
      [2, 'RUN', 'a && b c'],
      [7, 'WORKDIR', '/x'],
    ]);
  });

  test('knows another escape character', () => {
    const { stages, directives } = parseDockerfile('# escape=`\nFROM a:1\nRUN a `\n  b\n');
    expect(directives).toEqual([{ name: 'escape', value: '`', line: 1 }]);
    expect(stages[0]?.instructions).toMatchObject([{ text: 'a b', line: 3 }]);
  });

  test('takes directives only before everything else', () => {
    expect(parseDockerfile('# The app\n# syntax=x\nFROM a').directives).toEqual([]);
    expect(parseDockerfile('#syntax = x\n# check=error=true\n\n# escape=`\nFROM a').directives).toEqual([
      { name: 'syntax', value: 'x', line: 1 },
      { name: 'check', value: 'error=true', line: 2 },
    ]);
  });

  test('tells flags from the rest', () => {
    expect(
      instructions('RUN --mount=type=cache,target=/c --network=none npm ci --omit=dev\nCOPY --link --chown=1:1 a b'),
    ).toEqual([
      [2, 'RUN', '--mount=type=cache,target=/c', '--network=none', 'npm ci --omit=dev'],
      [3, 'COPY', '--link', '--chown=1:1', 'a b'],
    ]);
  });

  test('reads heredocs', () => {
    const { stages } = parseDockerfile(
      'FROM a\nRUN <<EOF bash\nset -e\nFROM none\nEOF\nCOPY <<-"A" <<B /x/\n\tone\n\tA\ntwo\nB\nUSER 1\n',
    );
    expect(stages).toHaveLength(1);
    expect(stages[0]?.instructions).toMatchObject([
      { keyword: 'RUN', line: 2, heredocs: ['set -e\nFROM none'] },
      { keyword: 'COPY', line: 6, heredocs: ['\tone', 'two'] },
      { keyword: 'USER', line: 11, text: '1' },
    ]);
  });

  test('does not fail on a heredoc without an end', () => {
    expect(parseDockerfile('FROM a\nRUN <<EOF\nx').stages[0]?.instructions).toMatchObject([{ heredocs: ['x'] }]);
  });

  test('reads the exec form, and takes what is no JSON for the shell form', () => {
    const { stages } = parseDockerfile(`FROM a\nCMD ["a", "b"]\nCMD ['a']\nENTRYPOINT [ -f x ] && y\n`);
    expect(stages[0]?.instructions.map(({ exec }) => exec)).toEqual([['a', 'b'], undefined, undefined]);
  });

  test('fills global arguments into FROM', () => {
    const text =
      'ARG V=24\nARG TAG="${V}-slim"\nFROM --platform=$BUILDPLATFORM node:${TAG} AS Base\nFROM x:${OTHER:-1}\nFROM $Z\n';
    expect(parseDockerfile(text).stages.map(({ from, name }) => [from, name])).toEqual([
      ['node:24-slim', 'Base'],
      ['x:1', undefined],
      ['$Z', undefined],
    ]);
  });

  test('reads lower case and the line ends of Windows', () => {
    expect(parseDockerfile('from a as b\r\nrun x \\\r\n  y\r\n').stages).toMatchObject([
      { from: 'a', name: 'b', instructions: [{ keyword: 'RUN', text: 'x y' }] },
    ]);
  });
});

describe('stages', () => {
  const dockerfile = parseDockerfile(
    'FROM a:1 AS base\nENV A=1\nFROM base AS deps\nRUN x\nFROM base AS production\nUSER 1\nFROM deps AS last\n',
  );
  const stage = (name: string) => stageNamed(dockerfile, name) ?? expect.fail(`no stage ${name}`);

  test('are found by name, whatever its case, and by number', () => {
    expect(stage('DEPS').line).toBe(3);
    expect(stage('1').line).toBe(3);
    expect(stageNamed(dockerfile, 'none')).toBeUndefined();
  });

  test('are built on each other', () => {
    expect(chainOf(dockerfile, stage('last')).map(({ name }) => name)).toEqual(['base', 'deps', 'last']);
    expect(baseImageOf(dockerfile, stage('last'))).toBe('a:1');
    expect(inheritedInstructions(dockerfile, stage('deps')).map(({ keyword }) => keyword)).toEqual(['ENV', 'RUN']);
  });

  test('named production are what servers run, else the last', () => {
    expect(productionStage(dockerfile)?.name).toBe('production');
    expect(productionStage(parseDockerfile('FROM a AS x\nFROM b AS y'))?.name).toBe('y');
    expect(productionStage(parseDockerfile('# nothing'))).toBeUndefined();
  });

  test('are not built on later ones of the same name as an image', () => {
    const same = parseDockerfile('FROM node AS node\nFROM node AS app\n');
    expect(same.stages.map((one) => chainOf(same, one).length)).toEqual([1, 2]);
  });
});

test('assignments reads ARG and ENV', () => {
  expect(assignments('A=1 B="x y" C=\'z\' D= E')).toEqual([
    ['A', '1'],
    ['B', 'x y'],
    ['C', 'z'],
    ['D', ''],
    ['E', undefined],
  ]);
  expect(assignments('PATH /a/b c')).toEqual([['PATH', '/a/b c']]);
});

test('variablesOf follows ARG and ENV', () => {
  const { stages } = parseDockerfile('FROM a\nARG UID=1001\nENV USER_ID=$UID OTHER\nENV HOME=/home/${USER_ID}\n');
  expect(Object.fromEntries(variablesOf(stages[0]?.instructions ?? []))).toEqual({
    UID: '1001',
    USER_ID: '1001',
    HOME: '/home/1001',
  });
});

test('expand leaves what it does not know', () => {
  expect(expand('$A-${B}-${C:-d}-${A:-e}', new Map([['A', '1']]))).toBe('1-${B}-d-1');
});
