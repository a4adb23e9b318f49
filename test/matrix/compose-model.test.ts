/**
 * Our reader of compose files against Compose itself: every case of `test/compose`, every combination of files of every
 * golden case, and services with attributes drawn at random, in two files that are laid over each other.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProjects, type Loaded, loadCompose, readDotEnv } from '../../generators/compose/model/index.ts';
import { caseNames, composeCases, composeConfig, filesOfCase, portable } from '../support/compose-config.ts';
import { filesIn } from '../unit/compose/model/files.ts';
import { attributes } from './compose-attributes.ts';

function load(root: string, files: readonly string[], given: Readonly<Record<string, string>> = {}): Loaded {
  const source = filesIn(root);
  const look = (name: string): string | undefined => given[name];
  const env = { ...readDotEnv(source.read('.env') ?? '', look).values, ...given };
  return loadCompose(files, source, { projectDirectory: '.', env, directory: root });
}

const errorsOf = ({ problems }: Loaded) => problems.filter(({ severity }) => severity === 'error');

describe('the cases', () => {
  it.each(caseNames)('%s is read as Compose reads it', async (name) => {
    const root = join(composeCases, name);
    const loaded = load(root, filesOfCase(name));
    const { model, refused } = await composeConfig(root, filesOfCase(name));
    if (!model) {
      // What Compose refuses we refuse, or say from which version on it does not.
      expect(loaded.problems, refused).not.toEqual([]);
      return;
    }
    expect(errorsOf(loaded)).toEqual([]);
    const expected = join(root, 'expected.json');
    // What only a newer Compose takes has no form of its own yet.
    if (loaded.problems.length > 0) return;
    if (process.env['UPDATE_GOLDEN']) writeFileSync(expected, `${JSON.stringify(portable(model), null, 2)}\n`);
    expect(portable(model)).toEqual(JSON.parse(readFileSync(expected, 'utf8')));
  });
});

const golden = join(import.meta.dirname, '../golden');
const goldenCases = readdirSync(golden).filter((name) => existsSync(join(golden, name, 'expected')));

describe.each(goldenCases)('the golden case %s', (name) => {
  const root = join(golden, name, 'expected');
  const combinations = findProjects(filesIn(root)).flatMap((project) =>
    project.directory === '.' ? project.combinations : [],
  );

  it.each(combinations)('is read as Compose reads it: $name', async ({ files }) => {
    // Whatever is required and written nowhere has a value here.
    const missing = load(root, files).variables.filter(({ state }) => state === 'missing');
    const values = Object.fromEntries(missing.map(({ name: variable }) => [variable, '8080']));
    const loaded = load(root, files, values);
    expect(errorsOf(loaded)).toEqual([]);
    const { model, refused } = await composeConfig(root, files, values);
    expect(loaded.model && portable(loaded.model), refused).toEqual(model && portable(model));
  });
});

describe('services drawn at random', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'prodstack-model-'));
    mkdirSync(join(root, 'sub'));
    for (const folder of ['.', 'sub']) {
      writeFileSync(join(root, folder, 'a.env'), 'FROM_A=1\nBOTH=a\n');
      writeFileSync(join(root, folder, 'b.env'), 'FROM_B=${FROM_A:-none}\nBOTH=b\n');
    }
    writeFileSync(join(root, '.env'), 'TAG=1.2\nEMPTY=\n');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
  const service = fc.record(
    Object.fromEntries(Object.entries(attributes).map(([key, forms]) => [key, fc.constantFrom(...forms)])),
    { requiredKeys: [] },
  );
  const file = (more: (name: string) => Readonly<Record<string, string>>) =>
    fc.array(service, { minLength: names.length, maxLength: names.length }).map((all) => {
      const written = all.map((one, index) => {
        const name = names[index] ?? '';
        const lines = Object.entries({ ...more(name), ...one }).map(([key, value]) => `    ${key}: ${value}\n`);
        return `  ${name}:\n${lines.join('') || '    labels: {}\n'}`;
      });
      return `services:\n${written.join('')}`;
    });
  const base = file(() => ({ image: 'app:1' }));
  const over = file(() => ({}));
  const extending = file((name) => ({ extends: `{ file: sub/base.yaml, service: ${name} }` }));
  const zero = '  zero: { image: "app:0" }\n';
  const resources = [
    'networks: { front: , back: { internal: true } }\n',
    'volumes: { data: , more: { name: own } }\n',
    'secrets: { one: { file: ./1 }, two: { file: ./2 } }\n',
    'configs: { conf: { file: ./c } }\n',
  ].join('');

  const read = async (files: readonly string[]): Promise<void> => {
    const loaded = load(root, files);
    const { model, refused } = await composeConfig(root, files);
    expect(loaded.problems, refused).toEqual([]);
    expect(loaded.model && portable(loaded.model)).toEqual(model && portable(model));
  };
  const sample = (above: fc.Arbitrary<string>, numRuns: number) =>
    fc.sample(fc.tuple(base, above), { numRuns, seed: 7 });
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text);

  it('are read as Compose reads them, one file over the other', async () => {
    for (const [below, above] of sample(over, 15)) {
      write('compose.yaml', below + zero + resources);
      write('over.yaml', above);
      await read(['compose.yaml', 'over.yaml']);
    }
  });

  it('are read as Compose reads them where they extend those of another folder', async () => {
    for (const [below, above] of sample(extending, 8)) {
      write('sub/base.yaml', below);
      write('compose.yaml', above + zero + resources);
      await read(['compose.yaml']);
    }
  });

  it('are read as Compose reads them, over a file that is included', async () => {
    for (const [below, above] of sample(over, 8)) {
      write('sub/base.yaml', below + zero + resources);
      write('compose.yaml', 'include: [sub/base.yaml]\n');
      write('over.yaml', above);
      await read(['compose.yaml', 'over.yaml']);
    }
  });
});
