/** What holds for a tunnel of Cloudflare and a node of Tailscale in front of a stack. */
import { factsOf } from '../builds.ts';
import { mountsAt } from '../mounted.ts';
import { isLoopback, publicPorts } from '../ports.ts';
import { github } from '../sources.ts';
import { argvOf, type ServiceView, serviceRule } from '../view.ts';

const containerboot = github('tailscale/tailscale/blob/main/cmd/containerboot/main.go');

export const tunnelTokenHidden = serviceRule({
  id: 'tunnel-token-hidden',
  severity: 'error',
  title: 'The token of a tunnel is on no command line',
  why: 'Every user of the host reads command lines (`ps`), and logs and crash reports hold them; who has the token can answer in the place of your apps.',
  fix: 'Give it as a file: `TUNNEL_TOKEN_FILE: /run/secrets/tunnel_token`, `TS_AUTHKEY: file:/run/secrets/ts_authkey`.',
  source: github('cloudflare/cloudflared/blob/master/cmd/cloudflared/tunnel/subcommands.go'),
  scope: 'deployed',
  of: (view) => ['cloudflared', 'tailscale'].includes(familyOf(view) ?? ''),
  at: ['command'],
  check: ({ service }) => {
    // Extra arguments are a command line too.
    const words = [...argvOf(service), service.environment?.['TS_EXTRA_ARGS'] ?? ''].join(' ').split(/\s+/);
    const found = words.flatMap((word) => /^--(?:token|auth-?key)(?:=(?!file:)|$)/.exec(word)?.[0] ?? []);
    return found.map((option) => `its token is an argument: ${option.replace('=', '')}`);
  },
});

export const tunnelOnlyWayIn = serviceRule({
  id: 'tunnel-only-way-in',
  severity: 'warning',
  title: 'Beside a tunnel of Cloudflare no proxy is open to the world',
  why: 'Who finds the address of the host comes in past the tunnel: past its access rules, its firewall and its limits.',
  fix: 'Publish on 127.0.0.1 or not at all; the tunnel reaches the service over a network.',
  source: 'https://developers.cloudflare.com/fundamentals/security/protect-your-origin-server/',
  scope: 'production',
  of: ({ project, model }) =>
    Object.values(model.services).some((other) => factsOf(project, other)?.family === 'cloudflared'),
  at: ['ports'],
  check: (view) => {
    const family = familyOf(view);
    // Devices come to a broker directly: no tunnel carries MQTT to them.
    if (family === 'mosquitto' || family === 'tailscale') return undefined;
    const open = publicPorts(family);
    return (view.service.ports ?? [])
      .filter((port) => !isLoopback(port) && open.includes(port.published ?? ''))
      .map(({ published, protocol = 'tcp' }) => `port ${published}/${protocol} is open to the world, beside a tunnel`);
  },
});

export const tailscaleAuthOnce = serviceRule({
  id: 'tailscale-auth-once',
  severity: 'warning',
  title: 'Tailscale logs in once',
  why: 'Unless told otherwise the container logs in again with its key at every start: once the key has expired, a restart takes a machine off that was fine.',
  fix: 'Set `TS_AUTH_ONCE: "true"`, and keep the state on a volume.',
  source: containerboot,
  scope: 'production',
  // A container with a command of its own may look at the key, and logs in nowhere by itself.
  of: (view) => familyOf(view) === 'tailscale' && hasKey(view) && argvOf(view.service).length === 0,
  at: ['environment'],
  check: ({ service }) =>
    isTrue(service.environment?.['TS_AUTH_ONCE']) ? undefined : 'TS_AUTH_ONCE is not true: it logs in at every start',
});

export const tailscaleStateKept = serviceRule({
  id: 'tailscale-state-kept',
  severity: 'warning',
  title: 'Tailscale keeps who it is on a volume',
  why: 'A new container without it is a new machine: with another name and address, and without what the old one was allowed; a key that holds once lets it in no more.',
  fix: 'Set `TS_STATE_DIR: /var/lib/tailscale` and mount a volume there.',
  source: containerboot,
  scope: 'production',
  // With a command of its own somebody else says where the state is.
  of: (view) => familyOf(view) === 'tailscale' && hasKey(view) && argvOf(view.service).length === 0,
  at: ['volumes'],
  check: (view) => {
    const folder = view.service.environment?.['TS_STATE_DIR'];
    if (!folder) return 'TS_STATE_DIR is not set: its state is in memory';
    return mountsAt(view, folder) ? undefined : `no volume at ${folder}`;
  },
});

function familyOf({ project, service }: ServiceView) {
  return factsOf(project, service)?.family;
}

function hasKey({ service: { environment = {} } }: ServiceView): boolean {
  return ['TS_AUTHKEY', 'TS_AUTH_KEY', 'TS_CLIENT_ID', 'TS_CLIENT_SECRET'].some((name) => name in environment);
}

/** As `strconv.ParseBool` of Go reads it. */
function isTrue(value: string | null | undefined): boolean {
  return /^(?:1|t|true)$/i.test(value ?? '');
}
