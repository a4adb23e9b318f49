/** What prodstack.yaml says once something was taken out, and what else would have to go for that. */

import { isData } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { listed } from '../../words.ts';
import type { Sources } from '../complete/types.ts';
import { type ExternalName, externalNames } from '../external-names.ts';
import { mapValues, merge } from '../map.ts';
import { edgeOf } from '../public.ts';
import type { Answers, App } from '../schema.ts';
import { integrationNames } from '../stacks/common.ts';
import type { Values } from '../stacks/definition.ts';
import { receiverOf } from '../stacks/static.ts';
import { suggest } from '../suggest.ts';
import { presentOf } from './add.ts';
import { differences, nested, patchOf, valueAt } from './differences.ts';
import type { Change, Place } from './types.ts';

/** Something that `remove` can take out. */
interface Part {
  /** For texts: "redis", "the worker mail of api". */
  readonly title: string;
  /** What it is called on the command line; the last one is its place in the answers, which is never ambiguous. */
  readonly names: readonly string[];
  readonly place: Place;
}

/** An answer about something else that speaks of what goes. */
export interface Tie {
  readonly path: string;
  /** "api is connected to it" */
  readonly text: string;
}

export interface Removal extends Change {
  /** What depends on it, and is part of the patch. Empty where nothing does. */
  readonly ties: readonly Tie[];
}

/**
 * The answers once something was taken out. Its ties are cut in the patch: whether that may be done, the caller asks.
 * @throws UserError `usage` for what the stack does not have, or has to keep
 */
export function answersAfterRemove(sources: Sources, name: string): Removal {
  const { answers } = presentOf(sources);
  const part = partNamed(answers, name);
  if (part.place[0] === 'apps' && part.place.length === 2 && Object.keys(answers.apps).length === 1)
    throw new UserError('usage', `${part.title} is the only one: a stack has at least one app.`);
  const cuts = cutsFor(answers, part.place);
  const wanted = [part.place, ...cuts.map(({ place }) => place)].reduce<Values>(without, {
    ...answers,
    ...relisted(answers, cuts),
  });
  const patch = patchOf(differences(answers, pruned(wanted, answers)));
  return { title: part.title, patch, starting: [], notes: [], ties: cuts.map(({ tie }) => tie) };
}

/** Everything that can be taken out of a stack, by the shortest name that says which one it is. */
export function removableNames(answers: Answers): readonly string[] {
  const all = partsOf(answers);
  return all.map(({ names }) => {
    const own = names.find((name) => all.filter((one) => one.names.includes(name)).length === 1);
    return own ?? names.at(-1) ?? '';
  });
}

function partNamed(answers: Answers, name: string): Part {
  const all = partsOf(answers);
  const found = all.filter(({ names }) => names.includes(name));
  const [only, ...more] = found;
  if (only && more.length === 0) return only;
  if (only)
    throw new UserError('usage', `${name} can mean ${found.length} things in this stack.`, {
      hint: `Name one of them: ${found.map(({ place }) => place.join('.')).join(', ')}`,
    });
  const known = removableNames(answers);
  const near = suggest(name, known);
  throw new UserError('usage', `This stack has nothing called ${JSON.stringify(name)}.`, {
    hint: `${near ? `Did you mean: create-prodstack remove ${near}. ` : ''}It has: ${known.join(', ')}`,
  });
}

function partsOf(answers: Answers): readonly Part[] {
  const part = (title: string, place: Place, ...names: readonly string[]): Part => ({
    title,
    place,
    names: [...names, place.join('.')],
  });
  const edge = edgeOf(answers);
  return [
    ...Object.entries(answers.apps).flatMap(([name, app]) => [
      part(`the app ${name}`, ['apps', name], name),
      ...rolesOf(app).map(({ key, role }) => {
        const place = role === undefined ? [key] : [key, role];
        const word = role ?? key;
        return part(`${word} of ${name}`, ['apps', name, ...place], `${name}-${word}`, word);
      }),
    ]),
    ...externalNames.flatMap((name) => (answers[name] === undefined ? [] : [part(name, [name], name)])),
    ...(answers.postgres?.mode === 'bundled' && answers.postgres.pooler
      ? [part('pgbouncer', ['postgres', 'pooler'], 'pgbouncer', 'pooler')]
      : []),
    ...(answers.backup ? [part('backup', ['backup'], 'backup')] : []),
    ...(edge ? [part(edge.kind, ['edge', edge.kind], edge.kind, 'edge')] : []),
    ...integrationNames.flatMap((name) => {
      const users = Object.entries(answers.apps).filter(([, app]) => integrationsOf(app).includes(name));
      return users.map(([app]) =>
        part(`${name} of ${app}`, ['apps', app, 'integrations', name], `${app}-${name}`, name),
      );
    }),
    ...Object.keys(answers.targets ?? {}).map((name) => part(`the target ${name}`, ['targets', name], name)),
  ];
}

interface Role {
  readonly key: string;
  /** Undefined where an app has one of its kind only. */
  readonly role?: string;
}

function rolesOf(app: App): readonly Role[] {
  const named = (key: string): readonly Role[] => {
    const said: unknown = valueAt(app, [key]);
    return isData(said) ? Object.keys(said).map((role) => ({ key, role })) : [];
  };
  const single = ['horizon', 'scheduler', 'reverb'].flatMap((key): readonly Role[] =>
    valueAt(app, [key]) === undefined || valueAt(app, [key]) === false ? [] : [{ key }],
  );
  return [...named('workers'), ...named('queues'), ...single];
}

function integrationsOf(app: App): readonly string[] {
  return ('integrations' in app ? app.integrations : undefined) ?? [];
}

