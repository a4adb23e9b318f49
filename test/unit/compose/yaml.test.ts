import { describe, expect, it } from 'vitest';
import { readYaml, readYamlValue, writeYaml } from '../../../generators/compose/yaml.ts';
import { UserError } from '../../../generators/errors.ts';

function failure(text: string): UserError {
  try {
    readYaml(text, 'prodstack.yaml');
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('was accepted');
}

describe('reading YAML', () => {
  it('names line and column of a syntax error', () => {
    expect(failure('name: shop\napps: [a, b\nport: 1\n').message).toMatch(/^prodstack\.yaml:\d+:\d+: /);
  });

  it('refuses a key that stands twice', () => {
    expect(failure('name: a\nname: b\n').message).toBe('prodstack.yaml:2:1: the same key twice in one map');
  });

  it('refuses several documents', () => {
    expect(failure('name: a\n---\nname: b\n').message).toContain('more than one document');
  });

  it('refuses aliases that explode', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`,
    );
    expect(failure(['a0: &a0 [x]', ...levels].join('\n')).message).toContain('grow without bounds');
  });

  it.each(['hostnames:\n  app: *.acme.dev\n', 'hostnames:\n  app: [*.acme.dev]\n', 'a: &b 1\nc:\n   - *.acme.dev\n'])(
    'says that text such as a wildcard needs quotes: %j',
    (text) => {
      const { message, hint } = failure(text);
      expect(message).toMatch(/^prodstack\.yaml:[23]:\d+: \*\.acme\.dev is an alias of YAML/);
      expect(hint).toBe('Text that begins with * needs quotes: "*.acme.dev"');
    },
  );

  it('takes an alias of what stands before it', () => {
    expect(readYaml('a: &host shop.acme.dev\nb: *host\n', 'prodstack.yaml')).toEqual({
      a: 'shop.acme.dev',
      b: 'shop.acme.dev',
    });
  });

  it.each([
    ['8080', 8080],
    ['*.acme.dev', '*.acme.dev'],
    ['true', true],
    ['null', null],
    ['', null],
    ['text', 'text'],
    ['no', 'no'],
    ['"8080"', '8080'],
    ['[a, b]', ['a', 'b']],
  ])('reads %j of a command line as %j', (text, value) => {
    expect(readYamlValue(text, '--set')).toEqual(value);
  });

  it('quotes what an older reader would take for something else', () => {
    expect(writeYaml({ a: 'yes', b: '22:22', c: 'plain' })).toBe('a: "yes"\nb: "22:22"\nc: plain\n');
  });
});
