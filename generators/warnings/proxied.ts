/** Warnings about apps behind an edge whose code takes every visitor for the edge, or believes what visitors make up. */
import { matching } from '../answers/complete/match.ts';
import { place } from '../answers/detect/findings.ts';
import type { Detected } from '../answers/detect/types.ts';
import { edgeOf } from '../answers/public.ts';
import type { Answers, App } from '../answers/schema.ts';
import { hasPort } from '../answers/stacks/common.ts';
import { replacesForwarded } from '../stack/blocks/forwarded.ts';

const more = 'docs/DOCKER_TROUBLESHOOTING.md has it whole.';

/** What is to be changed in the sources of the apps; nothing without an edge. */
export function proxyWarnings(answers: Answers, { apps }: Detected): readonly string[] {
  const edge = edgeOf(answers);
  if (!edge) return [];
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const found = matching(apps, name, app)?.proxy;
    if (!found || !hasPort(app) || isToldByServer(app)) return [];
    const { evidence, missing, careless } = found;
    const where = place(evidence);
    if (missing !== undefined)
      return [`${where}: ${name} takes the edge (${edge.kind}) for every visitor: add ${missing}. ${more}`];
    if (careless !== undefined && !replacesForwarded(answers))
      return [`${where}: ${name} believes the address that a visitor makes up: change it to ${careless}. ${more}`];
    return [];
  });
}

/** Servers that put the address right before the app sees it: then its code has nothing to do. */
function isToldByServer(app: App): boolean {
  if (app.stack === 'laravel') return app.server === 'fpm';
  return app.stack === 'python' && (app.server === 'uvicorn' || app.server === 'daphne');
}
