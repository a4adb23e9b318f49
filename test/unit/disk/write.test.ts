import { once } from 'node:events';
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { observe } from '../../../generators/disk/observe.ts';
import { recover } from '../../../generators/disk/recover.ts';
import { write } from '../../../generators/disk/write.ts';
import type { PlannedFile } from '../../../generators/plan/types.ts';
import { fresh, large, removing } from './samples.ts';
import { runJob, start } from './spawn.ts';
import { create, insert, put, remove, replace, tempFolder, tree, userError } from './support.ts';

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

const written = {
  'README.md': '640 \uFEFF# Shop\r\nInserted\r\n\r\nText\r\n',
  'compose.prod.yaml': '644 compose.prod.yaml\n',
  'compose.yaml': '644 services:\n  app:\n    image: shop\n  db:\n    image: postgres\n',
  Makefile: '644 new:\n',
  'scripts/': '755',
  'scripts/ctl': '755 #!/bin/sh\n',
  'secrets/': '700',
  'secrets/db': '444 hunter2',
  'config/': '755',
  'config/app.env': '600 A=1\nB=2\n',
  'docker/': '755',
  'docker/nginx/': '755',
  'docker/nginx/nginx.conf': '644 docker/nginx/nginx.conf\n',
  '.prodstack/': '755',
  '.prodstack/base/': '755',
  '.prodstack/base/compose.yaml': '644 .prodstack/base/compose.yaml\n',
  'docs/': '755',
  'docs/DEPLOYMENT.md': '644 docs/DEPLOYMENT.md\n',
  'docs/guide.md': '644 guide\n',
  keep: '644 me',
};

function prepared(): string {
  const root = tempFolder();
  large.prepare(root);
  return root;
}

/** Fails before the n-th step with an error of the system. */
function failing(at: number, code: string): () => void {
  let steps = 0;
  return () => {
    steps++;
    if (steps === at) throw Object.assign(new Error(code), { code });
  };
}

function countSteps(root: string, plan: readonly PlannedFile[]): number {
  let steps = 0;
  write(root, plan, { onStep: () => steps++ });
  return steps;
}

test('a plan is written: new files, edits, a replaced file, folders and modes', () => {
  const root = prepared();
  write(root, large.plan);
  expect(tree(root)).toEqual(written);
});

test.each([0o000, 0o077, 0o777])('modes do not depend on the umask: %o', (mask) => {
  const root = prepared();
  const parent = tempFolder();
  process.umask(mask);
  write(root, large.plan);
  write(join(parent, 'a/b'), fresh);
  process.umask(umask);
  expect(tree(root)).toEqual(written);
  expect(tree(parent)).toMatchObject({
    'a/': '755',
    'a/b/': '755',
    'a/b/secrets/': '700',
    'a/b/secrets/db': '444 hunter2',
  });
});

test('an empty plan touches nothing, not even a folder that is missing', () => {
  const parent = tempFolder();
  write(join(parent, 'new'), []);
  expect(tree(parent)).toEqual({});
});

test('a folder that does not exist is made with its parents', () => {
  const parent = tempFolder();
  write(join(parent, 'a/b/c'), fresh);
  expect(tree(parent)).toEqual({
    'a/': '755',
    'a/b/': '755',
    'a/b/c/': '755',
    'a/b/c/compose.yaml': '644 compose.yaml\n',
    'a/b/c/scripts/': '755',
    'a/b/c/scripts/ctl': '755 #!/bin/sh\n',
    'a/b/c/secrets/': '700',
    'a/b/c/secrets/db': '444 hunter2',
    'a/b/c/.prodstack/': '755',
    'a/b/c/.prodstack/base/': '755',
    'a/b/c/.prodstack/base/compose.yaml': '644 .prodstack/base/compose.yaml\n',
  });
});

test('an edit fits what was observed, byte order mark and CRLF included', () => {
  const root = tempFolder();
  put(root, { 'x.yaml': '\uFEFFa: 1\r\nb: 2\r\n' }, 0o664);
  const seen = observe(root).raw('x.yaml');
  if (seen === undefined) throw new Error('nothing there');
  const edits = [{ offset: seen.text.indexOf('b'), length: 4, content: 'c: 3' }];
  write(root, [{ kind: 'edit', path: 'x.yaml', edits, expect: seen.hash, why: 'a test' }]);
  expect(tree(root)).toEqual({ 'x.yaml': '664 \uFEFFa: 1\r\nc: 3\r\n' });
});

