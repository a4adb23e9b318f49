import * as v from 'valibot';
import { routePrefix } from '../../names.ts';
import { portOf } from '../addresses.ts';
import { finding, place, type Warn } from '../findings.ts';
import { find, findCalls, type Source } from '../source.ts';
import type { DetectedApp, Evidence, Finding } from '../types.ts';

/** A path that a page asks for and that another program answers. */
export interface Passed {
  readonly route: string;
  /** Whether that program gets the path without the route in front. */
  readonly strip: boolean;
  /** Host and port that the development server passes it on to, where the repo says them. */
  readonly target?: { readonly host: string; readonly port: string };
  /** Whether that is this machine, whatever the environment says. */
  readonly fixed: boolean;
  readonly evidence: Evidence;
}

const proxied = /\bproxy\s*:\s*\{/g;
/** A text such as '/api/items', or `/api/${id}`. */
const asked = /["'`](\/api)(?=[/?"'`])/g;
/** Another program of this machine, which is not there for the browser of a visitor. */
const loopback = /["'`]https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?/g;

/** What the development server passes on, else what the sources ask their own server for. */
export function passedOn(config: Source | undefined, sources: readonly Source[], warn: Warn): readonly Passed[] {
  const inConfig = config
    ? [...findCalls(config, proxied)].flatMap((call) => call.args.flatMap((arg) => entry(arg, call)))
    : [];
  const routes = inConfig.filter(({ route, evidence }) => {
    const isRoute = v.is(routePrefix, route);
    if (!isRoute)
      warn(`proxy ${JSON.stringify(route)} (${place(evidence)}) is no plain path such as /api, and left out`);
    return isRoute;
  });
  if (routes.length > 0) return routes;
  for (const source of sources) {
    const [hit] = find(source, asked);
    if (hit) return [{ route: hit.group(1), strip: false, fixed: false, evidence: { file: hit.file, line: hit.line } }];
  }
  return [];
}

/** `'/api': 'http://localhost:8000'`, `'/api': { target: process.env.API ?? 'http://localhost:8000', rewrite: ... }`. */
function entry(arg: string, { file, line }: Evidence & { readonly line: number }): Passed[] {
  const [, , key = '', rest = ''] = /^(["'`])([^"'`]*)\1\s*:\s*(.*)$/s.exec(arg) ?? [];
  if (key === '') return [];
  const target = /https?:\/\/([\w.-]+):(\d{2,5})/.exec(rest);
  return [
    {
      route: key.length > 1 ? key.replace(/\/$/, '') : key,
      strip: /\b(?:rewrite|pathRewrite)\b/.test(rest),
      fixed: /^(?:localhost|127\.0\.0\.1|0\.0\.0\.0)$/.test(target?.[1] ?? '') && !/\benv\b/.test(rest),
      ...(target && { target: { host: target[1] ?? '', port: target[2] ?? '' } }),
      evidence: { file, line },
    },
  ];
}

/** Tells of addresses that only the developer's own browser finds. */
export function warnOfLoopback(sources: readonly Source[], warn: Warn): void {
  for (const source of sources)
    for (const { line } of [...find(source, loopback)].slice(0, 1))
      warn(
        `${source.path}:${line}: the browser of a visitor would ask its own machine: ask a path such as /api, which nginx passes on`,
      );
}

type Proxy = NonNullable<Extract<DetectedApp, { stack: 'static' }>['found']['proxy']>['value'];

/** The answer `proxy`: which of the other apps gets what. One that cannot be told is told instead. */
export function proxyTo(
  passed: readonly Passed[],
  others: readonly DetectedApp[],
  warn: Warn,
): Finding<Proxy> | undefined {
  const found = passed.flatMap((one) => {
    const app = receiver(one, others);
    if (app && one.fixed)
      warn(
        `${place(one.evidence)}: in a container, the development server finds ${app.name} at the address in ${app.name.toUpperCase().replaceAll('-', '_')}_URL of its environment, never at ${one.target?.host}: use it where it is set`,
      );
    if (app) return [[one.route, one.strip ? { app: app.name, strip: true } : app.name] as const];
    if (others.length > 0 || one.target)
      warn(`${place(one.evidence)}: which app answers ${one.route} is not clear: set the answer proxy (and uses)`);
    return [];
  });
  const [first] = passed;
  return first && found.length > 0 ? finding(Object.fromEntries(found), first.evidence) : undefined;
}

/** By host, by port, else the only one. */
function receiver({ target }: Passed, others: readonly DetectedApp[]): DetectedApp | undefined {
  const same = others.filter((app) => String(portOf(app)) === target?.port);
  return (
    others.find(({ name }) => name === target?.host) ??
    (same.length === 1 ? same[0] : undefined) ??
    (others.length === 1 ? others[0] : undefined)
  );
}
