import { describe, expect, it } from 'vitest';
import { isAddress } from '../../../../generators/compose/model/addresses.ts';
import { nanosecondsOf, printDuration } from '../../../../generators/compose/model/durations.ts';
import { mountOf } from '../../../../generators/compose/model/mounts.ts';
import { relative } from '../../../../generators/compose/model/paths.ts';
import { portsOf } from '../../../../generators/compose/model/ports.ts';
import { resolvePlain } from '../../../../generators/compose/model/scalars.ts';
import { bytesOf } from '../../../../generators/compose/model/sizes.ts';
import { wordsOf } from '../../../../generators/compose/model/words.ts';
import { clean, join } from '../../../../generators/paths.ts';

describe('plain scalars, as go-yaml v3 resolves them', () => {
  it.each([
    ['yes', 'yes'],
    ['on', 'on'],
    ['22:22', '22:22'],
    ['2020-01-01', '2020-01-01'],
    ['1.2.3', '1.2.3'],
    ['0x', '0x'],
    ['-', '-'],
    ['True', true],
    ['~', null],
    ['', null],
  ])('%j is %j', (text, value) => {
    expect(resolvePlain(text)).toEqual({ value });
  });

  it.each([
    ['0777', '511'],
    ['0o17', '15'],
    ['08', '8'],
    ['0b11', '3'],
    ['-0x1F', '-31'],
    ['1_000', '1000'],
    ['+5', '5'],
    ['1.10', '1.1'],
    ['.5', '0.5'],
    ['1e3', '1000'],
    ['1000000.0', '1e+06'],
    ['0.00001', '1e-05'],
    ['9223372036854775807', '9223372036854775807'],
    ['99999999999999999999', '1e+20'],
    ['.inf', '+Inf'],
  ])('%s prints as %s', (text, print) => {
    expect(resolvePlain(text).print).toBe(print);
  });
});

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['512b', 512],
    ['64M', 67_108_864],
    ['1.5gb', 1_610_612_736],
    ['512 KiB', 524_288],
    ['1T', 1_099_511_627_776],
    ['.5k', 512],
  ])('%s', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });

  it.each(['', 'm', '-1', '1x', '1mbb', '1 m m', '1e', 'Infinity'])('%j is none', (text) => {
    expect(bytesOf(text)).toBeUndefined();
  });
});

describe('durations', () => {
  it.each([
    ['90s', '1m30s'],
    ['1h', '1h0m0s'],
    ['1d', '24h0m0s'],
    ['1.5s', '1.5s'],
    ['500ms', '500ms'],
    ['0', '0s'],
    ['100us', '100µs'],
    ['1m0.5s', '1m0.5s'],
    ['-5s', '-5s'],
  ])('%s prints as %s', (text, print) => {
    expect(printDuration(nanosecondsOf(text) ?? Number.NaN)).toBe(print);
  });

  it.each(['', '10', '5 minutes', 's', '1y', '1..s'])('%j is none', (text) => {
    expect(nanosecondsOf(text)).toBeUndefined();
  });
});

describe('words of a command', () => {
  it.each([
    ['a  b\tc\n', ['a', 'b', 'c']],
    [`sh -c "a 'b'" 'c "d"' e\\ f ""`, ['sh', '-c', "a 'b'", 'c "d"', 'e f', '']],
    ['a && b', ['a']],
    ['a 2>x', ['a']],
    ['echo $(date +%s) `x y`', ['echo', '$(date +%s)', '`x y`']],
    ['', []],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it.each(['"open', "'open", 'a\\', 'a (b)', '$(open', '`open'])('%j is refused', (text) => {
    expect(wordsOf(text)).toBeUndefined();
  });
});

describe('ports', () => {
  it('are expanded with their ranges, and sorted as Compose does it', () => {
    expect(portsOf('[::1]:9998-10000:9998-10000/UDP')).toEqual(
      ['10000', '9998', '9999'].map((port) => ({
        mode: 'ingress',
        host_ip: '::1',
        target: Number(port),
        published: port,
        protocol: 'udp',
      })),
    );
    expect(portsOf('8000-8010:80')).toMatchObject([{ target: 80, published: '8000-8010' }]);
  });

  it.each(['', ':', 'x', '70000', '80/http', '1-2:1-3', 'host:80:80', '80:', '2-1'])('%j is refused', (text) => {
    expect(portsOf(text)).toBeTypeOf('string');
  });
});

describe('mounts', () => {
  it.each(['', 'aa::bb', ':/aa', 'aa:bb:cc:dd', 'data:'])('%j is refused', (text) => {
    expect(mountOf(text)).toBeTypeOf('string');
  });

  it('may be of Windows', () => {
    expect(mountOf('C:\\data:/data:ro')).toMatchObject({ type: 'bind', source: 'C:\\data', target: '/data' });
    expect(mountOf('\\\\.\\pipe\\docker_engine:/pipe')).toMatchObject({ type: 'bind' });
  });
});

describe('addresses', () => {
  it.each(['127.0.0.1', '::', '::1', '1:2:3:4:5:6:7:8', 'fe80::1', '::ffff:1.2.3.4'])('%s', (text) => {
    expect(isAddress(text)).toBe(true);
  });

  it.each(['', 'localhost', '1.2.3', '256.0.0.1', '01.2.3.4', ':::', '1::2::3', '1:2:3:4:5:6:7', 'g::'])(
    '%j is none',
    (text) => {
      expect(isAddress(text)).toBe(false);
    },
  );
});

describe('paths', () => {
  it.each([
    ['a/./b/../c/', 'a/c'],
    ['../../x', '../../x'],
    ['/../x', '/x'],
    ['', '.'],
  ])('%j is cleaned to %j', (path, expected) => {
    expect(clean(path)).toBe(expected);
  });

  it('are seen from folders', () => {
    expect([join('deploy', '../api'), join('.', './x'), join('/a', '../b'), join('a', '/b')]).toEqual([
      'api',
      'x',
      '/b',
      '/b',
    ]);
    expect([relative('a/b', 'a/c'), relative('.', 'x'), relative('a', 'a'), relative('/a/b', '/a')]).toEqual([
      '../c',
      'x',
      '.',
      '..',
    ]);
  });
});
