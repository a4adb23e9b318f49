import type { Problem } from '../../errors.ts';
import { databasePasswords, secretVariable } from '../env-names.ts';
import type { Answers } from '../schema.ts';

/** Random values that would share a name, in a container or in `.env`. */
export function secretNames(answers: Answers): readonly Problem[] {
  const taken = new Map<string, string>(
    Object.keys(answers.postgres?.separate === undefined ? {} : answers.apps).flatMap((name) =>
      Object.values(databasePasswords(name)).map((variable) => [variable, `the database of ${name}`] as const),
    ),
  );
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const derived = ('variables' in app ? app.variables : undefined) ?? {};
    return (('secrets' in app ? app.secrets : undefined) ?? []).flatMap((secret, index): readonly Problem[] => {
      const path = `apps.${name}.secrets.${index}`;
      const other = Object.hasOwn(derived, secret)
        ? `apps.${name}.variables.${secret}`
        : taken.get(secretVariable(name, secret));
      taken.set(secretVariable(name, secret), path);
      return other === undefined ? [] : [{ path, value: secret, message: `has the same name as ${other}` }];
    });
  });
}

/** Roles whose service is called like another app, or like another app's role. */
export function serviceNames(answers: Answers): readonly Problem[] {
  const taken = new Map(Object.keys(answers.apps).map((name) => [name, `apps.${name}`]));
  const problems: Problem[] = [];
  for (const [name, app] of Object.entries(answers.apps)) {
    const roles = [
      ...Object.keys(('workers' in app ? app.workers : undefined) ?? {}).map((role) => [`workers.${role}`, role]),
      ...(app.stack === 'laravel' ? Object.keys(app.queues ?? {}).map((role) => [`queues.${role}`, role]) : []),
    ];
    for (const [key, role] of roles) {
      const service = `${name}-${role}`;
      const path = `apps.${name}.${key}`;
      const other = taken.get(service);
      if (other) problems.push({ path, message: `would be the service ${service}, which ${other} is already` });
      taken.set(service, path);
    }
  }
  return problems;
}
