/** `add pooler`: PgBouncer before a PostgreSQL of theirs. Nobody is moved to it: an app says itself which way it comes. */
import { UserError } from '../errors.ts';
import { inFolder } from '../paths.ts';
import { render } from '../plan/render.ts';
import { resolve } from '../stack/resolve.ts';
import type { Service } from '../stack/types.ts';
import type { ForeignContext, ForeignPlan, ForeignWish } from './add.ts';
import { isOnce } from './backup/clients.ts';
import type { TheirDatabase } from './backup/database.ts';
import { type Login, loginOf, passwordVariable } from './backup/login.ts';
import { clientsOf } from './clients.ts';
import { conventionsOf, networksFor, profilesFor } from './conventions.ts';
import { composeData } from './data.ts';
import { envPlan } from './env-files.ts';
import { created } from './outcomes.ts';
import { placesFor } from './places.ts';
import { poolerPassword } from './pooler-env.ts';
import { proveAdded } from './proof.ts';
import { nextCommands, notesFor } from './report.ts';
import { allServices, byPurpose, kindOf, requireService, servicesOf } from './services.ts';
import { presentAs } from './taken.ts';
import { serviceText, withoutKnobs } from './texts.ts';
import type { Foreign, TheirService } from './types.ts';
import { answersFor } from './wish.ts';
import { composeOutcomes } from './written.ts';

/** Where the login of theirs is put in: texts of their compose file, which must not be escaped again. */
const passwordMark = '%DATABASE_PASSWORD%';
/** What the container knows the password by. */
const inContainer = 'DATABASE_PASSWORD';

/**
 * A pooler before the database of a project.
 * @throws UserError `usage` where it is open which one, `repo` where a pooler cannot come in as its users do
 */
