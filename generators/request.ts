import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { suggest } from './answers/suggest.ts';
import { UserError } from './errors.ts';

export const conflictChoices = ['ask', 'keep', 'overwrite', 'fail'] as const;
export type OnConflict = (typeof conflictChoices)[number];

export const listTopics = ['blocks', 'presets', 'rules', 'answers'] as const;
export type ListTopic = (typeof listTopics)[number];

/** What a command line asks for. Nothing behind this sees argv. */
export type Request =
  | { readonly verb: 'help'; readonly topic?: string }
  | { readonly verb: 'version' }
  | { readonly verb: 'list'; readonly topics: readonly ListTopic[]; readonly json: boolean }
  | NewRequest;

export interface NewRequest {
  readonly verb: 'new';
  readonly directory?: string;
  readonly preset?: string;
  /** A file with answers; `-` is standard input. */
  readonly config?: string;
  /** `KEY=VALUE`, not yet read. */
  readonly set: readonly string[];
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly json: boolean;
  readonly onConflict?: OnConflict;
  readonly color: boolean;
}

const options = {
  preset: { type: 'string' },
  config: { type: 'string' },
  set: { type: 'string', multiple: true },
  yes: { type: 'boolean', short: 'y' },
  'dry-run': { type: 'boolean' },
  diff: { type: 'boolean' },
  json: { type: 'boolean' },
  'on-conflict': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  'no-color': { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

export const verbs = ['new', 'list'] as const;

/**
 * The words behind the program's name as a request.
 * @throws UserError `usage` for unknown options, commands and words too many, with what was probably meant
 */
export function parseRequest(argv: readonly string[], env: { readonly NO_COLOR?: string | undefined }): Request {
  const { values, positionals, tokens } = parse(argv);
  for (const token of tokens) if (token.kind === 'option') checkOption(token);

  const [first, ...rest] = positionals;
  const verb = verbs.find((one) => one === first);
  if (values.help) return { verb: 'help', ...(verb && { topic: verb }) };
  if (values.version) return { verb: 'version' };
  if (first === 'help') return { verb: 'help', ...(rest[0] !== undefined && { topic: rest[0] }) };
  if (verb === 'list') return listRequest(rest, values.json ?? false);

  const words = verb === 'new' ? rest : positionals;
  const [directory, extra] = words;
  if (extra !== undefined) {
    const near = suggest(directory ?? '', verbs);
    throw new UserError('usage', `One folder can be named, but there are ${words.length}: ${words.join(', ')}.`, {
      hint: near
        ? `Did you mean: create-prodstack ${near} ${words.slice(1).join(' ')}`
        : 'Put quotes around a folder name with blanks.',
    });
  }
  // `create-prodstack lst` would make a folder `lst`: ask first where a command was probably meant.
  const meant = verb === undefined && directory !== undefined ? suggest(directory, [...verbs, 'help']) : undefined;
  // A longer word, such as new1, is a folder.
  const near = meant && meant.length >= (directory?.length ?? 0) ? meant : undefined;
  if (near && !values.yes && !values.preset && !values.config) {
    throw new UserError('usage', `Unknown command: ${directory}.`, {
      hint: `Did you mean: create-prodstack ${near}. If ${directory} is to be the folder: create-prodstack new ${directory}`,
    });
  }
  return {
    verb: 'new',
    ...(directory !== undefined && { directory }),
    ...(values.preset !== undefined && { preset: values.preset }),
    ...(values.config !== undefined && { config: values.config }),
    set: values.set ?? [],
    yes: values.yes ?? false,
    dryRun: values['dry-run'] ?? false,
    diff: values.diff ?? false,
    json: values.json ?? false,
    ...(values['on-conflict'] !== undefined && { onConflict: onConflict(values['on-conflict']) }),
    color: !values['no-color'] && !env.NO_COLOR,
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true }) as ReturnType<
    typeof parseArgs<{ options: typeof options; allowPositionals: true; strict: true; tokens: true }>
  >;
}

/** What `strict` would check, with better words. */
function checkOption(token: {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}): void {
  const names = Object.keys(options);
  if (!names.includes(token.name)) {
    const near = suggest(token.name, names);
    throw new UserError('usage', `Unknown option: ${token.rawName}.`, {
      hint: near ? `Did you mean: --${near}` : 'All options: create-prodstack --help',
    });
  }
  const { type } = options[token.name as keyof typeof options];
  if (type === 'string' && token.value === undefined) {
    throw new UserError('usage', `${token.rawName} needs a value.`, {
      hint: `${token.rawName} VALUE; see create-prodstack --help`,
    });
  }
  if (type === 'boolean' && token.value !== undefined) {
    throw new UserError('usage', `${token.rawName} takes no value.`, { hint: `Write ${token.rawName} alone.` });
  }
}

function listRequest(words: readonly string[], json: boolean): Request {
  const topics = words.map((word) => {
    const topic = listTopics.find((one) => one === word);
    if (topic) return topic;
    const near = suggest(word, listTopics);
    throw new UserError('usage', `There is no list of ${word}.`, {
      hint: `${near ? `Did you mean: ${near}. ` : ''}Lists: ${listTopics.join(', ')}`,
    });
  });
  return { verb: 'list', topics: topics.length > 0 ? topics : listTopics, json };
}

function onConflict(word: string): OnConflict {
  const choice = conflictChoices.find((one) => one === word);
  if (choice) return choice;
  const near = suggest(word, conflictChoices);
  throw new UserError('usage', `--on-conflict cannot be ${word}.`, {
    hint: `${near ? `Did you mean: ${near}. ` : ''}It can be ${conflictChoices.join(', ')}.`,
  });
}
