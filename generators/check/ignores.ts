import { composeEntries } from '../rules/compose-text.ts';
import { byUrgency } from '../rules/index.ts';
import type { Finding, TextFile } from '../rules/types.ts';
import { ignoreComment } from './rules.ts';
import type { IgnoredFinding } from './types.ts';

/** One rule that a comment asks to leave alone. */
interface Ignore {
  readonly rule: string;
  readonly reason: string;
  readonly file: string;
  /** Where the comment is. */
  readonly line: number;
  /** The whole file, the service that begins below the comment, or one line. */
  readonly scope: 'file' | { readonly service: string } | { readonly lines: readonly number[] };
}

interface Comments {
  readonly ignores: readonly Ignore[];
  /** Comments that cannot be followed. */
  readonly complaints: readonly Finding[];
}

const comment = /(?:^|\s)#\s*prodstack-ignore(-file)?(?![\w-])(.*)$/;

/**
 * The comments `# prodstack-ignore RULE[, RULE]: reason` of a file: for the line they stand on, for the next line, for
 * the service that begins there, or with `-file` at the top for all of it. YAML, Dockerfiles, scripts, env files and
 * ignore files all have the same comments.
 */
function commentsIn(file: TextFile, ids: ReadonlySet<string>, near: (id: string) => string | undefined): Comments {
  const ignores: Ignore[] = [];
  const complaints: Finding[] = [];
  if (!file.text.includes('prodstack-ignore')) return { ignores, complaints };
  const lines = file.text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const services = serviceLines(file);
  let isTop = true;
  for (const [index, text] of lines.entries()) {
    const isAlone = /^\s*#/.test(text);
    // What runs a script stands above every comment.
    if (text.trim() !== '' && !isAlone && text !== '---') isTop = false;
    const found = comment.exec(text);
    if (!found) continue;
    const line = index + 1;
    const complain = (message: string): void => {
      complaints.push(complaint(file.path, line, message));
    };
    const [, forFile, rest = ''] = found;
    const [, names = '', reason = ''] = /^\s*([^:]*?)\s*(?::\s*(.*?)\s*)?$/.exec(rest) ?? [];
    const rules = names.split(/[\s,]+/).filter((name) => name !== '');
    if (rules.length === 0) complain('names no rule');
    else if (reason === '') complain(`says no reason: # prodstack-ignore${forFile ?? ''} ${names}: reason`);
    else if (forFile && !isTop) complain('stands below the top of the file, where it has no effect');
    else {
      const scope = forFile ? 'file' : scopeOf(lines, index, isAlone, services);
      for (const rule of rules) {
        if (ids.has(rule)) ignores.push({ rule, reason, file: file.path, line, scope });
        else {
          const meant = near(rule);
          complain(`there is no rule ${rule}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
        }
      }
    }
  }
  return { ignores, complaints };
}

function scopeOf(
  lines: readonly string[],
  index: number,
  isAlone: boolean,
  services: ReadonlyMap<number, string>,
): Ignore['scope'] {
  if (!isAlone) return { lines: [index + 1] };
  // Several comments may stand above the line that they are for.
  const next = lines.findIndex((text, at) => at > index && text.trim() !== '' && !/^\s*#/.test(text));
  const service = services.get(next + 1);
  return service === undefined ? { lines: [index + 1, next + 1] } : { service };
}

/** Where services begin, by line; of a file that is no compose file, none do. */
function serviceLines(file: TextFile): ReadonlyMap<number, string> {
  if (!/\.ya?ml$/.test(file.path)) return new Map();
  return new Map(
    composeEntries(file).flatMap(({ path, line }) =>
      path.length === 2 && path[0] === 'services' && path[1] !== undefined ? [[line, path[1]] as const] : [],
    ),
  );
}

/** Findings parted by comments. */
export interface Parted {
  readonly findings: readonly Finding[];
  readonly ignored: readonly IgnoredFinding[];
}

/** What a check knows of rules. */
export interface Vocabulary {
  readonly ids: ReadonlySet<string>;
  /** The rules that were asked: whether a comment for another one is needed, nobody knows. */
  readonly asked: ReadonlySet<string>;
  /** What was probably meant. */
  readonly near: (id: string) => string | undefined;
}

/**
 * Takes out what comments say to leave. What is wrong with the comments, and those that nothing needs any more, are
 * findings themselves.
 * @param together the compose files of each project: a service may be written in several of them
 */
export function applyIgnores(
  findings: readonly Finding[],
  files: readonly TextFile[],
  together: readonly (readonly string[])[],
  { ids, asked, near }: Vocabulary,
): Parted {
  const all = files.map((file) => commentsIn(file, ids, near));
  const ignores = Map.groupBy(
    all.flatMap((one) => one.ignores),
    ({ rule }) => rule,
  );
  const isTogether = (one: string, other: string): boolean =>
    one === other || together.some((group) => group.includes(one) && group.includes(other));
  const left: Finding[] = [];
  const ignored: IgnoredFinding[] = [];
  const used = new Set<Ignore>();
  for (const finding of findings) {
    const fitting = (ignores.get(finding.rule) ?? []).filter((ignore) => fits(ignore, finding, isTogether));
    for (const one of fitting) used.add(one);
    const [first] = fitting;
    if (first) ignored.push({ ...finding, reason: first.reason });
    else left.push(finding);
  }
  if (asked.has(ignoreComment.id)) {
    const unused = [...ignores.values()].flat().filter((one) => asked.has(one.rule) && !used.has(one));
    left.push(
      ...all.flatMap((one) => one.complaints),
      ...unused.map(({ rule, file, line }) => {
        const near = left.filter((one) => one.rule === rule && one.file === file && one.line !== undefined);
        const next = near.sort((a, b) => Math.abs((a.line ?? 0) - line) - Math.abs((b.line ?? 0) - line))[0];
        const instead = next ? `, but on line ${next.line}` : '';
        return complaint(file, line, `is for ${rule}, which finds nothing there${instead}`);
      }),
    );
  }
  return { findings: left.sort(byUrgency), ignored };
}

function fits({ file, scope }: Ignore, finding: Finding, isTogether: (one: string, other: string) => boolean): boolean {
  if (finding.file === undefined) return false;
  if (typeof scope === 'object' && 'service' in scope)
    return finding.service === scope.service && isTogether(file, finding.file);
  if (finding.file !== file) return false;
  return scope === 'file' || (finding.line !== undefined && scope.lines.includes(finding.line));
}

function complaint(file: string, line: number, message: string): Finding {
  const { id: rule, severity } = ignoreComment;
  return { rule, severity, message, file, line, combinations: [] };
}
