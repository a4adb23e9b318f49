/** Line ends, byte order marks and last lines: what a file of the user's keeps, whatever we put into it. */
import { diffIndices } from 'node-diff3';

/** A text without a byte order mark and with LF line ends: what merges and comparisons are about. */
export function unixLines(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

/** The lines of a text; whether the last one ends is no line of its own. */
export function linesOf(text: string): readonly string[] {
  const unix = unixLines(text);
  return unix === '' ? [] : unix.replace(/\n$/, '').split('\n');
}

/**
 * Lines as a text in the form of another one: its byte order mark, its line ends, and whether it ends with one. Where it
 * mixes line ends, each line that it has keeps its own, and new ones get those of the majority.
 */
export function inFormOf(model: string, lines: readonly string[]): string {
  const mark = model.startsWith('\uFEFF') ? '\uFEFF' : '';
  if (lines.length === 0) return mark;
  const ends = endsOf(model);
  const usual = ends.filter((end) => end === '\r\n').length * 2 > ends.length ? '\r\n' : '\n';
  const own = ends.every((end) => end === usual) ? [] : keptEnds(linesOf(model), ends, lines);
  const isOpen = model !== '' && model !== mark && !model.endsWith('\n');
  return mark + lines.map((line, n) => line + (isOpen && n === lines.length - 1 ? '' : (own[n] ?? usual))).join('');
}

function endsOf(text: string): readonly string[] {
  return text.match(/\r?\n/g) ?? [];
}

/** The line ends of those lines that were there before, by their new places. */
function keptEnds(
  before: readonly string[],
  ends: readonly string[],
  after: readonly string[],
): readonly (string | undefined)[] {
  const kept: (string | undefined)[] = new Array(after.length).fill(undefined);
  let [from, to] = [0, 0];
  const copy = (until: number): void => {
    while (from < until) kept[to++] = ends[from++];
  };
  for (const { buffer1, buffer2 } of diffIndices([...before], [...after])) {
    copy(buffer1[0]);
    [from, to] = [buffer1[0] + buffer1[1], buffer2[0] + buffer2[1]];
  }
  copy(before.length);
  return kept;
}
