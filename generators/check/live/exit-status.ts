/** What the status that a container ended with means, where that is known. */
export function meaningOf(status: number, oomKilled: boolean): string {
  const known = oomKilled ? 'it needed more memory than its limit' : meanings.get(status);
  if (known !== undefined) return `status ${status}: ${known}`;
  return status > 128 && status < 160 ? `status ${status}: signal ${status - 128}` : `status ${status}`;
}

/** The shell's words (POSIX, 2.8.2) and the engine's. */
const meanings: ReadonlyMap<number, string> = new Map([
  [125, 'the engine could not start it'],
  [126, 'its program cannot be executed'],
  [127, 'its program, or one that it starts, is not there'],
  [130, 'interrupted (SIGINT)'],
  [132, 'an instruction that this CPU does not have (SIGILL)'],
  [134, 'it gave up by itself (SIGABRT)'],
  [137, 'killed (SIGKILL): it did not stop in time, or somebody or the kernel killed it'],
  [139, 'it crashed on memory that is not its own (SIGSEGV)'],
  [143, 'stopped (SIGTERM)'],
]);
