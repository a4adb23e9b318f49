/** How Compose prints single values, and lists and maps of them. */
import { withoutBrackets } from './addresses.ts';
import { nanosecondsOf, printDuration } from './durations.ts';
import { pairsOf } from './merge.ts';
import { attempt, Refused, type Report } from './problem.ts';
import { bytesOf } from './sizes.ts';
import { entriesOf, isNull, isTrue, itemsOf, type Node, shown, textOf } from './tree.ts';
import { wordsOf } from './words.ts';

/** A value as Compose prints it; undefined for what it leaves out. */
export type Print = (node: Node, report: Report) => unknown;
export type Fields = Readonly<Record<string, Print>>;

export const text: Print = (node) => (node.kind === 'scalar' && shown(node) !== '' ? shown(node) : undefined);
export const flag: Print = (node) => (isNull(node) ? undefined : isTrue(node));
export const onlyTrue: Print = (node) => isTrue(node) || undefined;
export const integer: Print = (node) =>
  node.kind === 'scalar' && node.value !== null ? Number(node.value) : undefined;
export const number: Print = (node, report) => integer(node, report) || undefined;
export const single: Print = (node, report) => {
  const value = integer(node, report);
  return value ? singlePrecision(value as number) : undefined;
};

/** The shortest number that is the same one in the 32 bits that Compose has for CPUs. */
function singlePrecision(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

export const bytes: Print = (node) => {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  // Only whole numbers and texts count: Compose drops a plain 1.5.
  if (typeof node.value === 'number') return Number.isInteger(node.value) && node.value ? shown(node) : undefined;
  const size = bytesOf(shown(node));
  if (size === undefined) {
    throw new Refused('value', node.at, `${JSON.stringify(node.value)} is no size`, 'Write such as 512M or 1G.');
  }
  return size === 0 ? undefined : String(size);
};

export const duration: Print = (node) => {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const time = nanosecondsOf(shown(node));
  if (time !== undefined) return printDuration(time);
  // A number has been refused as one already.
  if (typeof node.value === 'number') return undefined;
  throw new Refused('value', node.at, `${JSON.stringify(node.value)} is no duration`, 'Write such as 30s or 1m30s.');
};

export const command: Print = (node) => {
  const given = textOf(node);
  if (given === undefined) return node.kind === 'list' ? node.items.map((item) => textOf(item) ?? '') : null;
  const words = wordsOf(given);
  if (words) return words;
  const hint = 'Write it as a list, or as a shell: ["sh", "-c", "..."].';
  throw new Refused('value', node.at, `Compose cannot split ${JSON.stringify(given)} into words`, hint);
};

export const test: Print = (node) => {
  const given = textOf(node);
  return given === undefined ? texts(node, () => undefined) : ['CMD-SHELL', given];
};

export const texts: Print = (node) => {
  if (node.kind === 'scalar') return isNull(node) ? undefined : [shown(node)];
  const all = itemsOf(node).map((item) => (item.kind === 'scalar' ? shown(item) : ''));
  return all.length > 0 ? all : undefined;
};

/** A map of texts, written as a map or as a list of `KEY=value`. */
export const mapping =
  (empty: null | ''): Print =>
  (node) => {
    const pairs = pairsOf(node).map(([key, value]) => [key, value?.kind === 'scalar' ? shown(value) : empty] as const);
    return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
  };

export const hosts: Print = (node) => {
  const pairs =
    node.kind === 'map'
      ? entriesOf(node).flatMap(([host, ip]) =>
          (ip.kind === 'list' ? ip.items : [ip]).map((one) => [host, one] as const),
        )
      : itemsOf(node).map((item) => [undefined, item] as const);
  const all = pairs.flatMap(([host, item]) => {
    const said = item.kind === 'scalar' ? shown(item) : '';
    if (host !== undefined) return [`${host}=${withoutBrackets(said)}`];
    const at = said.includes('=') ? said.indexOf('=') : said.indexOf(':');
    if (at > 0)
      return said
        .slice(at + 1)
        .split(',')
        .map((ip) => `${said.slice(0, at)}=${withoutBrackets(ip)}`);
    throw new Refused('value', item.at, `${JSON.stringify(said)} names no address`, 'Write host=address.');
  });
  return all.length > 0 ? all.sort() : undefined;
};

export const each =
  (print: Print): Print =>
  (node, report) => {
    const all = itemsOf(node).flatMap((item) => attempt(report, () => print(item, report)) ?? []);
    return all.length > 0 ? all : undefined;
  };

export const dictionary =
  (print: Print): Print =>
  (node, report) => {
    const all = entriesOf(node).flatMap(([key, value]) => {
      const printed = attempt(report, () => print(value, report));
      return printed === undefined ? [] : [[key, printed] as const];
    });
    return all.length > 0 ? Object.fromEntries(all) : undefined;
  };

/** The known keys of a map; with `always`, what Compose prints even where nothing is written. */
export const object =
  (fields: Fields, always: Readonly<Record<string, unknown>> = {}): Print =>
  (node, report) => {
    if (node.kind !== 'map') return undefined;
    const printed = entriesOf(node).flatMap(([key, value]) => {
      const print = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const said = print && attempt(report, () => print(value, report));
      return said === undefined ? [] : [[key, said] as const];
    });
    return { ...always, ...Object.fromEntries(printed) };
  };

export const mode: Print = (node) => {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const value = typeof node.value === 'string' ? Number.parseInt(node.value, 8) : Number(node.value);
  return `0${value.toString(8)}`;
};
