/** What `scripts/rotate-secret` has to know of a stack: for each secret who asks for it, and who has it. */
import { variablesOf } from '../stack/invariants.ts';
import { allStacks } from '../stack/queries.ts';
import { isSecret, secretFile, secretsFolder } from '../stack/secrets.ts';
import type { EnvVar, Service, Stack, Value } from '../stack/types.ts';
import { formOf } from './env.ts';
import { shellWords } from './shell.ts';

/** A secret of the stack, wherever it lies. */
interface AnySecret extends Pick<EnvVar, 'form' | 'meaning' | 'lasting'> {
  /** What `.env` calls it, or would. */
  readonly name: string;
  readonly made: boolean;
}

/** The secrets that containers are given, from wherever they come. */
function givenSecrets(stack: Stack): readonly AnySecret[] {
  const { secretsFrom, env, secrets } = stack;
  const all =
    secretsFrom === 'env'
      ? env.filter(isSecret).map((one) => ({ ...one, made: one.kind === 'secret' }))
      : secrets.map((one) => ({ ...one, name: one.variable }));
  return all.filter(({ name }) => everywhere(stack).some((service) => reads(service, name)));
}

/** What the template of the script needs; undefined where no container is given a secret. */
export function rotationView(stack: Stack) {
  const secrets = givenSecrets(stack).map((secret) => rotationOf(stack, secret));
  if (secrets.length === 0) return undefined;
  const isFile = stack.secretsFrom !== 'env';
  return {
    name: stack.name,
    folder: secretsFolder,
    secrets,
    files: isFile,
    checked: secrets.some(({ check }) => check !== ''),
    infisical: stack.secretsFrom === 'infisical',
    place: isFile ? secretsFolder : '.env',
    superuser: superuserOf(stack),
  };
}

/**
 * Who has to be told of a new value.
 *
 * - `superuser`: PostgreSQL, through its socket, where it asks for no password
 * - `role`: PostgreSQL, by the one-shot service that gives all its roles their passwords at every `up`
 * - `redis`: takes a second password beside the first
 * - `server`: another server, which reads it when it starts
 * - `lasting`: nobody, ever: what was encrypted with it would be lost
 * - `other`: nobody; what was signed or encrypted with it, or who it came from, no script can change
 */
type Kind = 'superuser' | 'role' | 'redis' | 'server' | 'lasting' | 'other';

/** The rotation of one secret, for the template. */
function rotationOf(stack: Stack, secret: AnySecret) {
  const having = everywhere(stack).filter((service) => !service.development && reads(service, secret.name));
  const { kind, server } = secret.lasting ? ({ kind: 'lasting', server: '' } as const) : whoAsks(having);
  const readers = having
    .filter(({ oneShot, name }) => !oneShot && (kind !== 'redis' || name !== server))
    // PostgreSQL reads its file when the volume is new, and never again. As a variable it is a part of the container.
    .filter(({ name }) => !(name === 'postgres' && stack.secretsFrom !== 'env'))
    .map(({ name }) => name)
    .filter((name, index, all) => all.indexOf(name) === index);
  return {
    name: secret.name,
    meaning: secret.meaning,
    kind,
    server: kind === 'superuser' || kind === 'server' ? '' : server,
    readers: readers.length === 0 ? '' : shellWords([readers.join(' ')]),
    // What refuses a value that cannot be one, before anything is started with it.
    check: having.find(({ oneShot, role }) => oneShot && role === 'edge')?.name ?? '',
    made: secret.made,
    shell: formOf(secret).shell,
  };
}

function whoAsks(having: readonly Service[]): { readonly kind: Kind; readonly server: string } {
  const named = (test: (service: Service) => boolean): string | undefined => having.find(test)?.name;
  const postgres = named(({ name }) => name === 'postgres');
  if (postgres) return { kind: 'superuser', server: postgres };
  const setup = named(({ name }) => name === 'postgres-setup');
  if (setup) return { kind: 'role', server: setup };
  const redis = named(({ fragment }) => fragment === 'redis');
  if (redis) return { kind: 'redis', server: redis };
  const server = named(({ role }) => role === 'external');
  return server ? { kind: 'server', server } : { kind: 'other', server: '' };
}

/** The role that PostgreSQL was made with. */
function superuserOf({ services }: Stack): string {
  const user = services.find(({ name }) => name === 'postgres')?.environment['POSTGRES_USER'];
  return typeof user === 'string' ? user : 'postgres';
}

/** The services of the base and of all targets: the same ones may be given another secret there. */
function everywhere(stack: Stack): readonly Service[] {
  return allStacks(stack).flatMap(({ services }) => services);
}

/** Whether a service is given a secret, as a variable or as a file. */
function reads({ environment, devEnvironment, prodEnvironment = {}, secrets = [] }: Service, name: string): boolean {
  return (
    secrets.includes(secretFile(name)) ||
    [environment, devEnvironment, prodEnvironment]
      .flatMap(Object.values<Value>)
      .some((value) => variablesOf(value).includes(name))
  );
}
