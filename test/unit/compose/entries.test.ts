import { describe, expect, it } from 'vitest';
import { entriesIn } from '../../../generators/compose/entries.ts';

/** `path:line` for collections and nothings, `path:line=value` for scalars; how lines are folded matters to nobody. */
function read(text: string): readonly string[] {
  return entriesIn(text).map(
    ({ path, line, value }) =>
      `${path.join('.')}:${line}${value === undefined ? '' : `=${value.trim().replaceAll(/\s+/g, ' ')}`}`,
  );
}

describe('the entries of a compose file', () => {
  it.each([
    ['nested mappings', 'a:\n  b: 1\n  c:\n    d: x y\ne:\n', 'a:1\na.b:2=1\na.c:3\na.c.d:4=x y\ne:5'],
    ['comments', '# a: 1\na: b # c\nd: "#no" # yes\ne: x#y\n   # deep\nf: 1\n', 'a:2=b\nd:3=#no\ne:4=x#y\nf:6=1'],
    [
      'lists in the column of their key',
      'a:\n- b\n- c: 1\n  d: 2\n-   e: 3\n    f: 4\ng: h\n',
      'a:1\na.0:2=b\na.1:3\na.1.c:3=1\na.1.d:4=2\na.2:5\na.2.e:5=3\na.2.f:6=4\ng:7=h',
    ],
    ['lists in lists', 'a:\n  - - b\n    - c\n  - d\n', 'a:1\na.0:2\na.0.0:2=b\na.0.1:3=c\na.1:4=d'],
    ['quoted keys and values', '"a b": \'it\'\'s\'\n\'c\': "d: \\"e\\" # f"\n', 'a b:1=it\'s\nc:2=d: "e" # f'],
    [
      'flow collections',
      'a: { b: 1, "c d": [x, "y, z", {e: f}], g: }\nh: [ ]\ni: {}\n',
      'a:1\na.b:1=1\na.c d:1\na.c d.0:1=x\na.c d.1:1=y, z\na.c d.2:1\na.c d.2.e:1=f\na.g:1\nh:2\ni:3',
    ],
    [
      'flow collections over lines',
      'a:\n  { b: 1, # one\n    c: [2,\n      3] }\nd:\n  [ "x",\n    y ]\ne: 1\n',
      'a:1\na.b:2=1\na.c:3\na.c.0:3=2\na.c.1:4=3\nd:5\nd.0:6=x\nd.1:7=y\ne:8=1',
    ],
    [
      'block scalars',
      'a: |\n  b: c\n\n    # no comment\n  d\ne: >-\n  f\n  g\nh:\n  - |\n    i: j\n  - k\n',
      'a:1=b: c # no comment d\ne:6=f g\nh:9\nh.0:10=i: j\nh.1:12=k',
    ],
    ['block scalars with an indicator', 'a: |2-\n    b\nc: d\n', 'a:1=b\nc:3=d'],
    ['plain scalars over lines', 'a: b\n  c d\n  e\nf:\n  g h\n  i\nj: k\n', 'a:1=b c d e\nf:4=g h i\nj:7=k'],
    ['quoted scalars over lines', 'a: "b\n  c"\nd: \'e\n\n  f\'\ng: h\n', 'a:1=b c\nd:3=e f\ng:6=h'],
    [
      'anchors, aliases and tags',
      'a: &x\n  b: &y 1\nc: *x\nd:\n  <<: [*x, *x]\n  e: *y\nf: !reset []\ng: !override\n  - 1\n',
      'a:1\na.b:2=1\nc:3\nd:4\nd.<<:5\nd.<<.0:5\nd.<<.1:5\nd.e:6\nf:7\ng:8\ng.0:9=1',
    ],
    [
      'values with colons',
      'a: b:c\nd: http://e\nf:\n  - "127.0.0.1:80:80"\n  - 80:80\n  - g:h:ro\n',
      'a:1=b:c\nd:2=http://e\nf:3\nf.0:4=127.0.0.1:80:80\nf.1:5=80:80\nf.2:6=g:h:ro',
    ],
    ['variables', 'a: ${B:-c}\nd: "${E:?f g}"\nh:\n  - I=${J}\n', 'a:1=${B:-c}\nd:2=${E:?f g}\nh:3\nh.0:4=I=${J}'],
    ['a document start', '---\na: 1\n', 'a:2=1'],
    ['a document end', 'a: 1\n...\n', 'a:1=1'],
    ['keys with dashes, dots and slashes', 'a-b.c/d: 1\ne:\n  /f: g\n', 'a-b.c/d:1=1\ne:2\ne./f:3=g'],
  ])('%s', (_name, text, expected) => {
    expect(read(text)).toEqual(expected.split('\n'));
    expect(read(text.replaceAll('\n', '\r\n'))).toEqual(expected.split('\n'));
  });

  it.each([
    'a: {',
    'a: ["b',
    'a: "b',
    "a: 'b\nc: d",
    '{',
    '- [',
    'a: |',
    ': :',
    '\t- x',
    'a:\n\t b: {c',
    '['.repeat(9999),
  ])('are looked for in %j, too', (text) => {
    expect(() => entriesIn(text)).not.toThrow();
  });

  it('are there before what is broken', () => {
    expect(read('version: "3"\nservices:\n  a: { b: [\n')).toContain('version:1=3');
  });

  it('have no byte order mark, and several documents', () => {
    expect(read('\uFEFFversion: "3"\n---\na: 1\n')).toEqual(['version:1=3', 'a:3=1']);
  });
});
