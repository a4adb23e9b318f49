/** A node of a tailnet has one name, and no other host. */
import type { Problem } from '../../errors.ts';
import { listeners, placesOf } from '../public.ts';
import type { Answers } from '../schema.ts';

/** What a node of a tailnet cannot be called, or lead to. */
export function tailnetNames(answers: Answers): readonly Problem[] {
  const { tailscale } = answers.edge ?? {};
  if (!tailscale) return [];
  const path = 'edge.tailscale';
  const places = listeners(answers).flatMap(({ service }) =>
    placesOf(answers, service).map(({ host }) => ({ path: `${path}.hostnames.${service}`, host })),
  );
  const [first] = places;
  return [
    ...places.flatMap((place): readonly Problem[] => {
      if (place.host.includes('.'))
        return [
          {
            path: place.path,
            value: place.host,
            message: `is more than the name of the node: write ${place.host.split('.')[0]}, and what is behind it as edge.tailscale.tailnet`,
          },
        ];
      if (first && place.host !== first.host)
        return [
          {
            path: place.path,
            value: place.host,
            message: secondNode(first.host),
          },
        ];
      return [];
    }),
    ...(tailscale.tailnet !== undefined && !tailscale.tailnet.includes('.')
      ? [
          {
            path: `${path}.tailnet`,
            value: tailscale.tailnet,
            message:
              'must be the whole DNS name of the tailnet, such as tail1234.ts.net: https://login.tailscale.com/admin/dns shows it',
          },
        ]
      : []),
  ];
}

/** What to say of a host that is not the name of the node. */
export function secondNode(node: string): string {
  return `would be a second node: one has one name, ${node}; write ${node}/PATH, or run this app in a stack of its own`;
}
