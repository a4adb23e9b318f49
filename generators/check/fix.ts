/**
 * Puts right what can be put right without asking, and proves it. Of many repairs, those that hold together are kept: each
 * of them makes its finding go, none makes a new one come, and what Compose makes of the files differs in nothing but what
 * the repairs are about.
 */
import { applySplices, editYaml, type Splice } from '../compose/edit/index.ts';
import { type Data, isData, same } from '../data.ts';
import { UserError } from '../errors.ts';
import { rules, runRules } from '../rules/index.ts';
import type { Repair } from '../rules/repairs/types.ts';
import type { Finding, Project, Rule } from '../rules/types.ts';
import { identityOf } from './baseline.ts';
import type { Source } from './reader.ts';

/** A file as it is to be. */
export interface FixedFile {
  readonly path: string;
  /** Undefined for a file that is new. */
  readonly before: string | undefined;
  readonly after: string;
  /** Where the mode changes. */
  readonly mode?: 0o755;
  /** The rules that wanted it, sorted. */
  readonly rules: readonly string[];
}

export interface Fixes {
  /** Sorted by path. */
  readonly files: readonly FixedFile[];
  /** What is put right by them. */
  readonly fixed: readonly Finding[];
  /** What has a repair that cannot be made here, and why. */
  readonly refused: readonly { readonly finding: Finding; readonly reason: string }[];
}

/** The text of a file with a change, and its mode where that changes. */
export interface Change {
  readonly text: string;
  readonly mode?: 0o755;
}

export type ChangedFiles = ReadonlyMap<string, Change>;

/** What the rules see of a repo whose files are changed so. */
export type Look = (changed: ChangedFiles) => readonly Project[];

/** A repo with changes in it that are not on the disk. */
export function withChanges(source: Source, changed: ChangedFiles): Source {
  return {
    files: [...new Set([...source.files, ...changed.keys()])].sort(),
    read: (path) => {
      const change = changed.get(path);
      return change ? change.text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n') : source.read(path);
    },
    raw: (path) => {
      const change = changed.get(path);
      const raw = source.raw(path);
      return change ? { text: change.text, mode: change.mode ?? raw?.mode ?? 0o644 } : raw;
    },
  };
}

interface Candidate {
  readonly finding: Finding;
  readonly repair: Repair;
}

interface State {
  readonly changed: ChangedFiles;
  readonly parts: readonly Project[];
  /** What the rules say, each with the part of the repo that they say it of. */
  readonly found: readonly { readonly part: Project; readonly finding: Finding }[];
}

/** More rounds than that would mean that two repairs undo each other. */
const maxRounds = 12;

/**
 * @param look reads the repo with changes in it; nothing is written
 * @param wanted which findings are to be put right
 */
export function fixAll(look: Look, wanted: (finding: Finding) => boolean): Fixes {
  const start = stateOf(look, new Map());
  const refused = new Map<string, { readonly finding: Finding; readonly reason: string }>();
  const done: Finding[] = [];
  const by = new Map<string, Set<string>>();
  let state = start;

  const keep = (batch: readonly Candidate[]): void => {
    for (const { finding, repair } of batch) {
      done.push(finding);
      by.set(repair.file, (by.get(repair.file) ?? new Set()).add(finding.rule));
    }
  };
  const settle = (keys: readonly string[]): void => {
    const batch = apart(candidates(state, wanted).filter(({ finding }) => keys.includes(keyOf(finding))));
    if (batch.length === 0) return;
    const tried = attempt(look, state, batch);
    if (typeof tried !== 'string') {
      state = tried;
      keep(batch);
      return;
    }
    // What is said of several lines of a file in the same words stands or falls together.
    const all = [...new Set(batch.map(({ finding }) => keyOf(finding)))];
    if (all.length === 1) {
      for (const { finding } of batch) refused.set(keyOf(finding), { finding, reason: tried });
      return;
    }
    const half = Math.ceil(all.length / 2);
    settle(all.slice(0, half));
    settle(all.slice(half));
  };

  for (let round = 0; round < maxRounds; round++) {
    const open = candidates(state, wanted).filter(({ finding }) => !refused.has(keyOf(finding)));
    if (open.length === 0) break;
    settle(open.map(({ finding }) => keyOf(finding)));
  }
  // What stood in the way of one may have been put right after it.
  for (let pass = 0, again = refused.size > 0; again && pass < maxRounds; pass++) {
    again = false;
    for (const key of refused.keys()) {
      const batch = apart(candidates(state, wanted).filter(({ finding }) => keyOf(finding) === key));
      const tried = batch.length === 0 ? '' : attempt(look, state, batch);
      if (typeof tried === 'string') continue;
      state = tried;
      keep(batch);
      refused.delete(key);
      again = true;
    }
  }
  const end = state;
  // Lines have moved since: the reasons are those of the files as they are in the end.
  const left = [...refused].map(([key, one]) => {
    const batch = apart(candidates(end, wanted).filter(({ finding }) => keyOf(finding) === key));
    const tried = batch.length === 0 ? end : attempt(look, end, batch);
    return { finding: batch[0]?.finding ?? one.finding, reason: typeof tried === 'string' ? tried : one.reason };
  });
  return { files: filesOf(start, end, by), fixed: done, refused: left };
}

