import { buildElsewhere, buildOf, dockerfileHealthcheck, factsOf } from '../builds.ts';
import { isSwitchedOff, probeOf } from '../probe.ts';
import { composeSpec } from '../sources.ts';
import { isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const healthcheckPresent = serviceRule({
  id: 'healthcheck-present',
  severity: 'warning',
  title: 'Every long-running service has a health check',
  why: 'Without one, `depends_on`, `up --wait`, deploys and monitoring take a process that hangs for a service that works.',
  fix: 'Add a healthcheck that asks the service itself over 127.0.0.1. A worker that listens nowhere checks its own heartbeat, or has none; where its image is made for a web service, replace the check that it brings.',
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
    if (hasOwn(view) || isProgram(view)) return undefined;
    const ownCommand = view.service.command?.length || view.service.entrypoint?.length;
    return ownCommand && isSecondRole(view) && !inherits(view) ? undefined : 'no health check';
  },
});

/** Whether the image checks itself, or cannot be checked. A different command makes the check of the image wrong. */
function hasOwn({ project, service }: Pick<ServiceView, 'project' | 'service'>): boolean {
  if (factsOf(project, service)?.cannotProbe) return true;
  return inherits({ project, service }) && !service.command?.length && !service.entrypoint?.length;
}

/** A worker or bot with an image of its own that says nothing of a port: there is nothing to ask. */
function isProgram({ project, service }: ServiceView): boolean {
  if (service.ports?.length || service.expose?.length || inherits({ project, service })) return false;
  const build = buildOf(project, service) ?? buildElsewhere(project, service);
  return build !== undefined && !build.instructions.some(({ keyword }) => keyword === 'EXPOSE');
}

/** Whether the image or its Dockerfile brings a check. */
function inherits({ project, service }: Pick<ServiceView, 'project' | 'service'>): boolean {
  const fromDockerfile = dockerfileHealthcheck(buildOf(project, service)) !== undefined;
  return fromDockerfile || factsOf(project, service)?.probesItself === true;
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
