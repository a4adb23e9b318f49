import { UserError } from '../../../errors.ts';
import { listed } from '../../../words.ts';
import { phpVersions } from '../../stacks/laravel.ts';
import { at, finding, place, type Warn } from '../findings.ts';
import { record, texts } from '../json.ts';
import type { Evidence, Finding } from '../types.ts';
import type { Composer } from './composer.ts';

type Version = (typeof phpVersions)[number];

/** The ones that have an image and get fixes, the newest first. */
const newestFirst = [...phpVersions].reverse();

interface Wish {
  readonly text: string;
  readonly evidence: Evidence;
}

/**
 * The newest PHP that composer.json and every locked package allow.
 * @throws UserError `repo` when composer.json allows none that has an image: Composer itself would refuse it
 */
export function detectVersion(composer: Composer, warn: Warn): Finding<Version> | undefined {
  const { json, lock } = composer;
  const platform = texts(record(record(json.data['config'])['platform']))['php'];
  const pin: Wish | undefined =
    platform === undefined
      ? undefined
      : { text: platform, evidence: at(json.path, json.line('config', 'platform', 'php')) };
  const required = composer.require['php'];
  const range: Wish | undefined =
    required === undefined ? undefined : { text: required, evidence: at(json.path, json.line('require', 'php')) };

  const allowed = newestFirst.filter((version) => !range || allows(range.text, version));
  if (range && allowed.length === 0) throw nothingFits(range);
  const pinned = pin && allowed.find((version) => pin.text === version || pin.text.startsWith(`${version}.`));
  if (pin && pinned) return finding(pinned, pin.evidence);
  if (pin)
    warn(
      `PHP ${pin.text} (${place(pin.evidence)}) has no image that gets fixes (${phpVersions.join(', ')} do): test your app on the one that is used`,
    );

  const refusing = lock?.packages.find(({ require }) => !allows(require['php'] ?? '*', allowed[0] ?? '8.4'));
  const best = allowed.find(
    (version) => lock?.packages.every(({ require }) => allows(require['php'] ?? '*', version)) ?? true,
  );
  if (best === undefined && lock && refusing)
    warn(
      `${lock.path}: ${refusing.name} does not allow PHP ${listed(allowed, 'or')}: update it (composer update ${refusing.name})`,
    );
  const version = best ?? allowed[0];
  return range && version ? finding(version, range.evidence) : undefined;
}

function nothingFits({ text, evidence }: Wish): UserError {
  return new UserError('repo', `${place(evidence)}: PHP "${text}" allows none of ${phpVersions.join(', ')}`, {
    hint: 'Older ones get no security fixes, newer ones have no image yet. Let the app run on one of these (composer why-not php 8.4 says what stands in the way), set "php" in composer.json accordingly, and run again.',
  });
}

type Numbers = readonly [number, number, number];

/**
 * Whether a constraint of Composer allows the newest release of a PHP version, which is the one in its image:
 * `^8.2`, `~8.3.0`, `>=8.1 <8.5`, `8.3.*`, `8.1 - 8.4`, with `|` or `||` between alternatives.
 */
export function allows(constraint: string, version: Version): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const newest: Numbers = [major, minor, 99];
  return constraint
    .split(/\|\|?/)
    .some((alternative) => rangesOf(alternative.trim()).every(([from, to]) => !less(newest, from) && less(newest, to)));
}

/** The half-open ranges that all have to hold. */
function rangesOf(alternative: string): readonly (readonly [Numbers, Numbers])[] {
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(alternative);
  if (hyphen) return [rangeOf(`>=${hyphen[1]}`), rangeOf(`<=${hyphen[2]}`)];
  const parts = alternative.replace(/([<>=!~^]+)\s+/g, '$1').split(/[\s,]+/);
  return parts.filter((part) => part !== '').map(rangeOf);
}

const start: Numbers = [0, 0, 0];
const end: Numbers = [Number.POSITIVE_INFINITY, 0, 0];

function rangeOf(part: string): readonly [Numbers, Numbers] {
  const match = /^([<>=!~^]*)v?(\d+|\*)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?/.exec(part);
  if (!match) return [end, end];
  const [, operator = '', first = '', second, third] = match;
  if (first === '*') return [start, end];
  const given = [first, second, third].filter((one) => one !== undefined && /\d/.test(one)).map(Number);
  const [major = 0, minor = 0, patch = 0] = given;
  const from: Numbers = [major, minor, patch];
  const next: Numbers =
    given.length < 2 ? [major + 1, 0, 0] : given.length < 3 ? [major, minor + 1, 0] : [major, minor, patch + 1];
  switch (operator) {
    case '>=':
      return [from, end];
    case '>':
      return [given.length < 3 ? next : [major, minor, patch + 1], end];
    case '<':
      return [start, from];
    case '<=':
      return [start, next];
    case '^':
      return [from, [major + 1, 0, 0]];
    case '~':
      return [from, given.length < 3 ? [major + 1, 0, 0] : [major, minor + 1, 0]];
    case '!=':
      // A whole version is left out only by a wildcard.
      return [start, end];
    default:
      // An exact patch level is meant as its version: the image has the newest one.
      return [from, given.length < 3 ? next : [major, minor + 1, 0]];
  }
}

function less(a: Numbers, b: Numbers): boolean {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0;
    if (part !== other) return part < other;
  }
  return false;
}
