/** The addresses of managed servers that a person has put in place, looked at before anything is started. */
import { isNeededHere } from './plan/secret-files.ts';
import { envEntries } from './rules/env-file.ts';
import { secretPath } from './stack/secrets.ts';
import type { EnvVar, Stack } from './stack/types.ts';

/** What each kind of address may begin with; its name in `.env` says which kind it is. */
const schemes: readonly (readonly [RegExp, RegExp, string])[] = [
  [/(?:^|_)DATABASE_URL$/, /^postgres(?:ql)?(?:\+[a-z0-9]+)?$/, 'postgresql://'],
  [/^(?:REDIS|CACHE)_URL$/, /^rediss?$/, 'rediss://'],
];

/** The same form that `with-env` takes apart when a container starts. */
const form =
  /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?(?:\[[0-9A-Fa-f:.]+\]|[^\][@:/?#, ]+)(?::[0-9]*)?(?:\/([^/?#]*))?(?:\?[^#]*)?$/;

/**
 * Addresses that no container could use, without the address itself: it has a password in it. Those that are not there
 * yet are named with what they look like.
 * @param missing what `missingVariables` has found
 * @param read the text of a file of the repo; undefined where there is none
 */
export function addressWarnings(
  stack: Stack,
  missing: readonly EnvVar[],
  read: (path: string) => string | undefined,
): readonly string[] {
  const entries = entriesOf(read);
  const inEnv = stack.env.filter(({ kind }) => kind === 'required');
  const given = [
    ...inEnv.map(({ name }) => ({ name, at: '.env', value: entries.findLast((one) => one.name === name)?.value })),
    ...stack.secrets
      .filter((secret) => !secret.made)
      .map(({ variable }) => ({
        name: variable,
        at: secretPath(variable),
        value: read(secretPath(variable))?.replace(/\n$/, ''),
      })),
  ];
  return [
    ...(missing.length === 0
      ? []
      : [
          `Before it can start, .env has to have ${missing.map(({ name, example }) => (example === undefined ? name : `${name}=${example}`)).join(', ')}: .env.production.example explains each.`,
        ]),
    ...given.flatMap(({ name, at, value = '' }) => {
      const wrong = value === '' ? undefined : wrongWith(name, value);
      return wrong === undefined ? [] : [`${at}: ${name} ${wrong}.`];
    }),
  ];
}

/**
 * What a person has yet to fill in, where the compose files of this machine ask for it.
 * @param read the text of a file of the repo; undefined where there is none
 */
export function missingVariables(stack: Stack, read: (path: string) => string | undefined): readonly EnvVar[] {
  const entries = entriesOf(read);
  return stack.env.filter(
    (variable) =>
      variable.kind === 'required' &&
      isNeededHere(variable, stack.targets) &&
      (entries.findLast(({ name }) => name === variable.name)?.value ?? '') === '',
  );
}

function entriesOf(read: (path: string) => string | undefined) {
  return envEntries({ path: '.env', text: read('.env') ?? '' }).filter((one) => !one.commented);
}

function wrongWith(name: string, value: string): string | undefined {
  const [, allowed, wanted] = schemes.find(([names]) => names.test(name)) ?? [];
  if (!allowed) return undefined;
  const [whole, scheme = '', login = '', database = ''] = form.exec(value) ?? [];
  if (whole === undefined)
    return `is no address that can be read: ${wanted}<user>:<password>@<host>:<port>/<name>, with @ : / ? # % in user and password written as %40 %3A %2F %3F %23 %25`;
  if (!allowed.test(scheme)) return `begins with ${scheme}://, and the stack needs ${wanted}`;
  if (/%(?![0-9A-Fa-f]{2})/.test(login))
    return 'has a % in user or password without two hex digits behind it: % itself is %25';
  if (wanted === 'postgresql://' && !/^[^:]+:./.test(login)) return 'names no user with a password';
  if (wanted === 'postgresql://' && database === '') return 'names no database: it comes last, behind a slash';
  return undefined;
}
