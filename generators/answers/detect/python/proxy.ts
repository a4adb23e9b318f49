/** Whether a Python app sees visitors through the proxy in front of it. */
import { nameOf } from '../../../paths.ts';
import { join } from '../paths.ts';
import { find, lineAt, type Source } from '../source.ts';
import type { BehindProxy, Evidence } from '../types.ts';
import type { PythonContext } from './context.ts';
import { dependencyOf } from './project.ts';

/**
 * What the app makes of its proxy: of the address, for https is known to the server. uvicorn and daphne put both right,
 * gunicorn never the address.
 */
export function detectProxy(context: PythonContext): BehindProxy | undefined {
  const { project, sources } = context;
  if (dependencyOf(project, 'fastapi', 'fastapi-slim')) return oldUvicorn(context);
  const byItself =
    first(sources, /\bProxyFix\s*\(/g) ??
    first(sources, /["'](?:HTTP_X_FORWARDED_FOR|X-Forwarded-For|HTTP_X_REAL_IP|X-Real-IP)["']/gi) ??
    first(sources, /["'][\w.]*(?:xforwardedfor|xff|real_?ip|trusted_?prox)[\w.]*["']/gi) ??
    dependencyOf(project, 'django-ipware', 'python-ipware', 'django-xff')?.evidence;
  if (byItself) return { evidence: byItself };
  const flask = dependencyOf(project, 'flask') && first(sources, /=\s*(?:flask\.)?Flask\s*\(/g);
  if (flask) return { evidence: flask, missing: 'app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)' };
  if (!dependencyOf(project, 'django')) return undefined;
  // The settings that have the middleware, those of the project first.
  const settings = sources.filter(({ path }) => /settings|base|common/.test(path) || nameOf(path) === 'config.py');
  const middleware = first(settings, /^MIDDLEWARE\s*(?::[^=\n]{1,60})?=/gm);
  return middleware && { evidence: middleware, missing: 'a middleware that sets REMOTE_ADDR, first in MIDDLEWARE' };
}

/** Before 0.31, a network in FORWARDED_ALLOW_IPS is nobody for uvicorn (its release notes). */
function oldUvicorn({ view, project }: PythonContext): BehindProxy | undefined {
  const files = [project.requirementsFile, ...['uv.lock', 'poetry.lock'].map((name) => join(project.folder, name))];
  for (const file of files) {
    const text = (file !== undefined && view.read(file)) || '';
    const locked = /^(?:name = "uvicorn"\nversion = "|uvicorn(?:\[[^\]\n]*\])?[ \t]*==[ \t]*)0\.(\d+)\./m.exec(text);
    if (file === undefined || !locked || Number(locked[1]) >= 31) continue;
    return { evidence: { file, line: lineAt(text, locked.index) }, missing: 'uvicorn 0.31 or later' };
  }
  return undefined;
}

function first(sources: readonly Source[], pattern: RegExp): Evidence | undefined {
  for (const source of sources) for (const { file, line } of find(source, pattern)) return { file, line };
  return undefined;
}
