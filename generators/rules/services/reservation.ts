import { sizeInBytes } from '../sizes.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const reservationBelowLimit = serviceRule({
  id: 'reservation-below-limit',
  severity: 'error',
  title: 'No service reserves more memory than it may use',
  why: 'The engine refuses to create the container: "Minimum memory limit can not be less than memory reservation limit".',
  fix: 'Lower the reservation, or raise the limit; a limit that a variable changes changes without its reservation.',
  source: dockerDocs('engine/containers/resource_constraints/#limit-a-containers-access-to-memory'),
  scope: 'every',
  at: ['deploy', 'resources', 'reservations', 'memory'],
  check: ({ service }) => {
    const resources = service.deploy?.resources;
    const limit = sizeInBytes(resources?.limits?.memory ?? service.mem_limit);
    const reserved = sizeInBytes(resources?.reservations?.memory ?? service.mem_reservation);
    return limit > 0 && reserved > limit ? 'reserves more memory than its limit' : undefined;
  },
});
