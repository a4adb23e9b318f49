/** `docs/DEPLOYMENT.md`: how this stack comes onto a server, and what it gets there. */
import {
  allDataVolumes,
  allStacks,
  defaultOf,
  hasCertificates,
  hasManagedServer,
  isProxy,
  publicHost,
  running,
} from '../stack/queries.ts';
import { secretsFolder } from '../stack/secrets.ts';
import { coresText, hundredths, mebibytes, memoryText } from '../stack/targets/amounts.ts';
import type { Limits, Service, Stack, Target } from '../stack/types.ts';
import { backupSection } from './backup-docs.ts';
import { overlayFile } from './compose.ts';
import { controlScript } from './control.ts';
import { edgeSection, linkTo, openElsewhere } from './edge-docs.ts';
import { edgeSteps } from './edge-steps.ts';
import { maintenanceScript } from './maintenance.ts';
import { render } from './render.ts';
import { restoreSection } from './restore-docs.ts';
import { rolloutView } from './rollout.ts';
import { rotationView } from './rotation.ts';
import { developmentFiles, serverFiles } from './targets.ts';

/** How the stack is brought onto each of its hosts, updated and taken back. */
export function deployment(stack: Stack): string {
  const services = running(stack);
  const own = services.filter(({ devImage }) => devImage !== undefined);
  const pulled = own.some((service) => service.pulled);
  const hosts = hostsOf(stack);
  const [first] = own.filter(({ oneShot }) => !oneShot);
  return render('docs/deployment.md', {
    name: stack.name,
    logs: stack.logs,
    pulled,
    baseFile: stack.composeFile,
    devFiles: developmentFiles(stack),
    buildFile: overlayFile(stack.composeFile, 'build'),
    files: hosts.map(({ title, target }) => ({ title, files: serverFiles(stack, target) })),
    limits: limitsTable(hosts, services),
    keepsChosen: stack.targets.some(({ host }) => host) && services.some(({ limits }) => limits.chosen),
    registry: own.map(({ image }) => defaultImage(stack, image)).find((one) => one !== undefined) ?? '',
    required: stack.env
      .filter(({ kind }) => kind !== 'optional')
      .map(({ name, targets }) => ({ name, only: targets?.join(', ') ?? '' })),
    secrets: stack.secrets.map(({ name }) => ({ name })),
    infisical: stack.secretsFrom === 'infisical',
    rotates: rotationView(stack) !== undefined,
    s3: stack.backup?.to === 's3',
    sftp: stack.backup?.to === 'sftp',
    timers: stack.backup?.schedule === 'systemd',
    backupUrls: [...stack.env.map(({ name }) => name), ...stack.secrets.map(({ variable }) => variable)]
      .filter((name) => /(?:^|_)BACKUP_DATABASE_URL$/.test(name))
      .map((name) => `\`${name}\``)
      .join(', '),
    backups: backupSection(stack),
    restore: restoreSection(stack),
    folders: foldersOf(stack).map((name) => ({ name })),
    brought: broughtBy(stack),
    edge: edgeSection(stack),
    edgeSteps: edgeSteps(stack),
    published: publishedBy(stack),
    watched: watchedBy(stack),
    ports: portsOf(stack),
    certificates: hasCertificates(stack),
    managed: hasManagedServer(stack),
    control: controlScript,
    volumes: allDataVolumes(stack).length > 0,
    rollout: rolloutView(stack),
    maintenance: stack.edge && maintenanceScript,
    // What tunnels lead to is the name of an app, which the page takes over.
    maintenanceStops: stack.edge !== undefined && !isProxy(stack.edge),
    migrations: own.filter(({ role }) => role === 'migrate').map(({ name }) => ({ name })),
    first: first?.name ?? '',
    apps: own
      .filter(({ oneShot }) => !oneShot)
      .map(({ name }) => name)
      .join(' '),
  });
}

/** The apps that are published on the loopback interface. */
function publishedBy(stack: Stack) {
  return running(stack).flatMap(({ name, role, ports, view }) => {
    const port = ports.production[0];
    if (role !== 'web' || !port) return [];
    const health = String(view['health'] ?? 'none');
    return [{ name, port: defaultOf(stack, port.variable), health: health === 'none' ? '/' : health }];
  });
}

/** Addresses that say whether an app is well: what the world asks, or what is published here. */
function watchedBy(stack: Stack): readonly { readonly name: string; readonly url: string }[] {
  const { edge } = stack;
  if (!edge)
    return publishedBy(stack).map(({ name, port, health }) => ({ name, url: `<http://127.0.0.1:${port}${health}>` }));
  return edge.routes.flatMap(({ host, path, service, health = '/' }) => {
    // Below a path only what is below it can be asked for.
    const reached = path === '/' || health === path || health.startsWith(`${path}/`) ? health : undefined;
    return reached === undefined
      ? []
      : [{ name: service, url: linkTo(edge, `https://${publicHost(edge, host)}${reached}`) }];
  });
}

