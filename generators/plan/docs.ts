import { appEnvFile, appUser } from '../stack/blocks/app.ts';
import { backups } from '../stack/blocks/backups-volume.ts';
import { rereads } from '../stack/blocks/edge/guide.ts';
import {
  allDataVolumes,
  certificateScript,
  dataVolumes,
  defaultOf,
  hasCertificates,
  hasManagedServer,
  isEncrypted,
  isPulled,
  outlives,
} from '../stack/queries.ts';
import { imageTag } from '../stack/registry.ts';
import { secretPath, secretsFolder } from '../stack/secrets.ts';
import type { EnvVar, Service, Stack } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import { listed } from '../words.ts';
import { overlayFile } from './compose.ts';
import { controlScript } from './control.ts';
import { linkTo, publicUrls } from './edge-docs.ts';
import { edgeSteps } from './edge-steps.ts';
import { formOf } from './env.ts';
import { render } from './render.ts';
import { rotationView } from './rotation.ts';
import { isNeededHere } from './secret-files.ts';

/** What all texts about a stack may speak of: its own names and ports. */
function facts(stack: Stack) {
  const apps = stack.services
    .filter((service) => service.role === 'web')
    .map((service) => {
      // Behind an edge, only development publishes it.
      const port = service.ports.production[0] ?? service.ports.development.find((one) => !one.debugger);
      const health = String(service.view['health'] ?? 'none');
      const link = (url: string) => (stack.edge ? linkTo(stack.edge, url) : url);
      return {
        name: service.name,
        port: defaultOf(stack, port?.variable),
        urls: publicUrls(stack, service.name).map(link),
        behindEdge: stack.edge !== undefined,
        portVariable: port?.variable ?? '',
        health,
        hasHealth: health !== 'none',
        readsPublic: service.view['readsPublic'] === true,
        // nginx before php-fpm reads none, and the app behind it does.
        envFile: stack.services.find((one) => one.envFile === appEnvFile(service.name))?.envFile ?? '',
      };
    });
  // Those with an image of their own; other roles run in one of these.
  const programs = stack.services.filter(({ build, oneShot }) => build && !oneShot).map(({ name }) => ({ name }));
  /** Whom an external has as clients, for commands that stop or ask them; all apps where no app says so. */
  const usersOf = (...externals: readonly string[]) => {
    const users = stack.services.filter(
      (service) => !service.oneShot && externals.some((external) => external in service.dependsOn),
    );
    return users.length > 0 ? users.map(({ name }) => ({ name })) : apps;
  };
  const volumes = allDataVolumes(stack);
  const firstPort = apps[0] ?? { port: '', portVariable: '' };
  return {
    name: stack.name,
    control: controlScript,
    baseFile: stack.composeFile,
    prodFile: overlayFile(stack.composeFile, 'prod'),
    devFile: overlayFile(stack.composeFile, 'dev'),
    apps,
    severalApps: apps.length > 1,
    behindEdge: stack.edge !== undefined,
    // Those that are there to be asked: others end by themselves, or wait for somebody to start them.
    services: stack.services.filter(({ oneShot, profile }) => !oneShot && !profile).map(({ name }) => ({ name })),
    reload: stack.edge ? rereads(stack.edge) : '',
    volumes: volumes.map(({ name, holds }) => ({ name, holds, fullName: volumeName(stack.name, name) })),
    firstVolume: volumeName(stack.name, volumes.find(({ name }) => name !== backups.volume)?.name ?? 'data'),
    backedUp: stack.backup !== undefined,
    pointInTime: stack.backup?.engine === 'pitr',
    ...secretsInEnv(stack),
    hasPostgres: stack.services.some((service) => service.name === 'postgres'),
    hasRedis: stack.services.some((service) => service.name === 'redis'),
    hasCertificates: hasCertificates(stack),
    programs,
    secretFiles: stack.secrets.length > 0,
    secretsPlace: stack.secretsFrom === 'env' ? '.env' : `${secretsFolder}/`,
    secretsInfisical: stack.secretsFrom === 'infisical' && stack.secrets.length > 0,
    firstSecret: stack.secrets[0]?.name ?? '',
    rotates: rotationView(stack) !== undefined,
    postgresUsers: usersOf('postgres'),
    redisUsers: usersOf('redis', 'redis-cache'),
    firstApp: apps[0]?.name ?? programs[0]?.name ?? '',
    firstPort: firstPort.port,
    firstPortVariable: firstPort.portVariable,
    uid: appUser.uid,
    pulled: isPulled(stack),
    buildFile: overlayFile(stack.composeFile, 'build'),
    ...buildCommands(stack),
    managed: hasManagedServer(stack),
    server: 'postgres',
    isForeign: false,
  };
}

/** `docs/DOCKER_TROUBLESHOOTING.md`: the entries that the blocks brought, with this stack's names in them. */
export function guide(stack: Stack): string {
  const common = facts(stack);
  const entries = stack.guide.map((entry) => render(`docs/guide/${entry.id}.md`, { ...common, ...entry.view }).trim());
  return render('docs/guide.md', {
    ...common,
    table: stack.services.map((service) => ({
      ...addresses(service, stack),
      name: service.name,
      title: service.title,
    })),
    // Two apps of one stack bring the same entry; it is told once where it is the same.
    entries: [...new Set(entries)].join('\n\n'),
  });
}

