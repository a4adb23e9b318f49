/** What the help says, held against what the command line takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addable } from '../../../generators/answers/change/add.ts';
import { foreignBlocks } from '../../../generators/foreign/plan.ts';
import { helpText } from '../../../generators/help.ts';
import { options, verbs } from '../../../generators/options.ts';
import { checkFormats, listTopics, parseRequest } from '../../../generators/request.ts';

const wordsIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name]) => name ?? ''));
const all = Object.entries(options).map(
  ([name, option]) => [name, 'of' in option ? (option.of as readonly string[]) : undefined] as const,
);
const general = all.flatMap(([name, of]) => (of === undefined ? [name] : []));

describe.each(verbs)('the help of %s', (verb) => {
  const said = wordsIn(helpText(verb));

  it('names each of its options', () => {
    const its = all.flatMap(([name, of]) => (of?.includes(verb) ? [name] : []));
    expect(its.filter((name) => !said.has(name))).toEqual([]);
  });

  it('names no option that it does not take', () => {
    const its = all.flatMap(([name, of]) => (of === undefined || of.includes(verb) ? [name] : []));
    expect([...said].filter((name) => !its.includes(name))).toEqual([]);
  });

  it('stays within 120 columns', () => {
    expect(
      helpText(verb)
        .split('\n')
        .filter((line) => line.length > 120),
    ).toEqual([]);
  });
});

it('the help of all has the options of all, and each command', () => {
  const text = helpText(undefined);
  expect(general.filter((name) => !wordsIn(text).has(name))).toEqual([]);
  expect(verbs.filter((verb) => !text.includes(`  create-prodstack ${verb}`) && !text.includes(`[${verb}]`))).toEqual(
    [],
  );
});

it('what can be added, listed and printed is all named', () => {
  const words = (verb: string): ReadonlySet<string> => new Set(helpText(verb).match(/[\w-]+/g));
  const addableWords = [...new Set([...Object.values(addable).flat(), ...foreignBlocks])];
  expect(addableWords.filter((word) => !words('add').has(word))).toEqual([]);
  expect(listTopics.filter((word) => !words('list').has(word))).toEqual([]);
  expect(checkFormats.filter((word) => !words('check').has(word))).toEqual([]);
});

const starts = /^(?:npm create prodstack@latest|create-prodstack|(?=(?:add|remove|update|check|list) ))(?: --(?= ))?/;

/** Commands of ours that a text prints, as words: in backquotes, and on lines of their own before what they mean. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const lines = text.split('\n').map((line) => line.trim().split(/ {3,}/)[0] ?? '');
  return [...spans, ...lines]
    .filter((line) => starts.test(line) && !/[[<:]|\.$/.test(line.replaceAll(/'[^']*'/g, '')))
    .map((line) =>
      [...line.replace(starts, '').matchAll(/(?:'[^']*'|[^\s'])+/g)]
        .map(([word]) => word.replaceAll("'", ''))
        .filter((word) => word !== '--'),
    );
}

describe('each command that a text prints can be run', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const help = [undefined, ...verbs].map((verb) => helpText(verb)).join('\n');
  it.each([
    ['README', readme],
    ['help', help],
  ])('%s', (_, text) => {
    const commands = commandsIn(text);
    expect(commands.length).toBeGreaterThan(10);
    for (const words of commands) expect(() => parseRequest(words, {}), words.join(' ')).not.toThrow();
  });
});