test('an edited or replaced file stays its owner’s when root runs us', () => {
  const root = tempFolder();
  put(root, { a: 'a', b: 'b' });
  const ids = process.getuid?.() === 0 ? { uid: 1234, gid: 1235 } : statSync(join(root, 'a'));
  if (process.getuid?.() === 0) for (const name of ['a', 'b']) chownSync(join(root, name), ids.uid, ids.gid);
  write(root, [insert('a', 'a', 1, 'x'), replace('b', 'b', 'y')]);
  for (const name of ['a', 'b']) expect(lstatSync(join(root, name))).toMatchObject({ uid: ids.uid, gid: ids.gid });
});

test('files go, and with them the folders that are empty then', () => {
  const root = tempFolder();
  removing.prepare(root);
  write(root, removing.plan);
  expect(tree(root)).toEqual({
    '.prodstack/': '755',
    '.prodstack/base/': '755',
    '.prodstack/base/x': '644 x\n',
    'compose.yaml': '644 # x\nservices:\n  app:\n    image: shop\n',
    'docs/': '755',
    'docs/RESTORE.md': '644 docs/RESTORE.md\n',
    'docs/guide.md': '644 guide\n',
    'old/': '755',
    'old/new': '644 old/new\n',
  });
});

test('the last files of our own folder take it with them', () => {
  const root = tempFolder();
  put(root, { '.prodstack/base/x': 'x', keep: '' });
  write(root, [remove('.prodstack/base/x', 'x')]);
  expect(tree(root)).toEqual({ keep: '644 ' });
});

test('a folder in which somebody makes a file meanwhile stays, with the file', () => {
  const root = tempFolder();
  put(root, { 'docker/redis/redis.sh': 'x' });
  const onStep = (path: string): void => {
    if (path === 'docker/redis' && tree(root)['docker/redis/']) put(root, { 'docker/redis/mine': 'mine' });
  };
  write(root, [remove('docker/redis/redis.sh', 'x')], { onStep });
  expect(tree(root)).toEqual({ 'docker/': '755', 'docker/redis/': '755', 'docker/redis/mine': '644 mine' });
});

test('a file that goes and that somebody edits meanwhile is kept as edited, and nothing is removed', () => {
  const root = tempFolder();
  put(root, { a: 'a', b: 'b' });
  const onStep = (path: string): void => {
    if (path === 'a') put(root, { b: 'mine' });
  };
  const error = userError(() => write(root, [remove('a', 'a'), remove('b', 'b')], { onStep }), 'disk');
  expect(error.message).toBe(`${join(root, 'b')} was changed by somebody else meanwhile; nothing was changed`);
  expect(tree(root)).toEqual({ a: '644 a', b: '644 mine' });
});

test.each([
  ['large', large],
  ['removing', removing],
])('every step that fails leaves everything as it was, and says why: %s', (_, sample) => {
  const counted = tempFolder();
  const root = tempFolder();
  sample.prepare(counted);
  sample.prepare(root);
  const steps = countSteps(counted, sample.plan);
  const before = tree(root);
  // The last two steps sweep up; then the change is over, and a failure harms nobody.
  const decisive = steps - 1;
  expect(decisive).toBeGreaterThan(sample.plan.length * 2);
  for (let at = 1; at <= decisive; at++) {
    const error = userError(() => write(root, sample.plan, { onStep: failing(at, 'ENOSPC') }), 'disk');
    expect(error.message).toMatch(/^the disk is full: cannot write to .*; nothing was changed$/);
    expect(error.cause).toMatchObject({ code: 'ENOSPC' });
    expect(tree(root), `step ${at}`).toEqual(before);
  }
});

test('what cannot be swept up after the last file is left to the next run', () => {
  const steps = countSteps(prepared(), large.plan);
  const root = prepared();
  write(root, large.plan, { onStep: failing(steps, 'EACCES') });
  expect(recover(root)).toBe('nothing');
  expect(tree(root)).toEqual(written);
});

test('every step that fails in a new folder leaves no folder', () => {
  const steps = countSteps(join(tempFolder(), 'a/b'), fresh);
  const parent = tempFolder();
  for (let at = 1; at <= steps; at++) {
    const error = userError(() => write(join(parent, 'a/b'), fresh, { onStep: failing(at, 'ENOSPC') }), 'disk');
    expect(error.message).toContain('the disk is full');
    expect(tree(parent), `step ${at}`).toEqual({});
  }
});

test.each([
  ['ENOSPC', 'the disk is full: cannot write to '],
  ['EDQUOT', 'the disk is full: cannot write to '],
  ['EROFS', 'cannot write to '],
  ['EACCES', 'cannot write to '],
  ['EPERM', 'cannot write to '],
  ['EXDEV', 'cannot write to '],
  ['EIO', 'cannot write to '],
])('the error of the system is put into words: %s', (code, words) => {
  const root = tempFolder();
  const { message } = userError(() => write(root, [create('x')], { onStep: failing(4, code) }), 'disk');
  expect(message).toContain(`${words}${root}`);
});

