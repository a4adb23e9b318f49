import { type ComposeFacts, factsOf } from '../compose/facts.ts';
import type { Stack } from '../stack/types.ts';
import { boundPorts, interpolated, mounts, overlayFile } from './compose.ts';

/** Variables that Compose itself sets. */
const builtIn = new Set(['COMPOSE_PROJECT_NAME']);

/**
 * Reads the rendered compose files back: they must say what the Stack says, no more and no less. This is what
 * makes it impossible for a value, however strange, to change the shape of a file.
 * @throws Error with the first difference: a bug of a template
 */
export function verifyCompose(
  stack: Stack,
  files: readonly { readonly path: string; readonly content: string }[],
): void {
  const facts = new Map(files.map(({ path, content }) => [path, factsOf(content, path)]));
  const base = facts.get(stack.composeFile);
  const prod = facts.get(overlayFile(stack.composeFile, 'prod'));
  const dev = facts.get(overlayFile(stack.composeFile, 'dev'));
  if (!base || !prod || !dev) throw new Error('A compose file was not rendered.');

  const everywhere = stack.services.filter((service) => !service.development);
  const names = everywhere.map((service) => service.name);
  same('services', Object.keys(base.services), names);
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
    const text = (value: typeof service.image) => interpolated(value, stack.env);
    const texts = (values: typeof service.environment) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
    const written = (service.development ? dev : base).services[service.name];
    same(`${service.name}: image`, written?.image, text(service.image));
    same(`${service.name}: build`, written?.build, service.build !== undefined);
    same(`${service.name}: environment`, written?.environment, texts(service.environment));
    same(`${service.name}: depends_on`, written?.dependsOn, Object.keys(service.dependsOn));
    same(`${service.name}: networks`, written?.networks, service.networks);
    same(`${service.name}: volumes`, written?.volumes, mounts(service));
    same(`${service.name}: secrets`, written?.secrets, service.secrets ?? []);
    if (!service.development) {
      same(
        `${service.name}: environment in production`,
        prod.services[service.name]?.environment,
        texts(service.prodEnvironment ?? {}),
      );
      same(`${service.name}: ports of the base`, written?.ports, []);
      same(
        `${service.name}: ports in production`,
        prod.services[service.name]?.ports,
        boundPorts(service.ports.production, stack.env),
      );
    }
    same(
      `${service.name}: ports in development`,
      dev.services[service.name]?.ports ?? [],
      boundPorts(service.ports.development, stack.env),
    );
  }

  const used = new Set(
    [base, prod, dev].flatMap((one: ComposeFacts) => one.variables).filter((name) => !builtIn.has(name)),
  );
  same(
    'variables',
    [...used].sort(),
    stack.env
      .filter(({ inScript }) => !inScript)
      .map(({ name }) => name)
      .sort(),
  );
}

function same(what: string, written: unknown, meant: unknown): void {
  if (JSON.stringify(written) !== JSON.stringify(meant)) {
    throw new Error(
      `The compose files do not say what was meant. ${what}: written ${JSON.stringify(written)}, meant ${JSON.stringify(meant)}`,
    );
  }
}
