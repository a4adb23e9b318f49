import type { ComposeEntry } from './compose-text.ts';

/**
 * Reads a flow collection (`{ a: b, c: [d] }`) that starts at the beginning of the text.
 * Its own entry has the line of its key, those in it the lines of the text, which starts in `textLine`.
 * Tolerant: broken text gives what could be read, because Compose itself reports what is not YAML.
 */
export function flowEntries(
  text: string,
  path: readonly string[],
  line: number,
  textLine: number,
): readonly ComposeEntry[] {
  const entries: ComposeEntry[] = [];
  new FlowReader(text, textLine, entries).node(path, line);
  return entries;
}

/** Whether all brackets outside quotes and comments are closed. */
export function isBalanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"' || char === "'") at = endOfQuote(text, at);
    else if (char === '#' && /\s/.test(text[at - 1] ?? ' ')) at = endOfLine(text, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
  }
  return depth <= 0;
}

/** The index of the closing quote, or of the last character. */
export function endOfQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (quote === "'" && text[at + 1] === "'") at++;
      else return at;
    }
  }
  return text.length - 1;
}

/** What a quoted scalar, with its quotes, stands for. Of the escapes, those that matter in compose files. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("'")) return inner.replaceAll("''", "'");
  return inner.replaceAll(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char === 't' ? '\t' : char));
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

class FlowReader {
  private at = 0;
  private readonly text: string;
  private readonly firstLine: number;
  private readonly entries: ComposeEntry[];

  constructor(text: string, firstLine: number, entries: ComposeEntry[]) {
    this.text = text;
    this.firstLine = firstLine;
    this.entries = entries;
  }

  /** Reads a node; the entry of `path` has been made, or is made here for a scalar. */
  node(path: readonly string[], line: number): void {
    this.skip();
    const char = this.text[this.at];
    if (char === '{') this.mapping(path);
    else if (char === '[') this.sequence(path);
    else {
      const { value, quoted } = this.scalar();
      const isNothing = !quoted && (value === '' || value.startsWith('*'));
      this.entries.push({ path, line, ...(!isNothing && { value }) });
      return;
    }
    this.entries.push({ path, line });
  }

  private mapping(path: readonly string[]): void {
    this.at++;
    for (;;) {
      this.skip();
      const char = this.text[this.at];
      if (char === undefined) return;
      if (char === '}') {
        this.at++;
        return;
      }
      if (char === ',') {
        this.at++;
        continue;
      }
      const line = this.line();
      const before = this.at;
      const key = this.scalar(true).value;
      this.skip();
      if (this.text[this.at] === ':') {
        this.at++;
        this.node([...path, key], line);
      } else {
        this.entries.push({ path: [...path, key], line });
      }
      if (this.at === before) this.at++;
    }
  }

  private sequence(path: readonly string[]): void {
    this.at++;
    for (let index = 0; ; ) {
      this.skip();
      const char = this.text[this.at];
      if (char === undefined) return;
      if (char === ']') {
        this.at++;
        return;
      }
      if (char === ',') {
        this.at++;
        continue;
      }
      const before = this.at;
      this.node([...path, String(index++)], this.line());
      if (this.at === before) this.at++;
    }
  }

  private scalar(isKey = false): { readonly value: string; readonly quoted: boolean } {
    const start = this.at;
    const char = this.text[start];
    if (char === '"' || char === "'") {
      this.at = endOfQuote(this.text, start) + 1;
      return { value: unquote(this.text.slice(start, this.at)), quoted: true };
    }
    while (this.at < this.text.length) {
      const rest = this.text.slice(this.at);
      // `${A}` is no YAML here, yet people write it and mean it.
      const variable = /^\$\{[^}]*\}/.exec(rest);
      if (variable) {
        this.at += variable[0].length;
        continue;
      }
      if (/^[,\]}[{\n]/.test(rest) || /^\s#/.test(rest) || (isKey && /^:(?=[\s,\]}]|$)/.test(rest))) break;
      this.at++;
    }
    return { value: this.text.slice(start, this.at).trim(), quoted: false };
  }

  private skip(): void {
    for (;;) {
      const space = /^(?:\s+|#[^\n]*|[!&][^\s,\]}]*(?=\s))/.exec(this.text.slice(this.at));
      if (!space) return;
      this.at += space[0].length;
    }
  }

  private line(): number {
    return this.firstLine + (this.text.slice(0, this.at).match(/\n/g)?.length ?? 0);
  }
}
