import { factsOf } from '../builds.ts';
import { probeOf } from '../probe.ts';
import { github } from '../sources.ts';
import { argvOf, type ServiceView, serviceRule } from '../view.ts';

export const cloudflaredRuns = serviceRule({
  id: 'cloudflared-runs',
  severity: 'error',
  title: 'Cloudflared is told to run a tunnel',
  why: 'Without a command the image prints its version and ends, again and again.',
  fix: 'Set `command: tunnel run`.',
  source: github('cloudflare/cloudflared/blob/master/Dockerfile'),
  scope: 'every',
  of: isCloudflared,
  at: ['command'],
  check: ({ service }) => (argvOf(service).includes('tunnel') ? undefined : 'its command is not `tunnel run`'),
});

export const cloudflaredMetrics = serviceRule({
  id: 'cloudflared-metrics',
  severity: 'error',
  title: 'The health check of cloudflared knows the address of its metrics',
  why: '`cloudflared tunnel ready` asks the metrics server, and fails with "--metrics has to be provided" where nobody says where that is.',
  fix: 'Set `TUNNEL_METRICS: 127.0.0.1:20241`, for the tunnel and the check alike.',
  source: github('cloudflare/cloudflared/blob/master/cmd/cloudflared/tunnel/subcommands.go'),
  scope: 'every',
  of: isCloudflared,
  at: ['healthcheck', 'test'],
  check: ({ service }) => {
    const text = probeOf(service.healthcheck)?.text ?? '';
    const knows = text.includes('--metrics') || service.environment?.['TUNNEL_METRICS'] !== undefined;
    return /\bready\b/.test(text) && !knows ? 'its health check has no --metrics' : undefined;
  },
});

function isCloudflared({ project, service }: ServiceView): boolean {
  return factsOf(project, service)?.family === 'cloudflared';
}