/** What production publishes, in a few words. */
function portsOf(stack: Stack): string {
  const { edge } = stack;
  if (!edge) return 'apps only, on the loopback interface';
  const open = openElsewhere(stack);
  if (!isProxy(edge)) return `${open || 'none'}: ${edge.service} calls out`;
  return [`${defaultOf(stack, 'HTTP_PORT')} and ${defaultOf(stack, 'HTTPS_PORT')} of ${edge.service}`, open]
    .filter(Boolean)
    .join('; ');
}

/** What somebody else runs, as far as `.env` has its address. */
function broughtBy({ env }: Stack): Readonly<Record<string, boolean>> {
  const needs = (name: RegExp) => env.some((one) => one.kind === 'required' && name.test(one.name));
  return {
    postgres: needs(/(?:^|_)DATABASE_URL$/),
    migrations: needs(/(?:^|_)MIGRATION_DATABASE_URL$/),
    redis: needs(/(?:^|_)(?:REDIS|CACHE)_URL$/),
    issuer: needs(/(?:^|_)(?:OIDC|OAUTH)_ISSUER_URL$/),
  };
}

/** What containers mount, beside the folders that every server needs. */
function foldersOf(stack: Stack): readonly string[] {
  const services = allStacks(stack).flatMap((one) => one.services);
  const mounted = services.flatMap(({ files = [] }) => files.map(({ path }) => path.split('/')[0] ?? ''));
  // What begins with a slash is the host's own already.
  const timers = stack.backup?.schedule === 'systemd' ? ['docker'] : [];
  return [
    ...new Set([
      ...mounted.filter((one) => one !== ''),
      ...timers,
      'scripts',
      ...(stack.secrets.length > 0 ? [secretsFolder] : []),
    ]),
  ].sort();
}

interface Host {
  readonly title: string;
  readonly stack: Stack;
  readonly target?: Target;
}

function hostsOf(stack: Stack): readonly Host[] {
  return [
    { title: 'any server', stack },
    ...stack.targets.map((target) => ({ title: target.title, stack: target.stack, target })),
  ];
}

/** A column for each host, a row for each service, and the sums. */
function limitsTable(hosts: readonly Host[], services: readonly Service[]) {
  // A target without a size has the limits of any server.
  const columns = hosts.filter(({ target }) => !target || target.host);
  const onHosts = columns.map(({ stack }) => running(stack));
  const names = [...new Set([...services, ...onHosts.flat()].map(({ name }) => name))];
  const row = (name: string, cell: (host: Host, there: readonly Service[]) => string) => ({
    name,
    cells: columns.map((host, index) => cell(host, onHosts[index] ?? [])),
  });
  return {
    titles: columns.map(({ title }) => title),
    rows: [
      ...names.map((name) =>
        row(titleOf(name, services), (_, there) => limitsText(there.find((service) => service.name === name)?.limits)),
      ),
      row('together', (_, there) => sumText(there.map(({ limits }) => limits))),
      ...(columns.some(({ target }) => target)
        ? [
            row('left for the system', ({ target }) => target?.sums?.system ?? ''),
            row('the host has', ({ target }) => (target?.host ? `${target.host.cpus} / ${target.host.memory}` : '')),
          ]
        : []),
    ],
  };
}

/** Services of a profile count like all others: they have to fit once somebody starts them. */
function titleOf(name: string, services: readonly Service[]): string {
  const isAsked = services.some((service) => service.name === name && service.profile !== undefined);
  return isAsked ? `\`${name}\`, while it is on` : `\`${name}\``;
}

function limitsText(limits: Limits | undefined): string {
  return limits ? `${limits.cpus} / ${limits.memory} (${limits.reservation})` : '';
}

function sumText(all: readonly Limits[]): string {
  const sum = (of: (limits: Limits) => number) => all.reduce((total, limits) => total + of(limits), 0);
  const memory = sum(({ memory }) => mebibytes(memory));
  const reserved = sum(({ reservation }) => mebibytes(reservation));
  return `${coresText(sum(({ cpus }) => hundredths(cpus)))} / ${memoryText(memory)} (${memoryText(reserved)})`;
}

/** The registry of an image that is pulled: the host in front of its path. */
function defaultImage({ env }: Stack, image: Service['image']): string | undefined {
  if (typeof image === 'string') return undefined;
  const [place] = image;
  const found = typeof place === 'object' ? env.find(({ name }) => name === place.variable)?.default : undefined;
  return found?.split('/')[0];
}
