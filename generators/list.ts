/** The verb `list`: what a repo has, and the catalogue. */
import { presentOf } from './answers/change/add.ts';
import { describeAnswers } from './answers/describe.ts';
import { presets } from './answers/presets.ts';
import { ruleTexts } from './check/rules.ts';
import { defaultFiles, findProjects } from './compose/model/index.ts';
import { folderAbove } from './disk/above.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { chooseProject } from './foreign/project.ts';
import { answersFile, gather } from './gather.ts';
import { inventoryOf } from './inventory/compose.ts';
import { withAnswers } from './inventory/own.ts';
import { inventoryText } from './inventory/text.ts';
import type { Inventory } from './inventory/types.ts';
import type { Io } from './io.ts';
import type { ListRequest, ListTopic } from './request.ts';
import { blocks } from './stack/blocks/index.ts';
import { resolve } from './stack/resolve.ts';

type Entry = Readonly<Record<string, string>>;

const lists: Readonly<Record<Exclude<ListTopic, 'stack'>, () => readonly Entry[]>> = {
  blocks: () => blocks.map(({ name, kind, summary }) => ({ name, kind, summary })),
  presets: () => Object.entries(presets).map(([name, { summary }]) => ({ name, summary })),
  rules: () => ruleTexts.map((rule) => ({ ...rule })),
  answers: () => describeAnswers().map(({ path, allowed, meaning }) => ({ path, allowed, meaning })),
};

type Catalogue = keyof typeof lists;
const catalogue: readonly Catalogue[] = ['blocks', 'presets', 'rules', 'answers'];

/** Prints what was asked for. Returns the exit status. */
export async function runList(request: ListRequest, io: Io): Promise<number> {
  const { topics, json } = request;
  const shown = topics.filter((topic): topic is Catalogue => topic !== 'stack');
  const listed = topics.length > 0 ? shown : catalogue;
  const wanted = topics.length === 0 || topics.includes('stack');
  const stack = wanted ? await stackHere(request, topics.length > 0, io) : undefined;
  io.out(json ? listJson(listed, stack) : listText(listed, stack));
  return 0;
}

function listJson(topics: readonly Catalogue[], stack: Inventory | undefined): string {
  const data = { ...(stack && { stack }), ...Object.fromEntries(topics.map((topic) => [topic, lists[topic]()])) };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function listText(topics: readonly Catalogue[], stack: Inventory | undefined): string {
  return [
    ...(stack ? [inventoryText(stack)] : []),
    ...topics.map((topic) => `${topic}\n${table(lists[topic]())}`),
  ].join('\n');
}

/**
 * What the compose files of a folder have, and its answers, where it has some.
 * @throws UserError `usage` where somebody asked for it and there is none
 */
async function stackHere(
  { directory = '.', file }: ListRequest,
  isAskedFor: boolean,
  io: Io,
): Promise<Inventory | undefined> {
  if (!isAskedFor && directory === '.' && !isProject(io)) return undefined;
  const target = resolveTarget(directory, io);
  const gathered = await gather({ set: [] }, target, io);
  const { observation, sources } = gathered;
  const projects = findProjects(observation);
  // Whatever lies somewhere below is no stack of this folder.
  if (!isAskedFor && file === undefined && projects[0]?.directory !== '.') return undefined;
  const project =
    file === undefined && projects[0]
      ? projects[0]
      : chooseProject(observation, file, folderAbove(observation.root, defaultFiles));
  const inventory = inventoryOf(
    project,
    observation,
    projects.filter((one) => one !== project).map(({ base }) => base),
  );
  if (sources.file === undefined || project.directory !== '.') return inventory;
  try {
    const { answers } = presentOf(sources);
    return project.base === (answers.composeFile ?? 'compose.yaml')
      ? withAnswers(inventory, answers, resolve(answers, []))
      : inventory;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.map(({ path, message }) => `${answersFile}: ${path}: ${message}`);
    return { ...inventory, problems: [...inventory.problems, ...problems] };
  }
}

/** The home folder and the root of the disk are no projects: without being asked, nothing is looked for there. */
function isProject(io: Io): boolean {
  try {
    resolveTarget('.', io);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
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
