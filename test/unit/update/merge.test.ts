import { describe, expect, it } from 'vitest';
import { renameServices } from '../../../generators/compose/rename.ts';
import { readTagged } from '../../../generators/compose/tagged.ts';
import { mergeData } from '../../../generators/plan/merge/data.ts';
import { renamedServices } from '../../../generators/plan/merge/names.ts';
import { hasMarkers, markDifferences, mergeTexts } from '../../../generators/plan/merge/text.ts';
import { mergeYaml } from '../../../generators/plan/merge/yaml.ts';

const merge = (base: string, theirs: string, ours: string) => {
  const { text, conflicts } = mergeTexts({ base, theirs, ours });
  return { text, conflicts };
};

describe('a merge of texts', () => {
  const base = 'a\nb\nc\nd\ne\n';

  it.each([
    ['only theirs changed', base, 'a\nB\nc\nd\ne\n', base, 'a\nB\nc\nd\ne\n'],
    ['only ours changed', base, base, 'a\nB\nc\nd\ne\n', 'a\nB\nc\nd\ne\n'],
    ['both in other places', base, 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n', 'A\nb\nc\nd\nE\n'],
    ['both the same', base, 'a\nB\nc\nd\ne\n', 'a\nB\nc\nd\ne\n', 'a\nB\nc\nd\ne\n'],
    ['theirs without a last line end', base, 'a\nb\nc\nd\ne', `${base}f\n`, 'a\nb\nc\nd\ne\nf'],
    [
      'theirs with CRLF',
      base,
      'a\r\nb\r\nc\r\nd\r\ne\r\nmine\r\n',
      base.replace('a', 'A'),
      'A\r\nb\r\nc\r\nd\r\ne\r\nmine\r\n',
    ],
    ['theirs with a byte order mark', base, `\uFEFF${base}`, base.replace('a', 'A'), `\uFEFF${base.replace('a', 'A')}`],
    [
      'theirs with some of both line ends',
      base,
      'a\r\nb\nc\r\nd\ne\r\n',
      'a\nb\nc\nd\nnew\ne\n',
      'a\r\nb\nc\r\nd\nnew\r\ne\r\n',
    ],
    ['all of theirs taken away, nothing new', base, '', base, ''],
    ['a conflict that was settled by taking both', 'x\n', 'y\nmine\n', 'y\n', 'y\nmine\n'],
    ['a line at one place, of which we have more', 'a\n', 'a\nnew\n', 'a\nnew\nnewer\n', 'a\nnew\nnewer\n'],
  ])('%s', (_what, before, theirs, ours, expected) =>
    expect(merge(before, theirs, ours)).toEqual({ text: expected, conflicts: 0 }),
  );

  it.each([
    ['the same line', base, 'a\nX\nc\nd\ne\n', 'a\nY\nc\nd\ne\n'],
    ['neighbouring lines', base, 'a\nX\nc\nd\ne\n', 'a\nb\nY\nd\ne\n'],
    ['two lines at one place', base, 'a\nX\nb\nc\nd\ne\n', 'a\nY\nb\nc\nd\ne\n'],
    ['changed here and taken away there', base, 'a\nX\nc\nd\ne\n', 'a\nc\nd\ne\n'],
    ['taken away here and changed there', base, 'a\nc\nd\ne\n', 'a\nX\nc\nd\ne\n'],
    ['both taken, but what we took away is still there', 'x\n', 'y\nx\n', 'y\n'],
  ])('is a conflict where both changed %s', (_what, before, theirs, ours) => {
    const { conflicts, text, marked } = mergeTexts({ base: before, theirs, ours });
    expect({ conflicts, text }).toEqual({ conflicts: 1, text: theirs });
    expect(hasMarkers(marked)).toBe(true);
  });

  it('knows no key of Object.prototype as a line of its own', () => {
    expect(merge('constructor\n__proto__\n', 'constructor\n__proto__\nx\n', '__proto__\n').conflicts).toBe(0);
  });

  it('marks every difference of two texts without an ancestor', () =>
    expect(markDifferences('a\r\nb\r\n', 'a\nc\n')).toBe(
      'a\r\n<<<<<<< yours\r\nb\r\n=======\r\nc\r\n>>>>>>> create-prodstack\r\n',
    ));
});

describe('a merge of data', () => {
  it('keeps what both add to a set, and calls the words of a command a conflict', () => {
    const of = (ports: string[], command: string[]) => ({ services: { a: { ports, command } } });
    const { data, conflicts } = mergeData(
      of(['1:1'], ['serve', '-q']),
      of(['1:1', '2:2'], ['serve', '-v']),
      of(['1:1', '3:3'], ['serve', '-w']),
    );
    expect(data).toEqual(of(['1:1', '2:2', '3:3'], ['serve', '-v']));
    expect(conflicts).toEqual([['services', 'a', 'command']]);
  });

  it('leaves out what the user took out of a set, and what we took out of it', () => {
    const of = (...cap_add: string[]) => ({ a: { cap_add } });
    expect(mergeData(of('A', 'B', 'C'), of('A', 'C'), of('A', 'B', 'D')).data).toEqual(of('A', 'D'));
  });

  it('has a thing of the stack stay away, and a conflict for all else that is gone here and new there', () => {
    const base = { services: { a: { image: 'x:1' }, b: { image: 'y:1', user: '1' } } };
    const { data, conflicts, gone } = mergeData(
      base,
      { services: { b: { image: 'y:1' } } },
      { services: { a: { image: 'x:2' }, b: { image: 'y:1', user: '2' } } },
    );
    expect({ data, conflicts, gone }).toEqual({
      data: { services: { b: { image: 'y:1' } } },
      conflicts: [['services', 'b', 'user']],
      gone: [['services', 'a']],
    });
  });
});

describe('a merge of YAML', () => {
  const base = 'services:\n  a:\n    image: x:1\n    user: "1"\n';

  it('puts what is new into the text of the user, with its comment, and leaves theirs', () => {
    const merged = mergeYaml('compose.yaml', {
      base,
      theirs: 'services:\n    a:\n        image: x:1 # pinned\n        user: "1"\n        init: true\n',
      ours: 'services:\n  a:\n    image: x:2\n    user: "1"\n    # Nobody writes here.\n    read_only: true\n',
    });
    expect(merged).toEqual({
      text: 'services:\n    a:\n        image: x:2 # pinned\n        user: "1"\n        init: true\n        # Nobody writes here.\n        read_only: true\n',
    });
  });

  it('knows tags as a part of what a file says', () => {
    const tagged = 'services:\n  a:\n    ports: !reset []\n';
    expect(readTagged(tagged, '')).toEqual({ services: { a: { ports: { '!reset': [] } } } });
    const merged = mergeYaml('compose.yaml', {
      base: 'services:\n  a:\n    ports: []\n    user: "1"\n',
      theirs: `${tagged}    user: "1"\n`,
      ours: 'services:\n  a:\n    ports: []\n    user: "2"\n',
    });
    expect(merged).toEqual({ text: `${tagged}    user: "2"\n` });
  });

  it('believes no merge of the text that says something else', () => {
    // As text, both lines with a user would be there: a key twice.
    const merged = mergeYaml('compose.yaml', {
      base: 'a: 1\nb: 2\nc: 3\nd: 4\n',
      theirs: 'user: "1"\na: 1\nb: 2\nc: 3\nd: 4\n',
      ours: 'a: 1\nb: 2\nc: 3\nd: 4\nuser: "2"\n',
    });
    expect(merged).toMatchObject({ why: 'both changed user' });
  });

  it('does not change what others see through an alias', () => {
    const theirs = 'x-env: &env\n  X: "1"\nservices:\n  a:\n    environment: *env\n  b:\n    environment: *env\n';
    const merged = mergeYaml('compose.yaml', {
      base: 'services:\n  a:\n    environment:\n      X: "1"\n  b:\n    environment:\n      X: "1"\n',
      theirs,
      ours: 'services:\n  a:\n    environment:\n      X: "2"\n  b:\n    environment:\n      X: "1"\n',
    });
    expect(merged).toEqual({
      text: theirs.replace('  a:\n    environment: *env\n', '  a:\n    environment:\n      <<: *env\n      X: "2"\n'),
    });
  });
});

describe('services under other names', () => {
  const text = [
    'services:',
    '  api: # the API',
    '    image: api:1',
    '    depends_on: [db]',
    '  worker:',
    '    depends_on:',
    '      "api": { condition: service_started }',
    '      db: { condition: service_healthy }',
    '    network_mode: "service:api"',
    '    links: ["api:backend"]',
    '    volumes_from: [api:ro]',
    '    extends: { service: api }',
    '  other:',
    '    extends: { file: x.yaml, service: api }',
    '    environment: { API: api }',
    '  db:',
    '    image: db:1',
    '',
  ].join('\n');

  it('are renamed where they are meant, and nowhere else', () => {
    const renamed = renameServices(text, new Map([['api', 'backend']]));
    expect(renamed.split('\n').filter((line, n) => line !== text.split('\n')[n])).toEqual([
      '  backend: # the API',
      '      "backend": { condition: service_started }',
      '    network_mode: "service:backend"',
      '    links: ["backend:backend"]',
      '    volumes_from: [backend:ro]',
      '    extends: { service: backend }',
    ]);
    expect(renameServices(renamed, new Map([['backend', 'api']]))).toBe(text);
  });

  it('are known by what they are, and not taken for others', () => {
    const theirs = renameServices(text, new Map([['api', 'backend']]));
    expect(renamedServices(text, theirs, text)).toEqual(new Map([['api', 'backend']]));
    const another = text.replace(
      / {2}api:[\s\S]*? {2}worker:/,
      '  mail:\n    image: mail:1\n    ports: [25]\n  worker:',
    );
    expect(renamedServices(text, another, text)).toEqual(new Map());
  });
});
