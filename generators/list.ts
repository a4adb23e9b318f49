/** The verb `list`: the catalogue. */
import { describeAnswers } from './answers/describe.ts';
import { presets } from './answers/presets.ts';
import { ruleTexts } from './check/rules.ts';
import type { ListTopic } from './request.ts';
import { blocks } from './stack/blocks/index.ts';

type Entry = Readonly<Record<string, string>>;

const lists: Readonly<Record<Exclude<ListTopic, 'stack'>, () => readonly Entry[]>> = {
  blocks: () => blocks.map(({ name, kind, summary }) => ({ name, kind, summary })),
  presets: () => Object.entries(presets).map(([name, { summary }]) => ({ name, summary })),
  rules: () => ruleTexts.map((rule) => ({ ...rule })),
  answers: () => describeAnswers().map(({ path, allowed, meaning }) => ({ path, allowed, meaning })),
};

type Catalogue = keyof typeof lists;
const catalogue: readonly Catalogue[] = ['blocks', 'presets', 'rules', 'answers'];

/** The lists as text, or as one JSON document with a key for each. */
export function listText(asked: readonly ListTopic[], json: boolean): string {
  const topics = asked.length > 0 ? asked.filter((topic): topic is Catalogue => topic !== 'stack') : catalogue;
  if (json) return `${JSON.stringify(Object.fromEntries(topics.map((topic) => [topic, lists[topic]()])), null, 2)}\n`;
  return topics.map((topic) => `${topic}\n${table(lists[topic]())}`).join('\n');
}

/** The first column aligned, the others behind it; why, fix and source stay for --json. */
function table(entries: readonly Entry[]): string {
  const shown = entries.map(({ why: _why, fix: _fix, source: _source, ...rest }) => Object.values(rest));
  const columns = Math.max(...shown.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  return shown
    .map(
      (row) =>
        `  ${row.map((cell, column) => (column === columns - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')}\n`,
    )
    .join('');
}
