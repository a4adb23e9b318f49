import { layered } from './layers.ts';
import { readYaml } from './yaml.ts';

/** What is mounted into a service. */
export interface MountFacts {
  /** `source:target`, and `:ro`. */
  readonly text: string;
  /** Whether Compose refuses to start without the source, instead of making a folder of its name. */
  readonly mustExist: boolean;
}

/** What one service of a compose file says, in one form whatever way it was written. */
export interface ServiceFacts {
  readonly image?: string;
  readonly build: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  readonly networks: readonly string[];
  readonly secrets: readonly string[];
  readonly volumes: readonly MountFacts[];
  readonly ports: readonly string[];
  /** `cpus`, `memory`, `pids`. */
  readonly limits: Readonly<Record<string, string>>;
}

export interface ComposeFacts {
  readonly services: Readonly<Record<string, ServiceFacts>>;
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  /** Names of all variables that are interpolated anywhere. */
  readonly variables: readonly string[];
}

type Data = Readonly<Record<string, unknown>>;

/**
 * Reads a compose file back, to compare it with what was meant.
 * @throws UserError `repo` when it is no YAML
 */
export function factsOf(text: string, file: string): ComposeFacts {
  return factsIn(readYaml(text, file));
}

/** What compose files say that are laid over each other. */
export function factsOfLayers(texts: readonly string[]): ComposeFacts {
  return factsIn(layered(texts));
}

function factsIn(file: unknown): ComposeFacts {
  const data = map(file);
  return {
    services: Object.fromEntries(
      Object.entries(map(data['services'])).map(([name, service]) => [name, serviceFacts(map(service))]),
    ),
    networks: Object.keys(map(data['networks'])),
    volumes: Object.keys(map(data['volumes'])),
    secrets: Object.keys(map(data['secrets'])),
    variables: [...new Set(variablesIn(data))].sort(),
  };
}

function serviceFacts(service: Data): ServiceFacts {
  return {
    ...(typeof service['image'] === 'string' && { image: service['image'] }),
    build: service['build'] !== undefined,
    environment: strings(service['environment']),
    dependsOn: names(service['depends_on']),
    networks: names(service['networks']),
    secrets: names(service['secrets']),
    volumes: list(service['volumes']).map(mountFacts),
    ports: list(service['ports']).map(String),
    limits: strings(map(map(service['deploy'])['resources'])['limits']),
  };
}

function mountFacts(volume: unknown): MountFacts {
  if (typeof volume === 'string') return { text: volume, mustExist: false };
  const { source, target, read_only, bind } = map(volume);
  return {
    text: `${source}:${target}${read_only === true ? ':ro' : ''}`,
    mustExist: map(bind)['create_host_path'] === false,
  };
}

function strings(data: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map(data)).map(([name, value]) => [name, String(value)]));
}

function variablesIn(data: unknown): readonly string[] {
  if (typeof data === 'string') {
    // `$$` is a dollar sign and starts nothing.
    return [...data.replaceAll('$$', '').matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1] ?? '');
  }
  if (typeof data !== 'object' || data === null) return [];
  return Object.values(data).flatMap(variablesIn);
}

const map = (data: unknown): Data =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Data) : {};
const list = (data: unknown): readonly unknown[] => (Array.isArray(data) ? data : []);
const names = (data: unknown): readonly string[] => (Array.isArray(data) ? data.map(String) : Object.keys(map(data)));
