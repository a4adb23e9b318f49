import { processIo } from './cli-io.ts';
import { UserError } from './errors.ts';
import type { Io } from './io.ts';
import { parseRequest, type Request, type WriteRequest } from './request.ts';

const issues = 'https://github.com/create-prodstack/create-prodstack/issues';

/** Runs a command line and sets the exit status. The only place where errors end. */
export async function main(argv: readonly string[]): Promise<void> {
  const io = processIo();
  // On Ctrl-C a prompt closes its terminal, and then nothing is left to wait for: the process ends without an answer.
  // Between prompts it is a signal. Writing is one step that nothing interrupts.
  let settled = false;
  process.once('SIGINT', () => process.exit());
  for (const stream of [process.stdout, process.stderr]) stream.on('error', goOnUnread);
  process.once('exit', () => {
    if (settled) return;
    io.err('\nCancelled. Nothing was written.\n');
    process.exitCode = 130;
  });
  let request: Request | undefined;
  try {
    request = parseRequest(argv, process.env);
    process.exitCode = await dispatch(request, io);
  } catch (error) {
    const json = request !== undefined && wantsJson(request);
    process.exitCode = report(
      asUserError(error),
      error,
      io,
      json || (request === undefined && argv.includes('--json')),
    );
  } finally {
    settled = true;
  }
}

/** Whoever reads may have enough of it (`list answers | head`): what is under way is done all the same. */
function goOnUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

async function dispatch(request: Request, io: Io): Promise<number> {
  switch (request.verb) {
    case 'help':
      io.out((await import('./help.ts')).helpText(request.topic));
      return 0;
    case 'version':
      io.out(`${io.version}\n`);
      return 0;
    case 'list':
      return (await import('./list.ts')).runList(request, io);
    case 'new':
      if (asks(request, io)) return (await import('./interactive.ts')).runInteractive(request, io);
      return (await import('./new.ts')).runNew(request, io);
    case 'update':
      return (await import('./update.ts')).runUpdate(request, io);
    case 'check':
      return (await import('./check.ts')).runCheck(request, io);
    case 'add':
      if (asks(request, io)) return (await import('./interactive.ts')).runInteractive(request, io);
      return (await import('./add.ts')).runAdd(request, io);
    case 'remove':
      if (asks(request, io)) return (await import('./interactive.ts')).runInteractive(request, io);
      return (await import('./remove.ts')).runRemove(request, io);
  }
}

/** Whether a person is there, and wants to be asked. */
function asks({ yes, json }: Pick<WriteRequest, 'yes' | 'json'>, { interactive }: Io): boolean {
  return interactive && !yes && !json;
}

function wantsJson(request: Request): boolean {
  return ('json' in request && request.json) || ('format' in request && request.format === 'json');
}

function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  // What inquirer throws on Ctrl-C.
  if (error instanceof Error && error.name === 'ExitPromptError')
    return new UserError('cancelled', 'Cancelled. Nothing was written.');
  return undefined;
}

function report(known: UserError | undefined, error: unknown, io: Io, json: boolean): number {
  if (!known) {
    io.err(
      `This is a bug of create-prodstack; please report it at ${issues}\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 70;
  }
  if (json) {
    const { code, message, hint, problems } = known;
    // A conflict comes after the report, which is the one document.
    if (code !== 'conflict')
      io.out(`${JSON.stringify({ error: { code, message, ...(hint && { hint }), problems } }, null, 2)}\n`);
  }
  io.err(errorText(known));
  return known.exitCode;
}

function errorText({ message, problems, hint }: UserError): string {
  // A message that is that of its one problem is said once.
  const others = problems.filter(({ path, message: what }) => `${path}: ${what}` !== message);
  const lines = others.map(({ path, value, message: what, suggestion }) => {
    return `  ${path}${value === undefined ? '' : ` (${value})`}: ${what}${suggestion ? `; did you mean ${suggestion}?` : ''}\n`;
  });
  return `${message}\n${lines.join('')}${hint ? `${hint}\n` : ''}`;
}
