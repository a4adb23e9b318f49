/** `add` of a role: a further process of an app, in the words of its stack. */
import * as v from 'valibot';
import { UserError } from '../../errors.ts';
import { isMap } from '../map.ts';
import { roleName } from '../names.ts';
import { listeners } from '../public.ts';
import type { App } from '../schema.ts';
import { detectedApp, type Kind, oneApp, titleOf } from './apps.ts';
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
  const known = roleWords.flatMap((one) => (laravelWords.includes(one) && !(one in commands) ? [one] : []));
  return {
    is: (app) => wordsOf(app).includes(word),
    refusal: known.includes(word) ? `is no Laravel app, and only those have ${word}` : `has no role ${word}`,
  };
}

/** @throws UserError `usage` for an app that has no such role, or a name that cannot be one */
export function wishForRole(present: Present, { apps, name }: AddWords, word: RoleWord): Wish {
  const app = oneApp(present, apps, havingRole(word), `the ${word}`);
  const its = present.answers.apps[app] as App;
  return its.stack === 'laravel' ? laravelRole(present, app, word, name) : commandRole(present, app, word, name);
}

function laravelRole(present: Present, app: string, word: RoleWord, name: string | undefined): Wish {
  const found = detectedApp(present, app)?.found ?? {};
  const wish = (key: string, value: unknown): Wish => ({
    title: `${key} of ${app}`,
    places: [['apps', app, key]],
    patch: nested(['apps', app, key], value),
  });
  const refuseName = () => {
    if (name !== undefined) throw new UserError('usage', `An app has one ${word} only, which gets no name: ${name}.`);
  };
  switch (word) {
    case 'scheduler':
    case 'horizon':
      refuseName();
      return wish(word, true);
    case 'websocket':
    case 'reverb': {
      refuseName();
      const said = valueAt(present.answers, ['apps', app, 'reverb']);
      return wish('reverb', said ?? { port: freePort(present, 8081) });
    }
    default: {
      const detected = 'queues' in found ? found.queues?.value : undefined;
      return named(present, app, { key: 'queues', detected, names: ['queue'], name, otherwise: {} });
    }
  }
}

function commandRole(present: Present, app: string, word: RoleWord, name: string | undefined): Wish {
  const found = detectedApp(present, app)?.found ?? {};
  const detected = 'workers' in found ? found.workers?.value : undefined;
  return named(present, app, { key: 'workers', detected, names: commands[word] ?? ['worker'], name });
}

/** A role with a name, as it was found in the sources, or as `--set` says. */
function named(
  present: Present,
  app: string,
  role: {
    readonly key: 'workers' | 'queues';
    readonly detected: unknown;
    /** The names that it may have without another one, the usual one first. */
    readonly names: readonly [string, ...string[]];
    readonly name: string | undefined;
    /** The answers of a role that was not found, where none is needed. */
    readonly otherwise?: unknown;
  },
): Wish {
  const { key, names, otherwise } = role;
  const detected = isMap(role.detected) ? role.detected : {};
  const place: Place = ['apps', app, key];
  const said = valueAt(present.answers, place);
  const isThere = (one: string) => isMap(said) && Object.hasOwn(said, one);
  const name = role.name ?? names.find((one) => Object.hasOwn(detected, one) && !isThere(one)) ?? names[0];
  const wrong = v.safeParse(roleName, name);
  if (!wrong.success)
    throw new UserError('usage', `${JSON.stringify(name)} cannot be the name of a role: ${wrong.issues[0].message}.`);
  const title = `${name} of ${app}`;
  const own: Place = [...place, name];
  if (isThere(name)) return { title, places: [own], patch: {} };
  const found = Object.hasOwn(detected, name) ? detected[name] : otherwise;
  const chosen = present.sources.chosen.map((one) => valueAt(one, own)).find(isMap);
  if (found === undefined && chosen?.['start'] === undefined)
    throw new UserError('usage', `What starts ${name}? No such worker was found in ${app}.`, {
      hint: `Say its command: --set ${own.join('.')}.start='COMMAND'${
        Object.keys(detected).length > 0 ? `. Found: ${Object.keys(detected).join(', ')}` : ''
      }`,
    });
  return { title, places: [own], patch: nested(own, found ?? {}) };
}

function freePort({ answers }: Present, from: number): number {
  const taken = listeners(answers).map(({ port }) => port);
  return taken.includes(from) ? freePort({ answers } as Present, from + 1) : from;
}

/** What roles an app can get, for texts. */
export function rolesText(app: App): string {
  return `${titleOf(app)}: ${wordsOf(app).join(', ') || 'none'}`;
}
