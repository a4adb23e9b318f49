/** Which ports may be open to the world: those of what lets it in. */

import type { ComposePort } from '../compose/model.ts';
import type { Family } from './image-facts.ts';

const byFamily: Partial<Readonly<Record<Family, readonly string[]>>> = {
  caddy: ['80', '443'],
  traefik: ['80', '443'],
  nginx: ['80', '443'],
  haproxy: ['80', '443'],
  frankenphp: ['80', '443'],
  // MQTT over TLS; 1883 is plain text.
  mosquitto: ['8883'],
  tailscale: ['41641'],
};

/** The web, mail, names and VPNs: whoever publishes these is there to be reached. 1883, 5060 and the like are plain text. */
const everybodys = ['80', '443', '25', '465', '587', '110', '143', '993', '995', '4190', '53', '853', '51820'];

/** What may be reached from elsewhere, by what a service runs. */
export function publicPorts(family: Family | undefined): readonly string[] {
  return [...((family && byFamily[family]) ?? []), ...everybodys];
}

export function isLoopback({ host_ip = '' }: ComposePort): boolean {
  return /^127\.|^::1$/.test(host_ip);
}
