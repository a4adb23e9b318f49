import { describe, expect, it } from 'vitest';
import { applySplices, changesBetween, type Edit, editYaml } from '../../../generators/compose/edit/index.ts';
import { UserError } from '../../../generators/errors.ts';

function edit(text: string, path: string, value: unknown): string {
  const at = path.split('.');
  const change: Edit = value === undefined ? { op: 'remove', path: at } : { op: 'set', path: at, value };
  return applySplices(text, editYaml(text, [change], 'prodstack.yaml'));
}

const source = `# our shop
prodstack: 1   # the format
apps:
    # the API
    api:
        port: 8000   # as ever
        health: '/health'
    # behind the API's last key
postgres: { mode: bundled, version: 17 }

# the end
`;

describe('editing the answers of a user', () => {
  it('replaces one value and leaves every other byte', () => {
    expect(edit(source, 'apps.api.port', 9000)).toBe(source.replace('8000', '9000'));
    expect(edit(source, 'postgres.version', 18)).toBe(source.replace('17', '18'));
    expect(edit(source, 'apps.api.health', 'none')).toBe(source.replace('/health', 'none'));
  });

  it('adds a key behind the last one of its map, at its indent', () => {
    expect(edit(source, 'apps.api.version', 24)).toBe(
      source.replace("        health: '/health'\n", "        health: '/health'\n        version: 24\n"),
    );
    expect(edit(source, 'apps.web', { stack: 'node' })).toContain(
      "health: '/health'\n    web:\n        stack: node\n    # behind",
    );
  });

  it('adds to a map in flow style', () => {
    expect(edit(source, 'postgres.size', 'small')).toContain('{ mode: bundled, version: 17, size: small }');
  });

  it('takes a key away with its line', () => {
    expect(edit(source, 'apps.api.health', undefined)).toBe(source.replace("        health: '/health'\n", ''));
    expect(edit(source, 'postgres', undefined)).toBe(source.replace('postgres: { mode: bundled, version: 17 }\n', ''));
  });

  it('takes a key out of a map in flow style', () => {
    expect(edit(source, 'postgres.mode', undefined)).toBe(source.replace('mode: bundled, ', ''));
    expect(edit(source, 'postgres.version', undefined)).toBe(source.replace(', version: 17', ''));
  });

  it('puts another key in the place of the only one', () => {
    const to = (text: string) => {
      const changes = changesBetween({ edge: { caddy: { email: 'a@b' } } }, { edge: { nginx: { rate: 5 } } });
      return applySplices(text, editYaml(text, changes, 'prodstack.yaml'));
    };
    expect(to('edge:\n  caddy: # ours\n    email: a@b\n')).toBe('edge:\n  nginx:\n    rate: 5\n');
    expect(to('edge: { caddy: { email: a@b } }\n')).toBe('edge: { nginx: { rate: 5 } }\n');
  });

  it('keeps CRLF line ends', () => {
    const crlf = source.replaceAll('\n', '\r\n');
    expect(edit(crlf, 'apps.api.version', 24)).toBe(
      crlf.replace("'/health'\r\n", "'/health'\r\n        version: 24\r\n"),
    );
  });

  it('refuses what cannot be done without touching more, and says what to write by hand', () => {
    const aliased = 'base: &b { port: 1 }\napps: [*b]\n';
    expect(() => edit(aliased, 'apps.0.port', 2)).toThrow(UserError);
    expect(() => edit(aliased, 'base.port', 2)).toThrow(/cannot be changed/);
  });

  it('finds the changes between two trees', () => {
    expect(changesBetween({ a: 1, b: { c: [1], d: 2 } }, { a: 1, b: { c: [2], e: 3 } })).toEqual([
      { op: 'set', path: ['b', 'c'], value: [2] },
      { op: 'remove', path: ['b', 'd'] },
      { op: 'set', path: ['b', 'e'], value: 3 },
    ]);
  });
});

describe('editing long files', () => {
  /** Processor time, which others on this machine do not take. */
  function secondsOf(work: () => unknown): number {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  }

  // What is measured is never too low.
  const again = { retry: 2, timeout: 120_000 };

  it('takes less than a second for 10,000 lines with hundreds of aliases, however many edits there are', again, () => {
    const service = (index: number) =>
      `  s${index}:\n    image: a # pinned\n    logging: *logging\n    environment:\n      - A=${index}\n\n`;
    const text = `x-logging: &logging\n  driver: local\nservices:\n${Array.from({ length: 1_666 }, (_, index) => service(index)).join('')}`;
    expect(text.split('\n').length).toBeGreaterThan(9_990);
    const one: readonly Edit[] = [{ op: 'set', path: ['services', 'redis'], value: { image: 'redis' } }];
    const many = Array.from({ length: 500 }, (_, index): readonly Edit[] => [
      { op: 'set', path: ['services', `new${index}`], value: { image: 'redis' } },
      { op: 'append', path: ['services', `s${index}`, 'environment'], value: 'B=c' },
      { op: 'remove', path: ['services', `s${index + 600}`] },
    ]).flat();
    for (const edits of [one, many]) expect(secondsOf(() => editYaml(text, edits, 'compose.yaml'))).toBeLessThan(1);
  });
});
