import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFile } from '../../../generators/plan/types.ts';
import { create, insert, put, remove, replace } from './support.ts';

const readme = '\uFEFF# Shop\r\n\r\nText\r\n';
const compose = 'services:\n  app:\n    image: shop\n';

/** An existing repo and a plan with one of each: creates, edits, a replaced file, new and existing folders. */
export const large = {
  prepare(root: string): void {
    put(root, {
      'README.md': readme,
      'compose.yaml': compose,
      Makefile: 'old:\n',
      'docs/guide.md': 'guide\n',
      keep: 'me',
    });
    put(root, { 'config/app.env': 'A=1\n' }, 0o600);
    chmodSync(join(root, 'README.md'), 0o640);
  },
  plan: [
    insert('README.md', readme, 9, 'Inserted\r\n'),
    create('compose.prod.yaml'),
    insert('compose.yaml', compose, compose.length, '  db:\n    image: postgres\n'),
    replace('Makefile', 'old:\n', 'new:\n'),
    create('scripts/ctl', '#!/bin/sh\n', 0o755),
    create('secrets/db', 'hunter2', 0o444),
    insert('config/app.env', 'A=1\n', 4, 'B=2\n'),
    create('docker/nginx/nginx.conf'),
    create('.prodstack/base/compose.yaml'),
    create('docs/DEPLOYMENT.md'),
  ] satisfies PlannedFile[],
};

/** The same with few files, where a test goes through every pair of steps. */
export const small = {
  prepare(root: string): void {
    put(root, { 'compose.yaml': compose, Makefile: 'old:\n' });
  },
  plan: [
    insert('compose.yaml', compose, 0, '# x\n'),
    create('docker/nginx.conf'),
    replace('Makefile', 'old:\n', 'new:\n'),
  ] satisfies PlannedFile[],
};

/** Files that go, with and without their folders, among others that come and change. */
export const removing = {
  prepare(root: string): void {
    put(root, {
      'compose.yaml': compose,
      Makefile: 'old:\n',
      'docker/redis/redis.sh': '#!/bin/sh\n',
      'docker/nginx/nginx.conf': 'nginx\n',
      'docs/backup/restore.md': 'restore\n',
      'docs/guide.md': 'guide\n',
      'old/deep/x': 'x\n',
      '.prodstack/base/x': 'x\n',
    });
  },
  plan: [
    remove('Makefile', 'old:\n'),
    insert('compose.yaml', compose, 0, '# x\n'),
    remove('docker/redis/redis.sh', '#!/bin/sh\n'),
    remove('docker/nginx/nginx.conf', 'nginx\n'),
    remove('docs/backup/restore.md', 'restore\n'),
    create('docs/RESTORE.md'),
    remove('old/deep/x', 'x\n'),
    create('old/new'),
  ] satisfies PlannedFile[],
};

/** For a folder that does not exist. */
export const fresh: readonly PlannedFile[] = [
  create('compose.yaml'),
  create('scripts/ctl', '#!/bin/sh\n', 0o755),
  create('secrets/db', 'hunter2', 0o444),
  create('.prodstack/base/compose.yaml'),
];
