import type { MountFacts } from '../compose/facts.ts';
import { limitVariables } from '../stack/blocks/limits.ts';
import { addressVariables, hasManagedServer } from '../stack/queries.ts';
import { secretPath } from '../stack/secrets.ts';
import type { EnvVar, PublishedPort, Service, Stack, Value, Volume } from '../stack/types.ts';
import { projectVariable, volumeName } from '../stack/values.ts';
import { hasTemplate, render } from './render.ts';
import { targetFiles } from './targets.ts';
import type { PlannedText } from './types.ts';

/** `compose.yaml` and `prod` give `compose.prod.yaml`; the user's own naming is kept. */
export function overlayFile(composeFile: string, overlay: string): string {
  return composeFile.replace(/\.(ya?ml)$/, `.${overlay}.$1`);
}

/** A value as Compose reads it: `$` doubled, variables with their default or with what to do when they are missing. */
export function interpolated(value: Value, env: readonly EnvVar[]): string {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  return value
    .map((part) => (typeof part === 'string' ? part.replaceAll('$', '$$$$') : reference(part.variable, env)))
    .join('');
}

function reference(name: string, env: readonly EnvVar[]): string {
  if (name === projectVariable) return `\${${name}}`;
  const found = env.find((one) => one.name === name);
  if (found?.default !== undefined) return `\${${name}:-${found.default}}`;
  // What a person has to bring says what it looks like; what is made at random, .env.example has the command for.
  return `\${${name}:?set it in .env${found?.example === undefined ? '' : ` (${found.example})`}}`;
}

/** What a service mounts. */
export function mounts({ volumes, files = [] }: Service): readonly MountFacts[] {
  return [
    ...volumes.map(({ volume, target, readOnly = false }) => ({
      text: `${volume}:${target}${readOnly ? ':ro' : ''}`,
      mustExist: false,
    })),
    ...files.map(({ path, target, provided = false }) => ({
      text: `${path.startsWith('/') ? '' : './'}${path}:${target}:ro`,
      mustExist: provided,
    })),
  ];
}

/** Published ports as Compose reads them: on the loopback interface, unless they are public or `.env` says otherwise. */
export function boundPorts(ports: readonly PublishedPort[], env: readonly EnvVar[]): readonly string[] {
  return ports.map(({ address, variable, container, public: isPublic = false, protocol }) =>
    interpolated(
      [
        // Without an address Docker binds all of them, those of IPv6 too.
        ...(isPublic ? [] : [address === undefined ? '127.0.0.1' : { variable: address }, ':']),
        { variable },
        `:${container}${protocol === undefined ? '' : `/${protocol}`}`,
      ],
      env,
    ),
  );
}

/** All compose files of the stack. */
export function composeFiles(stack: Stack): readonly PlannedText[] {
  const baseFile = stack.composeFile;
  const prodFile = overlayFile(baseFile, 'prod');
  const devFile = overlayFile(baseFile, 'dev');
  const views = stack.services.map((service) => serviceView(service, stack));
  const file = (template: string, fragments: readonly string[]): string =>
    render(`compose/files/${template}.yaml`, {
      name: stack.name,
      baseFile,
      prodFile,
      devFile,
      services: indent(fragments.join('\n')),
      managed: hasManagedServer(stack),
      networks: stack.networks,
      infisical: stack.secretsFrom === 'infisical',
      edge: stack.edge?.service,
      open: addressVariables(stack).join(', '),
      secrets: stack.secrets.map(({ name, variable }) => ({ name, file: `./${secretPath(variable)}` })),
      internalNetworks: stack.networks.filter((network) => network.internal),
      volumes: stack.volumes.map((volume) => volumeView(volume, stack)),
    });
  const everywhere = views.filter((view) => !view.development);
  // What only development or production has is all in its overlay.
  const fragments = (overlay: 'base' | 'dev') =>
    (overlay === 'dev' ? views : everywhere.filter((view) => !view.production))
      .filter((view) => hasTemplate(`compose/${view.fragment}/${overlay}.yaml`))
      .map((view) => render(`compose/${view.fragment}/${overlay}.yaml`, view));
  return [
    { path: baseFile, content: file('base', fragments('base')), why: 'what runs' },
    {
      path: prodFile,
      content: file(
        'prod',
        everywhere.map((view) =>
          view.production ? wholeService(view) : render('compose/files/service.prod.yaml', view),
        ),
      ),
      why: 'how it runs on a server',
    },
    { path: devFile, content: file('dev', fragments('dev')), why: "how it runs on a developer's machine" },
    ...buildFile(stack, views),
    ...targetFiles(stack),
  ];
}

