import type { ComposeEntry } from '../../compose/entries.ts';
import { composeEntries, serviceOf } from '../compose-text.ts';
import { isLiteralSecret, isPlaceholder, looksSecret, passwordInUrl } from '../secret-keys.ts';
import { dockerDocs } from '../sources.ts';
import type { Rule } from '../types.ts';
import { isForDevelopment } from '../view.ts';

export const literalSecret: Rule = {
  id: 'literal-secret',
  severity: 'error',
  title: 'No compose file contains a secret',
  why: 'Compose files are in git: the secret is in every clone and every fork for ever, and the same in every installation.',
  fix: 'Write `${NAME:?how to make it}` and keep the value in .env, or use a secret with `file:`.',
  source: dockerDocs('compose/how-tos/use-secrets/'),
  check: (project) =>
    project.composeFiles.flatMap((file) =>
      composeEntries(file).flatMap((entry) => {
        const message = secretIn(entry, isForDevelopment(project, file));
        return message === undefined ? [] : [{ file: file.path, line: entry.line, ...serviceOf(entry), message }];
      }),
    ),
};

/** Passwords of servers that are made with the stack: in development they guard nothing. */
const ofServers =
  /^(?:POSTGRES|PG|MYSQL|MARIADB|MONGO|REDIS|VALKEY|RABBITMQ|MINIO|DB|DATABASE|CLICKHOUSE|MSSQL|SA|ELASTIC|RUSTFS)/i;

function secretIn(entry: ComposeEntry, isInDevelopment: boolean): string | undefined {
  // What Compose says when a variable is missing may show what its value looks like.
  const value = entry.value?.replaceAll(/\$\{\w+:?\?[^}]*\}/g, '${}');
  if (value === undefined) return undefined;
  const [name, content] = assignmentOf(entry, value);
  if (isInDevelopment && (name === undefined || ofServers.test(name) || passwordInUrl(value) !== undefined))
    return undefined;
  if (name !== undefined && looksSecret(name) && isLiteralSecret(content) && !isPlaceholder(name, content))
    return `${name} is written out`;
  if (passwordInUrl(value) !== undefined) return `a URL${name === undefined ? '' : ` in ${name}`} contains a password`;
  return /--requirepass["',\s]+[^\s"'$,\]-]/.test(value) ? 'the command contains a password' : undefined;
}

/** The name and value of what becomes a variable or an argument; only the value of anything else. */
function assignmentOf({ path }: ComposeEntry, value: string): readonly [string | undefined, string] {
  const parent = path.at(-2) ?? '';
  const isVariable = ['environment', 'args', 'labels'].includes(parent) || path[0]?.startsWith('x-') === true;
  if (!isVariable) return [undefined, value];
  const last = path.at(-1) ?? '';
  if (!/^\d+$/.test(last)) return [last, value];
  const found = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(value);
  return found?.[1] === undefined ? [undefined, value] : [found[1], found[2] ?? ''];
}