/** An answer that goes, too; `item` of a list. */
interface Cut {
  readonly place: Place;
  readonly item?: string;
  readonly tie: Tie;
}

/** What in other answers speaks of what goes. */
function cutsFor(answers: Answers, place: Place): readonly Cut[] {
  const [top = '', name = '', key, role] = place;
  if (externalNames.some((one) => one === top) && place.length === 1) return externalCuts(answers, top as ExternalName);
  if (top === 'apps' && place.length === 2) return appCuts(answers, name);
  if (key === 'reverb') return hostCuts(answers, `${name}-reverb`);
  return key === undefined || role === undefined ? [] : hostCuts(answers, `${name}-${role}`);
}

function externalCuts(answers: Answers, external: ExternalName): readonly Cut[] {
  const there = Object.entries(answers.targets ?? {}).flatMap(([target, its]) =>
    valueAt(its, [external]) === undefined
      ? []
      : [cut(['targets', target, external], `the target ${target} has one of its own`)],
  );
  return [...useCuts(answers, external), ...driverCuts(answers, external), ...there];
}

function appCuts(answers: Answers, app: string): readonly Cut[] {
  const proxied = Object.entries(answers.apps).flatMap(([name, one]) =>
    one.stack === 'static'
      ? Object.entries(one.proxy ?? {}).flatMap(([route, to]) =>
          receiverOf(to) === app ? [cut(['apps', name, 'proxy', route], `${name} passes ${route} on to it`)] : [],
        )
      : [],
  );
  const users = answers.mqtt?.users ?? {};
  const device = Object.hasOwn(users, app)
    ? [cut(['mqtt', 'users', app], 'it has rights of its own at the broker')]
    : [];
  return [
    ...useCuts(answers, app),
    ...proxied,
    ...device,
    ...hostCuts(answers, app),
    ...hostCuts(answers, `${app}-reverb`),
  ].filter(({ place }) => !(place[0] === 'apps' && place[1] === app));
}

/** Apps that are connected to it, and their variables that hold a part of its address. */
function useCuts(answers: Answers, used: string): readonly Cut[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const isConnected = (app.uses as readonly string[]).includes(used);
    const variables = ('variables' in app ? app.variables : undefined) ?? {};
    return [
      ...(isConnected ? [{ ...cut(['apps', name, 'uses'], `${name} is connected to it`), item: used }] : []),
      ...Object.entries(variables).flatMap(([variable, source]) =>
        source.startsWith(`${used}.`) ? [cut(['apps', name, 'variables', variable], `${name} is told ${source}`)] : [],
      ),
    ];
  });
}

/** What a Laravel app was said to keep there. */
function driverCuts(answers: Answers, external: ExternalName): readonly Cut[] {
  if (external !== 'redis') return [];
  return Object.entries(answers.apps).flatMap(([name, app]) =>
    app.stack === 'laravel'
      ? Object.entries(app.drivers ?? {}).flatMap(([what, driver]) =>
          driver === 'redis' ? [cut(['apps', name, 'drivers', what], `${name} keeps its ${what} there`)] : [],
        )
      : [],
  );
}

function hostCuts(answers: Answers, service: string): readonly Cut[] {
  const edge = edgeOf(answers);
  const hosts = edge && Object.hasOwn(edge.answers.hostnames, service) ? edge.answers.hostnames[service] : undefined;
  if (!edge || hosts === undefined) return [];
  const place = ['edge', edge.kind, 'hostnames', service];
  const [only, ...more] = Object.keys(edge.answers.hostnames);
  // An edge that leads nowhere is none.
  return only === service && more.length === 0
    ? [cut(['edge', edge.kind], `${edge.kind} leads to it only, and would lead nowhere`)]
    : [cut(place, `${listed([hosts].flat())} ${[hosts].flat().length === 1 ? 'leads' : 'lead'} to it`)];
}

function cut(place: Place, text: string): Cut {
  return { place, tie: { path: place.join('.'), text } };
}

/** Lists without the items that go. */
function relisted(answers: Answers, cuts: readonly Cut[]): Values {
  const listed = cuts.filter(({ item }) => item !== undefined);
  return listed.reduce<Values>((all, { place, item }) => {
    const list = valueAt(all, place);
    return merge(all, nested(place, Array.isArray(list) ? list.filter((one) => one !== item) : list)) as Values;
  }, answers);
}

/** Answers without what is at a place. An item of a list is named by its value; a list of uses was relisted. */
function without(answers: Values, place: Place): Values {
  const [key = '', ...rest] = place;
  const value = answers[key];
  if (rest.length === 0) {
    if (key === 'uses') return answers;
    const { [key]: _gone, ...kept } = answers;
    return kept;
  }
  if (Array.isArray(value)) return { ...answers, [key]: value.filter((one) => one !== rest[0]) };
  return isData(value) ? { ...answers, [key]: without(value, rest) } : answers;
}

/** Answers that say nothing any more once they are empty; an app's `uses` says that there is none, and a target is one. */
const groups = new Set([
  'workers',
  'queues',
  'variables',
  'integrations',
  'proxy',
  'drivers',
  'users',
  'targets',
  'edge',
]);

/** Without groups that held nothing but what went. */
function pruned(values: Values, before: unknown): Values {
  const inner = mapValues(values, (value, key) => (isData(value) ? pruned(value, valueAt(before, [key])) : value));
  return Object.fromEntries(
    Object.entries(inner).filter(
      ([key, value]) => !groups.has(key) || !isEmpty(value) || isEmpty(valueAt(before, [key])),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isData(value) && Object.keys(value).length === 0;
}
