/** What a tunnel of Cloudflare asks of the answers. */
import type { Problem } from '../../errors.ts';
import type { Answers } from '../schema.ts';

export function tunnels({ edge }: Answers): readonly Problem[] {
  const chosen = edge?.cloudflare;
  if (chosen?.tunnel === undefined || chosen.config === 'local') return [];
  return [
    {
      path: 'edge.cloudflare.tunnel',
      value: chosen.tunnel,
      message: 'is for config: local; otherwise the token says which tunnel it is',
    },
  ];
}
