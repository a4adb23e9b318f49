/** Where containers get secrets from: decided here for all services, so that no block has to know. */
import type { Answers } from '../answers/schema.ts';
import { variablesOf } from './invariants.ts';
import type { EnvVar, Secret, Service, Value, VarRef } from './types.ts';
import { variable } from './values.ts';

/** The folder of secrets in the repo, one file each. */
export const secretsFolder = 'secrets';

/** Where containers find them: Compose's place (Compose specification, "Secrets"). */
const mountFolder = '/run/secrets';

export type SecretsFrom = NonNullable<Answers['secrets']>['from'];

interface Settled {
  readonly services: readonly Service[];
  readonly env: readonly EnvVar[];
  readonly secrets: readonly Secret[];
}

/** Whether a variable of `.env` is one that nobody may see. */
export function isSecret({ kind, sensitive = false }: Pick<EnvVar, 'kind' | 'sensitive'>): boolean {
  return kind === 'secret' || sensitive;
}

/** The file of a secret in the repo, by what `.env` calls it, or would. */
export function secretPath(variable: string): string {
  return `${secretsFolder}/${secretFile(variable)}`;
}

/** What a secret is called as a file and in compose files. */
export function secretFile(variable: string): string {
  return variable.toLowerCase();
}

/**
 * Puts secrets where the answers want them. From the environment, they stay variables of `.env`; from files, each leaves
 * `.env`, and a service names the files that it reads. What a build reads stays: a build has no such files.
 * @throws Error when a service that reads files itself has a secret inside of a longer value (a bug of a block)
 */
export function settleSecrets(
  { services, env }: Pick<Settled, 'services' | 'env'>,
  from: SecretsFrom = 'env',
): Settled {
  const built = new Set(services.flatMap((one) => Object.values(one.build?.args ?? {}).flatMap(variablesOf)));
  const files = from === 'env' ? [] : env.filter((one) => isSecret(one) && !built.has(one.name));
  const isFile = (name: string): boolean => files.some((one) => one.name === name);
  const isOptional = (name: string): boolean => files.some((one) => one.name === name && one.kind === 'optional');
  return {
    services: services.map((service) => settled(service, isFile, isOptional)),
    env: env.filter((one) => !files.includes(one)),
    secrets: files.map(({ name, meaning, form, kind, lasting }) => ({
      name: secretFile(name),
      variable: name,
      meaning,
      made: kind === 'secret',
      ...(kind === 'optional' && { optional: true }),
      ...(form && { form }),
      ...(lasting && { lasting }),
    })),
  };
}

type Test = (name: string) => boolean;

function settled(service: Service, isFile: Test, isOptional: Test): Service {
  const { secretStyle = 'file', environment, devEnvironment, prodEnvironment } = service;
  const settle = (environment: Service['environment']) =>
    secretStyle === 'filled' ? filled(environment, isFile, isOptional) : asFiles(environment, isFile, secretStyle);
  const referred = (...environments: readonly Service['environment'][]): readonly VarRef[] =>
    environments
      .flatMap(Object.values<Value>)
      .flatMap((value) =>
        typeof value === 'string' ? [] : value.filter((part): part is VarRef => typeof part !== 'string'),
      );
  const filesOf = (refs: readonly VarRef[]) =>
    [...new Set(refs.map((one) => one.variable).filter(isFile))].map(secretFile).sort();
  const used = referred(environment, devEnvironment, prodEnvironment ?? {});
  const secrets = filesOf(referred(environment, devEnvironment));
  // Development must not ask for a file that it does not need.
  const prodSecrets = filesOf(referred(prodEnvironment ?? {})).filter((name) => !secrets.includes(name));
  // Those that come from the environment, and are there under a name that no library reads.
  const whole = [...new Set(used.filter((one) => one.part && !isFile(one.variable)).map((one) => one.variable))].sort();
  return {
    ...service,
    environment: {
      ...settle(environment),
      ...Object.fromEntries(whole.map((name) => [`SECRET_${name}`, [variable(name)]])),
    },
    devEnvironment: settle(devEnvironment),
    ...(prodEnvironment && { prodEnvironment: settle(prodEnvironment) }),
    ...(secrets.length > 0 && { secrets }),
    ...(prodSecrets.length > 0 && { prodSecrets }),
  };
}

/** `{{postgres_password}}`, `{{database_url.host}}` and `{{smtp_password?}}`, which may be empty, are for `with-env` to fill in. */
function filled(environment: Service['environment'], isFile: Test, isOptional: Test): Service['environment'] {
  return mapValues(environment, (value) =>
    typeof value === 'string'
      ? value
      : value.map((one) => {
          if (typeof one === 'string') return one;
          if (one.part) return `{{${secretFile(one.variable)}.${one.part}}}`;
          const mark = isOptional(one.variable) ? '?' : '';
          return isFile(one.variable) ? `{{${secretFile(one.variable)}${mark}}}` : one;
        }),
  );
}

function asFiles(environment: Service['environment'], isFile: Test, style: 'file' | 'uri'): Service['environment'] {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const secret = variablesOf(value).find(isFile);
      if (secret === undefined) return [name, value];
      if (value.length !== 1) throw new Error(`${name} holds more than the secret ${secret}, which is a file.`);
      const path = `${mountFolder}/${secretFile(secret)}`;
      return style === 'uri' ? [name, `file:${path}`] : [`${name}_FILE`, path];
    }),
  );
}

function mapValues(values: Service['environment'], change: (value: Value) => Value): Service['environment'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
