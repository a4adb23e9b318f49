/** What a person does because of the edge: before its first start, and after it became another one. */
import { tunnelScript, tunnelToken } from '../stack/blocks/edge/cloudflare.ts';
import { installScript } from '../stack/blocks/edge/nginx.ts';
import { certifiedBy } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import type { Baseline } from './baseline.ts';
import { overlayFile } from './compose.ts';

/** What comes before the first start, without which the edge is not started or leads nowhere; commands and comments. */
export function edgeSteps({ edge, secretsFrom }: Pick<Stack, 'edge' | 'secretsFrom'>): readonly string[] {
  if (edge?.kind === 'cloudflare') return tunnelSteps(edge.remote ?? false, secretsFrom);
  if (edge?.kind === 'nginx')
    return [
      `# ${installScript} NAME fullchain.pem privkey.pem puts your certificates in place; to begin with:`,
      `${installScript} --self-signed`,
    ];
  return edge && certifiedBy(edge, 'files').length > 0
    ? [
        `# put NAME.crt and NAME.key of each name into docker/${edge.kind}/certs, nothing starts without: docs/DEPLOYMENT.md, "What to bring"`,
      ]
    : [];
}

/** What has to be done at Cloudflare before anybody comes in; for a person, who has the account there. */
function tunnelSteps(remote: boolean, secretsFrom: Stack['secretsFrom']): readonly string[] {
  return remote
    ? [
        `# make a tunnel at https://one.dash.cloudflare.com (Networks, Connectors), and put its token in place: ${secretsFrom === 'infisical' ? `${tunnelToken} in Infisical` : `${tunnelScript} token`}`,
        `# enter there which host leads where, nothing here says so: ${tunnelScript} rules`,
      ]
    : [
        `# make the tunnel, nothing starts without: ${tunnelScript} login, ${tunnelScript} create, ${tunnelScript} route`,
      ];
}

/**
 * The service of the edge that the stack had when it was last generated, where it has another one now or none: Compose
 * leaves the container of a service that is gone as it is.
 */
export function formerEdge({ edge, composeFile }: Pick<Stack, 'edge' | 'composeFile'>, baseline: Baseline) {
  const before = baseline[overlayFile(composeFile, 'prod')] ?? '';
  // No app has one of these names.
  const found = /^ {2}(caddy|cloudflared|nginx|tailscale|traefik):$/m.exec(before)?.[1];
  return found === edge?.service ? undefined : found;
}
