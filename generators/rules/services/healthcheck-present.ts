import { buildOf, dockerfileHealthcheck, factsOf } from '../builds.ts';
import { isSwitchedOff, probeOf } from '../probe.ts';
import { composeSpec } from '../sources.ts';
import { isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const healthcheckPresent = serviceRule({
  id: 'healthcheck-present',
  severity: 'error',
  title: 'Every long-running service has a health check',
  why: 'Without one, `depends_on`, `up --wait`, deploys and monitoring take a process that hangs for a service that works.',
  fix: 'Add a healthcheck that asks the service itself over 127.0.0.1. A worker without a port checks its own heartbeat, or has `disable: true` where it shares the image of a web service.',
  source: composeSpec('05-services.md#healthcheck'),
  scope: 'production',
  of: isLongRunning,
  at: ['healthcheck'],
  check: (view) => {
    const { healthcheck } = view.service;
    if (probeOf(healthcheck)) return undefined;
    if (isSwitchedOff(healthcheck)) {
      return isSecondRole(view) ? undefined : 'its health check is switched off';
    }
    return hasOwn(view) ? undefined : 'no health check';
  },
});

/** Whether the image checks itself, or cannot be checked. A different command makes the check of the image wrong. */
function hasOwn({ project, service }: ServiceView): boolean {
  const facts = factsOf(project, service);
  if (facts?.cannotProbe) return true;
  const inherits = dockerfileHealthcheck(buildOf(project, service)) !== undefined || facts?.probesItself === true;
  return inherits && !service.command?.length && !service.entrypoint?.length;
}

/** A worker or a scheduler: another process of an image that a service of the stack runs too, without a port. */
function isSecondRole({ model, name, service }: ServiceView): boolean {
  if (service.ports?.length || service.expose?.length) return false;
  return Object.entries(model.services).some(
    ([other, { image, build }]) =>
      other !== name &&
      ((image !== undefined && image === service.image) ||
        (build !== undefined && JSON.stringify(build) === JSON.stringify(service.build))),
  );
}
