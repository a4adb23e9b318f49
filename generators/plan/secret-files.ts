/**
 * Secrets as files, one each: where they lie, what may stand in them, and how a value moves between them and `.env`.
 * A value that is in use is never replaced and never made anew, whichever way a stack goes.
 */

import { type Problem, UserError } from '../errors.ts';
import { tunnelScript, tunnelToken } from '../stack/blocks/edge/cloudflare.ts';
import { isSecret, secretPath, secretsFolder } from '../stack/secrets.ts';
import type { Secret, Stack } from '../stack/types.ts';
import { listed } from '../words.ts';
import type { Disk, Outcome } from './compare.ts';
import { assignmentsOf, isBlank, plainValue, writtenValue } from './dotenv.ts';
import type { EnvEntry } from './env.ts';
import { infisicalGuide } from './infisical.ts';
import type { Intended } from './intend.ts';
import type { RelPath } from './types.ts';

type SecretFile = Intended & { readonly kind: 'secret' };

/** How a person brings a value that nobody can make. Not with `echo`, which adds a line break. */
export function bringCommand(path: RelPath): string {
  if (path === secretPath(tunnelToken)) return `${tunnelScript} token`;
  return `printf %s 'VALUE' > ${path} && chmod 444 ${path}`;
}

/** Whether a secret, or another variable, is needed where the compose files of `.env` are used: with the first target, if there are any. */
export function isNeededHere(secret: Pick<Secret, 'targets'>, [first]: Stack['targets']): boolean {
  return !secret.targets || (first !== undefined && secret.targets.includes(first.name));
}

/** How a person brings all that is missing. */
export function bringCommands(
  { secretsFrom, secrets, targets }: Stack,
  outcomes: readonly Outcome[],
): readonly string[] {
  // Those the agent brings.
  if (secretsFrom === 'infisical') return [];
  const elsewhere = secrets
    .filter((secret) => !isNeededHere(secret, targets))
    .map(({ variable }) => secretPath(variable));
  const missing = outcomes
    .filter(({ action, path }) => action === 'missing' && !elsewhere.includes(path))
    // There is nothing to be typed yet: the tunnel has to be made, and what follows says how.
    .filter(({ path }) => path !== secretPath(tunnelToken))
    .map(({ path }) => bringCommand(path));
  return missing.length === 0 ? [] : [`install -d -m 700 ${secretsFolder}`, ...missing];
}

/** What a person should know of the secrets of this machine: what only they can bring, and what a move left behind. */
export function secretWarnings(stack: Stack, disk: Disk): readonly string[] {
  const missing = stack.secrets.filter(
    ({ variable, made, optional }) =>
      !made && !optional && textOf(disk, secretPath(variable)) === undefined && !envValue(disk, variable),
  );
  const unread = stack.secrets.map(({ variable }) => variable).filter((name) => envValue(disk, name));
  const unused = stack.env
    .filter(isSecret)
    .flatMap(({ name }) => (textOf(disk, secretPath(name)) === undefined ? [] : [secretPath(name)]));
  return [
    ...missing.map(({ variable, meaning, targets }) => {
      const path = secretPath(variable);
      const where = targets ? ` with the target ${listed(targets, 'or')}` : '';
      const how = stack.secretsFrom === 'infisical' ? infisicalGuide : bringCommand(path);
      return `${path} is missing, and the stack does not start without it${where}. ${meaning} Bring it: ${how}`;
    }),
    ...(unread.length === 0
      ? []
      : [
          `.env: ${unread.join(', ')}: no longer read, since ${secretsFolder}/ has ${unread.length === 1 ? 'it' : 'them'}. Take ${unread.length === 1 ? 'the line' : 'the lines'} out.`,
        ]),
    ...(unused.length === 0
      ? []
      : [
          `${unused.join(', ')}: no longer read, since .env has ${unused.length === 1 ? 'it' : 'them'}. Delete ${unused.length === 1 ? 'it' : 'them'}.`,
        ]),
  ];
}

/** The value that a secret's file shall have: the one it has, the one that `.env` has, a new one; or none yet. */
export function fileValue({ path, variable, value }: SecretFile, disk: Disk): string | undefined {
  return textOf(disk, path) ?? envValue(disk, variable)?.value ?? value;
}

