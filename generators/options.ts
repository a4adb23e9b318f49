/** The options of the command line: which there are, which verbs take them, and what is wrong with those that were given. */
import { parseArgs } from 'node:util';
import { suggest } from './answers/suggest.ts';
import { UserError } from './errors.ts';

export const verbs = ['new', 'add', 'remove', 'update', 'check', 'list'] as const;
export type Verb = (typeof verbs)[number];

/** `of`: the verbs that take it; without it, all. */
interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly of?: readonly Verb[];
}

const writing: readonly Verb[] = ['new', 'add', 'remove', 'update'];
const inRepo: readonly Verb[] = ['add', 'remove', 'list'];

export const options = {
  preset: { type: 'string', of: ['new'] },
  config: { type: 'string', of: ['new', 'add'] },
  set: { type: 'string', multiple: true, of: ['new', 'add', 'update'] },
  yes: { type: 'boolean', short: 'y', of: writing },
  'dry-run': { type: 'boolean', of: [...writing, 'check'] },
  diff: { type: 'boolean', of: [...writing, 'check'] },
  json: { type: 'boolean' },
  'on-conflict': { type: 'string', of: writing },
  directory: { type: 'string', short: 'C', of: inRepo },
  file: { type: 'string', of: ['add', 'remove', 'check', 'list'] },
  for: { type: 'string', multiple: true, of: ['add'] },
  include: { type: 'boolean', of: ['add'] },
  data: { type: 'string', of: ['remove'] },
  disconnect: { type: 'boolean', of: ['remove'] },
  force: { type: 'boolean', of: ['add', 'remove', 'update'] },
  check: { type: 'boolean', of: ['update'] },
  restore: { type: 'string', multiple: true, of: ['update'] },
  format: { type: 'string', of: ['check'] },
  fix: { type: 'boolean', of: ['check'] },
  live: { type: 'boolean', of: ['check'] },
  baseline: { type: 'string', of: ['check'] },
  'update-baseline': { type: 'boolean', of: ['check'] },
  only: { type: 'string', multiple: true, of: ['check'] },
  skip: { type: 'string', multiple: true, of: ['check'] },
  strict: { type: 'boolean', of: ['check'] },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  'no-color': { type: 'boolean' },
} as const satisfies Readonly<Record<string, Option>>;

type Name = keyof typeof options;

export type Values = {
  readonly [K in Name]?: (typeof options)[K]['type'] extends 'boolean'
    ? boolean
    : (typeof options)[K] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

/** A command line, with every option known and well formed. */
export interface Words {
  /** Undefined where the first word is no verb: then it is a folder. */
  readonly verb: Verb | undefined;
  /** What stands there that is no option and no verb. */
  readonly words: readonly string[];
  readonly values: Values;
}

/**
 * Tells options from words.
 * @throws UserError `usage` for an option that is unknown, has no value, or belongs to another verb
 */
export function readWords(argv: readonly string[]): Words {
  const config = Object.fromEntries(
    Object.entries<Option>(options).map(([name, { of: _of, ...option }]) => [name, option]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: config,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const verb = verbs.find((one) => one === positionals[0]);
  const asksHelp = values['help'] === true || positionals[0] === 'help';
  for (const token of tokens) if (token.kind === 'option') checkOption(token, asksHelp ? undefined : (verb ?? 'new'));
  return { verb, words: verb === undefined ? positionals : positionals.slice(1), values: values as Values };
}

/** What `strict` would check, with better words. */
function checkOption(
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
  verb: Verb | undefined,
): void {
  const names = Object.keys(options);
  if (!isName(token.name)) {
    const near = suggest(token.name, names);
    throw new UserError('usage', `Unknown option: ${token.rawName}.`, {
      hint: near ? `Did you mean: --${near}` : 'All options: create-prodstack --help',
    });
  }
  const { type, of }: Option = options[token.name];
  if (type === 'string' && token.value === undefined) {
    throw new UserError('usage', `${token.rawName} needs a value.`, {
      hint: `${token.rawName} VALUE; see create-prodstack --help`,
    });
  }
  if (type === 'boolean' && token.value !== undefined) {
    throw new UserError('usage', `${token.rawName} takes no value.`, { hint: `Write ${token.rawName} alone.` });
  }
  if (verb !== undefined && of && !of.includes(verb)) {
    throw new UserError('usage', `${verb} has no option ${token.rawName}.`, {
      hint: `It is one of: ${of.join(', ')}. See create-prodstack help ${verb}`,
    });
  }
}

function isName(name: string): name is Name {
  return Object.hasOwn(options, name);
}

/**
 * One of the words that an option can have.
 * @throws UserError `usage` for any other, with the near one
 */
export function choiceOf<T extends string>(option: string, word: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === word);
  if (choice) return choice;
  const near = suggest(word, choices);
  throw new UserError('usage', `--${option} cannot be ${word}.`, {
    hint: `${near ? `Did you mean: ${near}. ` : ''}It can be ${choices.join(', ')}.`,
  });
}
