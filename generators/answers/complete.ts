import { isData, mapOf } from '../data.ts';
import { fillApp } from './complete/apps.ts';
import { backupFor } from './complete/backup.ts';
import { externalsFor } from './complete/externals.ts';
import { matching, namedApps } from './complete/match.ts';
import { nameFor } from './complete/name.ts';
import { presetFor } from './complete/preset.ts';
import { targetsFor } from './complete/targets.ts';
import type { Draft, Notes, Sources } from './complete/types.ts';
import { sharedAnswers } from './edge.ts';
import { answersOfMode } from './externals.ts';
import { mapValues, merge, withoutNulls } from './map.ts';
import type { Values } from './stacks/definition.ts';

/**
 * Lays the sources over each other and fills what is open: from the repo, then with safe defaults.
 * @throws UserError `target` when an app is asked for in a folder that holds something else
 */
export function complete(sources: Sources): Draft {
  const said = saidIn(sources);
  const chosen = laidOver(presetFor(sources, said), said);
  const notes: Notes = {
    assumptions: [],
    detections: [],
    warnings: [],
    starters: [],
    ports: new Set(),
    names: new Map(),
  };
  const { ports: _ports, names: _names, ...shown } = notes;
  // Nothing that could be completed; validation says what is wrong with it.
  if (!isData(chosen)) return { answers: { apps: chosen }, ...shown };

  const apps = namedApps(chosen['apps'], sources.detected);
  // Apps that name their port come first, so that an assumed port never takes theirs.
  for (const [name, app] of isData(apps) ? Object.entries(apps) : []) {
    if (!isData(app)) continue;
    notes.ports.add(app['port']);
    const found = matching(sources.detected.apps, name, app);
    if (found) notes.names.set(found.name, name);
  }
  const resolved: Values = {
    prodstack: 1,
    name: nameFor(sources.folder, chosen['name'], notes),
    ...chosen,
    apps: isData(apps) ? mapValues(apps, (app, name) => fillApp(sources, notes, chosen, name, app)) : apps,
    ...externalsFor(sources, chosen, notes),
  };
  const answers = { ...resolved, ...backupFor(sources, chosen, resolved, notes) };
  const targets = 'targets' in chosen && { targets: targetsFor(keptTargets(chosen['targets'], sources), answers) };
  return { answers: withoutNulls({ ...answers, ...targets }), ...shown };
}

/**
 * What `prodstack.yaml` shall say if it exists: what it says, what was chosen now, and the name, which the folder's
 * must not change later: volumes are called after it.
 */
export function saidAnswers(sources: Sources, { answers }: Draft): unknown {
  const said = saidIn(sources);
  if (!isData(said)) return said;
  return withoutTaken({ prodstack: answers['prodstack'], name: answers['name'], ...said }, chosenIn(sources));
}

/** Without what was taken away now. A null of the file's own says something: `small:` is a target. */
function withoutTaken(said: Values, now: unknown): Values {
  const taken = mapOf(now);
  const kept = Object.entries(said).filter(([key, value]) => value !== null || taken[key] !== null);
  return mapValues(Object.fromEntries(kept), (value, key) => (isData(value) ? withoutTaken(value, taken[key]) : value));
}

/** `small:` in a file is a target of which nothing else is said; `--set targets.small=null` takes it away. */
function keptTargets(said: unknown, sources: Sources): unknown {
  const now = chosenIn(sources);
  const gone = mapOf(mapOf(now)['targets']);
  if (!isData(said)) return said;
  return Object.fromEntries(Object.entries(said).filter(([name]) => gone[name] !== null));
}

/** What a person says now. */
function chosenIn({ chosen }: Sources): unknown {
  return chosen.reduce<unknown>(laidOver, {});
}

/** What a person said, in `prodstack.yaml` and now; a later word counts. */
function saidIn({ file, chosen }: Sources): unknown {
  return [file, ...chosen].reduce<unknown>(laidOver, {});
}

/** Answers over others. An external that changes its mode leaves behind what only the other mode has: a version, limits. */
function laidOver(before: unknown, now: unknown): unknown {
  if (!isData(now) || !isData(before)) return merge(before, now);
  const kept = mapValues(before, (said, external) => {
    const next = now[external];
    if (!isData(said) || !isData(next) || next['mode'] === undefined || next['mode'] === said['mode']) return said;
    const its = answersOfMode(external, next['mode']);
    return its ? Object.fromEntries(Object.entries(said).filter(([key]) => its.includes(key))) : said;
  });
  return merge(withOneEdge(kept, now), now);
}

/** An edge of another kind takes the place of the one before, and keeps what all kinds have. */
function withOneEdge(before: Values, now: Values): Values {
  const { edge: was } = before;
  const { edge } = now;
  if (!isData(was) || !isData(edge)) return before;
  const [next] = Object.keys(edge).filter((kind) => edge[kind] !== null);
  const [kind] = Object.keys(was);
  if (next === undefined || kind === undefined || next in was) return before;
  const said = was[kind];
  const its = sharedAnswers(next);
  const shared = isData(said) ? Object.fromEntries(Object.entries(said).filter(([key]) => its.includes(key))) : {};
  return { ...before, edge: { [next]: shared } };
}
