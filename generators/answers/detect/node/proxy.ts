/** Whether the code of a Node app believes the proxy in front of it: each framework has its own word for that. */
import { find, findCalls, type Source } from '../source.ts';
import type { BehindProxy, Evidence } from '../types.ts';
import type { NodeContext } from './context.ts';

/** As `proxy-addr` calls them, which Express and Fastify ask: 127.0.0.0/8, and the private networks. */
const privateRanges = "['loopback', 'uniquelocal']";

/**
 * What the app makes of its proxy; undefined where that is no matter of its code: Next hands headers on, and what listens
 * by itself reads them itself.
 */
export function detectProxy({ framework, sources, pack }: NodeContext): BehindProxy | undefined {
  switch (framework) {
    case 'express':
      return express(sources, /\bexpress\s*\(|\brequire\s*\(\s*["'`]express["'`]\s*\)\s*\(/g);
    case 'fastify':
      return fastify(sources, /\b[Ff]astify\s*\(|\brequire\s*\(\s*["'`]fastify["'`]\s*\)\s*\(/g);
    case 'nest': {
      const adapter = fastify(sources, /\bnew\s+FastifyAdapter\s*\(/g);
      return adapter ?? express(sources, /\bNestFactory\s*\.\s*create\b/g);
    }
    case 'hono':
      return hono(sources);
    case 'none':
      return 'koa' in pack.dependencies ? koa(sources) : undefined;
    default:
      return undefined;
  }
}

function express(sources: readonly Source[], made: RegExp): BehindProxy | undefined {
  const setting = first(
    sources,
    /\.\s*(?:set\s*\(\s*["'`]trust proxy["'`]\s*,\s*([^\n]*)|enable\s*\(\s*["'`]trust proxy)/g,
  );
  const advice = `app.set('trust proxy', ${privateRanges})`;
  if (setting) return { evidence: setting.evidence, ...(/^(?:true\b|$)/.test(setting.text) && { careless: advice }) };
  const app = first(sources, made);
  return app && { evidence: app.evidence, missing: advice };
}

function fastify(sources: readonly Source[], made: RegExp): BehindProxy | undefined {
  const advice = `trustProxy: ${privateRanges}`;
  const setting = first(sources, /\btrustProxy\s*:\s*([^\n]*)/g);
  if (setting) {
    const { evidence, text } = setting;
    // 5.12.1 and later cannot tell by a number who the proxy is, and believe nobody (fastify/lib/request.js).
    if (/^\d/.test(text)) return { evidence, missing: `${advice} (Fastify takes a number for nobody since 5.12.1)` };
    return { evidence, ...(/^true\b/.test(text) && { careless: advice }) };
  }
  const app = first(sources, made);
  return app && { evidence: app.evidence, missing: `${advice} among the options` };
}

/** Koa takes the first address unless it is told how many are its proxies'. */
function koa(sources: readonly Source[]): BehindProxy | undefined {
  const advice = 'app.proxy = true; app.maxIpsCount = 1';
  const setting = first(sources, /\.\s*proxy\s*=\s*true\b|\bproxy\s*:\s*true\b/g);
  if (setting) {
    const counted = first(sources, /\bmaxIpsCount\b/g);
    return { evidence: setting.evidence, ...(!counted && { careless: advice }) };
  }
  const app = first(sources, /\bnew\s+Koa\s*\(/g);
  return app && { evidence: app.evidence, missing: advice };
}

/** Hono knows the connection only: an app that asks for its address gets the proxy's. */
function hono(sources: readonly Source[]): BehindProxy | undefined {
  const header = first(sources, /["'`]x-forwarded-for["'`]/gi);
  if (header) return { evidence: header.evidence };
  for (const source of sources)
    for (const { file, line } of findCalls(source, /\bgetConnInfo\s*\(/g))
      return { evidence: { file, line }, missing: "c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim()" };
  return undefined;
}

/** The first match, and what its group holds. */
function first(
  sources: readonly Source[],
  pattern: RegExp,
): { readonly evidence: Evidence; readonly text: string } | undefined {
  for (const source of sources)
    for (const { group, file, line } of find(source, pattern)) return { evidence: { file, line }, text: group(1) };
  return undefined;
}
