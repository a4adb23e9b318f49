/** What a field that its schema refuses is told. */
import type * as v from 'valibot';
import ends from '../../../templates/end-of-life.json' with { type: 'json' };
import { isData, mapOf } from '../../data.ts';
import type { Problem } from '../../errors.ts';
import { answers as answersSchema } from '../schema.ts';
import { isStackName, stacks } from '../stacks/index.ts';
import { suggest } from '../suggest.ts';

type Issue = v.BaseIssue<unknown>;

export function problemOf(issue: Issue, input: unknown): Problem {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const path = keys.join('.') || 'the answers';
  const last = keys.at(-1) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const near = suggest(last, Object.keys(entriesAt(keys.slice(0, -1), input)));
    // Known, but not beside this answer to `mode`.
    if (near === last)
      return { path, message: 'does not go with the mode that was chosen: take it out, or choose the other mode' };
    return {
      path,
      message: 'is not an answer that is known here',
      ...(near ? { suggestion: near } : {}),
    };
  }
  if (issue.input === undefined) return { path, message: `is missing: ${expectation(issue)}` };
  const options = optionsOf(issue);
  const near = typeof issue.input === 'string' ? suggest(issue.input, options.map(String)) : undefined;
  const ended = last === 'version' ? endOfLife(keys, input) : undefined;
  const message = ended === undefined ? expectation(issue) : `${ended}: ${expectation(issue)}`;
  // The right number, as text.
  if (near === issue.input && near !== undefined)
    return { path, value: show(near), message: `${message}, without quotes` };
  return { path, value: show(issue.input), message, ...(near ? { suggestion: near } : {}) };
}

/** That a version of a language or server gets no more security fixes, where that is why it is not allowed. */
function endOfLife(keys: readonly string[], input: unknown): string | undefined {
  const holder = keys.slice(0, -1).reduce<unknown>((value, key) => (isData(value) ? value[key] : undefined), input);
  if (!isData(holder)) return undefined;
  const product = isStackName(holder['stack']) ? stacks[holder['stack']].runtime : keys[0];
  const cycles = (ends as Readonly<Record<string, unknown>>)[String(product).toLowerCase()];
  const end = isData(cycles) ? cycles[String(holder['version'])] : undefined;
  return typeof end === 'string' && end <= ends.asOf ? `is end of life since ${end}` : undefined;
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
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The keys that the schema has at a path; a variant is entered by the stack of the input, or has those of every mode. */
function entriesAt(keys: readonly string[], input: unknown): Record<string, unknown> {
  let schema: unknown = answersSchema;
  let value = input;
  for (const key of keys) {
    value = isData(value) ? value[key] : undefined;
    const entries = entriesOf(schema);
    schema = key in entries ? entries[key] : mapOf(mapOf(schema)['value']);
    schema = unwrap(schema, value);
  }
  return entriesOf(schema);
}

function unwrap(schema: unknown, value: unknown): unknown {
  if (!isData(schema)) return {};
  if (isData(schema['wrapped'])) return unwrap(schema['wrapped'], value);
  if (schema['type'] === 'variant' && Array.isArray(schema['options'])) {
    if (schema['key'] === 'mode') return { entries: Object.assign({}, ...schema['options'].map(entriesOf)) };
    const stack = isData(value) ? value['stack'] : undefined;
    return schema['options'].find((option) => (entriesOf(option)['stack'] as { literal?: unknown })?.literal === stack);
  }
  return schema;
}

function entriesOf(schema: unknown): Record<string, unknown> {
  return mapOf(mapOf(schema)['entries']);
}
