import * as v from 'valibot';
import { nameOf } from '../../paths.ts';
import { appName } from '../names.ts';
import { slug } from '../slug.ts';

interface Unnamed {
  readonly path: string;
  readonly stack: string;
}

/** Names for apps, by their folders: `app` at the root, `api` for apps/api, longer where two would be the same. */
export function nameApps<A extends Unnamed>(apps: readonly A[]): (A & { readonly name: string })[] {
  const bases = apps.map(baseName);
  const isShared = (name: string) => bases.filter((base) => base === name).length > 1;
  const taken = new Set<string>();
  return apps.map((app, index) => {
    const base = bases[index] ?? 'app';
    const long = app.path === '.' ? base : wordOf(app.path);
    const wanted = isShared(base) ? [long, base] : [base, long];
    const numbered = Array.from(apps, (_, number) => `${base.slice(0, 26)}-${number + 2}`);
    const name = [...wanted, `${base}-app`, ...numbered].find((one) => v.is(appName, one) && !taken.has(one)) ?? base;
    taken.add(name);
    return { ...app, name };
  });

  /** In a folder with two apps the one built with Node has the pages of the other, as a rule. */
  function baseName(app: A): string {
    const shared = apps.some((other) => other !== app && other.path === app.path);
    const own = app.path === '.' ? 'app' : wordOf(nameOf(app.path));
    if (!shared || (app.stack !== 'node' && app.stack !== 'static')) return own;
    return app.path === '.' ? 'web' : `${own}-web`;
  }
}

const wordOf = (path: string): string => slug(path, 30) || 'app';
