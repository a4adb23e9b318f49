/** What an app is told beside the way to its data: its own settings, and those of what it reports to or is entered by. */
import type { Answers, App } from '../../answers/schema.ts';
import { imageTag } from '../registry.ts';
import type { EnvVar, Service, Value } from '../types.ts';
import { secretVariable, variable } from '../values.ts';
import type { Block } from './block.ts';

type Integration = NonNullable<Extract<App, { integrations?: unknown }>['integrations']>[number];

interface AppSettings {
  readonly environment: Service['environment'];
  readonly prodEnvironment: Service['environment'];
  readonly devEnvironment: Service['environment'];
}

/** One variable of an integration. */
interface IntegrationVariable {
  /** In `.env`: of the whole stack, or under the name of the app. */
  readonly shared?: boolean;
  readonly env: Omit<EnvVar, 'name' | 'group'>;
}

/**
 * What the libraries of each integration read by themselves (Sentry: "Configuration options"; OpenTelemetry: "SDK
 * environment variables"; OIDC has no such names, these are what most apps call them).
 */
const variables: Readonly<Record<Integration, (name: string) => Readonly<Record<string, IntegrationVariable>>>> = {
  sentry: (name) => ({
    SENTRY_DSN: {
      env: {
        meaning: `Where ${name} reports errors to: the DSN of its Sentry project. Empty: nowhere.`,
        kind: 'optional',
        default: '',
      },
    },
    SENTRY_TRACES_SAMPLE_RATE: {
      env: {
        meaning: `The share of requests to ${name} that Sentry gets timings of, from 0 to 1.`,
        kind: 'optional',
        default: '0',
      },
    },
  }),
  opentelemetry: () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: {
      shared: true,
      env: {
        meaning:
          'The collector that traces, metrics and logs go to: https://otlp.example.com. Development sends nothing.',
        kind: 'required',
        example: 'https://otlp.example.com',
        production: true,
      },
    },
    OTEL_EXPORTER_OTLP_PROTOCOL: {
      shared: true,
      env: {
        meaning: 'How it is spoken to: http/protobuf, or grpc.',
        kind: 'optional',
        default: 'http/protobuf',
        production: true,
      },
    },
    OTEL_EXPORTER_OTLP_HEADERS: {
      shared: true,
      env: {
        meaning: 'What lets this stack in there: api-key=SECRET, several with commas between them.',
        kind: 'optional',
        default: '',
        sensitive: true,
        production: true,
      },
    },
  }),
  oidc: (name) => ({
    OIDC_ISSUER_URL: {
      shared: true,
      env: {
        meaning:
          'The OpenID provider that people log in at, as its discovery document calls itself: https://id.example.com.',
        kind: 'required',
        example: 'https://id.example.com',
      },
    },
    OIDC_CLIENT_ID: {
      env: { meaning: `What ${name} is registered as there, and the secret that it got.`, kind: 'required' },
    },
    OIDC_CLIENT_SECRET: { env: { meaning: '', kind: 'required', sensitive: true } },
  }),
};

/** The integrations and the settings of an app; those without such answers have none. */
function asked(app: App) {
  return {
    integrations: ('integrations' in app ? app.integrations : undefined) ?? [],
    environment: Object.entries(('environment' in app ? app.environment : undefined) ?? {}),
  };
}

/** The variables of the integrations of an app, by the name that it reads; not those that it sets itself. */
function integrationsOf(name: string, app: App): readonly (readonly [string, IntegrationVariable])[] {
  const { integrations, environment } = asked(app);
  const own = new Set(environment.map(([key]) => key));
  return integrations.flatMap((one) => Object.entries(variables[one](name))).filter(([key]) => !own.has(key));
}

const nameInEnv = (app: string, key: string, { shared = false }: IntegrationVariable): string =>
  shared ? key : secretVariable(app, key);

/** What the roles of an app are told by these answers. */
export function appSettings(name: string, app: App): AppSettings {
  const { integrations, environment } = asked(app);
  const all = integrationsOf(name, app);
  const told = (production: boolean): Record<string, Value> =>
    Object.fromEntries(
      all
        .filter(([, one]) => (one.env.production ?? false) === production)
        .map(([key, one]) => [key, [variable(nameInEnv(name, key, one))]]),
    );
  const has = (one: Integration) => integrations.includes(one);
  const own = new Set(environment.map(([key]) => key));
  const unlessOwn = (values: Service['environment']): Service['environment'] =>
    Object.fromEntries(Object.entries(values).filter(([key]) => !own.has(key)));
  return {
    environment: {
      ...unlessOwn({
        ...(has('sentry') && { SENTRY_ENVIRONMENT: 'production', SENTRY_RELEASE: [variable(imageTag)] }),
        // Its package for Laravel looks for this one first.
        ...(has('sentry') &&
          app.stack === 'laravel' && { SENTRY_LARAVEL_DSN: [variable(secretVariable(name, 'SENTRY_DSN'))] }),
        ...(has('opentelemetry') && { OTEL_SERVICE_NAME: name }),
      }),
      ...told(false),
      ...Object.fromEntries(environment.map(([key]) => [key, [variable(secretVariable(name, key))]])),
    },
    prodEnvironment: unlessOwn({
      ...(has('opentelemetry') && {
        OTEL_RESOURCE_ATTRIBUTES: ['deployment.environment.name=production,service.version=', variable(imageTag)],
      }),
      ...told(true),
    }),
    devEnvironment: {
      ...unlessOwn({
        ...(has('sentry') && { SENTRY_ENVIRONMENT: 'development' }),
        ...(has('opentelemetry') && { OTEL_SDK_DISABLED: 'true' }),
      }),
      ...Object.fromEntries(
        environment.flatMap(([key, { development }]) => (development === undefined ? [] : [[key, development]])),
      ),
    },
  };
}

/** The environment of a role with a service of its own: what it reports is told apart by the name of the service. */
export function asService(environment: Service['environment'], service: string): Service['environment'] {
  const told = environment['OTEL_SERVICE_NAME'];
  return typeof told === 'string' ? { ...environment, OTEL_SERVICE_NAME: service } : environment;
}

/** Brings the variables of `.env` behind the settings and integrations of all apps. */
export const settings: Block = {
  name: 'settings',
  kind: 'app',
  summary: "an app's own settings, and the variables of Sentry, OpenTelemetry and OpenID Connect",
  contribute(answers) {
    const env = new Map<string, EnvVar>();
    for (const [name, app] of Object.entries(answers.apps))
      for (const one of settingsEnv(name, app)) if (!env.has(one.name)) env.set(one.name, one);
    return env.size > 0 ? [{ env: [...env.values()] }] : [];
  },
};

function settingsEnv(name: string, app: Answers['apps'][string]): readonly EnvVar[] {
  return [
    ...asked(app).environment.map(
      ([key, { meaning, default: value, secret = false }]): EnvVar => ({
        name: secretVariable(name, key),
        meaning: meaning ?? `${key} of ${name}.`,
        ...(value === undefined ? { kind: 'required' } : { kind: 'optional', default: value }),
        // What has a default is no secret any more: anybody can read it in the compose file.
        ...(secret && value === undefined && { sensitive: true }),
        group: secret ? 'Secrets' : 'Stack',
      }),
    ),
    ...integrationsOf(name, app).map(
      ([key, one]): EnvVar => ({
        ...one.env,
        name: nameInEnv(name, key, one),
        group: one.env.sensitive ? 'Secrets' : 'Stack',
      }),
    ),
  ];
}
