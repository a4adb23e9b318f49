/** What a tunnel of Cloudflare asks of the answers: names that it can answer for. */
import type { Problem } from '../../errors.ts';
import { placeOf } from '../public.ts';
import type { Answers } from '../schema.ts';

export function tunnels({ edge }: Answers): readonly Problem[] {
  const chosen = edge?.cloudflare;
  if (!chosen) return [];
  const at = 'edge.cloudflare';
  const named = [
    ...Object.entries(chosen.hostnames).flatMap(([app, places]) =>
      [places].flat().map((place) => ({ path: `${at}.hostnames.${app}`, host: placeOf(place).host })),
    ),
    ...Object.keys(chosen.redirects ?? {}).map((host) => ({ path: `${at}.redirects.${host}`, host })),
  ];
  return [
    ...named
      .filter(({ host }) => !isPublic(host))
      .map(({ path, host }) => ({
        path,
        value: host,
        message: 'must be a name in a domain that your account at Cloudflare has, such as shop.example.com',
      })),
    ...(chosen.tunnel !== undefined && chosen.config !== 'local'
      ? [
          {
            path: `${at}.tunnel`,
            value: chosen.tunnel,
            message: 'is for config: local; otherwise the token says which tunnel it is',
          },
        ]
      : []),
  ];
}

/** Whether the DNS of the world can have the name (RFC 2606, RFC 6762, RFC 8375; ICANN for `internal`). */
function isPublic(host: string): boolean {
  return host.includes('.') && !/\.(?:localhost|local|internal|test|invalid|lan|home\.arpa)$/.test(host);
}
