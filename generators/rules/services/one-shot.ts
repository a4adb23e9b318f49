import { composeSpec, github } from '../sources.ts';
import { endsByItself, isAwaited, serviceRule } from '../view.ts';

export const oneShotDependedOn = serviceRule({
  id: 'one-shot-depended-on',
  severity: 'warning',
  title: 'A service waits for everything that ends by itself',
  why: '`docker compose up --wait` exits with 1 when a container ends that no service waits for, even if it ended well: every deploy fails.',
  fix: 'Let a service depend on it with service_completed_successfully, or give it a profile and start it with `docker compose run --rm`.',
  source: github('docker/compose/issues/10596'),
  scope: 'deployed',
  of: ({ service }) => endsByItself(service) && !service.profiles?.length,
  at: ['restart'],
  check: ({ model, name }) => (isAwaited(model, name) ? undefined : 'ends by itself and no service waits for that'),
});

export const oneShotNotRestarted = serviceRule({
  id: 'one-shot-not-restarted',
  severity: 'error',
  title: 'What others wait for to complete is not restarted',
  why: 'A container that is restarted after it has ended well never counts as completed, so what waits for it never starts.',
  fix: 'Set `restart: "no"`, also where an anchor sets another policy; without the quotes, programs that read YAML 1.1 take it for false.',
  source: composeSpec('05-services.md#restart'),
  scope: 'every',
  of: ({ model, name }) => isAwaited(model, name),
  at: ['restart'],
  check: ({ service }) => {
    const policy = service.deploy?.restart_policy?.condition ?? service.restart ?? 'no';
    return /^(?:always|unless-stopped|any)$/.test(policy) ? `restart: ${policy}, so it never completes` : undefined;
  },
});
