/** What Cloudflare does not do unasked for the hosts of a tunnel. */
import { domainOf } from '../answers/host-names.ts';
import { namesOf } from '../stack/blocks/edge/routes.ts';
import type { Stack } from '../stack/types.ts';

export function cloudflareWarnings({ edge }: Pick<Stack, 'edge'>): readonly string[] {
  if (edge?.kind !== 'cloudflare') return [];
  const deep = namesOf(edge).filter(isDeep);
  const redirected = edge.redirects.map(({ from }) => from);
  return [
    ...(deep.length === 0
      ? []
      : [
          `The certificate that Cloudflare has unasked is for one level below a domain, and not for ${deep.join(', ')}: take a name such as api-shop.example.com, or order an advanced certificate there.`,
        ]),
    ...(redirected.length === 0
      ? []
      : [
          `A tunnel cannot redirect: scripts/tunnel rules prints the Redirect Rules to make at Cloudflare for ${redirected.join(', ')}.`,
        ]),
  ];
}

/**
 * Whether a name is more than one level below the domain that somebody can have: deeper than Universal SSL goes
 * (developers.cloudflare.com, "Universal SSL", "Limitations").
 */
function isDeep(host: string): boolean {
  return host.split('.').length > domainOf(host).split('.').length + 1;
}