/** How many of these findings can be put right, as far as can be said without trying. */
export function repairable(parts: readonly Project[], findings: readonly Finding[]): number {
  return findings.filter((one) => parts.some((part) => byId.get(one.rule)?.repair?.(part, one))).length;
}

function stateOf(look: Look, changed: ChangedFiles): State {
  const parts = look(changed);
  const found = new Map<string, State['found'][number]>();
  for (const part of parts) {
    // Two parts may have the same file.
    for (const finding of runRules(part)) found.set(JSON.stringify([keyOf(finding), finding.line]), { part, finding });
  }
  return { changed, parts, found: [...found.values()] };
}

const byId: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]));

/** Every finding that has a repair here. */
function candidates({ found }: State, wanted: (finding: Finding) => boolean): readonly Candidate[] {
  return found.flatMap(({ part, finding }) => {
    const repair = wanted(finding) ? byId.get(finding.rule)?.repair?.(part, finding) : undefined;
    return repair ? [{ finding, repair }] : [];
  });
}

/** Without those that want to change what another one changes already: their turn comes in the next round. */
function apart(all: readonly Candidate[]): readonly Candidate[] {
  const taken = new Map<
    string,
    { readonly kind: Repair['kind']; readonly places: string[]; readonly splices: Splice[] }
  >();
  return all.filter(({ repair }) => {
    const own = taken.get(repair.file) ?? { kind: repair.kind, places: [], splices: [] };
    if (taken.has(repair.file) && (own.kind !== repair.kind || repair.kind === 'create' || repair.kind === 'mode'))
      return false;
    const places = repair.kind === 'compose' ? repair.edits.map(({ path }) => JSON.stringify(path)) : [];
    const splices = repair.kind === 'text' ? repair.splices : [];
    if (places.some((place) => own.places.some((other) => overlaps(place, other)))) return false;
    if (splices.some((one) => own.splices.some((other) => touches(one, other)))) return false;
    taken.set(repair.file, { ...own, places: [...own.places, ...places], splices: [...own.splices, ...splices] });
    return true;
  });
}

/** Whether one path is the other, or above it. */
function overlaps(a: string, b: string): boolean {
  const [short = '', long = ''] = [a.slice(0, -1), b.slice(0, -1)].sort((one, other) => one.length - other.length);
  return long === short || long.startsWith(`${short},`);
}

/** Two at the end of a file are both put there; others must not meet. */
function touches(a: Splice, b: Splice): boolean {
  if (a.length === 0 && b.length === 0) return false;
  return a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}

/** The state with all of these repairs, or why that cannot be. */
function attempt(look: Look, state: State, batch: readonly Candidate[]): State | string {
  let next: State;
  try {
    next = stateOf(
      look,
      apply(
        state,
        batch.map(({ repair }) => repair),
      ),
    );
  } catch (error) {
    if (error instanceof UserError) return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    throw error;
  }
  return objection(state, next, batch);
}

function apply({ changed, parts }: State, repairs: readonly Repair[]): ChangedFiles {
  const next = new Map(changed);
  for (const file of new Set(repairs.map((one) => one.file))) {
    const own = repairs.filter((one) => one.file === file);
    const known = changed.get(file);
    let text = known?.text ?? textOf(parts, file) ?? '';
    const edits = own.flatMap((one) => (one.kind === 'compose' ? one.edits : []));
    text = applySplices(text, editYaml(text, edits, file));
    const splices = own.flatMap((one) => (one.kind === 'text' ? one.splices : []));
    text = applySplices(text, joined(text, splices));
    for (const one of own) if (one.kind === 'create') text = one.content;
    const mode = own.some(({ kind }) => kind === 'mode') ? 0o755 : known?.mode;
    next.set(file, { text, ...(mode !== undefined && { mode }) });
  }
  return next;
}

/**
 * What goes to one place is put there in turn; the last line of a text is ended once, and what has the heading of the one
 * before it goes below that.
 */
