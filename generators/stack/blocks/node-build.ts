/** The stages of a Dockerfile that install and build with Node: `templates/docker/partials/node-*`. */

import type { Answers, NodeApp } from '../../answers/schema.ts';
import { inFolder } from '../../paths.ts';
import { listed } from '../../words.ts';
import { image } from '../images.ts';
import type { EnvVar, Service } from '../types.ts';
import { variable } from '../values.ts';
import { appUser } from './app.ts';
import { type InstalledApp, inWorkspace, membersOf, nodePackages } from './node-packages.ts';

/** An app whose image is built by these stages. */
export type BuiltApp = InstalledApp & Pick<NodeApp, 'version' | 'dev' | 'buildVariables'>;

/** Files beside the packages of a workspace that their builds may read: settings of compilers and other tools. */
const rootFiles = '*.json *.jsonc *.js *.cjs *.mjs *.ts *.mts *.yaml *.yml *.toml .*rc ./';

/** What the partials need to know. */
export function nodeBuild(app: BuiltApp) {
  const packages = nodePackages(app);
  return {
    image: image(`node:${app.version}`),
    user: appUser,
    packages,
    installFolders: app.installFolders ?? [],
    ...(app.scripts ? lateScripts(app, packages.members) : { withoutScripts: '', lateScripts: '' }),
    sources: sourcesOf(app),
    workdir: workdirOf(app),
    inWorkspace: app.workspace !== undefined,
    buildVariables: app.buildVariables ?? [],
    prisma: undefined,
    buildCaches: packages.buildCaches.map((folder) => `target=${folder}`),
    developmentBuild: app.dev === 'none' ? packages.build : packages.buildDependencies,
  };
}

/** The folder of the app in its image. */
export function workdirOf(app: Pick<InstalledApp, 'path' | 'workspace'>): string {
  return inWorkspace(app) === '.' ? '/app' : `/app/${inWorkspace(app)}`;
}

/**
 * What is copied, as a Dockerfile writes it. Of a workspace only what the app is built on: an edit of another app
 * changes nothing. What changes most often comes last.
 */
function sourcesOf(app: InstalledApp): readonly string[] {
  const { workspace } = app;
  if (workspace?.needs === undefined || inWorkspace(app) === '.') return ['. .'];
  const folders = [...(workspace.folders ?? []), ...membersOf(app)];
  return [rootFiles, ...folders.map((folder) => `${folder} ${folder}/`)];
}

/** Install scripts of the app itself need its sources: the manifests lose them, and they run once the sources are there. */
function lateScripts(
  app: InstalledApp,
  members: readonly string[],
): { readonly withoutScripts: string; readonly lateScripts: string } {
  const remove = 'npm pkg delete scripts';
  const run = 'npm run --if-present postinstall && npm run --if-present prepare';
  const needs = app.workspace?.needs === undefined ? [] : membersOf(app).filter((one) => one !== inWorkspace(app));
  const folders = [...needs, inWorkspace(app)];
  return {
    withoutScripts: [remove, ...members.map((member) => `(cd ${member} && ${remove})`)].join(' && '),
    lateScripts: folders.map((folder) => (folder === '.' ? run : `(cd ${folder} && ${run})`)).join(' && '),
  };
}

/**
 * What `compose watch` looks at: sources are copied into the running container, manifests rebuild the image. Where
 * nothing in the container would notice an edit, everything rebuilds it.
 */
export function nodeWatch(app: BuiltApp): {
  readonly sync?: string;
  readonly folders: readonly { readonly path: string; readonly target: string }[];
  readonly rebuild: readonly string[];
} {
  const context = app.workspace?.path ?? app.path;
  const sources = sourcesOf(app).length === 1 ? [] : [...(app.workspace?.folders ?? []), ...membersOf(app)];
  const paths = sources.map((folder) => inFolder(context, folder));
  if (app.dev === 'none') return { folders: [], rebuild: sources.length === 0 ? [context] : paths };
  const { manifests, members } = nodePackages(app);
  const all = [
    ...manifests.filter((file) => !file.endsWith('*')),
    ...members.map((folder) => `${folder}/package.json`),
  ].map((file) => inFolder(context, file));
  if (sources.length === 0) return { sync: context, folders: [], rebuild: all };
  return { folders: paths.map((path, index) => ({ path, target: `/app/${sources[index]}` })), rebuild: all };
}

/** The build arguments of an app, each from the variable of the same name in `.env`. */
export function buildArguments(app: Pick<BuiltApp, 'buildVariables'>): NonNullable<Service['build']>['args'] & object {
  return Object.fromEntries((app.buildVariables ?? []).map((name) => [name, [variable(name)]]));
}

/** The variables behind the build arguments of an app; one that several apps have is declared by the first of them. */
export function buildEnv(answers: Answers, app: string): readonly EnvVar[] {
  const readers = (name: string) =>
    Object.entries(answers.apps).flatMap(([reader, one]) =>
      'buildVariables' in one && one.buildVariables?.includes(name) ? [reader] : [],
    );
  const own = answers.apps[app];
  const names = own && 'buildVariables' in own ? (own.buildVariables ?? []) : [];
  return names
    .filter((name) => readers(name)[0] === app)
    .map((name) => ({
      name,
      meaning: `Written into ${listed(readers(name))} when its image is built: everybody can read it there, and a change needs \`docker compose up --build\`. Empty: not set.`,
      kind: 'optional',
      default: '',
      group: 'Builds',
    }));
}
