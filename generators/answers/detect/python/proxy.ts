/** Whether a Python app sees visitors through the proxy in front of it. */
import { nameOf } from '../paths.ts';
import { find, type Source } from '../source.ts';
import type { BehindProxy, Evidence } from '../types.ts';
import type { PythonContext } from './context.ts';
import { dependencyOf } from './project.ts';

/**
 * What the app makes of its proxy: of the address, for https is known to the server. uvicorn and daphne put both right,
 * gunicorn never the address.
 */
export function detectProxy({ project, sources }: PythonContext): BehindProxy | undefined {
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

function first(sources: readonly Source[], pattern: RegExp): Evidence | undefined {
  for (const source of sources) for (const { file, line } of find(source, pattern)) return { file, line };
  return undefined;
}
