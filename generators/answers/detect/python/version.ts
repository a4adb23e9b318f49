import { pythonVersions } from '../../stacks/python.ts';
import { at, finding, place, type Warn } from '../findings.ts';
import { record } from '../json.ts';
import { join } from '../paths.ts';
import { lineOf } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { Project } from './project.ts';

type Version = (typeof pythonVersions)[number];

const preferred: Version = '3.13';
const choices = [preferred, ...[...pythonVersions].reverse().filter((version) => version !== preferred)];
/** The newest 3.x that gets no security fixes any more. */
const endOfLife = 10;

interface Wish {
  readonly text: string;
  readonly evidence: Evidence;
}

/** The Python that the repo asks for: pins before ranges. */
export function detectVersion(view: View, project: Project, warn: Warn): Finding<Version> | undefined {
  const folders = [...new Set([project.folder, '.'])];
  const [wish] = [
    ...folders.map((folder) => pinFile(view, join(folder, '.python-version'))),
    ...folders.map((folder) => pinFile(view, join(folder, 'runtime.txt'))),
    ...manifestWishes(view, project),
  ].filter((one) => one !== undefined);
  if (!wish) return undefined;
  const version = chooseVersion(wish.text);
  if (version) return finding(version, wish.evidence);
  warn(refusal(wish));
  return undefined;
}

function pinFile(view: View, file: string): Wish | undefined {
  const lines = view.read(file)?.split('\n') ?? [];
  const index = lines.findIndex((line) => /\d/.test(line.replace(/#.*$/, '')));
  const text = /\d[\w.]*/.exec(lines[index]?.replace(/#.*$/, '') ?? '')?.[0];
  return text === undefined ? undefined : { text, evidence: { file, line: index + 1 } };
}

function manifestWishes(view: View, { folder, pyproject, pipfile }: Project): (Wish | undefined)[] {
  const wish = (text: unknown, evidence: Evidence) => (typeof text === 'string' ? { text, evidence } : undefined);
  const poetry = record(record(record(pyproject?.data['tool'])['poetry'])['dependencies'])['python'];
  const requires = record(pipfile?.data['requires']);
  const setup = join(folder, 'setup.cfg');
  const setupText = view.read(setup) ?? '';
  const setupPattern = /^python_requires\s*=\s*(\S[^\n]*)/m;
  return [
    pyproject &&
      wish(
        record(pyproject.data['project'])['requires-python'],
        at(pyproject.path, pyproject.line('project', 'requires-python')),
      ),
    pyproject && wish(poetry, at(pyproject.path, pyproject.line('tool.poetry.dependencies', 'python'))),
    ...['python_version', 'python_full_version'].map(
      (key) => pipfile && wish(requires[key], at(pipfile.path, pipfile.line('requires', key))),
    ),
    wish(setupPattern.exec(setupText)?.[1], at(setup, lineOf(setupText, setupPattern))),
  ];
}

function refusal({ text, evidence }: Wish): string {
  const minors = [...text.matchAll(/([23])\.(\d+)/g)].map((match) => (match[1] === '2' ? 0 : Number(match[2])));
  const name = `Python ${text} (${place(evidence)})`;
  const why = minors.length > 0 && Math.max(...minors) <= endOfLife ? 'is end of life' : 'is not offered';
  const offered = why === 'is not offered' ? ` (${pythonVersions.join(', ')} are)` : '';
  return `${name} ${why}${offered}; ${preferred} is used: test your app on it`;
}

/** The supported version that a pin (`3.12.4`) or a range (`>=3.11,<3.14`, `^3.12`, `~=3.12`) allows. */
export function chooseVersion(text: string): Version | undefined {
  const alternatives = text.split(/\|\|?/).map((one) => one.replace(/([<>=!~^])\s+/g, '$1').split(/[,\s]+/));
  return choices.find((version) =>
    alternatives.some((specifiers) => specifiers.every((one) => allows(one, Number(version.slice(2))))),
  );
}

/** Whether a specifier allows the newest release of 3.`minor`, which is the one in its image. */
function allows(specifier: string, minor: number): boolean {
  if (specifier === '' || specifier === '*') return true;
  const match = /^([<>=!~^]*)\s*v?(\d+)(?:\.(\d+|\*))?(?:\.([\w*]+))?/.exec(specifier);
  if (!match) return false;
  const [, operator = '', major = '', minorText, patch] = match;
  const bound = Number(minorText);
  const anyMinor = minorText === undefined || minorText === '*';
  if (operator.startsWith('<') && major !== '3') return Number(major) > 3;
  if (operator.startsWith('>') && major !== '3') return Number(major) < 3;
  if (major !== '3') return operator === '!=';
  if (operator === '>=') return anyMinor || minor >= bound;
  if (operator === '>') return !anyMinor && minor >= bound;
  if (operator === '<') return !anyMinor && minor < bound;
  if (operator === '<=') return !anyMinor && minor < bound;
  if (operator === '!=') return patch !== '*' || minor !== bound;
  if (operator === '^' || (operator === '~=' && patch === undefined)) return anyMinor || minor >= bound;
  return anyMinor || minor === bound;
}
