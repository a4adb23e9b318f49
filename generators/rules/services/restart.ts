import { composeSpec, github } from '../sources.ts';
import { isLongRunning, isNotRestarted, serviceRule } from '../view.ts';

export const restartPolicyOnce = serviceRule({
  id: 'restart-policy-once',
  severity: 'error',
  title: 'A service has restart or deploy.restart_policy, never both',
  why: 'deploy.restart_policy silently replaces restart, and max_attempts without on-failure makes the container fail to start.',
  fix: 'Keep `restart: unless-stopped` and remove deploy.restart_policy; only Swarm needs the latter.',
  source: github('docker/compose/blob/main/pkg/compose/create.go'),
  scope: 'every',
  at: ['deploy', 'restart_policy'],
  check: ({ service }) =>
    service.restart !== undefined && service.deploy?.restart_policy !== undefined
      ? `restart: ${service.restart} is replaced by deploy.restart_policy`
      : undefined,
});

export const restartSet = serviceRule({
  id: 'restart-set',
  severity: 'error',
  title: 'Every long-running service is started again after a crash or a reboot',
  why: 'The default is to stay down: after a reboot of the host nothing would run.',
  fix: 'Set `restart: unless-stopped`, or `restart: "no"` for what ends by itself.',
  source: composeSpec('05-services.md#restart'),
  scope: 'production',
  of: isLongRunning,
  at: ['restart'],
  check: ({ service }) => {
    if (isNotRestarted(service)) return 'is not restarted, so it stays down after a crash or a reboot';
    return service.restart !== undefined || service.deploy?.restart_policy !== undefined
      ? undefined
      : 'no restart policy, so it stays down after a crash or a reboot';
  },
});
