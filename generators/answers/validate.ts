import * as v from 'valibot';
import ends from '../../templates/end-of-life.json' with { type: 'json' };
import type { Problem } from '../errors.ts';
import { UserError } from '../errors.ts';
import { splitCommand } from './command.ts';
import { secretVariable } from './env-names.ts';
import { type Answers, type App, answers as answersSchema, externalNames } from './schema.ts';
import { hasPort } from './stacks/common.ts';
import type { Values } from './stacks/definition.ts';
import { isStackName, stacks } from './stacks/index.ts';
import { receiverOf } from './stacks/static.ts';
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
  const ended = last === 'version' ? endOfLife(keys, input) : undefined;
  const message = ended === undefined ? expectation(issue) : `${ended}: ${expectation(issue)}`;
  return { path, value: show(issue.input), message, ...(near ? { suggestion: near } : {}) };
}

/** That a version of a language or server gets no more security fixes, where that is why it is not allowed. */
function endOfLife(keys: readonly string[], input: unknown): string | undefined {
  const holder = keys.slice(0, -1).reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), input);
  if (!isMap(holder)) return undefined;
  const product = isStackName(holder['stack']) ? stacks[holder['stack']].runtime : keys[0];
  const cycles = (ends as Readonly<Record<string, unknown>>)[String(product).toLowerCase()];
  const end = isMap(cycles) ? cycles[String(holder['version'])] : undefined;
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
  return [
    ...places(answers),
    ...commands(answers),
    ...connected(answers),
    ...secretNames(answers),
    ...serviceNames(answers),
    ...pythonParts(answers),
  ];
}

/** Ports and folders that two apps would share. */
function places(answers: Answers): readonly Problem[] {
  const problems: Problem[] = [];
  const ports = new Map<number, string>();
  const folders = new Map<string, string>();
  for (const [name, app] of Object.entries(answers.apps)) {
    const at = `apps.${name}`;
    const listening = [
      [`${at}.port`, app.port] as const,
      ...(app.stack === 'laravel' && app.reverb ? [[`${at}.reverb.port`, app.reverb.port] as const] : []),
    ];
    for (const [path, port] of listening) {
      if (typeof port !== 'number') continue;
      const other = ports.get(port);
      if (other !== undefined) {
        problems.push({
          path,
          value: String(port),
          message: `is the port of ${other} already: each needs its own on the host`,
        });
      }
      ports.set(port, path.replace(/\.port$/, ''));
    }
    // Two apps in one folder would share one Dockerfile.
    const folder = folders.get(app.path);
    if (folder) problems.push({ path: `${at}.path`, value: app.path, message: `is the folder of ${folder} already` });
    folders.set(app.path, at);
    const workspace = 'workspace' in app ? app.workspace : undefined;
    if (workspace && app.path !== workspace.path && !workspace.packages.includes(relative(workspace.path, app.path))) {
      problems.push({
        path: `${at}.workspace.packages`,
        message: `must list the folder of the app itself (${relative(workspace.path, app.path)})`,
      });
    }
  }
  return problems;
}

/** Commands whose quotes are not closed. */
function commands(answers: Answers): readonly Problem[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const workers = 'workers' in app ? Object.entries(app.workers ?? {}) : [];
    const all = [
      ...(['start', 'dev'] as const).map((key) => [`apps.${name}.${key}`, (app as Values)[key]] as const),
      ...workers.flatMap(([role, worker]) =>
        (['start', 'dev', 'health'] as const).map(
          (key) => [`apps.${name}.workers.${role}.${key}`, worker[key]] as const,
        ),
      ),
    ];
    return all.flatMap(([path, command]) =>
      typeof command === 'string' && (splitCommand(command)?.length ?? 0) === 0
        ? [{ path, value: show(command), message: 'must be a command with its quotes closed' }]
        : [],
    );
  });
}

