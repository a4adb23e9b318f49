/** What prodstack.yaml says once something was added. Pure: the same sources and words give the same answers. */
import * as v from 'valibot';
import { isData, mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { Sources } from '../complete/types.ts';
import { complete } from '../complete.ts';
import { sizes } from '../deployment.ts';
import { edgeKinds } from '../edge.ts';
import { externalNames, isExternal } from '../external-names.ts';
import { mapValues, merge } from '../map.ts';
import { targetName } from '../names.ts';
import type { Answers } from '../schema.ts';
import { integrationNames } from '../stacks/common.ts';
import type { Values } from '../stacks/definition.ts';
import { suggest } from '../suggest.ts';
import { validate } from '../validate.ts';
import { appWords, wishForApp } from './app.ts';
import { type Difference, differences, isOwn, patchOf } from './differences.ts';
import { wishForEdge } from './edges.ts';
import { wishForExternal, wishForIntegration, wishForPooler } from './externals.ts';
import { notesOn } from './notes.ts';
import { roleWords, wishForRole } from './roles.ts';
import type { AddWords, Change, Place, Present, Wish } from './types.ts';

/** Every word that `add` takes, by what it is. */
export const addable = {
  externals: externalNames,
  apps: appWords,
  roles: roleWords,
  edges: edgeKinds,
  backup: ['backup'],
  pooler: ['pooler', 'pgbouncer'],
  integrations: integrationNames,
  target: ['target'],
} as const;

/**
 * The stack as it is, before a change.
 * @throws UserError `answers` where its answers are wrong already: then nothing is added to them
 */
export function presentOf(sources: Sources): Present {
  const draft = complete({ ...sources, chosen: [] });
  try {
    return { sources, answers: validate(draft.answers) };
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError('answers', `prodstack.yaml is wrong as it is: nothing was changed. ${cause.message}`, {
      problems: cause.problems,
      ...(cause.hint && { hint: cause.hint }),
      cause,
    });
  }
}

/**
 * The answers once something was added; `sources.chosen` holds its settings.
 * @throws UserError `usage` for what cannot be added, or is there with other settings
 */
export function answersAfterAdd(sources: Sources, words: AddWords): Change {
  const present = presentOf(sources);
  const wish = wishFor(present, words);
  const starting = wish.starting === undefined ? [] : [wish.starting];
  const draft = complete({ ...sources, chosen: [wish.patch, ...sources.chosen], starting });
  const wanted = withUses(draft.answers, present.answers, wish);
  const changes = differences(present.answers, wanted);
  for (const one of changes) refuse(one, wish, starting.length > 0);
  const own = patchOf(changes.filter(({ place }) => isOwn(place, wish) || isNewExternal(place, present.answers)));
  // What follows from that by itself need not be said.
  const rest = differences(complete({ ...sources, chosen: [own], starting }).answers, wanted);
  const patch = merge(own, patchOf(rest)) as Values;
  return { title: wish.title, patch, starting, notes: notesOn(present, wish, patch, draft) };
}

function wishFor(present: Present, words: AddWords): Wish {
  const { block } = words;
  const kind = Object.entries(addable).find(([, names]) => (names as readonly string[]).includes(block))?.[0];
  switch (kind as keyof typeof addable | undefined) {
    case 'externals':
      refuseName(words);
      return wishForExternal(present, words, block as (typeof externalNames)[number]);
    case 'apps':
      return wishForApp(present, words);
    case 'roles':
      return wishForRole(present, words, block as (typeof roleWords)[number]);
    case 'edges':
      refuseName(words);
      return wishForEdge(present, words, block as (typeof edgeKinds)[number]);
    case 'backup':
      refuseName(words);
      return wishForBackup(present);
    case 'pooler':
      refuseName(words);
      return wishForPooler(present);
    case 'integrations':
      refuseName(words);
      return wishForIntegration(present, words, block as (typeof integrationNames)[number]);
    case 'target':
      return wishForTarget(present, words);
    case undefined:
      throw unknownBlock(block);
  }
}

/** In a stack of ours an external has one name, which apps, scripts and texts know it by. */
function refuseName({ block, name }: AddWords): void {
  if (name === undefined || name === block) return;
  throw new UserError('usage', `${block} has no other name in a stack: ${name}.`, {
    hint: `create-prodstack add ${block}`,
  });
}

function unknownBlock(block: string): UserError {
  const all = Object.values(addable).flat();
  const near = suggest(block, all);
  return new UserError('usage', `There is nothing called ${JSON.stringify(block)} that could be added.`, {
    hint: `${near ? `Did you mean: create-prodstack add ${near}. ` : ''}There are: ${all.join(', ')}`,
  });
}

function wishForBackup({ answers: { backup } }: Present): Wish {
  const isThere = backup !== undefined && backup.engine !== 'none';
  return { title: 'backup', places: [['backup']], patch: isThere ? {} : { backup: { engine: 'restic' } } };
}

function wishForTarget({ sources: { file } }: Present, { name }: AddWords): Wish {
  if (name === undefined)
    throw new UserError('usage', 'Which target?', {
      hint: `A host of a usual size: ${sizes.map((size) => `add target ${size}`).join(', ')}; or selfhosted, digitalocean, or one of your own with --set targets.NAME.size=medium`,
    });
  const result = v.safeParse(targetName, name);
  if (!result.success)
    throw new UserError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a target: ${result.issues[0].message}.`,
    );
  // A list of names becomes a map, which has all of them.
  const said = isData(file) && Array.isArray(file['targets']) ? file['targets'].map(String) : [];
  const targets = Object.fromEntries([...said, name].map((one) => [one, {}]));
  return { title: `the target ${name}`, places: [['targets', name]], patch: { targets } };
}

/** An external that a starter brings with it. */
function isNewExternal([key = '']: Place, answers: Answers): boolean {
  return isExternal(key) && answers[key] === undefined;
}

/** Apps use what they used before, and those that the wish is for the new external, too. */
function withUses(wanted: Values, before: Answers, { connects }: Wish): Values {
  const apps = mapOf(wanted['apps']);
  return {
    ...wanted,
    apps: mapValues(apps, (app, name) => {
      const was = Object.hasOwn(before.apps, name) ? before.apps[name] : undefined;
      if (!was || !isData(app)) return app;
      const used: readonly string[] = was.uses;
      const added = connects?.apps.includes(name) && !used.includes(connects.external) ? [connects.external] : [];
      return { ...app, uses: [...used, ...added] };
    }),
  };
}

/** @throws UserError `usage` for a change of something else, or of what is there already */
function refuse(change: Difference, wish: Wish, isStarting: boolean): void {
  const { place, before, after } = change;
  const [top = '', app = '', key = ''] = place;
  const path = place.join('.');
  if (isOwn(place, wish)) {
    if (before === undefined || isGrown(before, after) || isReplacedBackup(change)) return;
    throw new UserError('usage', `${wish.title} is there already, and ${path} is ${shown(before)}.`, {
      hint: `To change it: create-prodstack update --set ${assigned(path, after)}`,
    });
  }
  const isConnection = top === 'apps' && wish.connects?.apps.includes(app) && ['uses', 'variables'].includes(key);
  if (isConnection && (before === undefined || isGrown(before, after))) return;
  if (isStarting && isExternal(top) && before === undefined) return;
  throw new UserError('usage', `${path} is no setting of ${wish.title}.`, {
    hint: `To change it: create-prodstack update --set ${assigned(path, after)}`,
  });
}

/** A list that still has all it had, in this order. */
function isGrown(before: unknown, after: unknown): boolean {
  return (
    Array.isArray(before) &&
    Array.isArray(after) &&
    before.every((one) => after.includes(one)) &&
    after.length > before.length
  );
}

/** `backup: {engine: none}` is the wish to have none, which is over now. */
function isReplacedBackup({ place, before }: Difference): boolean {
  return place.join('.') === 'backup.engine' && before === 'none';
}

/** As a shell takes it. */
function assigned(path: string, value: unknown): string {
  const text = `${path}=${shown(value)}`;
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? 'null' : JSON.stringify(value);
}
