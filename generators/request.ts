/** What a command line asks for. Nothing behind this sees argv. */

import { suggest } from './answers/suggest.ts';
import { UserError } from './errors.ts';
import { choiceOf, readWords, type Values, verbs } from './options.ts';
import { listed } from './words.ts';

/** What is done about a file of the user's that is in the way of one of ours. */
export const conflictChoices = ['ask', 'keep', 'overwrite', 'fail'] as const;
export type OnConflict = (typeof conflictChoices)[number];

/** The same where a file changed on both sides: ours beside theirs, or both in one file with conflict markers. */
export const mergeChoices = ['ask', 'beside', 'markers', 'keep', 'overwrite', 'fail'] as const;
export type OnMerge = (typeof mergeChoices)[number];

export const listTopics = ['stack', 'blocks', 'presets', 'rules', 'answers'] as const;
export type ListTopic = (typeof listTopics)[number];

export const dataChoices = ['keep', 'delete'] as const;
export const checkFormats = ['text', 'json', 'sarif', 'github'] as const;
export type CheckFormat = (typeof checkFormats)[number];

export type Request =
  | { readonly verb: 'help'; readonly topic?: string }
  | { readonly verb: 'version' }
  | NewRequest
  | AddRequest
  | RemoveRequest
  | UpdateRequest
  | CheckRequest
  | ListRequest;

/** How a verb that writes goes about it. */
export interface WriteRequest {
  /** Ask nothing. */
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly json: boolean;
  readonly color: boolean;
}

export interface NewRequest extends WriteRequest {
  readonly verb: 'new';
  readonly directory?: string;
  readonly preset?: string;
  /** A file with answers; `-` is standard input. */
  readonly config?: string;
  /** `KEY=VALUE`, not yet read. */
  readonly set: readonly string[];
  readonly onConflict?: OnConflict;
}

export interface AddRequest extends WriteRequest {
  readonly verb: 'add';
  /** Undefined where it is still to be asked. */
  readonly block?: string;
  readonly name?: string;
  readonly directory?: string;
  /** The compose file, where several could be meant. */
  readonly file?: string;
  /** The apps that are connected to what is added. */
  readonly for: readonly string[];
  readonly config?: string;
  readonly set: readonly string[];
  /** Into a compose file of its own, which the existing one includes. */
  readonly include: boolean;
  readonly onConflict?: OnMerge;
  /** Even where git has changes that are not committed. */
  readonly force: boolean;
}

export interface RemoveRequest extends WriteRequest {
  readonly verb: 'remove';
  readonly name?: string;
  readonly directory?: string;
  readonly file?: string;
  /** What becomes of its data volumes; undefined where it is still to be asked. */
  readonly data?: (typeof dataChoices)[number];
  /** Out of what uses it, too. */
  readonly disconnect: boolean;
  readonly onConflict?: OnMerge;
  readonly force: boolean;
}

export interface UpdateRequest extends WriteRequest {
  readonly verb: 'update';
  readonly directory?: string;
  readonly set: readonly string[];
  /** Write nothing; the exit status says whether something would change. */
  readonly check: boolean;
  /** Files that the user deleted, and that shall come back. */
  readonly restore: readonly string[];
  readonly onConflict?: OnMerge;
  readonly force: boolean;
}

export interface CheckRequest {
  readonly verb: 'check';
  readonly directory?: string;
  readonly file?: string;
  readonly format: CheckFormat;
  readonly fix: boolean;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly live: boolean;
  /** The file with known findings. */
  readonly baseline?: string;
  readonly updateBaseline: boolean;
  /** Rules by their ids; all where empty. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Warnings fail too. */
  readonly strict: boolean;
  readonly color: boolean;
}

export interface ListRequest {
  readonly verb: 'list';
  /** None: what this repo has, if anything, and the catalogue. */
  readonly topics: readonly ListTopic[];
  readonly directory?: string;
  readonly file?: string;
  readonly json: boolean;
}

/**
 * The words behind the program's name as a request.
 * @throws UserError `usage` for unknown options, commands and words too many, with what was probably meant
 */
export function parseRequest(argv: readonly string[], env: { readonly NO_COLOR?: string | undefined }): Request {
  const { verb, words, values } = readWords(argv);
  if (values.help) return { verb: 'help', ...(verb && { topic: verb }) };
  if (values.version) return { verb: 'version' };
  if (verb === undefined && words[0] === 'help')
    return { verb: 'help', ...(words[1] !== undefined && { topic: words[1] }) };
  const color = !values['no-color'] && !env.NO_COLOR;
  switch (verb) {
    case 'add':
      return addRequest(words, values, color);
    case 'remove':
      return removeRequest(words, values, color);
    case 'update':
      return updateRequest(words, values, color);
    case 'check':
      return checkRequest(words, values, color);
    case 'list':
      return listRequest(words, values);
    case 'new':
      return newRequest(words, values, color);
    case undefined:
      refuseMistyped(words, values);
      return newRequest(words, values, color);
  }
}

const writeOptions = (values: Values, color: boolean): WriteRequest => ({
  yes: values.yes ?? false,
  dryRun: values['dry-run'] ?? false,
  diff: values.diff ?? false,
  json: values.json ?? false,
  color,
});

/** Those that were given, so that a request has no keys without a meaning. */
function given<K extends keyof Values>(values: Values, ...names: readonly K[]): { [N in K]?: NonNullable<Values[N]> } {
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]]))) as {
    [N in K]?: NonNullable<Values[N]>;
  };
}