/** Entries of `.env` with the values that the files of secrets have, where a stack had them there; without one, only those that are asked for. */
export function carriedEntries(entries: readonly EnvEntry[], disk: Disk): readonly EnvEntry[] {
  return entries
    .map((entry) => {
      const text = entry.from === undefined ? undefined : textOf(disk, entry.from);
      return text === undefined ? entry : { ...entry, value: writtenValue(text) ?? entry.value };
    })
    .filter(({ value, asked = false }) => value !== '' || asked);
}

/**
 * Checks the secrets that are there, before anything is decided.
 * @throws UserError `repo` with all that no program would read as it is meant, and all that two places say differently
 */
export function checkSecrets(intended: readonly Intended[], disk: Disk): void {
  const problems = intended.flatMap((file) => {
    if (file.kind === 'secret') return [...textProblems(file.path, disk), ...intoFile(file, intended, disk)];
    if (file.kind === 'env') return file.entries.flatMap((entry) => intoEnv(entry, intended, disk));
    return [];
  });
  if (problems.length === 0) return;
  throw new UserError('repo', 'Secrets that are there cannot be taken over as they are; nothing was written.', {
    problems,
    hint: 'A secret in use is never replaced: put this right by hand, then run again.',
  });
}

/** A file that is empty has no value yet. */
function textOf(disk: Disk, path: RelPath): string | undefined {
  return disk.raw(path)?.text || undefined;
}

/** What `.env` sets a variable to, if anything: without `value` where that takes more than reading. */
export function envValue(disk: Disk, name: string): { readonly value: string | undefined } | undefined {
  const last = assignmentsOf(disk.raw('.env')?.text ?? '', name).at(-1);
  return last === undefined || isBlank(last.raw) ? undefined : { value: plainValue(last.raw) };
}

function textProblems(path: RelPath, disk: Disk): readonly Problem[] {
  const text = textOf(disk, path);
  if (text === undefined || !/[\r\n\0]/.test(text)) return [];
  const message = /^[^\r\n\0]+\r?\n$/.test(text)
    ? `ends with a line break, which some programs take for a part of it; write it without one: ${bringCommand(path)}`
    : 'has a line break or a NUL character in it; a secret is one line of text';
  return [{ path, message }];
}

/** What is in the way of taking a value out of `.env`. */
function intoFile({ path, variable }: SecretFile, intended: readonly Intended[], disk: Disk): readonly Problem[] {
  const inFile = textOf(disk, path);
  const inEnv = envValue(disk, variable);
  if (inEnv === undefined) return [];
  if (inFile === undefined) {
    return inEnv.value === undefined
      ? [
          {
            path: '.env',
            message: `${variable} has quotes, escapes or variables in its value; write what they mean to its new place: ${bringCommand(path)}`,
          },
        ]
      : [];
  }
  return inEnv.value !== inFile && inUse(intended, disk, variable) === 'env'
    ? [
        {
          path,
          message: `differs from ${variable} in .env, which the stack has used so far; delete ${path} to take that over`,
        },
      ]
    : [];
}

/** What is in the way of taking a value out of its file. */
function intoEnv({ name, from }: EnvEntry, intended: readonly Intended[], disk: Disk): readonly Problem[] {
  const inFile = from === undefined ? undefined : textOf(disk, from);
  if (from === undefined || inFile === undefined) return [];
  const inEnv = envValue(disk, name);
  if (inEnv === undefined) {
    return writtenValue(inFile) === undefined
      ? [
          {
            path: from,
            message: `has quotes that .env cannot hold in one way that all read alike; set ${name} in .env by hand`,
          },
        ]
      : [];
  }
  return inEnv.value !== inFile && inUse(intended, disk, name) === 'file'
    ? [
        {
          path: '.env',
          message: `${name} differs from ${from}, which the stack has used so far; empty it to take that over`,
        },
      ]
    : [];
}

/** Where the compose files that are there take a secret from. */
function inUse(intended: readonly Intended[], disk: Disk, variable: string): 'env' | 'file' | undefined {
  const texts = intended.flatMap((file) =>
    file.kind === 'managed' && /^[^/]+\.ya?ml$/.test(file.path) ? [disk.raw(file.path)?.text ?? ''] : [],
  );
  const some = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  if (some(new RegExp(`^ +file: "?\\./${secretPath(variable)}"?\\s*$`, 'm'))) return 'file';
  return some(new RegExp(`\\$\\{${variable}\\W`)) ? 'env' : undefined;
}
