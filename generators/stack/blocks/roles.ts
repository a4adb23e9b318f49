/** The processes of an app beside each other: what makes a role out of the parts that all of them share. */
import { splitCommand } from '../../answers/command.ts';
import type { Answers, App } from '../../answers/schema.ts';
import { defaultGrace } from '../../answers/stacks/common.ts';
import type { Limits, Service } from '../types.ts';
import { appDevImage, appImage, limitsOf, type sharedByRoles, withEnv } from './app.ts';
import { asService } from './app-settings.ts';
import { atEdge, onlyData, withWayOut } from './connections.ts';

/** What makes a role of an app out of the parts that all its roles share. */
export interface Role {
  /** `worker`: the service is `<app>-worker`. */
  readonly key: string;
  readonly role: Service['role'];
  /** For texts: "the worker of api". */
  readonly title: string;
  readonly command: readonly string[];
  /** What development runs instead. */
  readonly devCommand?: readonly string[];
  /** A health check; without one Docker sees only that the process is there. */
  readonly probe?: readonly string[];
  /** Seconds between SIGTERM and the end. */
  readonly grace: number;
  readonly limits: Limits;
  /** Whether the process must not be the first one of its container. */
  readonly init: boolean;
  /** A line above it in the compose file. */
  readonly comment: string;
  readonly check?: readonly string[];
  /** What `compose watch` syncs, from the repo's root, and where to. */
  readonly watch?: {
    readonly path: string;
    readonly target: string;
    /** `sync` where the command reloads by itself; without it, an edit restarts the role. */
    readonly action?: 'sync' | 'sync+restart';
  };
}

/** A role without a published port, from the image that the app's web role builds. */
export function roleService(name: string, shared: ReturnType<typeof sharedByRoles>, role: Role): Service {
  return {
    ...shared,
    name: `${name}-${role.key}`,
    environment: asService(shared.environment, `${name}-${role.key}`),
    title: role.title,
    role: role.role,
    fragment: 'role',
    view: {
      builtBy: name,
      comment: role.comment,
      command: role.command,
      devCommand: role.devCommand,
      probe: role.probe,
      init: role.init,
      grace: role.grace,
      watch: role.watch && { action: 'sync+restart', ...role.watch },
    },
    networks: withWayOut(shared.networks),
    ...(role.check && { check: role.check }),
    ports: { production: [], development: [] },
    limits: role.limits,
    oneShot: false,
  };
}

/** The one-shot role that migrates an app's database at every `up`. */
export function migrateService(
  name: string,
  shared: ReturnType<typeof sharedByRoles>,
  {
    command,
    comment,
    limits,
    check,
    own,
  }: Pick<Role, 'command' | 'comment' | 'limits'> & {
    readonly check?: readonly string[];
    /** An image of their own, from another stage of the app's Dockerfile. */
    readonly own?: { readonly stack: string; readonly build: NonNullable<Service['build']> };
  },
): Service {
  return {
    ...shared,
    ...(own && {
      image: appImage(own.stack, migrateName(name)),
      devImage: appDevImage(own.stack, migrateName(name)),
      build: own.build,
    }),
    name: migrateName(name),
    environment: asService(shared.environment, migrateName(name)),
    title: `the migrations of ${name}`,
    role: 'migrate',
    fragment: 'migrate',
    view: { command, comment, builtBy: name },
    networks: onlyData(shared),
    ...(check && { check }),
    ports: { production: [], development: [] },
    limits,
    oneShot: true,
  };
}

/** The service of the migrations of an app. */
export function migrateName(app: string): string {
  return `${app}-migrate`;
}

/** The networks of what an image starts by itself: a server at the edge, or a program that nobody comes to. */
export function mainNetworks(shared: Pick<Service, 'networks'>, isServer: boolean): readonly string[] {
  return isServer ? atEdge(shared.networks) : withWayOut(shared.networks);
}

/** The roles of the answer `workers`. */
export function workerRoles(
  answers: Answers,
  name: string,
  app: Extract<App, { workers?: unknown }>,
  { limits, init, check }: Pick<Role, 'limits' | 'init'> & { readonly check?: (command: string) => Role['check'] },
): readonly Role[] {
  return Object.entries(app.workers ?? {}).map(([key, worker]) => {
    const checked = check?.(worker.start);
    return {
      key,
      role: 'worker',
      title: `the role ${key} of ${name}`,
      comment: '',
      command: splitCommand(worker.start) ?? [],
      ...(worker.dev !== undefined && worker.dev !== 'none' && { devCommand: splitCommand(worker.dev) ?? [] }),
      ...(worker.health !== undefined && { probe: withEnv(answers, ['CMD', ...(splitCommand(worker.health) ?? [])]) }),
      grace: worker.grace ?? defaultGrace,
      limits: limitsOf(worker, limits),
      init,
      ...(checked && { check: checked }),
    };
  });
}
