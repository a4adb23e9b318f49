import { listed } from '../../../words.ts';
import { at, finding, place, type Warn } from '../findings.ts';
import { parseJson, record, texts } from '../json.ts';
import { join } from '../paths.ts';
import { refuseBroken } from '../refuse.ts';
import { lineOf } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { View } from '../view.ts';
import { inPackage, type Package } from './package.ts';
import type { Workspace } from './workspace.ts';

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun';

export interface Manager {
  readonly name: ManagerName;
  /** With a version where one is known; absent where nothing tells. */
  readonly found: Finding<string> | undefined;
  readonly frozen: Finding<boolean>;
  /** Whether packages are installed at the root of the workspace, not in the app's folder. */
  readonly atRoot: boolean;
  /** The text of the lockfile. */
  readonly lock: string;
}

interface Lockfile {
  readonly name: ManagerName;
  readonly path: string;
}

/** In the order in which people came to use them: with two in a folder, the older one is the forgotten one. */
const lockfiles: readonly (readonly [ManagerName, string])[] = [
  ['pnpm', 'pnpm-lock.yaml'],
  ['yarn', 'yarn.lock'],
  ['bun', 'bun.lock'],
  ['bun', 'bun.lockb'],
  ['npm', 'package-lock.json'],
  ['npm', 'npm-shrinkwrap.json'],
];

const remake: Readonly<Record<ManagerName, string>> = {
  npm: 'npm install',
  pnpm: 'pnpm install',
  yarn: 'yarn install',
  bun: 'bun install',
};

/**
 * What installs the packages of an app, and whether exactly: from `packageManager`, else from lockfiles.
 * @throws UserError `repo` when the lockfile is broken
 */
export function detectManager(view: View, pack: Package, workspace: Workspace | undefined, warn: Warn): Manager {
  const root = workspace?.root ?? pack;
  const declared = declaredManager(pack) ?? declaredManager(root) ?? yarnOfRepo(view, root);
  const folders = [...new Set([pack.folder, root.folder])];
  const present = folders.flatMap((folder) =>
    lockfiles
      .map(([name, file]): Lockfile => ({ name, path: join(folder, file) }))
      .filter(({ path }) => view.has(path)),
  );
  const best = lockfiles.map(([name]) => name).find((name) => present.some((lock) => lock.name === name));
  const name = declared?.name ?? best ?? 'npm';
  const lock = present.find((one) => one.name === name);
  warnOfStrangers(name, present, declared, warn);
  const atRoot = workspace !== undefined && (lock === undefined || lock.path === join(root.folder, lastPart(lock)));

  if (!lock) {
    const found = declared && finding(declared.value, declared.evidence);
    return { name, found, frozen: finding(false, { file: pack.json.path }), atRoot, lock: '' };
  }
  const text = lock.path.endsWith('.lockb') ? '' : (view.read(lock.path) ?? '');
  if (!lock.path.endsWith('.lockb')) refuseBroken(lock.path, text, remake[name]);
  if (name === 'npm') parseJson(lock.path, text);
  const version = versionInLockfile(name, text);
  const value = declared?.value.includes('@') || !version ? (declared?.value ?? name) : `${name}@${version.major}`;
  const evidence = declared?.evidence ?? at(lock.path, version?.line);
  return { name, found: finding(value, evidence), frozen: frozen(lock, warn), atRoot, lock: text };
}

interface Declared {
  readonly name: ManagerName;
  readonly value: string;
  readonly evidence: Evidence;
}

