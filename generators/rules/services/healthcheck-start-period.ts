import { buildOf, dockerfileHealthcheck } from '../builds.ts';
import { durationInSeconds } from '../durations.ts';
import { probeOf } from '../probe.ts';
import { composeSpec } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const healthcheckStartPeriod = serviceRule({
  id: 'healthcheck-start-period',
  severity: 'warning',
  title: 'Health checks leave time to start',
  why: 'The start period is 0 by default, so failures while a service starts count, and on a slow first boot everything that waits for it gives up.',
  fix: 'Set start_period to the longest start that is normal, such as 30s, and start_interval to a second or two so that nobody waits longer than needed.',
  source: composeSpec('05-services.md#healthcheck'),
  scope: 'deployed',
  of: ({ service }) => probeOf(service.healthcheck) !== undefined,
  at: ['healthcheck'],
  check: ({ project, service }) => {
    if (durationInSeconds(service.healthcheck?.start_period) > 0) return undefined;
    // The engine fills in from the image what Compose leaves out.
    const inherited = dockerfileHealthcheck(buildOf(project, service))?.flags.some((flag) =>
      /^--start-period=[1-9]/.test(flag),
    );
    return inherited ? undefined : 'no start_period';
  },
});
