import { github } from '../sources.ts';
import { serviceRule } from '../view.ts';

const oldKeys = ['cpus', 'mem_limit', 'mem_reservation', 'pids_limit'] as const;

export const limitsInOnePlace = serviceRule({
  id: 'limits-in-one-place',
  severity: 'warning',
  title: 'A service has its limits in one place',
  why: 'Compose refuses the project when mem_limit, cpus or pids_limit says something else than deploy.resources, or what deploy.resources leaves out.',
  fix: 'Move all limits to deploy.resources.limits and deploy.resources.reservations; pids works there too.',
  source: github('compose-spec/compose-go/blob/main/loader/validate.go'),
  scope: 'every',
  of: ({ service }) => {
    const resources = service.deploy?.resources;
    return [resources?.limits, resources?.reservations].some((one) => one && Object.keys(one).length > 0);
  },
  check: ({ service }) => {
    const beside = oldKeys.filter((key) => service[key] !== undefined);
    return beside.length > 0 ? `${beside.join(', ')} beside deploy.resources` : undefined;
  },
});
