import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedNode, parse, parseDocument, visit } from 'yaml';
import {
  applySplices,
  dependNoMore,
  dependOn,
  type Edit,
  editYaml,
  Refusal,
  setVariable,
  unsetVariable,
} from '../../generators/compose/edit/index.ts';
import { composeText } from '../support/compose-text.ts';

const tape = fc.array(fc.nat(999), { minLength: 30, maxLength: 400 });

/** Read by the library alone, so that what the engine thinks of a text proves nothing. */
const dataOf = (text: string): Record<string, any> => parse(text, { merge: true, logLevel: 'silent' });

/** The lines that are comments, and what stands behind others, in their order. */
function commentsOf(text: string): readonly string[] {
  const found: string[] = [];
  const keep = (comment: string | null | undefined) => found.push(...(comment ?? '').split('\n'));
  const document = parseDocument(text, { merge: true });
  visit(document, {
    Node: (_key, node) => {
      keep((node as ParsedNode).commentBefore);
      keep((node as ParsedNode).comment);
    },
  });
  keep(document.commentBefore);
  keep(document.comment);
  return found.map((line) => line.trim()).filter((line) => line !== '').sort();
}

const added: readonly Edit[] = [
  {
    op: 'set',
    path: ['services', 'cache'],
    value: { image: 'busybox:1.37', environment: { MODE: 'on' }, volumes: ['cache_data:/data'], depends_on: ['web'] },
    text: '# Jobs wait here.\ncache:\n  image: busybox:1.37\n  environment:\n    MODE: "on" # quoted\n  volumes:\n    - cache_data:/data\n  # for later\n  depends_on: [web]\n',
  },
  { op: 'set', path: ['volumes', 'cache_data'], value: null },
  { op: 'set', path: ['secrets', 'cache'], value: { file: './secrets/cache' } },
];

const taken: readonly Edit[] = [
  { op: 'remove', path: ['services', 'cache'] },
  { op: 'remove', path: ['volumes', 'cache_data'], prune: true },
  { op: 'remove', path: ['secrets', 'cache'], prune: true },
];

describe('whatever style a compose file has,', () => {
  it('a service is added by insertions alone, with every comment kept, and taken away to the byte', () => {
    fc.assert(
      fc.property(tape, (numbers) => {
        const { text } = composeText(numbers);
        const before = dataOf(text);
        const splices = editYaml(text, added, 'compose.yaml');
        expect(splices.filter(({ length }) => length > 0)).toEqual([]);
        const after = applySplices(text, splices);
        expect(dataOf(after)).toEqual({
          ...before,
          services: { ...before.services, cache: (added[0] as { value: unknown }).value },
          volumes: { ...before.volumes, cache_data: null },
          secrets: { cache: { file: './secrets/cache' } },
        });
        expect(commentsOf(after)).toEqual(expect.arrayContaining([...commentsOf(text)]));
        expect(editYaml(after, added, 'compose.yaml')).toEqual([]);
        expect(applySplices(after, editYaml(after, taken, 'compose.yaml'))).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });

  it('its services are given dependencies and variables in the form they have, and these are taken away to the byte', () => {
    fc.assert(
      fc.property(tape, (numbers) => {
        const { text, services } = composeText(numbers);
        const before = dataOf(text);
        const connect = services.flatMap((name) => [
          ...dependOn(before, name, 'cache', 'service_started'),
          ...setVariable(before, name, 'CACHE_URL', 'redis://cache:6379/0'),
        ]);
        const after = applySplices(text, editYaml(text, connect, 'compose.yaml'));
        const result = dataOf(after);
        for (const name of services) {
          const [old, now] = [before['services'][name], result['services'][name]];
          expect(now.depends_on).toEqual(
            Array.isArray(old.depends_on ?? [])
              ? [...(old.depends_on ?? []), 'cache']
              : { ...old.depends_on, cache: { condition: 'service_started' } },
          );
          expect(now.environment).toEqual(
            Array.isArray(old.environment)
              ? [...old.environment, 'CACHE_URL=redis://cache:6379/0']
              : { ...old.environment, CACHE_URL: 'redis://cache:6379/0' },
          );
          expect({ ...now, depends_on: 0, environment: 0 }).toEqual({ ...old, depends_on: 0, environment: 0 });
        }
        expect(commentsOf(after)).toEqual(commentsOf(text));
        const undo = services.flatMap((name) => [
          ...dependNoMore(result, name, 'cache'),
          ...unsetVariable(result, name, 'CACHE_URL'),
        ]);
        expect(applySplices(after, editYaml(after, undo, 'compose.yaml'))).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });

  it('any entry is taken away or gets another value with nothing else changed, or it is refused with a way out', () => {
    const value = fc.constantFrom<unknown>('x', 'two words', 7, null, true, ['a', 'b'], { a: 1 }, {}, [], 'a\nb\n', { a: { b: ['c'] } });
    fc.assert(
      fc.property(tape, fc.nat(), fc.boolean(), fc.boolean(), value, (numbers, which, isSet, prune, wanted) => {
        const { text } = composeText(numbers);
        const before = dataOf(text);
        const paths = pathsOf(before);
        const path = paths[which % paths.length] ?? [];
        const edit: Edit = isSet ? { op: 'set', path, value: wanted } : { op: 'remove', path, prune };
        try {
          const after = applySplices(text, editYaml(text, [edit], 'compose.yaml'));
          expect(dataOf(after) ?? {}).toEqual(isSet ? withValue(before, path, wanted) : expect.toSatisfy((data: unknown) => isWithout(data, before, path, prune)));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(error.hint).toMatch(/by hand|a file of its own/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

type Data = any;

function pathsOf(data: Data, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof data !== 'object' || data === null) return [];
  const keys = Array.isArray(data) ? data.keys() : Object.keys(data);
  return [...keys].flatMap((key) => [[...path, key], ...pathsOf(data[key], [...path, key])]);
}

function withValue(data: Data, [key, ...rest]: readonly (string | number)[], value: unknown): Data {
  if (key === undefined) return value;
  const copy = structuredClone(data);
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

function isWithout(after: Data, before: Data, path: readonly (string | number)[], prune: boolean): boolean {
  const expected = structuredClone(before);
  let depth = path.length - 1;
  const parents = path.slice(0, -1).reduce<Data[]>((found, key) => [...found, found.at(-1)[key]], [expected]);
  const take = (parent: Data, key: string | number) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]);
  take(parents[depth], path[depth] ?? '');
  while (prune && depth > 0 && Object.keys(parents[depth]).length === 0) {
    depth--;
    const key = path[depth] ?? '';
    // A key stays without a value where comments stand below it.
    const bare = parents[depth];
    const kept = path.slice(0, depth + 1).reduce((inner: Data, one) => inner?.[one], after);
    if (kept === null) {
      bare[key] = null;
      break;
    }
    take(bare, key);
  }
  expect(after ?? {}).toEqual(expected);
  return true;
}
