import { listed } from '../../words.ts';
import type { ComposeModel, ComposeService } from '../model.ts';
import { isAddress } from './addresses.ts';
import type { ComposeProblem, ProblemCode, Report } from './problem.ts';
import type { NodePath, Place } from './tree.ts';

interface Checked {
  readonly model: ComposeModel;
  /** Where the nearest thing on a path is written. */
  readonly placeOf: (path: NodePath) => Place;
  readonly report: Report;
}

/**
 * What cannot be together, although each part is well written (compose-go loader/validate.go): names of nothing, keys
 * that exclude each other, circles.
 */
export function checkConsistency(checked: Checked): void {
  for (const [name, service] of Object.entries(checked.model.services)) {
    checkSource(checked, name, service);
    checkReferences(checked, name, service);
    checkLimits(checked, name, service);
    checkMounts(checked, name, service);
  }
  checkFileObjects(checked);
  checkContainerNames(checked);
  checkCircles(checked);
}

function fail(checked: Checked, code: ProblemCode, path: NodePath, message: string, hint: string): void {
  const problem: ComposeProblem = { severity: 'error', code, ...checked.placeOf(path), message, hint };
  checked.report(problem);
}

function checkSource(checked: Checked, name: string, service: ComposeService): void {
  const { build } = service;
  const at = ['services', name];
  if (!build && service.image === undefined && !service.provider) {
    fail(checked, 'undefined', at, `${name} has neither an image nor a build`, 'Add `image:` or `build:`.');
  }
  if (build?.dockerfile && build.dockerfile_inline) {
    const message = `${name} has a dockerfile and a dockerfile_inline`;
    fail(checked, 'conflict', [...at, 'build', 'dockerfile'], message, 'Keep one of the two.');
  }
  if (service.platform && build?.platforms && !build.platforms.includes(service.platform)) {
    const message = `${name} is for ${service.platform}, and is built for ${build.platforms.join(', ')}`;
    fail(checked, 'conflict', [...at, 'platform'], message, 'Add it to `build.platforms`.');
  }
  if (service.network_mode !== undefined && Object.keys(service.networks ?? {}).length > 0) {
    const message = `${name} has both network_mode and networks`;
    fail(checked, 'conflict', [...at, 'network_mode'], message, 'Keep one of the two.');
  }
  const [kind = 'NONE'] = service.healthcheck?.test ?? [];
  if (!['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) {
    const message = `the test of ${name} begins with ${JSON.stringify(kind)}`;
    fail(checked, 'value', [...at, 'healthcheck', 'test'], message, 'Begin it with CMD, CMD-SHELL or NONE.');
  }
}

function checkReferences(checked: Checked, name: string, service: ComposeService): void {
  const { model } = checked;
  const at = ['services', name];
  const need = (what: string, defined: object | undefined, wanted: string, path: NodePath): void => {
    if (Object.hasOwn(defined ?? {}, wanted)) return;
    const message = `${name} refers to the ${what} ${wanted}, which is not defined`;
    const hint =
      what === 'service'
        ? 'Correct the name, or remove it there.'
        : `Define it below \`${what}s:\`, or correct the name.`;
    fail(checked, 'undefined', path, message, hint);
  };
  for (const network of Object.keys(service.networks ?? {})) {
    need('network', model.networks, network, [...at, 'networks', network]);
  }
  for (const other of Object.keys(service.depends_on ?? {})) {
    need('service', model.services, other, [...at, 'depends_on', other]);
  }
  const shared = /^service:(.*)$/s.exec(service.network_mode ?? '')?.[1];
  // It has been made a dependency, too.
  if (shared !== undefined && !service.depends_on?.[shared]) {
    need('service', model.services, shared, [...at, 'network_mode']);
  }
  service.volumes?.forEach(({ type, source }, index) => {
    if (type === 'volume' && source !== undefined) {
      need('volume', model.volumes, source, [...at, 'volumes', String(index)]);
    }
  });
  service.secrets?.forEach(({ source = '' }, index) => {
    need('secret', model.secrets, source, [...at, 'secrets', String(index)]);
  });
  service.configs?.forEach(({ source = '' }, index) => {
    need('config', model.configs, source, [...at, 'configs', String(index)]);
  });
  service.build?.secrets?.forEach(({ source = '' }, index) => {
    need('secret', model.secrets, source, [...at, 'build', 'secrets', String(index)]);
  });
}

function checkLimits(checked: Checked, name: string, service: ComposeService): void {
  const at = ['services', name];
  const { deploy, scale } = service;
  const differ = (one: string, other: string, first: unknown, second: unknown): void => {
    if (first === undefined || first === second) return;
    const message = `${name} has ${one} and ${other}, which differ`;
    fail(checked, 'conflict', [...at, one], message, `Keep ${other}.`);
  };
  if (deploy?.replicas !== undefined) differ('scale', 'deploy.replicas', scale, deploy.replicas);
  const { limits, reservations } = deploy?.resources ?? {};
  if (limits) {
    differ('cpus', 'deploy.resources.limits.cpus', service.cpus, limits.cpus);
    differ('mem_limit', 'deploy.resources.limits.memory', service.mem_limit, limits.memory);
    differ('pids_limit', 'deploy.resources.limits.pids', service.pids_limit, limits.pids);
  }
  if (reservations) {
    differ('mem_reservation', 'deploy.resources.reservations.memory', service.mem_reservation, reservations.memory);
  }
  const replicas = scale ?? deploy?.replicas ?? 1;
  const key = scale === undefined ? ['deploy', 'replicas'] : ['scale'];
  if (replicas < 0) fail(checked, 'value', [...at, ...key], `${name} has fewer than no containers`, 'Write 0 or more.');
  if (replicas > 1 && service.container_name !== undefined) {
    const message = `${name} has one container_name for ${replicas} containers`;
    fail(checked, 'conflict', [...at, 'container_name'], message, 'Remove `container_name:`.');
  }
}

function checkMounts(checked: Checked, name: string, service: ComposeService): void {
  const at = ['services', name];
  const seen = new Set<string>();
  const mount = (target: string, path: NodePath): void => {
    if (seen.has(target)) {
      const message = `${name} has two mounts at ${target}`;
      fail(checked, 'conflict', path, message, 'Keep one of the two.');
    }
    seen.add(target);
  };
  service.tmpfs?.forEach((text, index) => {
    mount(text.split(':')[0] ?? '', [...at, 'tmpfs', String(index)]);
  });
  service.volumes?.forEach(({ type, source, target = '' }, index) => {
    const path = [...at, 'volumes', String(index)];
    mount(target, path);
    if (type === 'bind' && source === undefined) {
      fail(checked, 'value', path, `a bind mount of ${name} has no source`, 'Add `source:`.');
    }
  });
  service.ports?.forEach(({ host_ip }, index) => {
    if (host_ip === undefined || isAddress(host_ip)) return;
    const message = `${host_ip} is no IP address`;
    fail(checked, 'value', [...at, 'ports', String(index), 'host_ip'], message, 'Write such as 127.0.0.1.');
  });
}

function checkFileObjects(checked: Checked): void {
  const allowed = { secrets: ['file', 'environment'], configs: ['file', 'environment', 'content'] } as const;
  for (const [section, keys] of Object.entries(allowed) as readonly ['secrets' | 'configs', readonly string[]][]) {
    for (const [name, object] of Object.entries(checked.model[section] ?? {})) {
      const given = keys.filter((key) => Object.hasOwn(object, key));
      const path = [section, name];
      const isElsewhere = object.external || Object.hasOwn(object, 'driver');
      if (given.length > 1) {
        fail(checked, 'conflict', path, `${section}.${name} has ${listed(given)}`, 'Keep one of them.');
      }
      if (given.length === 0 && !isElsewhere) {
        fail(checked, 'undefined', path, `${section}.${name} comes from nowhere`, `Add one of ${keys.join(', ')}.`);
      }
    }
  }
}

function checkContainerNames(checked: Checked): void {
  const owners = new Map<string, string>();
  for (const [name, { container_name: called }] of Object.entries(checked.model.services)) {
    if (called === undefined) continue;
    const owner = owners.get(called);
    if (owner !== undefined) {
      const message = `${name} and ${owner} have the same container_name`;
      fail(checked, 'conflict', ['services', name, 'container_name'], message, 'Remove `container_name:`.');
    }
    owners.set(called, name);
  }
}

/** One problem for each circle of services that wait for each other. */
function checkCircles(checked: Checked): void {
  const { services } = checked.model;
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    const from = way.indexOf(name);
    if (from >= 0) {
      const circle = [...way.slice(from), name];
      const path = ['services', circle.at(-2) ?? name, 'depends_on', name];
      fail(
        checked,
        'cycle',
        path,
        `services wait for each other: ${circle.join(' -> ')}`,
        'Remove one of these edges.',
      );
      return;
    }
    if (done.has(name)) return;
    for (const other of Object.keys(services[name]?.depends_on ?? {})) visit(other, [...way, name]);
    done.add(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
}
