/** The only place that starts other programs. */

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** 127 where there is no such program; 124 where it took too long. */
  readonly exitCode: number;
}

/** Starts a program without a shell. Never throws: what went wrong is in the result. */
export type Run = (
  program: 'docker' | 'git',
  args: readonly string[],
  options: {
    readonly cwd: string;
    /** On top of the environment of this process; undefined takes a variable away. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly input?: string;
    /** In milliseconds; 30 s without it. */
    readonly timeout?: number;
  },
) => Promise<Ended>;

export const runProgram: Run = async (program, args, { cwd, env = {}, input = '', timeout = 30_000 }) => {
  // Most of its time is taken by loading it.
  const { execa } = await import('execa');
  const running = execa(program, args, {
    cwd,
    env,
    input,
    detached: hasGroups,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { pid } = running;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(pid);
  }, timeout);
  if (pid !== undefined) underWay.add(pid);
  const result = await running;
  clearTimeout(timer);
  if (pid !== undefined) underWay.delete(pid);
  const { stdout, stderr, exitCode, code, originalMessage = '' } = result;
  if (timedOut) return { stdout, stderr, exitCode: 124 };
  if (code === 'ENOENT') return { stdout: '', stderr: `${program} is not installed`, exitCode: 127 };
  return {
    stdout,
    stderr: stderr === '' && exitCode === undefined ? originalMessage : stderr,
    exitCode: exitCode ?? 1,
  };
};

const hasGroups = process.platform !== 'win32';

/** What a Ctrl-C has to end with us: a group of its own is not told by the terminal. */
const underWay = new Set<number>();
process.on('exit', () => {
  for (const pid of underWay) endGroup(pid);
});

/** Its children too: `docker` starts `docker-compose`, which would go on, and we would wait for what it prints. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(hasGroups ? -pid : pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