/** Connections to what does not exist, and apps that would wait for each other for ever. */
function connected(answers: Answers): readonly Problem[] {
  const problems: Problem[] = [];
  const apps = Object.keys(answers.apps);
  for (const [name, app] of Object.entries(answers.apps)) {
    const at = `apps.${name}`;
    app.uses.forEach((used, index) => {
      const path = `${at}.uses.${index}`;
      if ((externalNames as readonly string[]).includes(used)) return;
      const near = suggest(used, [...externalNames, ...apps]);
      if (used === name) problems.push({ path, value: used, message: 'is the app itself' });
      else if (!apps.includes(used)) {
        problems.push({
          path,
          value: used,
          message: `is neither an external nor an app of this stack: ${[...externalNames, ...apps].join(', ')}`,
          ...(near ? { suggestion: near } : {}),
        });
      } else if (!hasPort(answers.apps[used] as App))
        problems.push({ path, value: used, message: 'has no port that it could be reached at' });
      else if (reaches(answers, used, name))
        problems.push({
          path,
          value: used,
          message: `uses ${name} in turn, so neither could start first: take one away, and give its address as a setting`,
        });
    });
    const derived = 'variables' in app ? Object.entries(app.variables ?? {}) : [];
    for (const [variable, from] of derived) {
      const [used = '', what = ''] = from.split('.');
      const path = `${at}.variables.${variable}`;
      if (!app.uses.includes(used)) {
        problems.push({ path, value: from, message: `is of ${used}, which ${at}.uses does not have` });
      } else if (!(partsOf[used] ?? ['url', 'host', 'port']).includes(what))
        problems.push({
          path,
          value: from,
          message: `must be one of ${(partsOf[used] ?? ['url', 'host', 'port']).map((part) => `${used}.${part}`).join(', ')}`,
        });
    }
    for (const [route, to] of app.stack === 'static' ? Object.entries(app.proxy ?? {}) : []) {
      if (!app.uses.includes(receiverOf(to)))
        problems.push({
          path: `${at}.proxy.${route}`,
          value: receiverOf(to),
          message: `must be an app that ${at}.uses has`,
        });
    }
  }
  return problems;
}

/** Random values that would share a name, in a container or in `.env`. */
function secretNames(answers: Answers): readonly Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const derived = ('variables' in app ? app.variables : undefined) ?? {};
    return (('secrets' in app ? app.secrets : undefined) ?? []).flatMap((secret, index): readonly Problem[] => {
      const path = `apps.${name}.secrets.${index}`;
      const other = Object.hasOwn(derived, secret)
        ? `apps.${name}.variables.${secret}`
        : taken.get(secretVariable(name, secret));
      taken.set(secretVariable(name, secret), path);
      return other === undefined ? [] : [{ path, value: secret, message: `has the same name as ${other}` }];
    });
  });
}

/** What can be told of an external. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  postgres: ['url', 'host', 'port', 'name', 'user', 'password'],
  redis: ['url', 'host', 'port', 'password'],
};

/** Whether an app uses another one, directly or not. */
function reaches(answers: Answers, from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const one of reached) for (const next of answers.apps[one]?.uses ?? []) reached.add(next);
  return reached.has(to);
}

/** Roles whose service is called like another app, or like another app's role. */
function serviceNames(answers: Answers): readonly Problem[] {
  const taken = new Map(Object.keys(answers.apps).map((name) => [name, `apps.${name}`]));
  const problems: Problem[] = [];
  for (const [name, app] of Object.entries(answers.apps)) {
    const roles = [
      ...Object.keys(('workers' in app ? app.workers : undefined) ?? {}).map((role) => [`workers.${role}`, role]),
      ...(app.stack === 'laravel' ? Object.keys(app.queues ?? {}).map((role) => [`queues.${role}`, role]) : []),
    ];
    for (const [key, role] of roles) {
      const service = `${name}-${role}`;
      const path = `apps.${name}.${key}`;
      const other = taken.get(service);
      if (other) problems.push({ path, message: `would be the service ${service}, which ${other} is already` });
      taken.set(service, path);
    }
  }
  return problems;
}

/** What a Python app needs in order to be started, by its framework. */
function pythonParts(answers: Answers): readonly Problem[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    if (app.stack !== 'python') return [];
    const at = `apps.${name}`;
    const missing: Problem[] = [];
    if (app.framework === 'none') {
      if (app.start === undefined)
        missing.push({ path: `${at}.start`, message: 'is missing: the command that runs it, such as python -m bot' });
      return missing;
    }
    const example = app.framework === 'django' ? 'shop.wsgi:application' : 'shop:app or shop:create_app()';
    if (app.app === undefined)
      missing.push({ path: `${at}.app`, message: `is missing: where the application is, such as ${example}` });
    if (!hasPort(app))
      missing.push({
        path: `${at}.port`,
        value: String(app.port),
        message: `must be a number: ${app.framework} listens on it`,
      });
    if (app.app?.endsWith('()') && app.server === 'daphne')
      missing.push({ path: `${at}.app`, value: app.app, message: 'must be an object: daphne calls no factory' });
    return missing;
  });
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
