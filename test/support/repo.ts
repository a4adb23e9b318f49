/** Repos on disk that verbs run in, within this process. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAdd } from '../../generators/add.ts';
import { UserError } from '../../generators/errors.ts';
import type { Io } from '../../generators/io.ts';
import { runList } from '../../generators/list.ts';
import { runNew } from '../../generators/new.ts';
import { baselineFile, baselineText, type Record2, readBaseline } from '../../generators/plan/baseline.ts';
import { type Run, runProgram } from '../../generators/programs.ts';
import { runRemove } from '../../generators/remove.ts';
import { parseRequest } from '../../generators/request.ts';
import { runUpdate } from '../../generators/update.ts';

/** How a run ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  /** Of an error: its message, problems and hint. */
  readonly said: string;
}

/** The version that tests run as. */
export const version = '1.5.0';

/** A folder on disk, and what is done in it. */
export class Repo {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }

  path(file: string): string {
    return join(this.root, file);
  }
  has(file: string): boolean {
    return existsSync(this.path(file));
  }
  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }
  write(file: string, text: string): void {
    writeFileSync(this.path(file), text);
  }
  /** @throws Error when that changes nothing: the test would prove nothing */
  edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    if (after === before) throw new Error(`${file} was not changed`);
    this.write(file, after);
  }
  remove(file: string): void {
    rmSync(this.path(file));
  }
  mode(file: string): number {
    return statSync(this.path(file)).mode & 0o777;
  }
  /** What this program wrote when it was older. */
  rewriteBaseline(change: (record: Record2) => Record2): void {
    const { state, damage: _damage, ...record } = readBaseline(this.read(baselineFile));
    if (state !== 'good') throw new Error(`the baseline is ${state}`);
    this.write(baselineFile, baselineText(change(record as Record2)));
  }
  /** Makes a file what older templates made it, as if it had been generated so. */
  older(file: string, change: (text: string) => string): void {
    this.edit(file, change);
    const text = this.read(file);
    this.rewriteBaseline((record) => ({ ...record, files: { ...record.files, [file]: text } }));
  }

  async update(argv: readonly string[] = [], run: Run = runProgram): Promise<Ended> {
    return ended((io) => {
      const request = parseRequest(['update', this.root, ...argv], {});
      if (request.verb !== 'update') throw new Error('no update');
      return runUpdate(request, io, run);
    });
  }

  /** `add`, `remove` or `list` in this repo. */
  async run(verb: 'add' | 'remove' | 'list', argv: readonly string[], run: Run = runProgram): Promise<Ended> {
    return ended((io) => {
      const request = parseRequest([verb, '-C', this.root, ...argv], {});
      if (request.verb === 'add') return runAdd(request, io, run);
      if (request.verb === 'remove') return runRemove(request, io, run);
      if (request.verb === 'list') return runList(request, io);
      throw new Error(`not ${verb}`);
    });
  }

  async new(argv: readonly string[] = ['--yes']): Promise<Ended> {
    return ended((io) => {
      const request = parseRequest(['new', this.root, ...argv], {});
      if (request.verb !== 'new') throw new Error('not new');
      return runNew(request, io);
    });
  }

  /** A copy, modes and all. */
  copy(): Repo {
    const root = freshFolder();
    cpSync(this.root, root, { recursive: true });
    return new Repo(root);
  }
}

let randomness = 0;

async function ended(verb: (io: Io) => Promise<number>): Promise<Ended> {
  let out = '';
  const io: Io = {
    cwd: '/',
    home: '/nowhere',
    today: '2026-11-20',
    interactive: false,
    colors: false,
    version,
    // Another value each time, so that a secret that is made anew shows.
    random: (bytes) => Uint8Array.from({ length: bytes }, () => randomness++ % 251),
    out: (text) => {
      out += text;
    },
    err: () => {},
    readStdin: async () => '',
  };
  try {
    return { code: await verb(io), out, said: '' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.map(({ path, message }) => `${path}: ${message}`);
    return { code: error.exitCode, out, said: [error.message, ...problems, error.hint ?? ''].join('\n') };
  }
}

const folders: string[] = [];

export function freshFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'prodstack-update-'));
  folders.push(root);
  return root;
}

/** Removes what the tests of a file have made. */
export function removeFolders(): void {
  for (const root of folders.splice(0)) rmSync(root, { recursive: true, force: true });
}

/** A repo in which a stack was just made. */
export async function madeRepo(argv: readonly string[]): Promise<Repo> {
  const repo = new Repo(freshFolder());
  const { code, said } = await repo.new(['--yes', ...argv]);
  if (code !== 0) throw new Error(said);
  return repo;
}
