/** What files say of a Stack, asked in one way. */
import type { Backup, Edge, EnvVar, Route, Service, Stack, Volume } from './types.ts';

/** What a server has: with what it starts only when asked to (`profile`), without what development alone has. */
export function running({ services }: Pick<Stack, 'services'>): readonly Service[] {
  return services.filter(({ development }) => !development);
}

/** The stack as it is on all of its hosts. */
export function allStacks(stack: Stack): readonly Stack[] {
  return [stack, ...stack.targets.map((target) => target.stack)];
}

/** The volumes that it has on any of its hosts. */
export function allVolumes(stack: Stack): readonly Volume[] {
  return [...new Map(allStacks(stack).flatMap(({ volumes }) => volumes.map((one) => [one.name, one]))).values()];
}

/** Whether servers pull the images of apps. */
export function isPulled({ services }: Pick<Stack, 'services'>): boolean {
  return services.some(({ pulled }) => pulled);
}

/** The script that makes certificates, where a stack has some. */
export const certificateScript = 'scripts/certs';

/** Whether there are certificates that have to be made before the first start. */
export function hasCertificates({ artifacts }: Pick<Stack, 'artifacts'>): boolean {
  return artifacts.some(({ path }) => path === certificateScript);
}

/** What holds where a variable is not set; empty where it has to be. */
export function defaultOf({ env }: Pick<Stack, 'env'>, variable: string | undefined): string {
  return env.find(({ name }) => name === variable)?.default ?? '';
}

/** Whether development too uses servers that somebody else runs. */
export function hasManagedServer({ services }: Stack): boolean {
  return services.some(({ environment }) => 'WAIT_FOR' in environment);
}

/** The volumes that hold what nothing can make again. */
export function dataVolumes({ volumes }: Pick<Stack, 'volumes'>): readonly Volume[] {
  return volumes.filter(({ disposable }) => !disposable);
}

/** Those of all its hosts. */
export function allDataVolumes(stack: Stack): readonly Volume[] {
  return dataVolumes({ volumes: allVolumes(stack) });
}

/**
 * The services that have the database open, and have to be stopped while another one takes its name: those that wait for it,
 * and the pooler; where somebody else runs it, all that wait for what is elsewhere.
 */
export function databaseClients({ services, backup }: Pick<Stack, 'services' | 'backup'>): readonly Service[] {
  const isClient = ({ dependsOn, environment }: Service): boolean =>
    backup?.managed ? 'WAIT_FOR' in environment : 'postgres' in dependsOn;
  return services.filter((one) => !one.oneShot && !one.development && one.role !== 'backup' && isClient(one));
}

/** Whether a secret signs or encrypts something that outlives it, by its name; a password of a server may be a new one. */
export function outlives({ name, lasting = false }: Pick<EnvVar, 'name' | 'lasting'>): boolean {
  if (lasting) return true;
  // Those of a bundled server are as new as it is.
  const ofServer = /^STORAGE_|(?:^|_)REVERB_/.test(name);
  return !ofServer && /(?:^|_)(?:(?:APP|ENCRYPTION|SECRET|SIGNING)_KEY|SECRET(?:_KEY_BASE)?|SALT|PEPPER)$/.test(name);
}

/** The secrets of apps that sign or encrypt, wherever they are kept. */
export function lastingSecrets({ env, secrets }: Pick<Stack, 'env' | 'secrets'>): readonly string[] {
  const all = [
    ...env.filter(({ kind, development }) => kind === 'secret' && !development),
    ...secrets.filter(({ made }) => made).map(({ variable, lasting = false }) => ({ name: variable, lasting })),
  ];
  return all.filter((one) => one.name !== 'BACKUP_PASSWORD' && outlives(one)).map(({ name }) => name);
}

/** Whether each backup stays on the host, wherever it is copied to. */
export function keepsHere(engine: Backup['engine']): boolean {
  return engine === 'files' || engine === 'laravel';
}

/** Whether backups are encrypted, and so have a key: those of the engines that do so themselves. */
export function isEncrypted({ engine }: Pick<Backup, 'engine'>): boolean {
  return engine === 'restic' || engine === 'pitr';
}

/** Whether an engine can save uploaded files beside the database. */
export function savesUploads(engine: Backup['engine']): boolean {
  return engine === 'restic' || engine === 'files';
}

/** The variables that say which address of the host a port is published on: with one of the network's, others come in. */
export function addressVariables(stack: Pick<Stack, 'services'>): readonly string[] {
  const ports = running(stack).flatMap((service) => service.ports.production);
  return [...new Set(ports.flatMap(({ address }) => address ?? []))];
}

/** The places that the world finds a service at; none where the edge leads nowhere to it. */
export function routesTo({ edge }: Pick<Stack, 'edge'>, service: string): readonly Route[] {
  return (edge?.routes ?? []).filter((route) => route.service === service);
}

const proxies: readonly Edge['kind'][] = ['caddy', 'nginx', 'traefik'];

/** Whether the world comes to ports of the host, and not through a tunnel. */
export function isProxy({ kind }: Pick<Edge, 'kind'>): boolean {
  return proxies.includes(kind);
}

/** What texts have in the place of a tailnet whose name nobody said. */
export const unknownTailnet = 'TAILNET.ts.net';

/** A host as the world asks for it: in a tailnet, whole with the tailnet's own name. */
export function publicHost({ kind, tailnet = unknownTailnet }: Pick<Edge, 'kind' | 'tailnet'>, host: string): string {
  return kind === 'tailscale' ? `${host}.${tailnet}` : host;
}

/** The names whose certificates come from there; none behind a tunnel, which has none of its own. */
export function certifiedBy(
  { certificates = {} }: Pick<Edge, 'certificates'>,
  source: NonNullable<Edge['certificates']>[string],
): readonly string[] {
  return Object.keys(certificates).filter((name) => certificates[name] === source);
}

/** The route that texts speak of: one that leads to all of a host, where there is such a one. */
export function mainRoute({ routes }: Pick<Edge, 'routes'>): Route | undefined {
  return routes.find(({ path }) => path === '/') ?? routes[0];
}
