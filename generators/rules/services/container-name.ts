import { composeSpec } from '../sources.ts';
import { isDataService, serviceRule } from '../view.ts';

export const noContainerName = serviceRule({
  id: 'no-container-name',
  severity: 'info',
  title: 'No service that may be scaled has a container_name',
  why: 'A fixed container name allows one container only: no second replica, no rolling deploy, no second project on the host.',
  fix: 'Remove container_name; other services reach it by its service name, and `docker compose exec` does too.',
  source: composeSpec('05-services.md#container_name'),
  scope: 'deployed',
  of: (view) => !isDataService(view),
  at: ['container_name'],
  check: ({ service }) => (service.container_name ? `container_name ${service.container_name} is fixed` : undefined),
});