/** A service with all that production adds to it, in one map. */
export function wholeService(view: ServiceView): string {
  const base = render(`compose/${view.fragment}/base.yaml`, view);
  // The map of the production overlay, without its key, continues the one of the base.
  const production = render('compose/files/service.prod.yaml', view);
  return base + production.slice(production.indexOf('\n') + 1);
}

/** The images that servers pull, for the machine that builds them; none where each server builds its own. */
function buildFile(stack: Stack, views: readonly ServiceView[]): readonly PlannedText[] {
  const path = overlayFile(stack.composeFile, 'build');
  const built = views.filter(({ pulled, build }) => pulled && build);
  if (built.length === 0) return [];
  const services = indent(built.map((view) => render('compose/files/service.build.yaml', view)).join('\n'));
  return [
    {
      path,
      content: render('compose/files/build.yaml', { name: stack.name, buildFile: path, services }),
      why: 'builds the images and pushes them',
    },
  ];
}

/** A volume as fragments take it: with its name, and with the one that holds under any name of the project. */
export function volumeView({ name, disposable = false }: Volume, stack: Stack) {
  return {
    name,
    external: !disposable,
    fullName: volumeName(stack.name, name),
    variableName: volumeName(`\${${projectVariable}}`, name),
  };
}

export type ServiceView = ReturnType<typeof serviceView>;

/** All that a fragment may use of its service; strings not yet quoted. */
export function serviceView(service: Service, stack: Stack) {
  const text = (value: Value) => interpolated(value, stack.env);
  const pairs = (values: Service['environment']) =>
    Object.entries(values).map(([name, value]) => ({ name, value: text(value), lines: linesOf(text(value)) }));
  const limits = limitVariables(service.name);
  return {
    name: service.name,
    fragment: service.fragment,
    development: service.development ?? false,
    production: service.production ?? false,
    profile: service.profile,
    capabilities: service.capabilities?.join(', '),
    labels: Object.entries(service.labels ?? {}).map(([name, value]) => ({ name, value: text(value) })),
    image: text(service.image),
    devImage: service.devImage,
    build: service.build && {
      ...service.build,
      target: service.build.target ?? 'production',
      args: pairs(service.build.args ?? {}),
      devArgs: pairs({ ...(service.pulled && service.build.args), ...service.build.devArgs }),
    },
    environment: pairs(service.environment),
    devEnvironment: pairs(service.devEnvironment),
    prodEnvironment: pairs(service.prodEnvironment ?? {}),
    pulled: service.pulled ?? false,
    builtHere: service.build !== undefined && !service.pulled,
    logs: stack.logs,
    // What a project of somebody else's has instead, and where it has one network that nobody speaks of.
    logging: undefined as string | undefined,
    isolated: service.networks.length === 0,
    // Whether there are no scripts and texts of a stack of ours around it.
    alone: false,
    envFile: service.envFile,
    secrets: service.secrets?.join(', '),
    prodSecrets: service.prodSecrets?.join(', '),
    dependsOn: Object.entries(service.dependsOn).map(([name, condition]) => ({ name, condition })),
    networks: service.networks.join(', '),
    // Env files with the user and password of a database that somebody else's service has.
    loginFiles: undefined as string | undefined,
    volumes: mounts(service).map(({ text, mustExist }) => {
      const [source = '', target = ''] = text.split(':');
      return { text, mustExist, source, target };
    }),
    prodPorts: boundPorts(service.ports.production, stack.env),
    devPorts: boundPorts(service.ports.development, stack.env),
    tmpfs: service.hardening.tmpfs,
    sharedMemory: service.sharedMemory && text(service.sharedMemory),
    oneShot: service.oneShot,
    restart: stack.restart,
    reachesHost: false,
    limits: {
      cpus: text([{ variable: limits.cpus }]),
      memory: text([{ variable: limits.memory }]),
      pids: text([{ variable: limits.pids }]),
      reservation: text([{ variable: limits.reservation }]),
    },
    ...service.view,
  };
}

/** A text of several lines, each ended and none of them empty or indented: as a block of YAML it is easier to read. */
function linesOf(text: string): readonly string[] | undefined {
  return /^(?:[!-~][ -~]*\n){2,}$/.test(text) ? text.trimEnd().split('\n') : undefined;
}

/** Text as the entries of a map. */
export function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '  ');
}
