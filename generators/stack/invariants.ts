import type { Stack, Value } from './types.ts';
import { projectVariable } from './values.ts';

/** The variables that a value refers to. */
export function variablesOf(value: Value): readonly string[] {
  return typeof value === 'string' ? [] : value.flatMap((part) => (typeof part === 'string' ? [] : [part.variable]));
}

/**
 * What must hold of every Stack, whatever the blocks: names are unique, everything referred to exists.
 * @throws Error with all contradictions: a bug of a block, never a person's mistake
 */
export function checkInvariants(stack: Stack): void {
  const wrong: string[] = [];
  const unique = (what: string, names: readonly string[]): ReadonlySet<string> => {
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) wrong.push(`two ${what} are named ${name}`);
      seen.add(name);
    }
    return seen;
  };
  const services = unique(
    'services',
    stack.services.map((one) => one.name),
  );
  const volumes = unique(
    'volumes',
    stack.volumes.map((one) => one.name),
  );
  const networks = unique(
    'networks',
    stack.networks.map((one) => one.name),
  );
  const env = unique(
    'variables',
    stack.env.map((one) => one.name),
  );
  unique('files', [...stack.artifacts.map((one) => one.path), ...stack.ignores.map((one) => one.path)]);

  const secrets = unique(
    'secrets',
    stack.secrets.map((one) => one.name),
  );

  for (const service of stack.services) {
    const at = `service ${service.name}`;
    for (const name of Object.keys(service.dependsOn))
      if (!services.has(name)) wrong.push(`${at} depends on ${name}, which is none`);
    for (const { volume } of service.volumes)
      if (!volumes.has(volume)) wrong.push(`${at} mounts ${volume}, which is none`);
    for (const name of service.networks) if (!networks.has(name)) wrong.push(`${at} is on ${name}, which is none`);
    for (const name of [...(service.secrets ?? []), ...(service.prodSecrets ?? [])])
      if (!secrets.has(name)) wrong.push(`${at} reads ${name}, which is no secret`);
    const values = [
      service.image,
      ...(service.sharedMemory === undefined ? [] : [service.sharedMemory]),
      ...Object.values(service.environment),
      ...Object.values(service.devEnvironment),
      ...Object.values(service.prodEnvironment ?? {}),
      ...Object.values(service.build?.args ?? {}),
      ...Object.values(service.build?.devArgs ?? {}),
    ];
    const ports = [...service.ports.production, ...service.ports.development].flatMap(({ variable, address = [] }) => [
      variable,
      ...[address].flat(),
    ]);
    for (const name of [...values.flatMap(variablesOf), ...ports]) {
      if (name !== projectVariable && !env.has(name)) wrong.push(`${at} uses ${name}, which no block declares`);
    }
  }
  for (const variable of stack.env) {
    if ((variable.kind === 'optional') !== (variable.default !== undefined))
      wrong.push(`${variable.name}: only optional variables have a default`);
  }
  if (wrong.length > 0) throw new Error(`The stack contradicts itself: ${wrong.join('; ')}`);
}
