import { externalNames } from '../../answers/external-names.ts';
import type { Answers, App } from '../../answers/schema.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import type { Service, Value } from '../types.ts';
import { envPrefix } from '../values.ts';
import { reach } from './reach/index.ts';
import { mailVariables } from './reach/mail.ts';
import type { As, Reach } from './reach/types.ts';

/**
 * The networks. `edge`: what the world comes in by; `app`: the apps among each other, and the way out of those that
 * nobody comes to; `data`: no way out, and in only through the apps; `storage`: the same, for those alone that have a
 * key of the object storage, because one of its ports asks for none; `socket`: a proxy and the filter before the Docker API.
 */
export const networks = { edge: 'edge', app: 'app', data: 'data', storage: 'storage', socket: 'socket' } as const;

/** What an app needs to reach the externals and the other apps of the stack. */
export interface Connections {
  readonly environment: Readonly<Record<string, Value>>;
  /** What only production, or development, is told. */
  readonly prodEnvironment: Readonly<Record<string, Value>>;
  readonly devEnvironment: Readonly<Record<string, Value>>;
  readonly dependsOn: Service['dependsOn'];
  /** Those to the externals and between apps. How the world comes in, or an app gets out, depends on the role. */
  readonly networks: readonly string[];
  readonly files: NonNullable<Service['files']>;
}

/** How an app likes to be told. */
export interface ConnectionStyle {
  /** The scheme of a database URL that its driver expects. */
  readonly scheme?: string;
  /** The variables that its stack has for the purpose, by what they hold: `{DATABASE_URL: 'postgres.url'}`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Variables that most frameworks and libraries know. */
export const commonVariables: NonNullable<ConnectionStyle['variables']> = {
  DATABASE_URL: 'postgres.url',
  REDIS_URL: 'redis.url',
  CACHE_URL: 'cache.url',
  MQTT_URL: 'mqtt.url',
  MQTT_HOST: 'mqtt.host',
  MQTT_PORT: 'mqtt.port',
  MQTT_USERNAME: 'mqtt.user',
  MQTT_PASSWORD: 'mqtt.password',
  MQTT_CA_FILE: 'mqtt.ca',
};

/**
 * How an app reaches what it uses: addresses for its environment, whom it waits for, its networks.
 * @param name the app's own name
 */
export function connections(
  answers: Answers,
  name: string,
  app: App,
  style: ConnectionStyle = {},
  as: As = 'app',
): Connections {
  const visitor = { answers, name, app, as, scheme: style.scheme ?? 'postgresql' };
  const externals = externalNames.flatMap((external) => {
    const found = app.uses.includes(external) ? reach[external](visitor) : undefined;
    return found ? [[external, found] as const] : [];
  });
  const others = app.uses.filter((one) => Object.hasOwn(answers.apps, one));
  const wanted = {
    ...(style.variables ?? commonVariables),
    ...mailVariables(app),
    ...Object.fromEntries(others.map((one) => [`${envPrefix(one)}_URL`, `${one}.url`])),
    ...('variables' in app ? app.variables : {}),
  };
  const derived = (known: Readonly<Record<string, Value>>) =>
    Object.fromEntries(
      Object.entries(wanted).flatMap(([key, from]) => {
        const found = known[from];
        return found === undefined ? [] : [[key, found] as const];
      }),
    );
  const onlyIn = (overlay: 'production' | 'development') =>
    derived(named(externals.map(([one, { overlays }]) => [one, overlays?.[overlay] ?? {}] as const)));
  const waitFor = externals.flatMap(([, { waitFor }]) => (waitFor === undefined ? [] : [waitFor]));
  return {
    environment: {
      ...derived(sources(answers, externals, others)),
      ...Object.assign({}, ...externals.map(([, { environment }]) => environment)),
      ...(waitFor.length > 0 && { WAIT_FOR: spaced(waitFor) }),
    },
    prodEnvironment: onlyIn('production'),
    devEnvironment: onlyIn('development'),
    dependsOn: Object.assign(
      {},
      ...externals.map(([, { dependsOn }]) => dependsOn),
      ...others.map((one) => ({ [one]: 'service_healthy' })),
    ),
    networks: [
      ...new Set([
        ...(isLinked(answers, name, app) ? [networks.app] : []),
        ...externals.flatMap(([, { bundled, network = networks.data }]) => (bundled ? [network] : [])),
      ]),
    ],
    files: [...new Map(externals.flatMap(([, { files = [] }]) => files.map((file) => [file.target, file]))).values()],
  };
}

/** Whether an app asks another one of the stack, or is asked by one. */
function isLinked(answers: Answers, name: string, app: App): boolean {
  return (
    app.uses.some((one) => Object.hasOwn(answers.apps, one)) ||
    Object.values(answers.apps).some(({ uses }) => uses.includes(name))
  );
}

/** The networks of a role that the world comes to. */
export function atEdge(reached: readonly string[]): readonly string[] {
  return [networks.edge, ...reached];
}

/** The networks of a role that nobody comes to and that may have to get out. */
export function withWayOut(reached: readonly string[]): readonly string[] {
  return [...new Set([networks.app, ...reached])];
}

/** The networks of what only works on the data: none with a way out, unless some of the data is elsewhere. */
export function onlyData({ networks: reached, environment }: Pick<Connections, 'networks' | 'environment'>) {
  const internal = reached.filter((one) => one === networks.data || one === networks.storage);
  return 'WAIT_FOR' in environment || internal.length === 0 ? [networks.app, ...internal] : internal;
}

function spaced(values: readonly Value[]): Value {
  return values.flatMap((one, index) => [...(index > 0 ? [' '] : []), ...(typeof one === 'string' ? [one] : one)]);
}

/** All that can be told of what an app uses, by the names that the answer `variables` has for it. */
function sources(
  answers: Answers,
  externals: readonly (readonly [string, Reach])[],
  others: readonly string[],
): Readonly<Record<string, Value>> {
  return named([
    ...externals.map(([one, { parts }]) => [one, parts] as const),
    ...others.map((one) => [one, { ...addressOf(answers, one) }] as const),
  ]);
}

/** `{postgres: {host}}` as `{'postgres.host'}`. */
function named(all: readonly (readonly [string, Readonly<Record<string, Value>>])[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    all.flatMap(([one, parts]) => Object.entries(parts).map(([what, text]) => [`${one}.${what}`, text] as const)),
  );
}

/** Where an app of the stack is, for the others; undefined for one without a port. */
export function addressOf(
  answers: Answers,
  app: string,
): { readonly url: string; readonly host: string; readonly port: string } | undefined {
  const used = answers.apps[app];
  if (!used || !hasPort(used)) return undefined;
  return { url: `http://${app}:${used.port}`, host: app, port: String(used.port) };
}
