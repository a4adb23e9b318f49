/** What a script of package.json runs in the end. Reads shell text; writes none. */

export interface Program {
  readonly words: readonly string[];
  /** The script where these words stand. */
  readonly script: string;
  /** Commands that run before it, or after it in a pipe. */
  readonly dropped: readonly string[];
  /** `NAME=value` in front of it. */
  readonly variables: readonly string[];
}

/** The scripts that start an app, those that say production first. */
export const startScripts = ['start:prod', 'start:production', 'start'];

type Scripts = Readonly<Record<string, string>>;

/** Programs that only set variables for the one behind `--`. */
const wrappers = new Set(['dotenv', 'dotenvx', 'doppler', 'infisical']);
const managers = new Set(['npm', 'pnpm', 'yarn', 'bun']);
/** Commands of package managers that are never the name of a script. */
const managerCommands = new Set(['install', 'i', 'ci', 'add', 'publish', 'workspace', 'workspaces', 'dlx', '--filter']);

/** Follows a script through other scripts, variables and wrappers to one program; undefined where that fails. */
export function follow(scripts: Scripts, script: string): Program | undefined {
  const text = scripts[script];
  return text === undefined ? undefined : followText(scripts, { text, script, seen: [script] });
}

/** All commands that a script runs, as one text to search in. */
export function commandsOf(scripts: Scripts, script: string): string {
  const program = follow(scripts, script);
  return program ? [...program.dropped, program.words.join(' ')].join(' && ') : (scripts[script] ?? '');
}

interface Step {
  readonly text: string;
  readonly script: string;
  readonly seen: readonly string[];
}

function followText(scripts: Scripts, { text, script, seen }: Step): Program | undefined {
  const { command, dropped } = mainCommand(text);
  // A program in another folder would be started in the wrong one.
  if (dropped.some((one) => /^(?:cd|pushd)\s/.test(one))) return undefined;
  const variables: string[] = [];
  let words: readonly string[] = wordsOf(command);
  for (let next: readonly string[] | undefined = words; next; next = unwrapped(words)) {
    words = next;
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
      variables.push(words[0] ?? '');
      words = words.slice(1);
    }
  }
  const called = calledScript(scripts, words);
  if (called === undefined) return words.length > 0 ? { words, script, dropped, variables } : undefined;
  if (called.bin) return { words: called.bin, script, dropped, variables };
  if (called.script === undefined || seen.includes(called.script)) return undefined;
  const inner = followText(scripts, {
    text: [scripts[called.script], ...called.rest].join(' '),
    script: called.script,
    seen: [...seen, called.script],
  });
  return (
    inner && {
      ...inner,
      dropped: [...dropped, ...inner.dropped],
      variables: [...variables, ...inner.variables],
    }
  );
}

/** The words behind one that only sets variables or finds a program; undefined where there is none such. */
function unwrapped([first = '', ...rest]: readonly string[]): readonly string[] | undefined {
  if (/^(?:cross-env|cross-env-shell|env)$/.test(first)) return rest;
  if (wrappers.has(first) && rest.includes('--')) return rest.slice(rest.indexOf('--') + 1);
  if (/^(?:npx|bunx)$/.test(first)) return withoutFlags(rest);
  if (managers.has(first) && /^(?:exec|dlx|x)$/.test(rest[0] ?? '')) return withoutFlags(rest.slice(1));
  return undefined;
}

interface Called {
  readonly script?: string;
  readonly rest: readonly string[];
  /** The words of a program that a package manager finds for itself. */
  readonly bin?: readonly string[];
}

/** The script that `npm run x`, `pnpm x` or `yarn x` calls; undefined where the words call none. */
function calledScript(scripts: Scripts, words: readonly string[]): Called | undefined {
  const [manager = '', ...all] = words;
  if (!managers.has(manager)) return undefined;
  const dashes = all.indexOf('--');
  const args = (dashes < 0 ? all : all.slice(0, dashes)).filter((word) => !/^(?:-s|--silent|--quiet)$/.test(word));
  const extra = dashes < 0 ? [] : all.slice(dashes + 1);
  const explicit = /^(?:run|run-script)$/.test(args[0] ?? '');
  const [name = '', ...rest] = explicit ? args.slice(1) : args;
  if (name in scripts) return { script: name, rest: [...rest, ...extra] };
  // `bun src/index.ts` is Bun as a runtime: the words stay as they are.
  if (manager === 'bun') return undefined;
  if (explicit || manager === 'npm' || name === '' || name.startsWith('-') || managerCommands.has(name))
    return { rest: [] };
  return { rest: [], bin: [name, ...rest, ...extra] };
}

/** The command that stays running: the last one of `a && b`, the first one of `a | b`. */
function mainCommand(text: string): { readonly command: string; readonly dropped: readonly string[] } {
  const parts: { operator: string; text: string }[] = [{ operator: '&&', text: '' }];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|&&|\|\||[;|&]|[^"'&|;]+|["']/g)) {
    const last = parts.at(-1);
    if (/^[&|;]/.test(token)) parts.push({ operator: token, text: '' });
    else if (last) last.text += token;
  }
  const start = parts.findLastIndex(({ operator, text: one }) => /^(?:&&|;)$/.test(operator) && one.trim() !== '');
  const command = parts[start]?.text.trim() ?? '';
  const dropped = parts.filter((_, index) => index !== start).map((part) => part.text.trim());
  return { command, dropped: dropped.filter((one) => one !== '') };
}

/** Words as they are written, quotes included. */
function wordsOf(command: string): string[] {
  return command.match(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g) ?? [];
}

function withoutFlags(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !word.startsWith('-'));
  return start < 0 ? [] : words.slice(start);
}
