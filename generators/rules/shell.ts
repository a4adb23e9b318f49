/** A simple command of a shell script. */
export interface Command {
  /** Without quotes, leading assignments and words such as `exec` or `if`. */
  readonly words: readonly string[];
  /** Whether it reads what the command before it writes. */
  readonly piped: boolean;
}

/** Words that stand before the program that is run. */
const prefixes = new Set(['exec', 'sudo', 'time', 'command', 'env', 'if', 'then', 'else', 'elif', 'while', 'until']);
for (const word of ['do', '!', '{', 'nohup']) prefixes.add(word);

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh']);

/** Programs that start the real one as a child. */
export const packageManagers: ReadonlySet<string> = new Set(['npm', 'npx', 'yarn', 'pnpm', 'pnpx']);

/**
 * The simple commands of a script, in order, those in `$( )` and in `sh -c '...'` included.
 * Enough of a shell's grammar to see which programs a Dockerfile or a health check runs, with which arguments.
 */
export function commands(script: string): readonly Command[] {
  const found: Command[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let piped = false;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (nextIsPiped: boolean): void => {
    endWord();
    add(found, words, piped);
    words = [];
    piped = nextIsPiped;
  };

  for (let at = 0; at < script.length; at++) {
    const char = script[at] ?? '';
    const next = script[at + 1];
    if (char === '\\') {
      if (next !== '\n') word = (word ?? '') + (next ?? '');
      at++;
    } else if (char === "'" || char === '"') {
      const end = closingQuote(script, at);
      const inner = script.slice(at + 1, end);
      word = (word ?? '') + inner;
      if (char === '"') for (const nested of substitutions(inner)) found.push(...commands(nested));
      at = end;
    } else if (char === '#' && word === undefined) {
      const end = script.indexOf('\n', at);
      at = end < 0 ? script.length : end - 1;
    } else if (char === '|' || char === '&') {
      // `2>&1` and `&>` are redirections, not ends.
      if (char === '&' && (script[at - 1] === '>' || next === '>')) word = (word ?? '') + char;
      else {
        if (next === char) at++;
        endCommand(char === '|' && next !== '|');
      }
    } else if (/[;\n()`]/.test(char)) {
      if (char === '(' && word?.endsWith('$')) word = word.slice(0, -1) || undefined;
      endCommand(false);
    } else if (/\s/.test(char)) endWord();
    else word = (word ?? '') + char;
  }
  endCommand(false);
  return found;
}

/** The commands that a list of words runs: itself, and the script of a `sh -c`. */
export function commandsOf(argv: readonly string[]): readonly Command[] {
  const found: Command[] = [];
  add(found, argv, false);
  return found;
}

/** The script of `sh -c script`, if that is what the words are. */
export function shellScript(argv: readonly string[]): string | undefined {
  const [program, ...rest] = argv;
  if (program === undefined || !shells.has(programName(program))) return undefined;
  const at = rest.findIndex((word) => /^-\w*c$/.test(word));
  return at < 0 ? undefined : rest[at + 1];
}

/** `/usr/bin/curl` is `curl`. */
export function programName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

export function isShell(word: string): boolean {
  return shells.has(programName(word));
}

function add(found: Command[], words: readonly string[], piped: boolean): void {
  let start = 0;
  for (; start < words.length; start++) {
    const word = words[start] ?? '';
    if (!prefixes.has(word) && !/^[A-Za-z_]\w*=/.test(word)) break;
  }
  const rest = words.slice(start);
  if (rest.length === 0) return;
  found.push({ words: rest, piped });
  const script = shellScript(rest);
  if (script !== undefined) found.push(...commands(script));
}

function closingQuote(script: string, start: number): number {
  const quote = script[start];
  for (let at = start + 1; at < script.length; at++) {
    if (quote === '"' && script[at] === '\\') at++;
    else if (script[at] === quote) return at;
  }
  return script.length;
}

function substitutions(text: string): readonly string[] {
  return [...text.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map((match) => match[1] ?? match[2] ?? '');
}
