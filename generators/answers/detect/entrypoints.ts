/** Whether what the commands of the answers name is there: in the repo, or made by its build. */
import type { Problem } from '../../errors.ts';
import type { Answers, App } from '../schema.ts';
import type { StackName } from '../stacks/index.ts';
import { laravelEntrypoints } from './laravel/entrypoints.ts';
import { nodeEntrypoints } from './node/entrypoints.ts';
import { isInside } from './paths.ts';
import { staticEntrypoints } from './static/entrypoints.ts';
import type { Repo } from './types.ts';
import { look, type View } from './view.ts';

/** What is wrong with the commands of one app; `at` is its place in the answers: `apps.api`. */
export type EntrypointCheck<A extends App = App> = (view: View, at: string, app: A) => readonly Problem[];

type Checks = { readonly [S in StackName]: EntrypointCheck<Extract<App, { stack: S }>> };

/** What reads Python manifests is loaded only where an app is in Python. */
async function checksFor({ apps }: Answers): Promise<Partial<Checks>> {
  const common = { laravel: laravelEntrypoints, node: nodeEntrypoints, static: staticEntrypoints };
  if (!Object.values(apps).some(({ stack }) => stack === 'python' || stack === 'fastapi')) return common;
  const { pythonEntrypoints } = await import('./python/entrypoints.ts');
  return { ...common, python: pythonEntrypoints, fastapi: pythonEntrypoints };
}

/**
 * The roles whose command names a file or module that neither is there nor comes with the build, each with the likely
 * right one: the classic failure that otherwise shows as a container that restarts for ever.
 * @param starters names of the apps that are made now
 */
export async function entrypointProblems(
  repo: Repo,
  answers: Answers,
  starters: readonly { readonly app: string }[],
): Promise<readonly Problem[]> {
  const view = look(repo);
  const checks = await checksFor(answers);
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    if (starters.some((one) => one.app === name)) return [];
    const at = `apps.${name}`;
    if (!repo.files.some((file) => isInside(file, app.path)))
      return [
        { path: `${at}.path`, value: app.path, message: 'is a folder that does not exist here, or has no files' },
      ];
    const check = checks[app.stack] as EntrypointCheck | undefined;
    return check?.(view, at, app) ?? [];
  });
}
