import type { ComposeEntry } from '../../compose/entries.ts';
import { composeEntries, isPassedThrough } from '../compose-text.ts';
import { envEntries } from '../env-file.ts';
import { interpolations } from '../interpolation.ts';
import { composeSpec } from '../sources.ts';
import type { Project, Rule } from '../types.ts';

export const healthcheckDollar: Rule = {
  id: 'healthcheck-dollar',
  severity: 'error',
  title: 'Variables of the container have two dollars in a health check',
  why: 'Compose fills in `$NAME` itself, from the shell and .env, before the container sees it: `pg_isready -U $POSTGRES_USER` becomes `pg_isready -U`.',
  fix: 'Write `$$NAME` for a variable of the container, `${NAME:?}` or `${NAME:-default}` for one of Compose.',
  source: composeSpec('12-interpolation.md'),
  check: (project) =>
    project.composeFiles.flatMap((file) =>
      composeEntries(file).flatMap(({ path, line, value = '' }) => {
        const service = path[1];
        if (service === undefined || !isProbe(path)) return [];
        return interpolations(value)
          .filter(({ name, operator }) => operator === undefined && isOfContainer(project, service, name))
          .map(({ name }) => ({
            file: file.path,
            line,
            service,
            message: `Compose fills in ${name} before the container can`,
          }));
      }),
    ),
};

function isProbe([root, , key, test]: readonly string[]): boolean {
  return root === 'services' && key === 'healthcheck' && test === 'test';
}

/**
 * Whether only the container has this variable: no example of .env names it, it is not passed through, and no other
 * place needs it, or, where the container has one of that name, has no default for it.
 */
function isOfContainer(project: Project, service: string, name: string): boolean {
  const { combinations, composeFiles, envFiles, committedEnvFiles = [] } = project;
  const isDeclared = [...envFiles, ...committedEnvFiles].some((file) =>
    envEntries(file).some((one) => one.name === name && !one.commented),
  );
  const has = combinations.some(({ model }) => name in (model.services[service]?.environment ?? {}));
  const isOfCompose = composeFiles.some((file) =>
    composeEntries(file).some(
      (entry) => !isProbe(entry.path) && (isPassedThrough(entry, name) || uses(entry, name, { withDefault: !has })),
    ),
  );
  return !isDeclared && !isOfCompose;
}

function uses({ value = '' }: ComposeEntry, name: string, { withDefault }: { readonly withDefault: boolean }): boolean {
  return interpolations(value).some((one) => one.name === name && (withDefault || !/-$/.test(one.operator ?? '')));
}