test('a file size that the system refuses for real leaves everything as it was', async () => {
  const root = tempFolder();
  put(root, { a: 'a' });
  const plan = [insert('a', 'a', 0, 'x'), create('new/small'), create('new/large', 'x'.repeat(60_000))];
  const message = `cannot write to ${join(root, 'new/large')}: larger than the system allows; nothing was changed`;
  expect(await runJob({ root, task: { write: plan } }, 16)).toEqual({ error: { code: 'disk', message } });
  expect(tree(root)).toEqual({ a: '644 a' });
  expect(
    await runJob({ root: join(root, 'sub'), task: { write: [create('large', 'x'.repeat(60_000))] } }, 16),
  ).toMatchObject({
    error: { code: 'disk' },
  });
  expect(tree(root)).toEqual({ a: '644 a' });
});

test('a folder that vanishes at any step is an error that says so, and is not made again', () => {
  const steps = countSteps(prepared(), large.plan);
  for (let at = 1; at < steps - 1; at++) {
    const root = join(tempFolder(), 'root');
    mkdirSync(root);
    large.prepare(root);
    let step = 0;
    const onStep = (): void => {
      step++;
      if (step === at) rmSync(root, { recursive: true });
    };
    const error = userError(() => write(root, large.plan, { onStep }), 'disk');
    expect(error.message, `step ${at}`).toBe(`the folder vanished: ${root}; nothing was changed`);
    expect(() => lstatSync(root)).toThrow();
  }
});

test('a file that somebody makes meanwhile is kept, and nothing is written', () => {
  const root = prepared();
  let changed: Record<string, string> | undefined;
  const onStep = (path: string): void => {
    if (path !== 'secrets/db' || changed !== undefined) return;
    put(root, { 'docs/DEPLOYMENT.md': 'mine' });
    changed = tree(root);
  };
  const error = userError(() => write(root, large.plan, { onStep }), 'disk');
  expect(error.message).toBe(
    `${join(root, 'docs/DEPLOYMENT.md')} was made by somebody else meanwhile; nothing was changed`,
  );
  expect(tree(root)['docs/DEPLOYMENT.md']).toBe('644 mine');
  rmSync(join(root, 'docs/DEPLOYMENT.md'));
  expect(tree(root)).toEqual(tree(prepared()));
});

test('a file that somebody edits meanwhile is kept as edited, and nothing is written', () => {
  const root = prepared();
  const onStep = (path: string): void => {
    if (path === 'secrets/db') put(root, { Makefile: 'mine:\n' });
  };
  const error = userError(() => write(root, large.plan, { onStep }), 'disk');
  expect(error.message).toBe(`${join(root, 'Makefile')} was changed by somebody else meanwhile; nothing was changed`);
  expect(tree(root)).toEqual({ ...tree(prepared()), Makefile: '644 mine:\n' });
});

test('a folder that somebody makes meanwhile in place of a new one is kept', () => {
  const parent = tempFolder();
  const root = join(parent, 'a');
  const onStep = (path: string): void => {
    if (path === 'compose.yaml') put(root, { mine: 'x' });
  };
  const error = userError(() => write(root, fresh, { onStep }), 'disk');
  expect(error.message).toContain('was made by somebody else meanwhile; nothing was changed');
  expect(tree(parent)).toEqual({ 'a/': '755', 'a/mine': '644 x' });
});

test('undoing gives back the very same files', () => {
  const root = prepared();
  linkSync(join(root, 'Makefile'), join(root, 'hard-link'));
  const before = lstatSync(join(root, 'Makefile'), { bigint: true });
  const steps = countSteps(prepared(), large.plan);
  userError(() => write(root, large.plan, { onStep: failing(steps - 4, 'EIO') }), 'disk');
  const after = lstatSync(join(root, 'Makefile'), { bigint: true });
  expect([after.ino, after.mtimeNs, after.nlink]).toEqual([before.ino, before.mtimeNs, before.nlink]);
});

test('undoing gives back the very same folders', () => {
  const root = tempFolder();
  put(root, { 'docker/redis/redis.sh': 'x' });
  const folder = join(root, 'docker/redis');
  chmodSync(folder, 0o2750);
  const before = lstatSync(folder);
  let isGone = false;
  const onStep = (): void => {
    if (isGone || tree(root)['docker/'] !== undefined) return;
    isGone = true;
    throw new Error('a failure');
  };
  userError(() => write(root, [remove('docker/redis/redis.sh', 'x')], { onStep }), 'disk');
  expect(isGone).toBe(true);
  const after = lstatSync(folder);
  expect([after.ino, after.mode]).toEqual([before.ino, before.mode]);
  expect(tree(root)).toMatchObject({ 'docker/redis/redis.sh': '644 x' });
});

