/** `add` of a role: a further process of an app, in the words of its stack. */
import * as v from 'valibot';
import { isData, mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { roleName } from '../names.ts';
import type { App } from '../schema.ts';
import { detectedApp, freePort, type Kind, oneApp } from './apps.ts';
import { nested, valueAt } from './differences.ts';
import type { AddWords, Place, Present, Wish } from './types.ts';

/** What a role may be called on the command line. */
export const roleWords = [
  'worker',
  'queue',
  'scheduler',
  'websocket',
  'horizon',
  'reverb',
  'celery',
  'beat',
  'cron',
] as const;
export type RoleWord = (typeof roleWords)[number];

/** The words of stacks whose roles are commands, with the name that such a role has without another one. */
const commands: Readonly<Partial<Record<RoleWord, readonly [string, ...string[]]>>> = {
  worker: ['worker'],
  queue: ['worker', 'queue'],
  celery: ['worker'],
  scheduler: ['cron', 'beat'],
  beat: ['beat'],
  cron: ['cron'],
};

const laravelWords: readonly RoleWord[] = ['worker', 'queue', 'scheduler', 'websocket', 'horizon', 'reverb'];

/** The words that an app of a stack knows. */
function wordsOf({ stack }: Pick<App, 'stack'>): readonly RoleWord[] {
  if (stack === 'laravel') return laravelWords;
  return stack === 'static' ? [] : (Object.keys(commands) as RoleWord[]);
}

/** The apps that can have a role. */
export function havingRole(word: RoleWord): Kind {
  return {
    is: (app) => wordsOf(app).includes(word),
    refusal: word in commands ? `has no role ${word}` : `is no Laravel app, and only those have ${word}`,
  };
}

/** A role with a name: where it stands, and what was found in the sources. */
interface NamedRole {
  readonly key: 'workers' | 'queues';
  /** Without another one. */
  readonly name: string;
  /** Names that were found. */
  readonly found: readonly string[];
  /** Its answers, where the sources or the stack tell them. */
  readonly answersOf: (name: string) => unknown;
}

/** Undefined for a role that an app has once, and that has no name. */
export function foundRole(present: Present, app: string, word: RoleWord): NamedRole | undefined {
  const isLaravel = present.answers.apps[app]?.stack === 'laravel';
  if (isLaravel && word !== 'worker' && word !== 'queue') return undefined;
  const key = isLaravel ? 'queues' : 'workers';
  const names = isLaravel ? (['queue'] as const) : (commands[word] ?? (['worker'] as const));
  const finding = valueAt(detectedApp(present, app)?.found, [key, 'value']);
  const detected = mapOf(finding);
  const said = valueAt(present.answers, ['apps', app, key]);
  const isOpen = (one: string) => Object.hasOwn(detected, one) && !(isData(said) && Object.hasOwn(said, one));
  return {
    key,
    name: names.find(isOpen) ?? names[0],
    found: Object.keys(detected),
    // A queue worker of Laravel needs no answers at all.
    answersOf: (name) => (Object.hasOwn(detected, name) ? detected[name] : isLaravel ? {} : undefined),
  };
}

/** @throws UserError `usage` for an app that has no such role, or a name that cannot be one */
export function wishForRole(present: Present, { apps, name }: AddWords, word: RoleWord): Wish {
  const app = oneApp(present, apps, havingRole(word), `the ${word}`);
  const role = foundRole(present, app, word);
  return role ? named(present, app, role, name ?? role.name) : onlyOne(present, app, word, name);
}

/** The scheduler, Horizon and Reverb of Laravel. */
function onlyOne(present: Present, app: string, word: RoleWord, name: string | undefined): Wish {
  if (name !== undefined) throw new UserError('usage', `An app has one ${word} only, which gets no name: ${name}.`);
  const key = word === 'websocket' ? 'reverb' : word;
  const place = ['apps', app, key];
  const value = key === 'reverb' ? (valueAt(present.answers, place) ?? { port: freePort(present, 8081) }) : true;
  return { title: `${key} of ${app}`, places: [place], patch: nested(place, value) };
}

/** A role as it was found in the sources, or as `--set` says. */
function named(present: Present, app: string, { key, found, answersOf }: NamedRole, name: string): Wish {
  const wrong = v.safeParse(roleName, name);
  if (!wrong.success)
    throw new UserError('usage', `${JSON.stringify(name)} cannot be the name of a role: ${wrong.issues[0].message}.`);
  const place: Place = ['apps', app, key, name];
  const wish = { title: `${name} of ${app}`, places: [place] };
  if (valueAt(present.answers, place) !== undefined) return { ...wish, patch: {} };
  const answers = answersOf(name);
  const isSaid = present.sources.chosen.some((one) => valueAt(one, [...place, 'start']) !== undefined);
  if (answers === undefined && !isSaid)
    throw new UserError('usage', `What starts ${name}? No such worker was found in ${app}.`, {
      hint: `Say its command: --set ${place.join('.')}.start='COMMAND'${found.length > 0 ? `. Found: ${found.join(', ')}` : ''}`,
    });
  return { ...wish, patch: nested(place, answers ?? {}) };
}