function joined(text: string, splices: readonly Splice[]): readonly Splice[] {
  const found = new Map<number, Splice>();
  const headings = new Map<number, string>();
  for (const one of splices) {
    const other = found.get(one.offset);
    const isEnded = other === undefined || text === '' || text.endsWith('\n');
    const ended = isEnded ? one.content : one.content.replace(/^\r?\n/, '');
    const heading = /^\s*# [^=]*?\n/.exec(ended)?.[0] ?? '';
    const content = headings.get(one.offset)?.trim() === heading.trim() ? ended.slice(heading.length) : ended;
    headings.set(one.offset, heading);
    found.set(one.offset, other ? { ...other, content: other.content + content } : one);
  }
  return [...found.values()];
}

function textOf(parts: readonly Project[], path: string): string | undefined {
  for (const { composeFiles, dockerfiles, dockerignores, envFiles, scripts } of parts) {
    for (const file of [...composeFiles, ...dockerfiles, ...dockerignores, ...envFiles, ...scripts])
      if (file.path === path) return file.text;
  }
  return undefined;
}

/** What is wrong with a step from one state to the next, if anything is. */
function objection(before: State, after: State, batch: readonly Candidate[]): State | string {
  const left = count(after, keyOf);
  const known = count(before, keyOf);
  const stays = batch.find(({ finding }) => {
    const key = keyOf(finding);
    const repaired = batch.filter((one) => keyOf(one.finding) === key).length;
    return (left.get(key) ?? 0) > (known.get(key) ?? 0) - repaired;
  });
  if (stays) return `${stays.finding.rule} would still be found`;
  // One that names less than before, or another line first, is no new one.
  const [leftThere, knownThere] = [count(after, placeOf), count(before, placeOf)];
  const repairedThere = (place: string): number => batch.filter(({ finding }) => placeOf(finding) === place).length;
  const fresh = after.found.find(({ finding: one }) => {
    const place = placeOf(one);
    return (
      (left.get(keyOf(one)) ?? 0) > (known.get(keyOf(one)) ?? 0) &&
      (leftThere.get(place) ?? 0) > (knownThere.get(place) ?? 0) - repairedThere(place)
    );
  });
  if (fresh) return `${fresh.finding.rule} would be found then: ${fresh.finding.message}`;
  const other = difference(before.parts, after.parts, allowed(batch));
  return other === undefined ? after : `${other} would change, too`;
}

function count({ found }: State, key: (finding: Finding) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { finding } of found) counts.set(key(finding), (counts.get(key(finding)) ?? 0) + 1);
  return counts;
}

/** What a finding is about, whatever its words. */
function placeOf({ rule, file, service }: Finding): string {
  return JSON.stringify([rule, file, service]);
}

/** Lines move, and combinations are named after files. */
function keyOf(finding: Finding): string {
  return identityOf(finding);
}

/** The keys of services that repairs are about. */
function allowed(batch: readonly Candidate[]): ReadonlySet<string> {
  return new Set(
    batch.flatMap(({ repair }) =>
      repair.kind === 'compose' ? repair.edits.map(({ path }) => path.slice(0, 3).join('.')) : [],
    ),
  );
}

/** The first thing beside what is allowed in which the models differ. */
function difference(
  before: readonly Project[],
  after: readonly Project[],
  may: ReadonlySet<string>,
): string | undefined {
  for (const [index, part] of before.entries()) {
    const next = after[index];
    const rejected = (project: Project | undefined): string =>
      JSON.stringify(project?.rejected?.map(({ name }) => name) ?? []);
    if (rejected(part) !== rejected(next)) return 'what Compose accepts';
    for (const { name, model } of part.combinations) {
      const found = differing({ ...model }, { ...next?.combinations.find((one) => one.name === name)?.model }, may, []);
      if (found !== undefined) return `${found} of ${name}`;
    }
  }
  return before.length === after.length ? undefined : 'what belongs together';
}

function differing(a: Data, b: Data, may: ReadonlySet<string>, path: readonly string[]): string | undefined {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const at = [...path, key];
    if (may.has(at.join('.')) || same(a[key], b[key])) continue;
    // Of services their keys are looked at, of everything else all.
    const [left, right] = at[0] === 'services' && at.length < 3 ? [a[key], b[key]] : [];
    const found = isData(left) && isData(right) ? differing(left, right, may, at) : at.join('.');
    if (found !== undefined) return found;
  }
  return undefined;
}

function filesOf(start: State, end: State, by: ReadonlyMap<string, ReadonlySet<string>>): readonly FixedFile[] {
  return [...end.changed]
    .map(([path, { text, mode }]) => ({
      path,
      before: textOf(start.parts, path),
      after: text,
      ...(mode !== undefined && { mode }),
      rules: [...(by.get(path) ?? [])].sort(),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
