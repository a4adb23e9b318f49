/**
 * As whom backups come to a database of theirs: by the values that its own service has, from where that has them. Nothing is
 * written down a second time but a password that stands in the compose file itself: that one goes into `.env`, which is not in git.
 */
import { UserError } from '../../errors.ts';
import { assignmentsOf } from '../../plan/dotenv.ts';
import type { EnvVar } from '../../stack/types.ts';
import type { Combination, Foreign } from '../types.ts';
import type { TheirDatabase } from './database.ts';
import { type Written, type WrittenEnvFile, writtenOf } from './written.ts';

/** The variable of `.env` for a password that stands in their compose file. */
export const passwordVariable = 'BACKUP_DATABASE_PASSWORD';

/** As whom, and what it takes. */
export interface Login {
  /** What `use_database` of the container reads: NAME, USER, PASSWORD, or NAME_FROM and so on. As text of a compose file. */
  readonly parts: Readonly<Record<string, string>>;
  /** Secrets of the project that its container needs, as `secrets:` lists them. */
  readonly secrets: readonly string[];
  readonly envFiles: readonly WrittenEnvFile[];
  readonly env: readonly EnvVar[];
  /** Values for `.env`. */
  readonly values: Readonly<Record<string, string>>;
}

/** One of the three things to know: the names of its variables, the first that is set counts; and what holds without one. */
interface Wanted {
  readonly part: 'NAME' | 'USER' | 'PASSWORD';
  readonly variables: readonly string[];
  readonly fallback: string;
}

/** Where a value is. */
type Found =
  | { readonly from: 'compose'; readonly text: string; readonly path: string; readonly variable: string }
  | { readonly from: 'secret'; readonly target: string; readonly variable: string; readonly path: string }
  | { readonly from: 'env-file' }
  | { readonly from: 'nowhere' };

/**
 * @throws UserError `repo` where a container of ours cannot have what theirs has, with the way out
 */
export function loginOf(foreign: Foreign, combination: Combination, database: TheirDatabase): Login {
  const { name } = database.service;
  const written = writtenOf(foreign, combination, name);
  const wanted = database.flavour === 'bitnami' ? bitnami(name, foreign, written) : official;
  const values = combination.model.services[name]?.environment ?? {};
  const found = wanted.map((one) => [one, asCompose(whereIs(one, foreign, written), values)] as const);
  return found
    .map(([one, where]) => partOf(one, where, name, written))
    .reduce((all, one) => ({
      parts: { ...all.parts, ...one.parts },
      secrets: [...new Set([...all.secrets, ...one.secrets])],
      envFiles: [...new Set([...all.envFiles, ...one.envFiles])],
      env: [...all.env, ...one.env],
      values: { ...all.values, ...one.values },
    }));
}

/** As the entrypoint of the image has it: the database is called like the user, and the user postgres. */
const official: readonly Wanted[] = [
  { part: 'NAME', variables: ['POSTGRES_DB', 'POSTGRES_USER'], fallback: 'postgres' },
  { part: 'USER', variables: ['POSTGRES_USER'], fallback: 'postgres' },
  { part: 'PASSWORD', variables: ['POSTGRES_PASSWORD'], fallback: '' },
];

/** A user that is not postgres is no superuser there, and may neither see the roles nor make databases. */
function bitnami(name: string, foreign: Foreign, written: Written): readonly Wanted[] {
  const variables = (end: string) => [`POSTGRESQL_${end}`, `POSTGRES_${end}`];
  const is = (wanted: Wanted) => whereIs(wanted, foreign, written).from !== 'nowhere';
  const ofSuperuser: Wanted = { part: 'PASSWORD', variables: variables('POSTGRES_PASSWORD'), fallback: '' };
  const user: Wanted = { part: 'USER', variables: [...variables('USERNAME'), 'POSTGRES_USER'], fallback: 'postgres' };
  const database: Wanted = { part: 'NAME', variables: [...variables('DATABASE'), 'POSTGRES_DB'], fallback: 'postgres' };
  const superuser: Wanted = { part: 'USER', variables: [], fallback: 'postgres' };
  if (is(ofSuperuser)) return [database, superuser, ofSuperuser];
  if (!is(user)) return [database, superuser, { part: 'PASSWORD', variables: variables('PASSWORD'), fallback: '' }];
  throw new UserError(
    'repo',
    `The user of the database ${name} is no superuser of it: a backup would miss roles, and no restore could make a database.`,
    { hint: `Give the superuser a password: POSTGRESQL_POSTGRES_PASSWORD in the environment of ${name}.` },
  );
}

