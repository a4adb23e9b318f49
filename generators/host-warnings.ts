/** Hosts that an edge would not be found by, or without a certificate. */
import type { Edge, Stack } from './stack/types.ts';

export function hostWarnings({ edge }: Pick<Stack, 'edge'>): readonly string[] {
  if (!edge) return [];
  const at = `edge.${edge.kind}`;
  const hosts = hostsOf(edge);
  const examples = hosts.filter(isExample);
  const deep = edge.kind === 'cloudflare' ? hosts.filter((host) => !examples.includes(host) && isDeep(host)) : [];
  return [
    ...(examples.length === 0
      ? []
      : [
          `${at}: ${examples.join(', ')} ${examples.length === 1 ? 'is an example' : 'are examples'}: put your own names into prodstack.yaml, and run this again.`,
        ]),
    ...(deep.length === 0
      ? []
      : [
          `${at}: the certificate that Cloudflare has unasked is for one level below a domain, and not for ${deep.join(', ')}: name ${deep.length === 1 ? 'it' : 'them'} like api-shop.example.com, or order an advanced certificate there.`,
        ]),
    ...(edge.kind === 'cloudflare' && edge.redirects.length > 0
      ? [
          `${at}.redirects: a tunnel cannot redirect. scripts/tunnel rules prints the Redirect Rules to make at Cloudflare for ${edge.redirects.map(({ from }) => from).join(', ')}.`,
        ]
      : []),
  ];
}

function hostsOf({ routes, redirects }: Edge): readonly string[] {
  return [...new Set([...routes.map(({ host }) => host), ...redirects.flatMap(({ from, to }) => [from, to])])];
}

/** Names that are nobody's (RFC 2606). */
function isExample(host: string): boolean {
  return /(?:^|\.)example(?:\.(?:com|net|org))?$/.test(host);
}

/**
 * Whether a name is more than one level below the domain that somebody can have. Below `co.uk` and its like a domain has three
 * labels: what is short in front of the two letters of a country is taken for such a registry.
 */
function isDeep(host: string): boolean {
  const labels = host.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const domain = top.length === 2 && /^(?:com?|net|org|gov|edu|ac|ne|or|go|gob|mil|nom|gen)$/.test(second) ? 3 : 2;
  return labels.length > domain + 1;
}