export function planPooler(
  foreign: Foreign,
  wish: Pick<ForeignWish, 'name' | 'for'>,
  context: ForeignContext,
): ForeignPlan {
  const database = databaseOf(foreign, wish.for);
  const name = wish.name ?? 'pgbouncer';
  const present = presentAs(foreign, 'pooler', 'pgbouncer', name, wish.name !== undefined);
  if (present)
    return { outcomes: [], services: [], notes: [`${present.service} is a pooler already: nothing to do.`], next: [] };
  const places = placesFor(foreign, database.name);
  const [home] = places.homes;
  const [combination] = byPurpose(foreign);
  if (!home || !combination || places.homes.length > 1)
    throw new UserError('repo', `${database.name} is in several files that are used without each other.`, {
      hint: 'Say which one with --file.',
    });
  const login = loginFor(loginOf(foreign, combination, asDatabase(database)), database.name);
  const conventions = conventionsOf(foreign, home);
  const stack = resolve(
    answersFor(foreign.name, { block: 'postgres', settings: [{ pooler: 'pgbouncer' }] }, [anybody]).with,
  );
  const artifacts = stack.artifacts.filter(({ path }) => path.startsWith('docker/pgbouncer/'));
  const file = (path: string) => inFolder(home.folder, path.replace(/^docker\//, `${conventions.configFolder}/`));
  const services = stack.services
    .filter((one) => one.name === 'pgbouncer')
    .map((one) =>
      before(database, login, { ...one, name, files: (one.files ?? []).map((it) => ({ ...it, path: file(it.path) })) }),
    );
  const delta = withoutKnobs({ stack, services, volumes: [], env: stack.env, artifacts, ignores: [], apps: [] });
  const networks = networksFor(foreign, database.model, 'data');
  const profiles = profilesFor(foreign, [database.name]);
  const edits = delta.services.flatMap((service) => {
    const text = serviceText(service, 'whole', { delta, conventions, networks, profiles, home })?.text;
    if (text === undefined) return [];
    const own = text.replaceAll(`"${passwordMark}"`, JSON.stringify(login.password));
    return [{ op: 'set' as const, path: ['services', name], value: composeData(own, name)[name], text: own }];
  });
  const compose = composeOutcomes(foreign, [{ source: home, edits }], `${name}: the pooler before ${database.name}`);
  proveAdded(foreign, compose, { services: [name] });
  const variables = envPlan(foreign, login.env, { ...context, values: login.values });
  const all = Object.fromEntries(allServices(foreign));
  const clients = clientsOf(foreign, [database.name]).filter(
    ({ service, variables: its }) => its.length > 0 && service !== 'backup' && !isOnce(service, all),
  );
  return {
    outcomes: [
      ...compose,
      ...artifacts.map(({ path, template, mode, why }) =>
        created(foreign.repo, { path: file(path), why, mode }, render(template, { host: database.name })),
      ),
      ...variables.outcomes,
    ],
    services: [name],
    notes: [
      ...variables.notes,
      ...(clients.length === 0
        ? [
            `Nobody comes by it yet: an app does with host ${name} and port 6432 in place of ${database.name} and 5432; migrations and dumps stay as they are.`,
          ]
        : []),
      ...clients.map(
        (one) =>
          `${one.service} still comes to ${database.name} itself. By the pooler it comes with host ${name} and port 6432 in ${one.variables.join(', ')}, as the user that the pooler knows, ${login.user}; migrations and dumps stay as they are.`,
      ),
      ...notesFor(foreign, delta, { conventions, places: { homes: places.homes }, apps: [] }),
    ],
    next: nextCommands(foreign, delta, { apps: [], missing: variables.missing, conventions }),
  };
}

/** Somebody who uses it, so that there is one. */
const anybody = { service: { name: 'app', sources: [], model: {} }, key: 'app' };

function databaseOf(foreign: Foreign, named: readonly string[]): TheirService {
  const services = Object.fromEntries(allServices(foreign));
  // What prepares a database has the same image, and is none.
  const known = servicesOf(foreign, 'postgres').filter((name) => !isOnce(name, services));
  const [first, ...others] = named.length > 0 ? named : known;
  if (first === undefined)
    throw new UserError('repo', 'No service of this project is a PostgreSQL that a pooler could stand before.', {
      hint: `Services: ${[...allServices(foreign).keys()].join(', ')}`,
    });
  if (others.length > 0)
    throw new UserError('usage', `Which PostgreSQL does the pooler stand before? There are ${known.join(', ')}.`, {
      hint: `One of them: --for ${first}`,
    });
  const service = requireService(foreign, first, '--for');
  if (kindOf(service.model) === 'postgres') return service;
  throw new UserError('usage', `--for: ${first} is no PostgreSQL, which a pooler stands before.`, {
    hint: known.length > 0 ? `Those that are: ${known.join(', ')}` : 'No service of this project is one.',
  });
}

function asDatabase(service: TheirService): TheirDatabase {
  const isBitnami = /(?:^|\/)bitnami/.test(service.model.image ?? '');
  return {
    service,
    version: 18,
    flavour: isBitnami ? 'bitnami' : 'official',
    timescaledb: false,
    packages: [],
    drillIn: 'server',
  };
}

interface PoolerLogin {
  readonly database: string;
  readonly user: string;
  /** As it stands in a compose file, or the path of a file that has it. */
  readonly password: string;
  readonly secret?: string;
  readonly env: Login['env'];
  readonly values: Login['values'];
}

/** What a pooler can have of it: its container takes texts of the compose file, and a secret. */
function loginFor({ parts, secrets, env, values }: Login, service: string): PoolerLogin {
  const { NAME: database, USER: user, PASSWORD: password = '' } = parts;
  const [secret] = secrets;
  const isFromFile = Object.keys(parts).some((part) => part.endsWith('_FROM'));
  const isNamed = secret === undefined || /^[a-z][a-z0-9_]*$/.test(secret);
  if (isFromFile || !isNamed || secrets.length > 1 || database === undefined || user === undefined)
    throw new UserError('repo', `A pooler cannot have the login of ${service} from where it is.`, {
      hint: `Give ${service} its POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD under \`environment:\`, the password as \${POSTGRES_PASSWORD} from .env.`,
    });
  if (/["'\\\s:]/.test(`${database}${user}`.replaceAll(/\$\{[^}]*\}/g, '')))
    throw new UserError('repo', `The user or the database of ${service} has a name that a pooler cannot be told.`, {
      hint: 'Letters, digits, _ and - only.',
    });
  return {
    database,
    user,
    password:
      secret === undefined
        ? password.replaceAll(passwordVariable, poolerPassword(service).name)
        : `/run/secrets/${secret}`,
    ...(secret !== undefined && { secret }),
    values: Object.fromEntries(Object.values(values).map((value) => [poolerPassword(service).name, value])),
    env: env.map(() => poolerPassword(service)),
  };
}

/** Our pooler, before theirs. */
function before(database: TheirService, login: PoolerLogin, service: Service): Service {
  const probe = `host=127.0.0.1 port=6432 user=${login.user} dbname=${login.database} passfile=/tmp/pgbouncer/pgpass connect_timeout=4`;
  const { healthcheck } = database.model;
  return {
    ...service,
    view: {
      ...service.view,
      entrypoint: ['sh', '/start.sh', [login.database, login.user, inContainer].join(':')],
      probe: ['CMD', 'psql', probe, '--command', 'SELECT 1'],
    },
    environment: {
      [login.secret === undefined ? inContainer : `${inContainer}_FILE`]: passwordMark,
      PGBOUNCER_MAX_CLIENTS: service.environment['PGBOUNCER_MAX_CLIENTS'] ?? '500',
    },
    ...(login.secret !== undefined && { secrets: [login.secret] }),
    dependsOn: healthcheck?.test && !healthcheck.disable ? { [database.name]: 'service_healthy' } : {},
  };
}
