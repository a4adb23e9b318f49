/** What the edge tells apps of the visitor, for servers that have to be told where to look. */
import { type EdgeKind, edgeOf } from '../../answers/public.ts';
import type { Answers } from '../../answers/schema.ts';

/**
 * The header with nothing but the visitor's address, as each kind of edge sends it. Cloudflare adds to what the visitor
 * has sent as X-Forwarded-For, and sets one of its own, which no visitor can (Cloudflare documentation, "HTTP headers");
 * the others replace it.
 */
const addressHeaders: Readonly<Record<EdgeKind, string>> = {
  caddy: 'x-forwarded-for',
  cloudflare: 'cf-connecting-ip',
  nginx: 'x-forwarded-for',
  tailscale: 'x-forwarded-for',
  traefik: 'x-forwarded-for',
};

/** The header that holds the visitor's address alone; undefined without an edge. */
export function addressHeader(answers: Pick<Answers, 'edge'>): string | undefined {
  const edge = edgeOf(answers);
  return edge && addressHeaders[edge.kind];
}

/** Whether X-Forwarded-For is the edge's alone, one address. */
export function replacesForwarded(answers: Pick<Answers, 'edge'>): boolean {
  return addressHeader(answers) === 'x-forwarded-for';
}