function whereIs({ variables }: Wanted, foreign: Foreign, { environment, envFiles }: Written): Found {
  for (const variable of variables) {
    const own = environment.get(variable);
    // Passed on from where Compose runs: there we find it, too.
    if (own) return { from: 'compose', text: own.text ?? `\${${variable}:-}`, path: own.path, variable };
    const file = environment.get(`${variable}_FILE`);
    if (file?.text) return { from: 'secret', target: file.text, variable: `${variable}_FILE`, path: file.path };
    const inFiles = envFiles.filter((one) => mayHave(one, variable, foreign));
    if (inFiles.length === 0) continue;
    // What Compose itself reads, it fills in by itself.
    return inFiles.every(({ path }) => path === foreign.envFile)
      ? { from: 'compose', text: `\${${variable}:-}`, path: foreign.envFile, variable }
      : { from: 'env-file' };
  }
  return { from: 'nowhere' };
}

/** Where the value itself stands there, as Compose reads it: `0123` is the number 83 to it. */
function asCompose(found: Found, values: Readonly<Record<string, string | null>>): Found {
  if (found.from !== 'compose' || !isLiteral(found.text)) return found;
  const value = values[found.variable];
  return typeof value === 'string' ? { ...found, text: value } : found;
}

/** Whether an env file sets a variable; one that is not in the repo may. */
function mayHave({ path }: WrittenEnvFile, variable: string, { repo, envFile }: Foreign): boolean {
  const text = path === undefined ? undefined : repo.read(path);
  // Nobody has secrets in git: `.env` may be there on the server only, and an example says what is in it.
  if (text === undefined) return path !== envFile || inExample(variable, path, repo);
  return assignmentsOf(text, variable).length > 0;
}

function inExample(variable: string, path: string, repo: Foreign['repo']): boolean {
  return ['.example', '.sample', '.dist', '.template'].some(
    (end) => assignmentsOf(repo.read(`${path}${end}`) ?? '', variable).length > 0,
  );
}

const nothing: Login = { parts: {}, secrets: [], envFiles: [], env: [], values: {} };

function partOf(wanted: Wanted, found: Found, service: string, written: Written): Login {
  const { part, fallback, variables } = wanted;
  switch (found.from) {
    case 'nowhere':
      return { ...nothing, parts: { [part]: fallback } };
    case 'compose':
      return part === 'PASSWORD' && isLiteral(found.text)
        ? literalPassword(found, service)
        : { ...nothing, parts: { [part]: found.text } };
    case 'env-file':
      return {
        ...nothing,
        parts: { [`${part}_FROM`]: variables.join(' '), [part]: fallback },
        envFiles: written.envFiles,
      };
    case 'secret':
      return secretPart(part, found, service, written);
  }
}

/** Whether a value is the secret itself; `$$` is a dollar sign, and no variable. */
function isLiteral(text: string): boolean {
  return text !== '' && !text.replaceAll('$$', '').includes('$');
}

function literalPassword({ text, path }: { readonly text: string; readonly path: string }, service: string): Login {
  return {
    ...nothing,
    parts: { PASSWORD: `\${${passwordVariable}:?set it in .env}` },
    env: [
      {
        name: passwordVariable,
        meaning: `The password of the database, as it stands in the environment of ${service} in ${plainPath(path)}: backups come with it.`,
        kind: 'required',
        sensitive: true,
        group: 'Secrets',
      },
    ],
    values: { [passwordVariable]: text.replaceAll('$$', '$') },
  };
}

/** `with-env` of the container puts the text of the file in the place of its name. */
function secretPart(
  part: Wanted['part'],
  { target, variable, path }: Extract<Found, { from: 'secret' }>,
  service: string,
  { secrets }: Written,
): Login {
  const file = /^\/run\/secrets\/([^/$]+)$/.exec(target)?.[1];
  const source = file === undefined ? undefined : secrets.get(file);
  if (file === undefined || source === undefined)
    throw new UserError(
      'repo',
      `${variable} of ${service} in ${path} is ${target}, and no secret of that service is there: the container of backups could not have it.`,
      { hint: 'Declare it under `secrets:` of the project and of the service; the file is then /run/secrets/<name>.' },
    );
  const plain = /^[a-z][a-z0-9_]*$/.test(file);
  const inside = plain ? file : `database_${file.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
  return {
    ...nothing,
    parts: { [part]: `{{${inside}}}` },
    secrets: [plain && source === file ? file : `{ source: ${JSON.stringify(source)}, target: ${inside} }`],
  };
}

/** A path as a comment can have it. */
function plainPath(path: string): string {
  return /^[\w./ -]+$/.test(path) ? path : 'the compose file';
}
