import { join } from '../../paths.ts';
import { type DockerfileView, dockerfileViews, everyInstruction } from '../dockerfile-rule.ts';
import { ignores } from '../ignore-patterns.ts';
import { installsOf } from '../installs.ts';
import { fromProject, within } from '../paths.ts';
import { dockerDocs } from '../sources.ts';
import type { Project, Rule, RuleText, TextFile } from '../types.ts';

export const dockerignorePresent: Rule = {
  id: 'dockerignore-present',
  severity: 'error',
  title: 'Every build context that is copied as a whole has a .dockerignore',
  why: 'COPY . takes everything: .env and keys into a layer that is pushed, .git and node_modules into every build.',
  fix: 'Add a .dockerignore to the context.',
  source: dockerDocs('build/concepts/context/#dockerignore-files'),
  check: (project) =>
    dockerfileViews(project)
      .filter((view) => needsIgnore(view) && ignoreFile(view) === undefined)
      .map(({ file }) => ({ file: file.path, message: `there is no ${join(file.context, '.dockerignore')}` })),
};

export const dockerignoreCovers = coverRule({
  id: 'dockerignore-covers',
  severity: 'error',
  title: 'A .dockerignore keeps secrets out',
  why: 'Whoever has the image can read a secret in any of its layers, also in one that a later layer removes.',
  fix: 'Add the patterns; with `**/` in front they hold in every folder.',
  source: dockerDocs('build/concepts/context/#dockerignore-files'),
  paths: secretPathsOf,
});

export const dockerignoreBulk = coverRule({
  id: 'dockerignore-bulk',
  severity: 'warning',
  title: 'A .dockerignore keeps git and installed packages out',
  why: 'Packages of the host replace those that the image has installed for its own system, every commit changes .git and with it the layer, and all of it is sent to the engine first.',
  fix: 'Add the patterns; with `**/` in front they hold in every folder.',
  source: dockerDocs('build/concepts/context/#dockerignore-files'),
  paths: bulkOf,
});

/** What must not reach a build: paths, each with the pattern to name. */
type Paths = readonly (readonly [path: string, pattern: string])[];

/** A rule for the ignore file of every context that is copied as a whole. */
function coverRule({ paths, ...text }: RuleText & { readonly paths: (view: DockerfileView) => Paths }): Rule {
  return {
    ...text,
    check: (project) =>
      dockerfileViews(project).flatMap((view) => {
        const ignore = needsIgnore(view) ? ignoreFile(view) : undefined;
        if (!ignore) return [];
        const missing = paths(view).filter(([path]) => !ignores(ignore.text, path));
        const patterns = new Set(missing.map(([, pattern]) => pattern));
        return [...patterns].map((pattern) => ({ file: ignore.path, message: `does not ignore ${pattern}` }));
      }),
  };
}

/** All that an ignore file for this build should have. */
export function patternsFor(view: DockerfileView): readonly string[] {
  return [...bulkOf(view), ...secretPathsOf(view)].map(([, pattern]) => pattern);
}

function secretPathsOf({ project, file }: DockerfileView): Paths {
  return [
    ['.env', '.env'],
    ['.env.production', '.env.*'],
    ...secretsIn(project, file.context).map((path) => [path, path] as const),
  ];
}

/** Contexts of which only single files are copied need none. */
function needsIgnore({ dockerfile }: DockerfileView): boolean {
  return [...everyInstruction(dockerfile)].some(([, instruction]) => {
    const { keyword, flags, text } = instruction;
    if (keyword !== 'COPY' && keyword !== 'ADD') return false;
    return !flags.some((flag) => flag.startsWith('--from=')) && /^\[?"?(?:\.\/?|\*|\/)"?[\s,]/.test(text);
  });
}

/** The file that Docker reads: the one named after the Dockerfile, else that of the context. */
function ignoreFile({ project, file }: DockerfileView): TextFile | undefined {
  return (
    project.dockerignores.find(({ path }) => path === `${file.path}.dockerignore`) ??
    project.dockerignores.find(({ path }) => path === join(file.context, '.dockerignore'))
  );
}

function bulkOf({ file, dockerfile }: DockerfileView): Paths {
  const tools = new Set(
    dockerfile.stages.flatMap((stage) => installsOf(dockerfile, stage).map(({ ecosystem }) => ecosystem)),
  );
  // Packages of a workspace have their own node_modules.
  const copied = [...everyInstruction(dockerfile)].map(([, one]) => one.text).join('\n');
  const nested = /(?:^|[\s"/])[\w.-]+\/(?:[\w.-]+\/)*package\.json\b/.test(copied);
  return [
    ...(tools.has('node') ? ([['node_modules', nested ? '**/node_modules' : 'node_modules']] as const) : []),
    ...(tools.has('node') && nested ? ([['packages/one/node_modules', '**/node_modules']] as const) : []),
    ...(tools.has('python') ? ([['.venv', '.venv']] as const) : []),
    ...(tools.has('php') ? ([['vendor', 'vendor']] as const) : []),
    ...(file.context === '.' ? ([['.git', '.git']] as const) : []),
  ];
}

/** The files of secrets that lie in a build context, seen from there. */
function secretsIn({ directory, combinations }: Project, context: string): readonly string[] {
  const files = combinations
    .flatMap(({ model }) => Object.values(model.secrets ?? {}))
    .flatMap(({ file }) => (file === undefined ? [] : [fromProject(directory, file)]))
    .filter((path) => within(context, path))
    .map((path) => fromProject(context, path));
  return [...new Set(files)];
}
