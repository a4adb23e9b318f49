import * as v from 'valibot';
import type { Problem } from '../errors.ts';
import { UserError } from '../errors.ts';
import { splitCommand } from './command.ts';
import { type Answers, answers as answersSchema } from './schema.ts';
import { suggest } from './suggest.ts';

/**
 * Unknown data as complete answers.
 * @throws UserError `answers` with every problem at once, each with its path, value and what is allowed
 */
export function validate(input: unknown): Answers {
  const result = v.safeParse(answersSchema, input);
  if (!result.success) throw wrongAnswers(unique(result.issues.map((issue) => problemOf(issue, input))));
  const problems = acrossFields(result.output);
  if (problems.length > 0) throw wrongAnswers(problems);
  return result.output;
}

/** The error for wrong or missing answers. */
export function wrongAnswers(problems: readonly Problem[]): UserError {
  const count = problems.length === 1 ? 'One answer is' : `${problems.length} answers are`;
  return new UserError('answers', `${count} wrong or missing.`, {
    problems,
    hint: 'Correct them in prodstack.yaml, or give them on the command line: --set KEY=VALUE. All answers: create-prodstack list answers',
  });
}

type Issue = v.BaseIssue<unknown>;

function problemOf(issue: Issue, input: unknown): Problem {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const path = keys.join('.') || 'the answers';
  const last = keys.at(-1) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const near = suggest(last, Object.keys(entriesAt(keys.slice(0, -1), input)));
    return {
      path,
      message: 'is not an answer that is known here',
      ...(near ? { suggestion: near } : {}),
    };
  }
  if (issue.input === undefined) return { path, message: `is missing: ${expectation(issue)}` };
  const options = optionsOf(issue);
  const near = typeof issue.input === 'string' ? suggest(issue.input, options.map(String)) : undefined;
  return { path, value: show(issue.input), message: expectation(issue), ...(near ? { suggestion: near } : {}) };
}

/** What would have been right, as a phrase: "must be one of npm, pnpm". */
function expectation(issue: Issue): string {
  const options = optionsOf(issue);
  if (options.length === 1) return `must be ${options[0]}`;
  if (options.length > 1) return `must be one of ${options.join(', ')}`;
  if (issue.type === 'union') {
    const inner = (issue.issues ?? []).filter((one) => one.kind === 'validation').at(-1);
    if (inner) return inner.message;
  }
  if (issue.type === 'strict_object' || issue.type === 'record' || issue.type === 'variant') {
    if (issue.input === undefined || issue.expected === 'Object') return 'must be a map of answers';
  }
  if (issue.type === 'boolean') return 'must be true or false';
  if (issue.type === 'array') return 'must be a list';
  return issue.message;
}

/** The values that a picklist, a literal or the discriminator of a variant allows. */
function optionsOf(issue: Issue): readonly string[] {
  if (!['picklist', 'literal', 'variant'].includes(issue.type) || issue.expected === null) return [];
  if (issue.expected === 'Object') return [];
  return issue.expected
    .replace(/^\(|\)$/g, '')
    .split(' | ')
    .map((option) => option.replace(/^"|"$/g, ''));
}

/** A value as it is shown in a message: JSON, one line, short, without control characters. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The keys that the schema has at a path; a variant is entered by the discriminator of the input. */
function entriesAt(keys: readonly string[], input: unknown): Record<string, unknown> {
  let schema: unknown = answersSchema;
  let value = input;
  for (const key of keys) {
    value = isMap(value) ? value[key] : undefined;
    const entries = entriesOf(schema);
    schema = key in entries ? entries[key] : isMap(schema) && isMap(schema['value']) ? schema['value'] : {};
    schema = unwrap(schema, value);
  }
  return entriesOf(schema);
}

function unwrap(schema: unknown, value: unknown): unknown {
  if (!isMap(schema)) return {};
  if (isMap(schema['wrapped'])) return unwrap(schema['wrapped'], value);
  if (schema['type'] === 'variant' && Array.isArray(schema['options'])) {
    const stack = isMap(value) ? value['stack'] : undefined;
    return schema['options'].find((option) => (entriesOf(option)['stack'] as { literal?: unknown })?.literal === stack);
  }
  return schema;
}

function entriesOf(schema: unknown): Record<string, unknown> {
  return isMap(schema) && isMap(schema['entries']) ? schema['entries'] : {};
}

/** Whether a value is a plain map, as YAML and JSON make them. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What no single field can know. */
function acrossFields(answers: Answers): readonly Problem[] {
  const problems: Problem[] = [];
  const ports = new Map<number, string>();
  const names = new Map<string, string>();
  for (const [name, app] of Object.entries(answers.apps)) {
    const at = `apps.${name}`;
    const other = ports.get(app.port);
    if (other) {
      problems.push({
        path: `${at}.port`,
        value: String(app.port),
        message: `is the port of ${other} already: each app needs its own on the host`,
      });
    }
    ports.set(app.port, at);
    // Two apps in one folder would share one Dockerfile.
    const folder = names.get(app.path);
    if (folder) problems.push({ path: `${at}.path`, value: app.path, message: `is the folder of ${folder} already` });
    names.set(app.path, at);
    for (const key of ['start', 'dev'] as const) {
      const command = key in app ? (app as Record<typeof key, string>)[key] : undefined;
      if (command !== undefined && (splitCommand(command)?.length ?? 0) === 0) {
        problems.push({
          path: `${at}.${key}`,
          value: show(command),
          message: 'must be a command with its quotes closed',
        });
      }
    }
    if (
      app.stack === 'node' &&
      app.workspace &&
      !app.workspace.packages.includes(relative(app.workspace.path, app.path))
    ) {
      problems.push({
        path: `${at}.workspace.packages`,
        message: `must list the folder of the app itself (${relative(app.workspace.path, app.path)})`,
      });
    }
  }
  return problems;
}

/** `apps/api` seen from `apps` is `api`; a path that is not below stays as it is. */
function relative(from: string, path: string): string {
  if (from === '.') return path;
  return path.startsWith(`${from}/`) ? path.slice(from.length + 1) : path;
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.path}\n${problem.message}`;
    return !seen.has(key) && seen.add(key);
  });
}
