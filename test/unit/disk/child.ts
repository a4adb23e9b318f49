/**
 * Runs one job of the disk in a process of its own, so that a test can kill it, or take its rights away.
 * `node child.ts '<job as JSON>'`; prints the outcome as JSON.
 */
import { existsSync, writeSync } from 'node:fs';
import { observe } from '../../../generators/disk/observe.ts';
import { recover } from '../../../generators/disk/recover.ts';
import { resolveTarget } from '../../../generators/disk/target.ts';
import { write } from '../../../generators/disk/write.ts';
import { UserError } from '../../../generators/errors.ts';
import type { PlannedFile } from '../../../generators/plan/types.ts';

export type Task = 'recover' | { write: readonly PlannedFile[] } | { read: string } | { target: string; home: string };

export interface Job {
  readonly root: string;
  readonly task: Task;
  /** Kill ourselves before this step; steps count from 1. */
  readonly killAt?: number;
  /** Stop before this step, say so on standard output, and go on once the file is there. */
  readonly waitAt?: number;
  readonly waitFor?: string;
  /** Give root's rights away first: mode bits mean nothing to root. */
  readonly drop?: boolean;
}

export interface Outcome {
  readonly result?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const job: Job = JSON.parse(process.argv[2] ?? '');
let steps = 0;

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function onStep(): void {
  steps++;
  if (steps === job.killAt) {
    process.kill(process.pid, 'SIGKILL');
    pause(60_000);
  }
  if (steps === job.waitAt && job.waitFor !== undefined) {
    writeSync(1, 'waiting\n');
    while (!existsSync(job.waitFor)) pause(5);
  }
}

function perform({ root, task }: Job): string {
  if (task === 'recover') return recover(root, { onStep });
  if ('read' in task) return observe(root).read(task.read) ?? 'nothing';
  if ('target' in task) return resolveTarget(task.target, { cwd: root, home: task.home });
  write(root, task.write, { onStep });
  return 'written';
}

function run(): Outcome {
  try {
    return { result: perform(job) };
  } catch (error) {
    if (error instanceof UserError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

if (job.drop === true && process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(65534);
  process.setuid?.(65534);
}
writeSync(1, `${JSON.stringify(run())}\n`);