test('undoing that fails says what is left, and the next run undoes the rest', () => {
  const root = prepared();
  const before = tree(root);
  // The first failure makes the run turn back; on the way back one file cannot be moved.
  let failures = 0;
  const onStep = (path: string): void => {
    const isOver = tree(root)['.prodstack/txn/undo.json'] !== undefined;
    if ((path === 'docs/DEPLOYMENT.md' && tree(root)['secrets/db']) || (path === 'Makefile' && isOver)) {
      failures++;
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    }
  };
  const error = userError(() => write(root, large.plan, { onStep }), 'disk');
  expect(failures).toBe(2);
  expect(error.message).toBe(
    `cannot write to ${join(root, 'docs/DEPLOYMENT.md')}: EIO; and undoing it failed, which leaves: ` +
      `Makefile (cannot write to ${join(root, 'Makefile')}: EIO)`,
  );
  expect(error.hint).toContain('run again');
  expect(recover(root)).toBe('undone');
  expect(tree(root)).toEqual(before);
});

test('a run that cannot even turn back says what is left, and the next run finishes it', () => {
  const root = prepared();
  // The disk breaks once the first file is in its place, and stays so.
  const onStep = (path: string): void => {
    const isBroken = tree(root)['compose.prod.yaml'] !== undefined;
    if (isBroken && (path === 'Makefile' || path === '.prodstack/txn'))
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  const error = userError(() => write(root, large.plan, { onStep }), 'disk');
  expect(error.message).toContain(
    `cannot write to ${join(root, 'Makefile')}: EIO; and undoing it failed, which leaves: `,
  );
  expect(error.problems).toEqual([
    { path: '.prodstack/txn', message: `cannot write to ${join(root, '.prodstack/txn')}: EIO` },
    { path: 'README.md', message: 'it is the new one already' },
    { path: 'compose.prod.yaml', message: 'it is the new one already' },
    { path: 'compose.yaml', message: 'it is the new one already' },
  ]);
  expect(recover(root)).toBe('finished');
  expect(tree(root)).toEqual(written);
});

test('a second run at the same time is refused with the process that is at work', async () => {
  const root = prepared();
  const waitFor = join(tempFolder(), 'go');
  const child = start({ root, task: { write: large.plan }, waitAt: 12, waitFor });
  await once(child.stdout, 'data');
  const during = tree(root);
  for (const action of [() => write(root, [create('y')]), () => recover(root)]) {
    const error = userError(action, 'disk');
    expect(error.message).toContain(`another run is at work in this folder (process ${child.pid})`);
    expect(error.hint).toContain(`.prodstack/txn/owner-${child.pid}`);
  }
  expect(tree(root)).toEqual(during);
  writeFileSync(waitFor, '');
  await once(child, 'close');
  expect(tree(root)).toEqual(written);
});

test('a second run that begins between our checks and our lock is refused, and nothing is left of ours', () => {
  const root = prepared();
  let copied = false;
  const onStep = (): void => {
    if (copied) return;
    copied = true;
    // The lock of a process that is alive: the one that started this test.
    put(root, { [`.prodstack/txn/owner-${process.ppid}`]: '' });
  };
  const error = userError(() => write(root, large.plan, { onStep }), 'disk');
  expect(error.message).toContain(`(process ${process.ppid})`);
  rmSync(join(root, '.prodstack'), { recursive: true });
  expect(tree(root)).toEqual(tree(prepared()));
});

test('two runs that make one new folder at the same time leave it whole', async () => {
  const parent = tempFolder();
  const root = join(parent, 'new');
  const waitFor = join(tempFolder(), 'go');
  const child = start({ root, task: { write: fresh }, waitAt: 6, waitFor });
  await once(child.stdout, 'data');
  write(root, [create('ours')]);
  writeFileSync(waitFor, '');
  const [output] = await once(child.stdout, 'data');
  expect(String(output)).toContain('was made by somebody else meanwhile');
  expect(tree(parent)).toEqual({ 'new/': '755', 'new/ours': '644 ours\n' });
});

test('25 small files take a few milliseconds', () => {
  const plan = Array.from({ length: 25 }, (_, i) => create(`d${i % 5}/f${i}`, 'x'.repeat(2000)));
  const took = Array.from({ length: 10 }, () => {
    const root = tempFolder();
    const before = performance.now();
    write(root, plan);
    return performance.now() - before;
  });
  // Ten times of what it takes, for a busy machine.
  expect(Math.min(...took)).toBeLessThan(100);
});
