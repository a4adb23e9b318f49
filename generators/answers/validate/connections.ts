import type { Problem } from '../../errors.ts';
import { externalNames, isExternal } from '../external-names.ts';
import type { Answers, App } from '../schema.ts';
import { partsOf } from '../sources.ts';
import { hasPort } from '../stacks/common.ts';
import { receiverOf } from '../stacks/static.ts';
import { suggest } from '../suggest.ts';

/** Connections to what does not exist, and apps that would wait for each other for ever. */
export function connected(answers: Answers): readonly Problem[] {
  const problems: Problem[] = [];
  const apps = Object.keys(answers.apps);
  for (const [name, app] of Object.entries(answers.apps)) {
    const at = `apps.${name}`;
    app.uses.forEach((used, index) => {
      const path = `${at}.uses.${index}`;
      if (isExternal(used)) return;
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
      } else if (!partsOf(used).includes(what))
        problems.push({
          path,
          value: from,
          message: `must be one of ${partsOf(used)
            .map((part) => `${used}.${part}`)
            .join(', ')}`,
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

/** Whether an app uses another one, directly or not. */
function reaches(answers: Answers, from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const one of reached) for (const next of answers.apps[one]?.uses ?? []) reached.add(next);
  return reached.has(to);
}
