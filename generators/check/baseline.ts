/** Known findings: a team that begins to check an old repo wants to hear of new ones only. */
import { UserError } from '../errors.ts';
import type { Finding } from '../rules/types.ts';
import type { KnownFinding } from './types.ts';

export const knownFindingsFile = '.prodstack/known-findings.json';

/** What tells one finding from others, whatever line it is on by now. */
export function identityOf({ rule, file, service, message }: Omit<KnownFinding, 'count'>): string {
  // Messages may point to another line, too.
  return JSON.stringify([rule, file ?? null, service ?? null, message.replaceAll(/\bline \d+/g, 'line')]);
}

/**
 * What is known from now on: what is found, sorted, so that the file changes only where they do. What rules know that
 * were not asked stays.
 */
export function knownOf(
  findings: readonly Finding[],
  before: readonly KnownFinding[],
  asked: ReadonlySet<string>,
): readonly KnownFinding[] {
  const known = new Map(before.filter(({ rule }) => !asked.has(rule)).map((one) => [identityOf(one), one]));
  for (const { rule, file, service, message } of findings) {
    const one = { rule, ...(file !== undefined && { file }), ...(service !== undefined && { service }), message };
    const key = identityOf(one);
    known.set(key, { ...one, count: (known.get(key)?.count ?? 0) + 1 });
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
}

/** The text of the file: one finding on each line, so that a diff shows what has come and gone. */
export function knownText(known: readonly KnownFinding[]): string {
  const lines = known.map((one) => `    ${JSON.stringify(one)}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/**
 * Reads the file back.
 * @throws UserError `repo` when it is no such file, or of a later version
 */
export function readKnown(text: string, file: string): readonly KnownFinding[] {
  const fail = (what: string): never => {
    throw new UserError('repo', `${file} ${what}.`, {
      hint: 'Write it anew with: create-prodstack check --update-baseline',
    });
  };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return fail('is no JSON');
  }
  const { version, findings } = (data ?? {}) as { readonly version?: unknown; readonly findings?: unknown };
  if (version !== 1)
    fail(version === undefined ? 'has no version' : `is of version ${JSON.stringify(version)}; this program knows 1`);
  if (!Array.isArray(findings) || !findings.every(isKnown)) return fail('is no list of known findings');
  return findings;
}

function isKnown(data: unknown): data is KnownFinding {
  if (typeof data !== 'object' || data === null) return false;
  const { rule, file, service, message, count } = data as Record<string, unknown>;
  const isText = (value: unknown): boolean => typeof value === 'string';
  return (
    isText(rule) &&
    isText(message) &&
    (file === undefined || isText(file)) &&
    (service === undefined || isText(service)) &&
    Number.isInteger(count) &&
    Number(count) > 0
  );
}

export interface Compared {
  readonly fresh: readonly Finding[];
  readonly known: readonly Finding[];
  /** What is known and no longer there; with what is left of the count. */
  readonly fixed: readonly KnownFinding[];
}

/**
 * Parts findings into what is known and what is not: of several that are alike, as many as are known, the first ones.
 * @param asked the ids of the rules that were asked: what another one knows is not fixed
 */
export function compareWithKnown(
  findings: readonly Finding[],
  baseline: readonly KnownFinding[],
  asked: ReadonlySet<string>,
): Compared {
  const left = new Map(baseline.map((one) => [identityOf(one), one.count]));
  const fresh: Finding[] = [];
  const known: Finding[] = [];
  for (const finding of findings) {
    const key = identityOf(finding);
    const count = left.get(key) ?? 0;
    (count > 0 ? known : fresh).push(finding);
    if (count > 0) left.set(key, count - 1);
  }
  const fixed = baseline.flatMap((one) => {
    const count = left.get(identityOf(one)) ?? 0;
    return count > 0 && asked.has(one.rule) ? [{ ...one, count }] : [];
  });
  return { fresh, known, fixed };
}
