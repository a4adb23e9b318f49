/** Whether a Laravel app trusts the proxy in front of it. */
import { join } from '../paths.ts';
import { find, type Source } from '../source.ts';
import type { BehindProxy, Evidence } from '../types.ts';

/** Only who the visitor is and how it came: the host is in Host, and the other headers may be the visitor's own. */
const advice =
  "$middleware->trustProxies(at: '*', headers: Request::HEADER_X_FORWARDED_FOR | Request::HEADER_X_FORWARDED_PROTO)";

/** What the app makes of its proxy, in the places where Laravel 10 to 13 have it. */
export function detectProxy(folder: string, sources: readonly Source[]): BehindProxy | undefined {
  const kernel = join(folder, 'app/Http/Middleware/TrustProxies.php');
  const bootstrap = join(folder, 'bootstrap/app.php');
  const old = sources.filter(({ path }) => path === kernel);
  const known =
    first(sources, /->\s*trustProxies\s*\(\s*(?!\s*headers\s*:)[^\s)]/g) ??
    first(sources, /\bTrustProxies\s*::\s*at\s*\(/g) ??
    first(old, /\$proxies\s*=\s*(?!null\b)\S/g);
  if (known) return { evidence: known };
  const place =
    first(old, /\$proxies\b/g) ??
    first(
      sources.filter(({ path }) => path === bootstrap),
      /->\s*withMiddleware\s*\(/g,
    );
  if (!place) return undefined;
  return { evidence: place, missing: place.file === kernel ? "protected $proxies = '*'" : advice };
}

function first(sources: readonly Source[], pattern: RegExp): Evidence | undefined {
  for (const source of sources) for (const { file, line } of find(source, pattern)) return { file, line };
  return undefined;
}
