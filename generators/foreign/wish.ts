/** What is to be added, as answers: with it and without it, the rest the same. */

import { fallbacks } from '../answers/complete/externals.ts';
import { complete } from '../answers/complete.ts';
import { edgeKinds } from '../answers/edge.ts';
import type { ExternalName } from '../answers/external-names.ts';
import { externalNames, isExternal } from '../answers/external-names.ts';
import { merge } from '../answers/map.ts';
import type { EdgeKind } from '../answers/public.ts';
import type { Answers } from '../answers/schema.ts';
import { asProjectName } from '../answers/slug.ts';
import { hasPort } from '../answers/stacks/common.ts';
import type { Values } from '../answers/stacks/definition.ts';
import { validate } from '../answers/validate.ts';
import { isData, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import type { EnvVar } from '../stack/types.ts';
import { listed } from '../words.ts';
import { inTheirNames, type TargetApp } from './app.ts';

/** What can be added from the catalogue beside an app. */
export type Part = ExternalName | EdgeKind;

export const isEdge = (block: string): block is EdgeKind => (edgeKinds as readonly string[]).includes(block);
export const isPart = (block: string): block is Part => isExternal(block) || isEdge(block);

/** All of them. */
export const parts: readonly Part[] = [...externalNames, ...edgeKinds];

export interface Wish {
  readonly block: Part;
  /** What was said of it with `--set` and `--config`, by the paths of the answers or below the block itself. */
  readonly settings: readonly unknown[];
}

/** Answers with what is wished, and the same without. */
export interface Answered {
  readonly with: Answers;
  readonly without: Answers;
  /** What the apps that it is for are called there. */
  readonly apps: readonly string[];
}

/**
 * Answers about the apps and what is wished, and nothing else.
 * @throws UserError `answers` for what was said wrongly
 */
export function answersFor(project: string, wish: Wish, apps: readonly TargetApp[]): Answered {
  const known = apps.length > 0 ? apps.map((app) => [app.key, appAnswers(project, wish, app)] as const) : [];
  // Somebody has to be there for answers to be complete, and what only comes with a user comes with it.
  const all: Values = known.length > 0 ? Object.fromEntries(known) : { app: plainApp('app', usesOf(wish, apps)) };
  const part = partAnswers(wish, apps);
  const base = { prodstack: 1, name: asProjectName(project) };
  const uses = (list: readonly string[]) =>
    Object.fromEntries(Object.entries(all).map(([key, app]) => [key, { ...mapOf(app), uses: list }]));
  const settled = (answers: Answers) => (isEdge(wish.block) ? atTheirPorts(answers, apps) : answers);
  return {
    with: settled(valid({ ...base, ...part, apps: uses(usesOf(wish, apps)) }, apps)),
    without: settled(valid({ ...base, apps: withoutSources(uses([])) }, apps)),
    apps: known.map(([key]) => key),
  };
}

/** What leads to their apps asks them where they listen, below 1024 too: none of ours would. */
function atTheirPorts(answers: Answers, apps: readonly TargetApp[]): Answers {
  const moved = Object.entries(answers.apps).map(([key, app]) => {
    const port = apps.find((one) => one.key === key)?.port;
    return [key, port !== undefined && hasPort(app) ? { ...app, port } : app] as const;
  });
  return { ...answers, apps: Object.fromEntries(moved) };
}

/** There is no file of answers to correct. */
export function valid(answers: unknown, apps: readonly TargetApp[] = []): Answers {
  try {
    return validate(answers, { share: true });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const theirs = (text: string) => inTheirNames(text, apps);
    throw new UserError(error.code, error.message, {
      problems: error.problems.map((one) => ({ ...one, path: theirs(one.path), message: theirs(one.message) })),
      hint: 'Give them on the command line: --set KEY=VALUE. All answers: create-prodstack list answers',
    });
  }
}

/** An edge is used by nobody. A catcher of mails is only there for somebody. */
function usesOf({ block }: Wish, apps: readonly TargetApp[]): readonly string[] {
  return isExternal(block) && (apps.length > 0 || block === 'mail') ? [block] : [];
}

/** What is left open of an external or edge gets its default. */
function partAnswers({ block, settings }: Wish, apps: readonly TargetApp[]): Values {
  const said = settings.reduce<unknown>(merge, {});
  const own = isEdge(block) ? merge(mapOf(mapOf(said)['edge'])[block], below(said, block)) : belowExternal(said, block);
  if (isEdge(block)) return { edge: { [block]: { ...mapOf(own), hostnames: hostnamesOf(block, mapOf(own), apps) } } };
  const values = mapOf(own);
  if (values['mode'] === 'managed')
    throw new UserError(
      'usage',
      `${block}: managed is for stacks of ours; somebody else's server needs no service here.`,
      {
        hint: `Give your app its address in .env; or leave ${block}.mode out for a container of this project.`,
      },
    );
  return { [block]: { ...fallbacks[block as ExternalName](values), ...values } };
}

/**
 * Which host leads to which app, by the names that the answers have for them.
 * @throws UserError `usage` for an app that nobody could ask for
 */
function hostnamesOf(block: EdgeKind, own: Values, apps: readonly TargetApp[]): unknown {
  const { hostnames = {} } = own;
  if (!isData(hostnames)) return hostnames;
  const names = new Map(apps.map(({ key, service }) => [service.name, key]));
  const keys = Object.fromEntries(Object.entries(hostnames).map(([name, host]) => [names.get(name) ?? name, host]));
  const without = apps.filter(({ key }) => !(key in keys)).map(({ service }) => service.name);
  if (without.length === 0) return keys;
  const host = block === 'tailscale' ? 'shop' : 'shop.example.com';
  throw new UserError('usage', `Which host leads to ${listed(without)}?`, {
    hint: without.map((name) => `--set edge.${block}.hostnames.${name}=${host}`).join(' '),
  });
}

/** `version=17` says the same as `postgres.version=17`. */
function belowExternal(said: unknown, block: string): unknown {
  return merge(below(said, block), mapOf(said)[block]);
}

function below(said: unknown, block: string): Values {
  const { [block]: _own, edge: _edge, apps: _apps, ...rest } = mapOf(said);
  return rest;
}

/** An app as its sources say; where they leave too much open, one of which only the variables count. */
function appAnswers(project: string, wish: Wish, app: TargetApp): unknown {
  const { detected, key, port } = app;
  const uses = usesOf(wish, [app]);
  const plain = { ...plainApp(key, uses), ...(port !== undefined && port >= 1024 && { port }) };
  // A static site is served by whatever their image has, at a port of its own.
  if (!detected || (isEdge(wish.block) && detected.stack === 'static')) return plain;
  const given = { stack: detected.stack, path: detected.path, uses };
  const draft = complete({
    folder: project,
    detected: { apps: [{ ...detected, name: key }] },
    chosen: [{ name: asProjectName(project), apps: { [key]: given }, ...partAnswers(wish, [app]) }],
    isVacant: () => false,
  });
  // A websocket server of theirs is a service of its own, which `--for` names.
  const { reverb, ...own } = mapOf(mapOf(draft.answers['apps'])[key]);
  const whole = { ...own, ...(reverb !== undefined && !isEdge(wish.block) && { reverb }), ...asTheirs(detected.stack) };
  try {
    validate({ prodstack: 1, name: 'app', apps: { [key]: { ...whole, uses: [], variables: undefined } } });
    return withPort(whole, port);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { variables } = whole as { readonly variables?: unknown };
    return { ...plain, ...(isData(variables) && { variables }) };
  }
}

/** Their image runs as they start it: whether it migrates or makes tables there, its role must be allowed to. */
function asTheirs(stack: string): Values {
  return {
    ...(stack !== 'static' && { makesTables: true }),
    ...(stack === 'laravel' || stack === 'static' ? {} : { migrate: 'none' }),
  };
}

function withPort(app: Values, port: number | undefined): Values {
  return port === undefined || port < 1024 || app['stack'] === 'static' ? app : { ...app, port };
}

/** A program of which nothing is known but what it uses. */
function plainApp(path: string, uses: readonly string[]): Values {
  return {
    stack: 'node',
    path,
    framework: 'none',
    packageManager: 'npm',
    frozen: true,
    version: 24,
    build: 'none',
    start: 'node server.js',
    dev: 'none',
    scripts: false,
    port: 3000,
    health: 'none',
    makesTables: true,
    uses,
  };
}

/** Without what it uses there is nothing to derive variables from. */
function withoutSources(apps: Values): Values {
  return Object.fromEntries(
    Object.entries(apps).map(([key, app]) => {
      const { variables: _variables, ...rest } = mapOf(app);
      return [key, rest];
    }),
  );
}

/** The variables that were written somewhere: what only development has is nowhere in a project without a file for it. */
export function usedIn(env: readonly EnvVar[], written: readonly unknown[]): readonly EnvVar[] {
  const text = JSON.stringify(written);
  return env.filter(({ name, inScript }) => inScript || text.includes(`\${${name}:`) || text.includes(`\${${name}}`));
}
