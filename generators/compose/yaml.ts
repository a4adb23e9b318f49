import { type Alias, type Document, LineCounter, parseDocument, stringify, visit, type YAMLError } from 'yaml';
import { UserError } from '../errors.ts';

/** More than any file written by hand has; far fewer than what an "alias bomb" needs. */
const maxAliasCount = 1000;

/**
 * The data of one YAML document.
 * @param file the name for messages
 * @throws UserError `repo` with line and column: bad syntax, a key twice, several documents, aliases of nothing, or that explode
 */
export function readYaml(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  const error = document.errors[0];
  if (error) throw syntaxError(error, lineCounter, file);
  try {
    return document.toJS({ maxAliasCount });
  } catch (cause) {
    const stray = strayAlias(document);
    if (stray) throw aliasError(stray, lineCounter, file);
    throw new UserError('repo', `${file} uses so many aliases that it would grow without bounds.`, {
      hint: 'Write the values out, or use fewer aliases (*name).',
      cause,
    });
  }
}

/** The first alias of what nothing before it is called. */
function strayAlias(document: Document): Alias | undefined {
  let stray: Alias | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return undefined;
      stray = alias;
      return visit.BREAK;
    },
  });
  return stray;
}

/** Whoever writes `*.example.com` means text, and no alias. */
function aliasError({ source, range }: Alias, lines: LineCounter, file: string): UserError {
  const { line, col } = lines.linePos(range?.[0] ?? 0);
  const what = `*${source} is an alias of YAML, and nothing before it is called &${source}`;
  return new UserError('repo', `${file}:${line}:${col}: ${what}`, {
    hint: `Text that begins with * needs quotes: "*${source}"`,
    problems: [{ path: `${file}:${line}:${col}`, message: what }],
  });
}

function syntaxError(error: YAMLError, lines: LineCounter, file: string): UserError {
  const { line, col } = lines.linePos(error.pos[0]);
  const what =
    error.code === 'DUPLICATE_KEY'
      ? 'the same key twice in one map'
      : error.code === 'MULTIPLE_DOCS'
        ? 'more than one document'
        : error.message.split('\n')[0];
  return new UserError('repo', `${file}:${line}:${col}: ${what}`, {
    hint: `Correct the YAML at line ${line}, column ${col} of ${file}.`,
    problems: [{ path: `${file}:${line}:${col}`, message: String(what) }],
  });
}

/** One value of the command line: YAML, so that `8080`, `true`, `null`, `[a, b]` and `text` mean what they mean in a file. */
export function readYamlValue(text: string, where: string): unknown {
  if (text === '') return null;
  // An alias could be of nothing there: `*.example.com` is text.
  if (/^\*\S+$/.test(text)) return text;
  return readYaml(text, where);
}

/** Data as YAML text of two-step indents; words that YAML 1.1 readers mistake are quoted. */
export function writeYaml(data: unknown): string {
  return stringify(data, { compat: 'yaml-1.1', lineWidth: 0 });
}
