/** What goes wrong with visitors' addresses and https behind a proxy, for each framework. */
import type { FastapiApp, NodeApp, PythonApp } from '../../answers/schema.ts';
import type { GuideEntry } from '../types.ts';

/** Those that have a fix of their own in the template. */
const kinds = ['express', 'fastify', 'nest', 'hono', 'next', 'node', 'django', 'flask', 'uvicorn'] as const;
type Kind = (typeof kinds)[number];

/** @param variable holds the networks whose proxies uvicorn believes */
export function forwardedGuide(
  name: string,
  app: NodeApp | FastapiApp | PythonApp,
  variable = '',
): readonly GuideEntry[] {
  const kind = kindOf(app);
  const is = Object.fromEntries(kinds.map((one) => [one, one === kind]));
  return kind === undefined ? [] : [{ id: 'client-address', view: { app: name, variable, is } }];
}

/** Undefined where nobody knows what serves it, and for daphne, which has no say. */
function kindOf(app: NodeApp | FastapiApp | PythonApp): Kind | undefined {
  if (app.stack === 'fastapi' || (app.stack === 'python' && app.server === 'uvicorn')) return 'uvicorn';
  if (app.stack === 'python') return app.framework === 'none' || app.server === 'daphne' ? undefined : app.framework;
  const { framework } = app;
  return framework === 'none' || framework === 'remix' || framework === 'react-router' ? 'node' : framework;
}
