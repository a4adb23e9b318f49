import { composeEntries } from '../compose-text.ts';
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

/** Whether the container has this variable, or no other place of the compose files does: then it is not one of Compose. */
function isOfContainer({ combinations, composeFiles }: Project, service: string, name: string): boolean {
  const has = combinations.some(({ model }) => name in (model.services[service]?.environment ?? {}));
  const isUsedElsewhere = composeFiles.some((file) =>
    composeEntries(file).some(
      ({ path, value = '' }) => !isProbe(path) && interpolations(value).some((one) => one.name === name),
    ),
  );
  return has || !isUsedElsewhere;
}
