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
const dataOf = (text: string): Data => parse(text, { merge: true, logLevel: 'silent' });

interface Data {
  [key: string]: Data;
}

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
  return found
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .sort();
}

const cache = {
  image: 'busybox:1.37',
  environment: { MODE: 'on' },
  volumes: ['cache_data:/data'],
  depends_on: ['web'],
};

const added: readonly Edit[] = [
  {
    op: 'set',
    path: ['services', 'cache'],
    value: cache,
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
          services: { ...before['services'], cache },
          volumes: { ...before['volumes'], cache_data: null },
          secrets: { cache: { file: './secrets/cache' } },
        });
        expect(commentsOf(after)).toEqual(expect.arrayContaining([...commentsOf(text)]));
        expect(editYaml(after, added, 'compose.yaml')).toEqual([]);
        expect(applySplices(after, editYaml(after, taken, 'compose.yaml'))).toBe(text);
      }),
      { numRuns: 250 },
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
        const splices = editYaml(text, connect, 'compose.yaml');
        const after = applySplices(text, splices);
        const result = dataOf(after);
        for (const name of services) {
          const [old, now] = [serviceOf(before, name), serviceOf(result, name)];
          const { depends_on: needs = [], environment: variables = {}, ...rest } = old;
          expect(now).toEqual({
            ...rest,
            depends_on: Array.isArray(needs)
              ? [...needs, 'cache']
              : { ...needs, cache: { condition: 'service_started' } },
            environment: Array.isArray(variables)
              ? [...variables, 'CACHE_URL=redis://cache:6379/0']
              : { ...variables, CACHE_URL: 'redis://cache:6379/0' },
          });
        }
        expect(commentsOf(after)).toEqual(commentsOf(text));
        const undo = services.flatMap((name) => [
          ...dependNoMore(result, name, 'cache'),
          ...unsetVariable(result, name, 'CACHE_URL'),
        ]);
        const undone = applySplices(after, editYaml(after, undo, 'compose.yaml'));
        // `{}` and an alias have become lines.
        if (splices.every(({ length }) => length === 0)) expect(undone).toBe(text);
        else expect(withoutEmpty(dataOf(undone))).toEqual(withoutEmpty(before));
      }),
      { numRuns: 250 },
    );
  });

  it('any words are written so that they are read back, as key, value and item, on lines, in brackets and in JSON', () => {
    const strange = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.stringMatching(/^[a-z0-9 ._/:=@,+%*"'[\]{}#&!|>?~`\\\n\t-]{1,15}$/),
      fc.constantFrom(
        'no',
        'on',
        '1e3',
        '0x1f',
        '012',
        '1_000',
        '~',
        'null',
        '=',
        '<<',
        '- a',
        'a: b',
        'a #b',
        '#a',
        '---',
        '...',
      ),
      fc.constantFrom(
        '22:22',
        '2001-01-01',
        '.5',
        '.nan',
        '*x',
        '&x',
        '!x',
        '%x',
        '@x',
        '`x`',
        '\u2028',
        '\u0085',
        '\r',
        'a\n',
        '\na',
        ' a',
      ),
      fc.constantFrom(
        '__proto__',
        'constructor',
        '🦊',
        'x'.repeat(300),
        '',
        ' ',
        "it's",
        '"',
        '\\',
        'a\n b\n\nc',
        '\uFEFF',
      ),
    );
    const files = [
      'services:\n  web:\n    labels:\n      a: b\n    dns:\n      - c\n',
      "services:\r\n    web:\r\n        labels:\r\n            a: 'b'\r\n        dns:\r\n        - 'c'\r\n",
      'services: { web: { labels: { a: b }, dns: [c] } }\n',
      '{\n  "services": {\n    "web": {\n      "labels": {\n        "a": "b"\n      },\n      "dns": [\n        "c"\n      ]\n    }\n  }\n}\n',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...files), strange, strange, (text, key, value) => {
        const web = ['services', 'web'];
        const edits: readonly Edit[] = [
          { op: 'set', path: [...web, 'labels', key], value },
          { op: 'set', path: [...web, 'labels', 'a'], value },
          { op: 'append', path: [...web, 'dns'], value },
          { op: 'set', path: [...web, 'annotations'], value: { [key]: [value, { [key]: value }] } },
        ];
        const after = applySplices(text, editYaml(text, edits, 'compose.yaml'));
        expect(parse(after)).toEqual({
          services: {
            web: {
              labels: Object.fromEntries([['a', value], [key, value], ...(key === 'a' ? [['a', value]] : [])]),
              dns: value === 'c' ? ['c'] : ['c', value],
              annotations: { [key]: [value, { [key]: value }] },
            },
          },
        });
      }),
      { numRuns: 400 },
    );
  });

  it('any entry is taken away or gets another value with nothing else changed, or it is refused with a way out', () => {
    const value = fc.constantFrom<unknown>('x', 'two words', 7, null, true, ['a', 'b'], { a: 1 }, {}, [], 'a\nb\n', {
      a: { b: ['c'] },
    });
    fc.assert(
      fc.property(tape, fc.nat(), fc.boolean(), fc.boolean(), value, (numbers, which, isSet, prune, wanted) => {
        const { text } = composeText(numbers);
        const before = dataOf(text);
        const paths = pathsOf(before);
        const path = paths[which % paths.length] ?? [];
        const edit: Edit = isSet ? { op: 'set', path, value: wanted } : { op: 'remove', path, prune };
        try {
          const after = applySplices(text, editYaml(text, [edit], 'compose.yaml'));
          const result = dataOf(after);
          expect(result).toEqual(isSet ? withValue(before, path, wanted) : without(before, path, prune, result));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(error.hint).toMatch(/by hand|a file of its own/);
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** Services without the key for variables where there are none. */
function withoutEmpty(data: Data): Data {
  const services = Object.entries(data['services'] ?? {}).map(([name, { environment, ...rest }]) => {
    const isEmpty = Object.keys(environment ?? {}).length === 0;
    return [name, { ...rest, ...(!isEmpty && { environment }) }];
  });
  return { ...data, services: Object.fromEntries(services) };
}

type Keys = readonly (string | number)[];

const serviceOf = (data: Data, name: string): Readonly<Record<string, object>> => data['services']?.[name] ?? {};

function pathsOf(data: unknown, path: Keys = []): readonly Keys[] {
  if (typeof data !== 'object' || data === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(data)
    ? [...data.entries()]
    : Object.entries(data);
  return entries.flatMap(([key, value]) => [[...path, key], ...pathsOf(value, [...path, key])]);
}

function valueAt(data: unknown, path: Keys): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Data | undefined)?.[key], data);
}

/** Data with another value at a path; undefined takes away what is there. */
function withValue(data: unknown, [key, ...rest]: Keys, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = withValue((data as Data)[key], rest, value);
  if (Array.isArray(data))
    return data.flatMap((item, index) => (index !== key ? [item] : inner === undefined ? [] : [inner]));
  const { [key]: _old, ...others } = data as Data;
  return inner === undefined ? others : { ...others, [key]: inner };
}

/** What taking away leaves: with `prune`, a map or list that would be empty goes, or has no value where comments stay in it. */
function without(before: unknown, path: Keys, prune: boolean, after: unknown): unknown {
  let data = withValue(before, path, undefined);
  for (let parent = path.slice(0, -1); prune && parent.length > 0; parent = parent.slice(0, -1)) {
    if (Object.keys(valueAt(data, parent) ?? {}).length > 0) break;
    if (valueAt(after, parent) === null) return withValue(data, parent, null);
    data = withValue(data, parent, undefined);
  }
  return data;
}
