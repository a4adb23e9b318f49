/** What Traefik cannot keep. */
import type { Problem } from '../../errors.ts';
import type { Answers } from '../schema.ts';

/**
 * Its one limit for bodies is that of the middleware `buffering`, which reads answers in whole too: event streams and large
 * downloads would wait for their end (Traefik documentation, "Buffering").
 */
export function traefikLimits({ edge }: Answers): readonly Problem[] {
  const upload = edge?.traefik?.upload;
  if (upload === undefined) return [];
  return [
    {
      path: 'edge.traefik.upload',
      value: upload,
      message:
        'cannot be kept by Traefik, which would hold back event streams for it: leave it to the app, or use caddy or nginx',
    },
  ];
}
