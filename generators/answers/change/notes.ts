/** What a person should know of something that was added, and no file says. */

import { isData, mapOf } from '../../data.ts';
import { listed } from '../../words.ts';
import type { Draft } from '../complete/types.ts';
import { evidenceText } from '../detect/findings.ts';
import { externalNames } from '../external-names.ts';
import { edgeOf } from '../public.ts';
import type { Values } from '../stacks/definition.ts';
import { isOwn } from './differences.ts';
import { exampleHost } from './edges.ts';
import type { Present, Wish } from './types.ts';

/** None where nothing changes. */
export function notesOn(present: Present, wish: Wish, patch: Values, draft: Draft): readonly string[] {
  if (Object.keys(patch).length === 0) return [];
  return [
    ...findings(wish, draft),
    ...connections(wish, patch),
    ...company(present, wish, patch),
    ...unsaved(present, patch),
    ...hidden(present, wish, patch),
  ];
}

/** What the repo itself gave, and what was assumed. */
function findings(wish: Wish, { detections, assumptions }: Draft): readonly string[] {
  const isIts = ({ path }: { readonly path: string }): boolean => isOwn(path.split('.'), wish);
  return [
    ...detections.filter(isIts).map(({ path, value, evidence }) => `${path}: ${value}, ${evidenceText(evidence)}`),
    ...assumptions.filter(isIts).map(({ path, value, reason }) => `${path}: ${value}, assumed (${reason})`),
  ];
}

function connections({ connects }: Wish, patch: Values): readonly string[] {
  if (!connects) return [];
  if (connects.apps.length === 0) return [`No app is connected to ${connects.external} yet.`];
  const changed = Object.keys(mapOf(patch['apps'])).filter((name) => connects.apps.includes(name));
  if (changed.length === 0) return [];
  return [`${listed(changed)} ${changed.length === 1 ? 'knows' : 'know'} where ${connects.external} is.`];
}

/** What a starter brings with it. */
function company({ answers }: Present, { title }: Wish, patch: Values): readonly string[] {
  const brought = externalNames.filter((name) => name in patch && name !== title && answers[name] === undefined);
  if (brought.length === 0) return [];
  const [verb, it] = brought.length === 1 ? ['comes', 'it'] : ['come', 'them'];
  return [`${listed(brought)} ${verb} with it: the starter uses ${it}.`];
}

/** A new database is part of no backup before there are backups. */
function unsaved({ answers }: Present, { postgres }: Values): readonly string[] {
  const isNew = isData(postgres) && postgres['mode'] === 'bundled' && answers.postgres === undefined;
  return isNew && answers.backup === undefined ? ['Nothing saves the database yet: create-prodstack add backup.'] : [];
}

/** A new app has no host before somebody names one. */
function hidden(present: Present, { places }: Wish, { apps }: Values): readonly string[] {
  const edge = edgeOf(present.answers);
  if (!edge) return [];
  return places.flatMap(([top, name = '', ...rest]) => {
    const app = top === 'apps' && rest.length === 0 && isData(apps) ? apps[name] : undefined;
    if (!isData(app) || typeof app['port'] !== 'number') return [];
    const host = exampleHost(present, edge.kind, name);
    return [
      `No host leads to ${name} yet: create-prodstack add ${edge.kind} --for ${name} --set edge.${edge.kind}.hostnames.${name}=${host}`,
    ];
  });
}