function declaredManager(pack: Package): Declared | undefined {
  const field = pack.json.data['packageManager'];
  const match = /^(npm|pnpm|yarn|bun)(?:@(\d+(?:\.\d+){0,2}))?/.exec(typeof field === 'string' ? field : '');
  if (match) return { name: match[1] as ManagerName, value: match[0], evidence: inPackage(pack, 'packageManager') };
  const { name, version } = texts(record(pack.json.data['devEngines'])['packageManager']);
  const named = /^(?:npm|pnpm|yarn|bun)$/.exec(name ?? '')?.[0] as ManagerName | undefined;
  if (!named) return undefined;
  // A range: its first number is a major version that is wanted.
  const major = /^\D{0,2}(\d+)/.exec(version ?? '')?.[1];
  return {
    name: named,
    value: major === undefined ? named : `${named}@${major}`,
    evidence: inPackage(pack, 'devEngines', 'packageManager'),
  };
}

/** Yarn may be a file of the repo, with its version in its name. The image gets the same from the registry. */
function yarnOfRepo(view: View, root: Package): Declared | undefined {
  const file = join(root.folder, '.yarnrc.yml');
  const text = view.read(file) ?? '';
  const pattern = /^yarnPath:.*\byarn-(\d+\.\d+\.\d+)\.cjs/m;
  const version = pattern.exec(text)?.[1];
  return version === undefined
    ? undefined
    : { name: 'yarn', value: `yarn@${version}`, evidence: at(file, lineOf(text, pattern)) };
}

function warnOfStrangers(
  name: ManagerName,
  present: readonly Lockfile[],
  declared: { evidence: Evidence } | undefined,
  warn: Warn,
): void {
  const strangers = present.filter((lock) => lock.name !== name).map(({ path }) => path);
  if (strangers.length === 0) return;
  const lock = present.find((one) => one.name === name);
  const others = listed(strangers);
  if (lock) {
    const why = declared ? `, as ${place(declared.evidence)} says` : '';
    warn(`Two lockfiles: ${lock.path} and ${others}. ${name} is used${why}: delete the other`);
  } else if (declared) {
    const wayOut = `commit its lockfile (${remake[name]}) or correct packageManager`;
    warn(`${place(declared.evidence)} says ${name}, but the lockfile is ${others}: ${wayOut}`);
  }
}

/** Lockfiles that cannot be laid into an image under the one name that installs look for do not count as exact. */
function frozen(lock: Lockfile, warn: Warn): Finding<boolean> {
  const old = {
    'bun.lockb': 'is the old binary lockfile of Bun: write bun.lock with bun install --save-text-lockfile',
    'npm-shrinkwrap.json': 'is a lockfile for published packages: rename it to package-lock.json',
  }[lastPart(lock)];
  if (old) warn(`${lock.path} ${old}, and installs become exact`);
  return finding(old === undefined, { file: lock.path });
}

function lastPart(lock: Lockfile): string {
  return lock.path.slice(lock.path.lastIndexOf('/') + 1);
}

/** The major version that writes such a lockfile, where the format tells. */
function versionInLockfile(name: ManagerName, text: string): { major: number; line?: number } | undefined {
  if (name === 'bun') return { major: 1 };
  if (name === 'npm') return undefined;
  if (name === 'pnpm') {
    const pattern = /^lockfileVersion:\s*['"]?(\d+)(?:\.(\d+))?/m;
    const [, format, minor] = pattern.exec(text) ?? [];
    // 9.0 is written by pnpm 9 to 11; 10 reads all of these and installs the same.
    const major = format === '5' ? (minor === '3' ? 6 : 7) : { '6': 8, '9': 10 }[format ?? ''];
    const line = lineOf(text, pattern);
    return major === undefined ? undefined : { major, ...(line !== undefined && { line }) };
  }
  const format = /^__metadata:\s*\n\s+version:\s*(\d+)/m.exec(text);
  if (!format) return { major: 1 };
  // Formats: 4 and 5 by Yarn 2, 6 by Yarn 3, 8 and up by Yarn 4.
  const number = Number(format[1]);
  const line = lineOf(text, /^__metadata:/m);
  return { major: number >= 8 ? 4 : number >= 6 ? 3 : 2, ...(line !== undefined && { line }) };
}
