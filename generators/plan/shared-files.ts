/** Files that are the user's as much as ours: what they look like when we make them, and what we add when they exist. */
import type { Splice } from '../compose/edit/index.ts';
import type { Ignore } from '../stack/types.ts';
import { assignmentsOf, isBlank } from './dotenv.ts';
import type { EnvEntry } from './env.ts';
import { wrap } from './env.ts';
import type { Intended } from './intend.ts';

/** How our part of a file of the user's is marked, in the comments of its language. */
interface Marks {
  readonly start: string;
  readonly end: string;
}

const mark = (text: string): string =>
  `prodstack: ${text}. What stands up to "prodstack: end" is made by create-prodstack and replaced by it.`;

const markdown: Marks = { start: `<!-- ${mark('start')} -->`, end: '<!-- prodstack: end -->' };
const php: Marks = { start: `// ${mark('start')}`, end: '// prodstack: end' };
/** Also what detection knows our part of an example env file by: `answers/detect/view.ts`. */
const dotenv: Marks = { start: `# ${mark('start')}`, end: '# prodstack: end' };

/** The whole text of a file that does not exist yet. */
export function fileText(file: Exclude<Intended, { kind: 'managed' | 'example' | 'secret' }>): string {
  switch (file.kind) {
    case 'once':
    case 'answers':
      return file.content;
    case 'ignore':
      return file.groups.map(groupText).join('\n');
    case 'section':
      return `# ${file.title}\n\n${sectionText(file.content, markdown)}`;
    case 'php':
      return `<?php\n\n${sectionText(file.content.trimEnd(), php)}`;
    case 'env':
      return `${comment(file.header)}\n${file.entries.map(entryText).join('\n')}`;
  }
}

/** The patterns that an ignore file lacks, added at its end. */
export function ignoreEdits(text: string, groups: Ignore['groups']): readonly Splice[] {
  const known = new Set(text.split(/\r?\n/).map(canonical));
  const missing = groups.flatMap((group) => {
    const patterns = group.patterns.filter((pattern) => !known.has(canonical(pattern)));
    return patterns.length === 0 ? [] : [{ ...group, patterns }];
  });
  return missing.length === 0 ? [] : [appended(text, missing.map(groupText).join('\n'))];
}

/** Our section of a README: replaced where it stands, else added at the end. */
export function sectionEdits(text: string, content: string): readonly Splice[] {
  return markedEdits(text, content, markdown);
}

/** The same for an example env file that the user has already. */
export function exampleEdits(text: string, content: string): readonly Splice[] {
  return markedEdits(text, content.trimEnd(), dotenv);
}

/** The same for a PHP file: before the closing tag, where it ends with one. */
export function phpEdits(text: string, content: string): readonly Splice[] {
  return markedEdits(text, content.trimEnd(), php, /\?>\s*$/.exec(text)?.index);
}

/** Whether an example env file is the user's, with our part in it. */
export function hasExampleSection(text: string): boolean {
  return text.includes(dotenv.start);
}

/** Whether our part is in a file of the user's. */
export function hasSection(text: string, kind: 'section' | 'php'): boolean {
  return text.includes((kind === 'php' ? php : markdown).start);
}

function markedEdits(text: string, content: string, marks: Marks, at = text.length): readonly Splice[] {
  const start = text.indexOf(marks.start);
  const end = start === -1 ? -1 : text.indexOf(marks.end, start);
  if (end === -1) return [appended(text.slice(0, at), sectionText(content, marks))];
  const length = end + marks.end.length - start;
  const ours = withLineEnds(sectionText(content, marks).trimEnd(), text);
  return text.slice(start, start + length) === ours ? [] : [{ offset: start, length, content: ours }];
}

/** Entries that an env file lacks are added; an empty one is filled; a value that is there is never touched. */
export function envEdits(text: string, entries: readonly EnvEntry[]): readonly Splice[] {
  const fills: Splice[] = [];
  const missing = entries.filter(({ name, value }) => {
    const [line] = assignmentsOf(text, name);
    if (!line) return true;
    if (isBlank(line.raw) && value !== '') fills.push({ offset: line.offset, length: line.raw.length, content: value });
    return false;
  });
  return [
    ...fills.sort((a, b) => a.offset - b.offset),
    ...(missing.length === 0 ? [] : [appended(text, missing.map(entryText).join('\n'))]),
  ];
}

function appended(text: string, addition: string): Splice {
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return { offset: text.length, length: 0, content: withLineEnds(gap + addition, text) };
}

function withLineEnds(addition: string, text: string): string {
  return text.includes('\r\n') ? addition.replaceAll('\n', '\r\n') : addition;
}

const sectionText = (content: string, { start, end }: Marks): string => `${start}\n${content}\n${end}\n`;
const groupText = (group: Ignore['groups'][number]): string => `# ${group.comment}\n${group.patterns.join('\n')}\n`;
const entryText = (entry: EnvEntry): string => `${comment(entry.comment)}${entry.name}=${entry.value}\n`;
const comment = (text: string): string => (text === '' ? [] : wrap(text, 110)).map((line) => `# ${line}\n`).join('');

// `node_modules`, `/node_modules/` and `**/node_modules` say the same of a folder at the top.
function canonical(pattern: string): string {
  return pattern
    .trim()
    .replace(/^(?:\*\*\/|\/)/, '')
    .replace(/\/$/, '');
}
