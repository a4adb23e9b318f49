import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { Job, Outcome } from './child.ts';

/** Stripping the types each time would be half of what a child takes. */
const cache = fileURLToPath(new URL('../../../node_modules/.cache/test-disk', import.meta.url));
const script = fileURLToPath(new URL('./child.ts', import.meta.url));

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a job in a process of its own; a file size limit is in blocks of the shell's. */
export function start(job: Job, limit?: number): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', script, JSON.stringify(job)];
  const [file = '', ...args] =
    limit === undefined ? command : ['sh', '-c', `ulimit -f ${limit}; exec "$@"`, 'sh', ...command];
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Runs a job to its end; `killed` when it killed itself. */
export async function runJob(job: Job, limit?: number): Promise<Outcome | 'killed'> {
  const child = start(job, limit);
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (signal === 'SIGKILL') return 'killed';
  if (code !== 0) throw new Error(`the child ended with ${code ?? signal}: ${output}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}
