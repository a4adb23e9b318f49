import { describe, expect, test } from 'vitest';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { composeEntries } from '../../../generators/rules/compose-text.ts';
import { good } from './good-project.ts';

/** What the yaml library says: `path:line` for collections and nothings, `path:line=value` for scalars. */
function expected(text: string): readonly string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe' });
  expect(document.errors).toEqual([]);
  const found: string[] = [];
  const lineAt = (node: unknown): number =>
    lines.linePos((isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : 0) ?? 0).line;
  const walk = (node: unknown, path: readonly string[], line: number): void => {
    const value = isScalar(node) && !(node.type === 'PLAIN' && node.value === '') ? `=${plain(node.value)}` : '';
    if (path.length > 0) found.push(`${path.join('.')}:${line}${value}`);
    if (isMap(node)) {
      for (const { key, value: child } of node.items) {
        walk(child, [...path, String(isScalar(key) ? key.value : key)], lineAt(key));
      }
    } else if (isSeq(node)) {
      for (const [index, child] of node.items.entries()) walk(child, [...path, String(index)], lineAt(child));
    }
  };
  walk(document.contents, [], 0);
  return found.toSorted();
}

/** How lines are folded does not matter to any rule. */
const plain = (value: unknown): string => String(value).trim().replaceAll(/\s+/g, ' ');

function actual(text: string): readonly string[] {
  return composeEntries({ path: 'compose.yaml', text })
    .map(({ path, line, value }) => `${path.join('.')}:${line}${value === undefined ? '' : `=${plain(value)}`}`)
    .toSorted();
}

const samples: Readonly<Record<string, string>> = {
  'nested mappings': 'a:\n  b: 1\n  c:\n    d: x y\ne:\n',
  comments: '# a: 1\na: b # c\nd: "#no" # yes\ne: x#y\n   # deep\nf: 1\n',
  'lists in the column of their key': 'a:\n- b\n- c: 1\n  d: 2\n-   e: 3\n    f: 4\ng: h\n',
  'lists in lists': 'a:\n  - - b\n    - c\n  - d\n',
  'quoted keys and values': '"a b": \'it\'\'s\'\n\'c\': "d: \\"e\\" # f"\n',
  'flow collections': 'a: { b: 1, "c d": [x, "y, z", {e: f}], g: }\nh: [ ]\ni: {}\n',
  'flow collections over lines': 'a:\n  { b: 1, # one\n    c: [2,\n      3] }\nd:\n  [ "x",\n    y ]\ne: 1\n',
  'block scalars': 'a: |\n  b: c\n\n    # no comment\n  d\ne: >-\n  f\n  g\nh:\n  - |\n    i: j\n  - k\n',
  'block scalars with an indicator': 'a: |2-\n    b\nc: d\n',
  'plain scalars over lines': 'a: b\n  c d\n  e\nf:\n  g h\n  i\nj: k\n',
  'quoted scalars over lines': 'a: "b\n  c"\nd: \'e\n\n  f\'\ng: h\n',
  'anchors, aliases and tags':
    'a: &x\n  b: &y 1\nc: *x\nd:\n  <<: [*x, *x]\n  e: *y\nf: !reset []\ng: !override\n  - 1\n',
  'values with colons': 'a: b:c\nd: http://e\nf:\n  - "127.0.0.1:80:80"\n  - 80:80\n  - g:h:ro\n',
  variables: 'a: ${B:-c}\nd: "${E:?f g}"\nh:\n  - I=${J}\n',
  'a document start': '---\na: 1\n',
  'a document end': 'a: 1\n...\n',
  'keys with dashes, dots and slashes': 'a-b.c/d: 1\ne:\n  /f: g\n  - h\n'.replace('  - h\n', ''),
};

describe('composeEntries reads what the yaml library reads', () => {
  test.each(Object.entries(samples))('%s', (_, text) => {
    expect(actual(text)).toEqual(expected(text));
  });

  test.each(Object.entries(samples))('%s, with the line ends of Windows', (_, text) => {
    expect(actual(text.replaceAll('\n', '\r\n'))).toEqual(expected(text));
  });

  test.each(good.composeFiles)('$path', ({ text }) => {
    expect(actual(text)).toEqual(expected(text));
  });
});

describe('composeEntries', () => {
  test('takes a variable in a flow collection for what its author meant', () => {
    expect(actual('a: { b: ${C:?d}, e: f }\n')).toEqual(['a.b:1=${C:?d}', 'a.e:1=f', 'a:1']);
  });

  test.each(['a: {', 'a: ["b', 'a: "b', "a: 'b\nc: d", '{', '- [', 'a: |', ': :', '\t- x', 'a:\n\t b: {c'])(
    'does not fail on %j',
    (text) => {
      expect(() => composeEntries({ path: 'x', text })).not.toThrow();
    },
  );

  test('ignores a byte order mark', () => {
    expect(actual('\uFEFFversion: "3"\n')).toEqual(['version:1=3']);
  });
});
