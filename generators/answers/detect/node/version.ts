import { nodeVersions } from '../../stacks/common.ts';
import { finding, place, type Warn } from '../findings.ts';
import { record } from '../json.ts';
import { join } from '../paths.ts';
import type { Evidence, Finding } from '../types.ts';
import type { View } from '../view.ts';
import { inPackage, type Package } from './package.ts';

type Version = (typeof nodeVersions)[number];

const preferred: Version = 24;
/** The ones that are supported, the best first. */
const choices = [preferred, ...[...nodeVersions].reverse().filter((version) => version !== preferred)];
const codenames: Readonly<Record<string, number>> = { gallium: 16, hydrogen: 18, iron: 20, jod: 22, krypton: 24 };

interface Wish {
  readonly text: string;
  readonly evidence: Evidence;
}

/** The Node.js that the repo asks for: pins before ranges, the app's folder before the roots above it. */
export function detectVersion(
  view: View,
  pack: Package,
  root: Package | undefined,
  warn: Warn,
): Finding<Version> | undefined {
  const packages = root && root !== pack ? [pack, root] : [pack];
  const folders = [...new Set([...packages.map(({ folder }) => folder), '.'])];
  const dotFiles = folders.flatMap((folder) => [join(folder, '.nvmrc'), join(folder, '.node-version')]);
  const [wish] = [
    ...dotFiles.map((file) => firstLine(view, file)),
    ...packages.map((one) => field(one, 'volta')),
    ...packages.map((one) => field(one, 'engines')),
  ].filter((one) => one !== undefined);
  if (!wish) return undefined;
  const version = chooseVersion(wish.text);
  if (version !== undefined) return finding(version, wish.evidence);
  warn(refusal(wish));
  return undefined;
}

function firstLine(view: View, file: string): Wish | undefined {
  const lines = view.read(file)?.split('\n') ?? [];
  const index = lines.findIndex((line) => line.replace(/#.*$/, '').trim() !== '');
  if (index < 0) return undefined;
  return { text: (lines[index] ?? '').replace(/#.*$/, '').trim(), evidence: { file, line: index + 1 } };
}

function field(pack: Package, key: 'volta' | 'engines'): Wish | undefined {
  const text = record(pack.json.data[key])['node'];
  return typeof text === 'string' && text.trim() !== ''
    ? { text: text.trim(), evidence: inPackage(pack, key, 'node') }
    : undefined;
}

function refusal({ text, evidence }: Wish): string {
  const name = `Node ${pinned(text) ?? text} (${place(evidence)})`;
  const majors = [pinned(text) ?? [...text.matchAll(/(\d+)(?:\.\d+)*/g)].map((match) => Number(match[1]))].flat();
  const highest = Math.max(...majors);
  if (majors.length > 0 && (highest < preferred || highest % 2 === 1))
    return `${name} is end of life; ${preferred} is used: test your app on it`;
  return `${name} is not offered (${nodeVersions.join(', ')} are); ${preferred} is used: test your app on it`;
}

/** The major version that a text names, where it names only one. */
function pinned(text: string): number | undefined {
  const codename = /^lts\/([a-z]+)$/i.exec(text)?.[1];
  if (codename) return codenames[codename.toLowerCase()];
  const match = /^[v=^~]*\s*(\d+)(?:\.(?:\d+|x|\*)){0,2}(?:[-+][\w.+-]*)?$/i.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** The supported version that a pin (`v22.11.0`, `lts/jod`) or a range (`>=20`, `20.x || 22.x`) allows. */
export function chooseVersion(text: string): Version | undefined {
  const major = pinned(text);
  if (major !== undefined) return nodeVersions.find((version) => version === major);
  if (/^(?:lts(?:\/\*)?|stable)$/i.test(text)) return preferred;
  if (/^(?:node|latest|current)$/i.test(text)) return nodeVersions.at(-1);
  const alternatives = text.split('||').map((one) => one.trim().replace(/([<>=~^]+)\s+/g, '$1'));
  return choices.find((version) => alternatives.some((one) => allows(one, version)));
}

/**
 * Whether a range allows the newest release of a major version; that is the one in its image,
 * so only the major numbers matter, and an upper bound inside a major excludes it.
 */
function allows(range: string, major: number): boolean {
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(range);
  const comparators = hyphen ? [`>=${hyphen[1]}`, `<=${hyphen[2]}`] : range.split(/[\s,]+/);
  return comparators.every((comparator) => {
    const match = /^([<>=~^]*)v?(\d+|x|\*)(?:\.(\d+))?(?:[.\-+][\w.+*-]*)?$/i.exec(comparator);
    if (!match) return false;
    const [, operator = '', first = '', minor] = match;
    if (!/\d/.test(first)) return true;
    const bound = Number(first);
    if (operator === '>=') return major >= bound;
    if (operator === '>') return minor === undefined ? major > bound : major >= bound;
    if (operator === '<') return major < bound;
    if (operator === '<=') return minor === undefined ? major <= bound : major < bound;
    return major === bound;
  });
}
