/** A part of the catalogue under another name: its services, its variables in `.env`, its volumes. */
import { isData } from '../data.ts';
import type { Artifact, Service, Value } from '../stack/types.ts';
import type { AppDelta, Delta } from './delta.ts';

/** How the names of the catalogue become those of this project. */
export interface Names {
  service(name: string): string;
  variable(name: string): string;
  volume(name: string): string;
  file(path: string): string;
}

/** `redis` as `queue`: `redis` and what begins with `redis-` is called so, `REDIS_` gives way to `QUEUE_`. */
export function namesFor(
  from: { readonly service: string; readonly prefix: string },
  to: string,
  { separator, file }: { readonly separator: '-' | '_'; readonly file: (path: string) => string },
): Names {
  const swap = (name: string, before: string, after: string, joint: string): string =>
    name === before ? after : name.startsWith(before + joint) ? after + name.slice(before.length) : name;
  return {
    service: (name) => swap(name, from.service, to, '-'),
    variable: (name) => (from.service === to ? name : swap(name, from.prefix, variablePrefix(to), '_')),
    volume: (name) => {
      const own = swap(name, from.service, to, '-');
      return separator === '_' ? own.replaceAll('-', '_') : own;
    },
    file,
  };
}

/** What a service of any name has in front of its variables. */
export function variablePrefix(service: string): string {
  return service.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** The whole difference under the names of this project. */
export function renamed(delta: Delta, names: Names): Delta {
  const { edge } = delta.stack;
  return {
    ...delta,
    ...(edge && { stack: { ...delta.stack, edge: { ...edge, service: names.service(edge.service) } } }),
    services: delta.services.map((service) => renamedService(service, names)),
    volumes: delta.volumes.map((volume) => ({ ...volume, name: names.volume(volume.name) })),
    env: delta.env.map((one) => ({ ...one, name: names.variable(one.name) })),
    artifacts: delta.artifacts.map((one) => ({
      ...one,
      path: names.file(one.path),
      view: edge ? renamedView(one.view, names) : one.view,
    })),
    apps: delta.apps.map((app) => renamedApp(app, names)),
  };
}

/** What files of an edge say of themselves in messages and comments. */
function renamedView(view: Artifact['view'], names: Names): Artifact['view'] {
  const renamedValue = (key: string, value: unknown): unknown => {
    if (key === 'variables' && isData(value))
      return Object.fromEntries(Object.entries(value).map(([one, name]) => [one, names.variable(String(name))]));
    if (typeof value !== 'string') return value;
    if (key === 'service' || key === 'check') return names.service(value);
    if (key === 'reload') return value.replace(/(?<=^docker compose exec )\S+/, names.service);
    return /^docker\/\S*$/.test(value) ? names.file(value) : value;
  };
  return Object.fromEntries(Object.entries(view).map(([key, value]) => [key, renamedValue(key, value)]));
}

function renamedService(service: Service, names: Names): Service {
  const text = (value: Value) => withVariables(value, names);
  return {
    ...service,
    name: names.service(service.name),
    image: text(service.image),
    environment: environment(service.environment, names),
    devEnvironment: environment(service.devEnvironment, names),
    ...(service.prodEnvironment && { prodEnvironment: environment(service.prodEnvironment, names) }),
    dependsOn: keys(service.dependsOn, names.service),
    volumes: service.volumes.map((one) => ({ ...one, volume: names.volume(one.volume) })),
    ...(service.files && { files: service.files.map((one) => ({ ...one, path: names.file(one.path) })) }),
    ports: {
      production: service.ports.production.map((port) => withPort(port, names)),
      development: service.ports.development.map((port) => withPort(port, names)),
    },
    ...(service.sharedMemory !== undefined && { sharedMemory: text(service.sharedMemory) }),
  };
}

function renamedApp(app: AppDelta, names: Names): AppDelta {
  return {
    ...app,
    environment: environment(app.environment, names),
    devEnvironment: environment(app.devEnvironment, names),
    prodEnvironment: environment(app.prodEnvironment, names),
    dependsOn: keys(app.dependsOn, names.service),
    files: app.files.map((one) => ({ ...one, path: names.file(one.path) })),
  };
}

type Port = Service['ports']['production'][number];

function withPort(port: Port, names: Names): Port {
  return {
    ...port,
    variable: names.variable(port.variable),
    ...(port.address !== undefined && { address: names.variable(port.address) }),
  };
}

function environment(values: Service['environment'], names: Names): Service['environment'] {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      // A driver may be called like a service (redis), and a role too (postgres): only what is a host is one.
      typeof value === 'string'
        ? /HOST|URL|ENDPOINT|SERVER/.test(key)
          ? names.service(value)
          : value
        : hosts(value, names),
    ]),
  );
}

/** The parts of an address are parts of the value: its host stands alone. */
function hosts(value: Exclude<Value, string>, names: Names): Value {
  return value.map((part) =>
    typeof part === 'string' ? names.service(part) : { ...part, variable: names.variable(part.variable) },
  );
}

function withVariables(value: Value, names: Names): Value {
  return typeof value === 'string'
    ? value
    : value.map((part) => (typeof part === 'string' ? part : { ...part, variable: names.variable(part.variable) }));
}

function keys<T>(map: Readonly<Record<string, T>>, change: (key: string) => string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [change(key), value]));
}
