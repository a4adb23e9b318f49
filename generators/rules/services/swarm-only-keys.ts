import type { ComposeService } from '../../compose/model.ts';
import { github } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const swarmOnlyKeys = serviceRule({
  id: 'swarm-only-keys',
  severity: 'info',
  title: 'No service promises what only Swarm does',
  why: 'Plain Compose reads update_config, rollback_config, placement, endpoint_mode, CPU reservations and the delays of restart_policy, and does nothing with them: the rollout that they promise never happens.',
  fix: 'Remove them, or keep them in a stack file of their own for `docker stack deploy`.',
  source: github('docker/compose/blob/main/pkg/compose/create.go'),
  scope: 'every',
  at: ['deploy'],
  check: ({ service }) => ignoredKeys(service.deploy ?? {}).map((key) => `deploy.${key} has no effect`),
});

function ignoredKeys(deploy: NonNullable<ComposeService['deploy']>): readonly string[] {
  const policy = deploy.restart_policy;
  const ignored: Readonly<Record<string, boolean>> = {
    update_config: deploy.update_config !== undefined,
    rollback_config: deploy.rollback_config !== undefined,
    // Compose prints an empty one with every `deploy`.
    placement: Object.keys(deploy.placement ?? {}).length > 0,
    endpoint_mode: deploy.endpoint_mode !== undefined,
    'restart_policy.delay': policy?.delay !== undefined,
    'restart_policy.window': policy?.window !== undefined,
    'resources.reservations.cpus': deploy.resources?.reservations?.cpus !== undefined,
  };
  return Object.keys(ignored).filter((key) => ignored[key]);
}
