import { probeOf } from '../probe.ts';
import { composeSpec } from '../sources.ts';
import { endsByItself, isDataService, serviceRule } from '../view.ts';

export const dependsOnConditions = serviceRule({
  id: 'depends-on-conditions',
  severity: 'warning',
  title: 'Services wait until what they depend on is ready',
  why: 'service_started, which the short form means, waits for the container only: the app starts while the database still does, and crashes or migrates nothing.',
  fix: 'Write `condition: service_healthy` for databases, `service_completed_successfully` for what ends by itself.',
  source: composeSpec('05-services.md#depends_on'),
  scope: 'every',
  at: ['depends_on'],
  check: (view) =>
    Object.entries(view.service.depends_on ?? {}).flatMap(([name, { condition }]) => {
      const service = view.model.services[name];
      if (!service || condition !== 'service_started') return [];
      const isReady = isDataService({ ...view, name, service }) && probeOf(service.healthcheck) !== undefined;
      if (isReady) return [`waits only until ${name} is started, not until it is healthy`];
      // In development apps, too, may not be restarted.
      const ends = view.combination.purpose !== 'development' && endsByItself(service);
      return ends ? [`waits only until ${name} is started, not until it has completed`] : [];
    }),
});
