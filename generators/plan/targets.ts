/** The overlays of targets: the difference between a stack and what it is on another host. */
import { same } from '../data.ts';
import { running } from '../stack/queries.ts';
import type { Service, Stack, Target } from '../stack/types.ts';
import { indent, overlayFile, type ServiceView, serviceView, volumeView, wholeService } from './compose.ts';
import { render } from './render.ts';
import type { PlannedText } from './types.ts';

/** The compose files of a server, as COMPOSE_FILE has them: on a host of no target, or on one. */
export function serverFiles(stack: Pick<Stack, 'composeFile'>, target?: Pick<Target, 'name'>): string {
  return ['', 'prod', ...(target ? [target.name] : [])]
    .map((overlay) => (overlay === '' ? stack.composeFile : overlayFile(stack.composeFile, overlay)))
    .join(':');
}

/** The same on a developer's machine. */
export function developmentFiles({ composeFile }: Pick<Stack, 'composeFile'>): string {
  return `${composeFile}:${overlayFile(composeFile, 'dev')}`;
}

/** An overlay for each target. */
export function targetFiles(stack: Stack): readonly PlannedText[] {
  return stack.targets.map((target) => ({
    path: overlayFile(stack.composeFile, target.name),
    content: targetFile(stack, target),
    why: `what is different on ${target.title}`,
  }));
}

function targetFile(stack: Stack, target: Target): string {
  const there = target.stack;
  const services = running(there).map((service) => {
    const before = stack.services.find(({ name }) => name === service.name && !service.development);
    return before ? changed(stack, before, target, service) : wholeService(serviceView(service, there));
  });
  const gone = without(running(stack), running(there)).map(({ name }) => `${name}: !reset null\n`);
  return render('compose/files/target.yaml', {
    name: stack.name,
    title: target.title,
    baseFile: stack.composeFile,
    prodFile: overlayFile(stack.composeFile, 'prod'),
    composeFiles: serverFiles(stack, target),
    host: target.host,
    sums: target.sums,
    loopback: target.loopback,
    edge: there.edge?.service,
    services: indent([...services, ...gone].filter((text) => text !== '').join('\n')),
    networks: [
      ...without(there.networks, stack.networks).map((one) => ({ ...one, gone: false })),
      ...without(stack.networks, there.networks).map((one) => ({ ...one, gone: true })),
    ],
    volumes: [
      ...without(there.volumes, stack.volumes).map((one) => ({ ...volumeView(one, stack), gone: false })),
      ...without(stack.volumes, there.volumes).map(({ name }) => ({ name, gone: true })),
    ],
  });
}

function without<T extends { readonly name: string }>(all: readonly T[], others: readonly T[]): readonly T[] {
  return all.filter(({ name }) => others.every((one) => one.name !== name));
}

/** A service that differs; empty where it does not. */
function changed(stack: Stack, before: Service, target: Target, after: Service): string {
  const [here, there] = [serviceView(before, stack), serviceView(after, target.stack)];
  if (same(fixed(here), fixed(there))) {
    const changes = changesBetween(here, there, target);
    return Object.values(changes).some(Boolean)
      ? render('compose/files/service.target.yaml', { name: after.name, ...changes })
      : '';
  }
  return wholeService(there).replace(`${after.name}:\n`, `${after.name}: !override\n`);
}

/** What no overlay can change one by one: where it differs, the service is replaced. */
function fixed(view: ServiceView): unknown {
  const {
    environment: _environment,
    secrets: _secrets,
    dependsOn: _dependsOn,
    networks: _networks,
    volumes: _volumes,
    limits: _limits,
    prodPorts: _prodPorts,
    devPorts: _devPorts,
    devEnvironment: _devEnvironment,
    ...rest
  } = view;
  const { probe, ...others } = rest as Readonly<Record<string, unknown>>;
  return { ...others, hasProbe: probe !== undefined };
}

/** What differs, as the template takes it; undefined where nothing does. */
function changesBetween(here: ServiceView, there: ServiceView, { host, loopback }: Target) {
  const differs = (key: keyof ServiceView): boolean => !same(here[key], there[key]);
  const { probe } = there as { readonly probe?: unknown };
  return {
    environment: entries(here.environment, there.environment),
    // The list of the production overlay goes with that of the base.
    secrets: differs('secrets') ? { names: [there.secrets, there.prodSecrets].filter(Boolean).join(', ') } : undefined,
    dependsOn: differs('dependsOn') ? { all: there.dependsOn } : undefined,
    networks: differs('networks') ? there.networks : undefined,
    volumes: differs('volumes') ? { all: there.volumes } : undefined,
    probe: same((here as { readonly probe?: unknown }).probe, probe) ? undefined : probe,
    ports: differs('prodPorts') || (loopback && there.prodPorts.length > 0) ? there.prodPorts : undefined,
    limits: host ? there.limits : undefined,
  };
}

type Entries = ServiceView['environment'];

/** Entries that are new, have another value, or are gone. */
function entries(here: Entries, there: Entries) {
  const changes = [
    ...there.filter((one) => !here.some((other) => same(one, other))).map((one) => ({ ...one, gone: false })),
    ...here
      .filter(({ name }) => there.every((other) => other.name !== name))
      .map(({ name }) => ({ name, value: '', gone: true })),
  ];
  return changes.length > 0 ? changes : undefined;
}