/** The section of the repo's README that says what to run. */
export function readmeSection(stack: Stack): string {
  const brought = stack.env.filter(({ kind, name }) => kind === 'required' && name !== imageTag);
  return render('docs/readme-section.md', {
    ...facts(stack),
    hasVolumes: dataVolumes(stack.targets[0]?.stack ?? stack).length > 0,
    commands: nextCommands(stack),
    backup: backupText(stack),
    edge: stack.edge?.service ?? '',
    broughtFiles: stack.secrets
      .filter((secret) => stack.secretsFrom === 'files' && !secret.made && !secret.optional)
      .filter((secret) => isNeededHere(secret, stack.targets))
      .map(({ variable }) => ({ path: secretPath(variable) })),
    brought: brought.map(({ name, example = '' }) => ({ name, example })),
  }).trim();
}

function backupText({ backup }: Stack) {
  return (
    backup && {
      ...backup,
      here: backup.to === 'local',
      s3: backup.to === 's3',
      timers: backup.schedule === 'systemd',
      drills: { daily: 'day', weekly: 'week', never: '' }[backup.drill],
      encrypted: isEncrypted(backup),
    }
  );
}

/** Secrets that `.env` has: those that may be made anew, and those that something was encrypted with. */
function secretsInEnv({ env }: Stack) {
  const made = env.filter(({ kind, development }) => kind === 'secret' && !development);
  const view = (one: EnvVar) => ({
    name: one.name,
    command: formOf(one).command,
    ofBackups: one.name === 'BACKUP_PASSWORD',
  });
  return {
    madeSecrets: made.filter((one) => !outlives(one)).map(view),
    keptSecrets: made.filter(outlives).map(view),
  };
}

/** What is left to do for backups, as comments: they are for a person to read, not for a shell. */
export function backupReminders({ backup }: Stack): readonly string[] {
  if (!backup) return [];
  return [
    ...(backup.to === 's3'
      ? [
          '# until BACKUP_S3_BUCKET and the other BACKUP_S3_... are set, backups stay on this host: docs/DEPLOYMENT.md, "Before the first time"',
        ]
      : []),
    ...(backup.schedule === 'systemd'
      ? ['# install the timers: docs/DEPLOYMENT.md, "The timers"; until then there is no backup']
      : []),
    ...(isEncrypted(backup)
      ? [
          '# scripts/backup key shows what the backups are encrypted with: keep it elsewhere, nobody can read them without it',
        ]
      : []),
  ];
}

/**
 * The commands that come after generating: what a person types next, in order.
 * @param orphans whether a service that ran before is no longer part of the stack, and has to go
 */
export function nextCommands(stack: Stack, orphans = false): readonly string[] {
  const first = [
    ...(stack.backup?.to === 'sftp'
      ? [
          '# make the two files of docker/backup/sftp: docs/DEPLOYMENT.md, "Before the first time"; nothing starts without',
        ]
      : []),
    ...(hasCertificates(stack) ? [certificateScript] : []),
    ...edgeSteps(stack),
  ];
  const flags = `--detach --wait${orphans ? ' --remove-orphans' : ''}`;
  if (!isPulled(stack)) return [...first, `${controlScript} up --build ${flags}`];
  // With images of the registry's name that are built here: nothing has to be pushed to see it run.
  return [
    ...first,
    `IMAGE_TAG=local docker compose -f ${overlayFile(stack.composeFile, 'build')} build`,
    `IMAGE_TAG=local ${controlScript} up ${flags}`,
  ];
}

/** How images are made anew, for texts: where servers pull them, by a file of its own and through the registry. */
function buildCommands(stack: Stack): { readonly buildFlags: string; readonly rebuild: string } {
  if (!isPulled(stack)) return { buildFlags: '', rebuild: 'docker compose up --build --detach --wait' };
  const buildFlags = ` -f ${overlayFile(stack.composeFile, 'build')}`;
  return {
    buildFlags,
    rebuild: `docker compose${buildFlags} build --push && docker compose up --pull always --detach --wait`,
  };
}

function addresses(service: Service, stack: Stack): { readonly inside: string; readonly outside: string } {
  const development = service.ports.development.find((port) => !port.debugger);
  const inner = stack.edge?.listening[service.name] ?? (service.ports.production[0] ?? development)?.container;
  return {
    inside: inner ? `\`${service.name}:${inner}\`` : service.oneShot ? 'none: it ends by itself' : 'none',
    outside: outside(service, stack),
  };
}

/** Where a service is found from outside of the stack. */
function outside({ name, ports }: Service, stack: Stack): string {
  const host = (variable: string) => `\`127.0.0.1:${defaultOf(stack, variable)}\``;
  const open = ports.production.filter((port) => port.public && !port.protocol);
  if (open.length > 0) return listed(open.map(({ variable }) => `port ${defaultOf(stack, variable)}`));
  const development = ports.development.find((port) => !port.debugger);
  const [outer] = ports.production;
  if (outer) return host(outer.variable);
  const inDevelopment = development && `${host(development.variable)}, in development only`;
  const { edge } = stack;
  const urls = publicUrls(stack, name).map((url) => (edge ? linkTo(edge, url) : url));
  return urls.length > 0 ? [...urls, inDevelopment].filter(Boolean).join('; ') : (inDevelopment ?? 'no');
}
