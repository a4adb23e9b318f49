/** `add` of what apps are connected to: externals, the pooler before PostgreSQL, integrations. */
import { isData } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { ExternalName } from '../external-names.ts';
import type { integrationNames } from '../stacks/common.ts';
import type { Values } from '../stacks/definition.ts';
import { appsOf, connectable, detectedApp, namedApps, oneApp, usersFound } from './apps.ts';
import type { AddWords, Present, Wish } from './types.ts';

/** The apps that are offered for an external, and those of them in which a client of it was found. */
export function appsToConnect(
  present: Present,
  external: ExternalName,
): { readonly able: readonly string[]; readonly found: readonly string[] } {
  const able = appsOf(present, connectable).filter((name) => !isConnected(present, name, external));
  const found = usersFound(present, external);
  return { able, found: able.filter((name) => found.includes(name)) };
}

function isConnected({ answers }: Present, name: string, external: ExternalName): boolean {
  return answers.apps[name]?.uses.some((used) => used === external) ?? false;
}

/** @throws UserError `usage` where nobody says which apps are to be connected */
export function wishForExternal(present: Present, { apps }: AddWords, external: ExternalName): Wish {
  const users = apps ? namedApps(present, apps, connectable) : usersOf(present, external);
  const exists = present.answers[external] !== undefined;
  const mode = external === 'mail' ? 'catcher' : 'bundled';
  const answers = users.flatMap((name): [string, Values][] => {
    const variables = variablesFor(present, name, external);
    return Object.keys(variables).length > 0 ? [[name, { variables }]] : [];
  });
  return {
    title: external,
    places: [[external]],
    patch: {
      ...(!exists && { [external]: { mode } }),
      ...(answers.length > 0 && { apps: Object.fromEntries(answers) }),
    },
    connects: { external, apps: users },
  };
}

function usersOf(present: Present, external: ExternalName): readonly string[] {
  // Who wants one that is there connected to something says so.
  if (present.answers[external] !== undefined) return [];
  const { able, found } = appsToConnect(present, external);
  if (found.length > 0 || able.length < 2) return found.length > 0 ? found : able;
  throw new UserError('usage', `Which apps use ${external}? No client of it was found in any.`, {
    hint: `Name them: ${able.map((name) => `--for ${name}`).join(' ')}`,
  });
}

/** Variables that the code of an app reads the address of an external from, where the answers do not have them yet. */
function variablesFor(present: Present, name: string, external: ExternalName): Values {
  const app = present.answers.apps[name];
  const found = detectedApp(present, name)?.found;
  const variables = found && 'variables' in found ? found.variables?.value : undefined;
  if (!app || !isData(variables)) return {};
  const said = ('variables' in app ? app.variables : undefined) ?? {};
  const entries = Object.entries(variables).flatMap(([variable, source]): [string, string][] => {
    const [from = '', part = ''] = String(source).split('.');
    const isCache = from === 'redis' && variable.includes('CACHE');
    const isOurs = external === 'cache' ? isCache : from === external;
    return isOurs && !Object.hasOwn(said, variable) ? [[variable, `${external}.${part}`]] : [];
  });
  return Object.fromEntries(entries);
}

/** @throws UserError `usage` where the stack has no PostgreSQL of its own */
export function wishForPooler({ answers: { postgres } }: Present): Wish {
  if (postgres === undefined)
    throw new UserError('usage', 'This stack has no PostgreSQL that connections could be pooled of.', {
      hint: 'First: create-prodstack add postgres',
    });
  if (postgres.mode === 'managed')
    throw new UserError('usage', 'The PostgreSQL of this stack is managed: its pooler is the provider’s.', {
      hint: 'Where DATABASE_URL goes through one: create-prodstack update --set postgres.pooled=true',
    });
  return { title: 'pgbouncer', places: [['postgres', 'pooler']], patch: { postgres: { pooler: 'pgbouncer' } } };
}

export function wishForIntegration(
  present: Present,
  { apps }: AddWords,
  name: (typeof integrationNames)[number],
): Wish {
  const wanted = apps ? namedApps(present, apps, connectable) : [oneApp(present, undefined, connectable, name)];
  const patch = wanted.map((app): [string, Values] => {
    const its = present.answers.apps[app];
    const said = (its && 'integrations' in its ? its.integrations : undefined) ?? [];
    return [app, { integrations: said.includes(name) ? said : [...said, name] }];
  });
  return {
    title: name,
    places: wanted.map((app) => ['apps', app, 'integrations']),
    patch: { apps: Object.fromEntries(patch) },
  };
}