function onMerge(values: Values): { readonly onConflict?: OnMerge } {
  const word = values['on-conflict'];
  return word === undefined ? {} : { onConflict: choiceOf('on-conflict', word, mergeChoices) };
}

function newRequest(words: readonly string[], values: Values, color: boolean): NewRequest {
  const directory = oneFolder('new', words);
  const word = values['on-conflict'];
  return {
    verb: 'new',
    ...directory,
    ...given(values, 'preset', 'config'),
    set: values.set ?? [],
    ...(word !== undefined && { onConflict: choiceOf('on-conflict', word, conflictChoices) }),
    ...writeOptions(values, color),
  };
}

function addRequest(words: readonly string[], values: Values, color: boolean): AddRequest {
  const [block, name] = atMost('add', words, ['block', 'name']);
  return {
    verb: 'add',
    ...(block !== undefined && { block }),
    ...(name !== undefined && { name }),
    ...given(values, 'directory', 'file', 'config'),
    for: (values.for ?? []).flatMap((names) => names.split(',')),
    set: values.set ?? [],
    include: values.include ?? false,
    force: values.force ?? false,
    ...onMerge(values),
    ...writeOptions(values, color),
  };
}

function removeRequest(words: readonly string[], values: Values, color: boolean): RemoveRequest {
  const [name] = atMost('remove', words, ['name']);
  return {
    verb: 'remove',
    ...(name !== undefined && { name }),
    ...given(values, 'directory', 'file'),
    ...(values.data !== undefined && { data: choiceOf('data', values.data, dataChoices) }),
    disconnect: values.disconnect ?? false,
    force: values.force ?? false,
    ...onMerge(values),
    ...writeOptions(values, color),
  };
}

function updateRequest(words: readonly string[], values: Values, color: boolean): UpdateRequest {
  return {
    verb: 'update',
    ...oneFolder('update', words),
    set: values.set ?? [],
    check: values.check ?? false,
    restore: values.restore ?? [],
    force: values.force ?? false,
    ...onMerge(values),
    ...writeOptions(values, color),
  };
}

function checkRequest(words: readonly string[], values: Values, color: boolean): CheckRequest {
  const { format, json } = values;
  if (json && format !== undefined && format !== 'json')
    throw new UserError('usage', `--json and --format ${format} ask for two things.`, { hint: 'Give one of them.' });
  if (values.fix && values['update-baseline']) {
    throw new UserError('usage', '--fix and --update-baseline ask for two things.', {
      hint: 'Run --fix first, and then write down what is left.',
    });
  }
  if (values.diff && !values.fix)
    throw new UserError('usage', '--diff shows what --fix changes.', {
      hint: 'Add --fix, and --dry-run to see first.',
    });
  return {
    verb: 'check',
    ...oneFolder('check', words),
    ...given(values, 'file', 'baseline'),
    format: json ? 'json' : choiceOf('format', format ?? 'text', checkFormats),
    fix: values.fix ?? false,
    dryRun: values['dry-run'] ?? false,
    diff: values.diff ?? false,
    live: values.live ?? false,
    updateBaseline: values['update-baseline'] ?? false,
    only: values.only ?? [],
    skip: values.skip ?? [],
    strict: values.strict ?? false,
    color,
  };
}

function listRequest(words: readonly string[], values: Values): ListRequest {
  const topics = words.map((word) => {
    const topic = listTopics.find((one) => one === word);
    if (topic) return topic;
    const near = suggest(word, listTopics);
    throw new UserError('usage', `There is no list of ${word}.`, {
      hint: `${near ? `Did you mean: ${near}. ` : ''}Lists: ${listTopics.join(', ')}`,
    });
  });
  return { verb: 'list', topics, ...given(values, 'directory', 'file'), json: values.json ?? false };
}

/** Words by their place. */
function atMost(verb: string, words: readonly string[], places: readonly string[]): readonly (string | undefined)[] {
  if (words.length <= places.length) return words;
  throw new UserError('usage', `${verb} takes ${listed(places)}, and no more: ${words.join(' ')}`, {
    hint: `create-prodstack help ${verb}`,
  });
}

function oneFolder(verb: string, words: readonly string[]): { readonly directory?: string } {
  const [directory, extra] = words;
  if (extra !== undefined) {
    const near = verb === 'new' ? suggest(directory ?? '', verbs) : undefined;
    throw new UserError('usage', `One folder can be named, but there are ${words.length}: ${words.join(', ')}.`, {
      hint: near
        ? `Did you mean: create-prodstack ${near} ${words.slice(1).join(' ')}`
        : 'Put quotes around a folder name with blanks.',
    });
  }
  return directory === undefined ? {} : { directory };
}

/** `create-prodstack lst` would make a folder `lst`: ask first where a command was probably meant. */
function refuseMistyped(words: readonly string[], values: Values): void {
  const [directory] = words;
  const meant = directory !== undefined ? suggest(directory, [...verbs, 'help']) : undefined;
  // A longer word, such as new1, is a folder.
  const near = meant && meant.length >= (directory?.length ?? 0) ? meant : undefined;
  if (near && words.length === 1 && !values.yes && !values.preset && !values.config) {
    throw new UserError('usage', `Unknown command: ${directory}.`, {
      hint: `Did you mean: create-prodstack ${near}. If ${directory} is to be the folder: create-prodstack new ${directory}`,
    });
  }
}
