/** Which apps a change is for. */
import { UserError } from '../../errors.ts';
import { matching } from '../complete/match.ts';
import type { DetectedApp } from '../detect/types.ts';
import type { ExternalName } from '../external-names.ts';
import { listeners } from '../public.ts';
import type { App } from '../schema.ts';
import { suggest } from '../suggest.ts';
import type { Present } from './types.ts';

/** What an app has to be for a change to be for it, and what to say of one that is not. */
export interface Kind {
  readonly is: (app: App, name: string) => boolean;
  readonly refusal: string;
}

/** Apps whose processes are told of externals: a static one is files. */
export const connectable: Kind = {
  is: ({ stack }) => stack !== 'static',
  refusal: 'is a static site: nothing in it runs that could be connected',
};

/** Apps by name, of a kind. */
export function appsOf({ answers }: Present, { is }: Kind): readonly string[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => (is(app, name) ? [name] : []));
}

/**
 * The apps that `--for` names.
 * @throws UserError `usage` for one that does not exist, or cannot have what is added
 */
export function namedApps(present: Present, names: readonly string[], kind: Kind): readonly string[] {
  const known = Object.keys(present.answers.apps);
  for (const name of names) {
    const app = Object.hasOwn(present.answers.apps, name) ? present.answers.apps[name] : undefined;
    if (!app) {
      const near = suggest(name, known);
      throw new UserError('usage', `There is no app ${JSON.stringify(name)} in this stack.`, {
        hint: `${near ? `Did you mean: --for ${near}. ` : ''}Apps: ${known.join(', ')}`,
      });
    }
    if (!kind.is(app, name)) throw new UserError('usage', `${name} ${kind.refusal}.`);
  }
  return [...new Set(names)];
}

/**
 * The one app that something is for: the one that `--for` names, or the only one that can have it.
 * @throws UserError `usage` where several could be meant, or none can have it
 */
export function oneApp(present: Present, names: readonly string[] | undefined, kind: Kind, what: string): string {
  const named = namedApps(present, names ?? [], kind);
  const able = appsOf(present, kind);
  const [only, ...more] = named.length > 0 ? named : able;
  if (only === undefined) throw new UserError('usage', `No app of this stack can have ${what}.`);
  if (more.length === 0) return only;
  throw new UserError('usage', `Which app is ${what} for?`, {
    hint: `Name one: ${able.map((name) => `--for ${name}`).join(', ')}`,
  });
}

/** Apps in which a client of an external was found. */
export function usersFound({ sources, answers }: Present, external: ExternalName): readonly string[] {
  // No client tells the two apart.
  const client = external === 'cache' ? 'redis' : external;
  return Object.entries(answers.apps).flatMap(([name, app]) =>
    matching(sources.detected.apps, name, app)?.uses[client] ? [name] : [],
  );
}

/** What was found out about an app of the answers. */
export function detectedApp({ sources, answers }: Present, name: string): DetectedApp | undefined {
  const app = answers.apps[name];
  return app && matching(sources.detected.apps, name, app);
}

/** Apps of the repo that the stack does not have yet. */
export function newApps({ sources, answers }: Present): readonly DetectedApp[] {
  const taken = Object.values(answers.apps).map(({ path }) => path);
  return sources.detected.apps.filter(({ path }) => !taken.includes(path));
}

/** The next port, from one on, that no app listens on. */
export function freePort(present: Present, from: number): number {
  const isTaken = listeners(present.answers).some(({ port }) => port === from);
  return isTaken ? freePort(present, from + 1) : from;
}
