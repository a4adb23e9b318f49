import { type ComposeFacts, factsOf, factsOfLayers, type ServiceFacts } from '../compose/facts.ts';
import { limitVariables } from '../stack/blocks/limits.ts';
import { running } from '../stack/queries.ts';
import type { Service, Stack, Target } from '../stack/types.ts';
import { projectVariable } from '../stack/values.ts';
import { boundPorts, interpolated, mounts, overlayFile } from './compose.ts';
import { serverFiles } from './targets.ts';
import type { PlannedText } from './types.ts';

/** Variables that Compose itself sets. */
const builtIn: ReadonlySet<string> = new Set([projectVariable]);

/**
 * Reads the rendered compose files back: they must say what the Stack says, no more and no less. This is what
 * makes it impossible for a value, however strange, to change the shape of a file.
 * @throws Error with the first difference: a bug of a template
 */
export function verifyCompose(stack: Stack, files: readonly Pick<PlannedText, 'path' | 'content'>[]): void {
  const facts = new Map(files.map(({ path, content }) => [path, factsOf(content, path)]));
  const base = facts.get(stack.composeFile);
  const prod = facts.get(overlayFile(stack.composeFile, 'prod'));
  const dev = facts.get(overlayFile(stack.composeFile, 'dev'));
  if (!base || !prod || !dev) throw new Error('A compose file was not rendered.');

  const everywhere = running(stack);
  const names = everywhere.map((service) => service.name);
  same(
    'services',
    Object.keys(base.services),
    everywhere.filter(({ production }) => !production).map(({ name }) => name),
  );
  same(
    'networks',
    base.networks,
    stack.networks.map((network) => network.name),
  );
  same(
    'volumes',
    base.volumes,
    stack.volumes.map((volume) => volume.name),
  );
  same('services of the production overlay', Object.keys(prod.services), names);
  same(
    'secrets',
    base.secrets,
    stack.secrets.map((secret) => secret.name),
  );

  for (const service of stack.services) {
    const written = (service.development ? dev : service.production ? prod : base).services[service.name];
    sameService(service, stack, written);
    same(`${service.name}: build`, written?.build, service.build !== undefined && !service.pulled);
    if (!service.development && !service.production) {
      same(`${service.name}: ports of the base`, written?.ports, []);
      same(`${service.name}: secrets in production`, prod.services[service.name]?.secrets, service.prodSecrets ?? []);
      same(
        `${service.name}: environment in production`,
        prod.services[service.name]?.environment,
        textsOf(service.prodEnvironment ?? {}, stack),
      );
    }
    if (!service.development) {
      const production = prod.services[service.name];
      same(`${service.name}: ports in production`, production?.ports, publishedBy(service, stack));
      same(`${service.name}: limits`, production?.limits, limitsOf(service, stack));
    }
    same(
      `${service.name}: ports in development`,
      dev.services[service.name]?.ports ?? [],
      boundPorts(service.ports.development, stack.env),
    );
  }
  const built = everywhere.filter((service) => service.pulled && service.build).map(({ name }) => name);
  const build = facts.get(overlayFile(stack.composeFile, 'build'));
  same('services of the build overlay', Object.keys(build?.services ?? {}), built);

  const contents = new Map(files.map(({ path, content }) => [path, content]));
  for (const target of stack.targets) {
    const layers = serverFiles(stack, target).split(':');
    verifyTarget(target, factsOfLayers(layers.map((path) => contents.get(path) ?? '')));
  }

  const used = new Set([...facts.values()].flatMap((one) => one.variables).filter((name) => !builtIn.has(name)));
  same(
    'variables',
    [...used].sort(),
    stack.env
      .filter(({ inScript }) => !inScript)
      .map(({ name }) => name)
      .sort(),
  );
}

/** All overlays of a target together say what its own Stack does. */
function verifyTarget({ name: target, stack }: Target, written: ComposeFacts): void {
  const services = running(stack);
  const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).sort();
  same(`services on ${target}`, Object.keys(written.services).sort(), names(services));
  same(`networks on ${target}`, [...written.networks].sort(), names(stack.networks));
  same(`volumes on ${target}`, [...written.volumes].sort(), names(stack.volumes));
  for (const service of services) {
    const there = written.services[service.name];
    const sorted = there && { ...there, environment: byName(there.environment) };
    sameService(inProduction(service), stack, sorted);
    same(`${service.name} on ${target}: ports`, there?.ports, publishedBy(service, stack));
    same(`${service.name} on ${target}: limits`, there?.limits, limitsOf(service, stack));
  }
}

/** A service with what the production overlay adds to it. */
function inProduction(service: Service): Service {
  const { environment, prodEnvironment, secrets = [], prodSecrets = [] } = service;
  return {
    ...service,
    environment: byName({ ...environment, ...prodEnvironment }),
    secrets: [...secrets, ...prodSecrets],
  };
}

/** What the base says of a service, or the layers of a target. */
function sameService(service: Service, stack: Stack, written: ServiceFacts | undefined): void {
  same(`${service.name}: image`, written?.image, interpolated(service.image, stack.env));
  same(`${service.name}: environment`, written?.environment, textsOf(service.environment, stack));
  same(`${service.name}: depends_on`, written?.dependsOn, Object.keys(service.dependsOn));
  same(`${service.name}: networks`, written?.networks, service.networks);
  same(`${service.name}: volumes`, written?.volumes, mounts(service));
  same(`${service.name}: secrets`, written?.secrets, service.secrets ?? []);
}

function textsOf(values: Service['environment'], { env }: Stack): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, interpolated(value, env)]));
}

function byName<T>(values: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function publishedBy(service: Service, stack: Stack): readonly string[] {
  return boundPorts(service.ports.production, stack.env);
}

function limitsOf({ name }: Service, { env }: Stack): Readonly<Record<string, string>> {
  const { cpus, memory, pids } = limitVariables(name);
  const text = (variable: string) => interpolated([{ variable }], env);
  return { cpus: text(cpus), memory: text(memory), pids: text(pids) };
}

function same(what: string, written: unknown, meant: unknown): void {
  if (JSON.stringify(written) !== JSON.stringify(meant)) {
    throw new Error(
      `The compose files do not say what was meant. ${what}: written ${JSON.stringify(written)}, meant ${JSON.stringify(meant)}`,
    );
  }
}
