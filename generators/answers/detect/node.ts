import { nodeApp } from '../stacks/node.ts';
import { finding, place, settle, type Warn } from './findings.ts';
import { buildVariables, metaEnv, processEnv, readsOfBuild } from './node/build-variables.ts';
import { buildsServer } from './node/built-servers.ts';
import type { NodeContext } from './node/context.ts';
import { detectDatabaseDriver } from './node/driver.ts';
import { entryFiles } from './node/entry.ts';
import { detectBuild, detectFramework, hasServer } from './node/framework.ts';
import { detectHealth } from './node/health.ts';
import { detectInstallFolders } from './node/install-folders.ts';
import { detectManager } from './node/manager.ts';
import { detectMigrate } from './node/migrate.ts';
import { detectStandalone } from './node/next.ts';
import { warnOfNpmrc } from './node/npmrc.ts';
import { inPackage, type Package, readPackage } from './node/package.ts';
import { detectPort, warnOfLoopback } from './node/port.ts';
import { detectProxy } from './node/proxy.ts';
import { commandsOf } from './node/scripts.ts';
import { detectCommands, hasStart, startsProgram } from './node/start.ts';
import { detectTurbo } from './node/turbo.ts';
import { detectMakesTables, detectUses } from './node/uses.ts';
import { readVariables } from './node/variables.ts';
import { detectVersion } from './node/version.ts';
import { detectWorkers, programEvidence } from './node/workers.ts';
import { type Part, partOf, type Workspace, workspaceOf } from './node/workspace.ts';
import { join } from './paths.ts';
import type { DetectedNodeApp, Finding } from './types.ts';
import { deriveVariables } from './variables.ts';
import { foldersWith, sourcesOf, type View } from './view.ts';

/** Apps deeper in the repo than this are taken for examples of something. */
const deepest = 4;
/** What the bundlers of servers with pages write into them; what else they read stays on the server. */
const publicNames = [processEnv('NEXT_PUBLIC_'), metaEnv('(?:VITE|PUBLIC)_')];

/**
 * The Node apps of a repo; their names are given later, among all apps.
 * @throws UserError `repo` when a package.json or lockfile is broken
 */
export function detectNodeApps(view: View): Omit<DetectedNodeApp, 'name'>[] {
  const folders = foldersWith(view, /^package\.json$/, deepest);
  return folders.flatMap((folder) => {
    const pack = readPackage(view, folder);
    const workspace = pack && workspaceOf(view, pack);
    return pack && isApp(view, pack, workspace) ? [describe(view, pack, workspace, folders)] : [];
  });
}

/** Whether a package is a program that serves, not a library, a workspace root or a page. */
function isApp(view: View, pack: Package, workspace: Workspace | undefined): boolean {
  if (workspace?.path === pack.folder) return hasServer(pack);
  if (startsProgram(pack.scripts) || buildsServer(pack) || (hasServer(pack) && hasStart(pack.scripts))) return true;
  const { exports, types, typings, files, module, bin } = pack.json.data;
  const isLibrary = [exports, types, typings, files, module, bin].some((field) => field !== undefined);
  if (isLibrary && !('next' in pack.dependencies)) return false;
  return hasServer(pack) || entryFiles(view, pack).some((file) => listens(view.read(join(pack.folder, file)) ?? ''));
}

function listens(text: string): boolean {
  return /\.listen\s*\(|\bserve\s*\(|\bcreateServer\s*\(/.test(text);
}

function describe(
  view: View,
  pack: Package,
  workspace: Workspace | undefined,
  folders: readonly string[],
): Omit<DetectedNodeApp, 'name'> {
  const warnings: string[] = [];
  const warn = (text: string) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const manager = detectManager(view, pack, workspace, warn);
  const shared = manager.atRoot ? workspace : undefined;
  const framework = detectFramework(pack);
  const build = detectBuild(pack);
  const context: NodeContext = {
    view,
    pack,
    workspace: shared,
    manager,
    framework: framework.value,
    build: build.value === 'none' ? undefined : commandsOf(pack.scripts, build.value),
    sources: sourcesOf(view, pack.folder, 'javascript', folders),
    warn,
  };
  if (framework.value === 'next' && context.build === undefined)
    warn(`${pack.json.path} has no build script, and Next needs one: add "build": "next build"`);
  const { start, dev, program } = detectCommands(context);
  const uses = detectUses(view, pack, workspace);
  const alone = hasServer(pack) ? undefined : programEvidence(context);
  const workers = detectWorkers(context, start?.value);
  warnOfNpmrc(view, shared?.root ?? pack, warn);
  // Workers need the packages that a standalone server does without.
  const mayStandAlone = framework.value === 'next' && context.build !== undefined && !workers;
  const standalone = mayStandAlone ? detectStandalone(view, pack, warn) : undefined;
  const part = shared && partOf(view, pack, shared);
  const packages = part?.packages ?? [pack];
  const buildSources = packages.flatMap((one) => sourcesOf(view, one.folder, 'javascript', folders));
  const found = settle<DetectedNodeApp['found']>(
    nodeApp.entries,
    {
      path: finding(pack.folder, { file: pack.json.path }),
      framework,
      packageManager: manager.found,
      frozen: manager.frozen,
      workspace: shared && describeWorkspace(view, shared, part, warn),
      installFolders: detectInstallFolders(view, manager.name, shared?.root ?? pack),
      version: detectVersion(view, pack, workspace?.root, warn),
      build: framework.value === 'next' && context.build === undefined ? undefined : build,
      buildVariables: buildVariables(readsOfBuild(buildSources, ...publicNames), warn),
      // It starts itself; the script of package.json is for where it is not used.
      start: standalone ? finding('node server.js', standalone.evidence) : start,
      standalone,
      dev,
      scripts: installScripts(packages, shared, warn),
      port: alone ? finding('none' as const, alone) : detectPort(context, program),
      health: alone ? finding('none', alone) : detectHealth(context),
      migrate: detectMigrate(context),
      makesTables: detectMakesTables(view, pack, workspace),
      databaseDriver: uses.postgres && detectDatabaseDriver(view, pack, workspace),
      workers,
      ...deriveVariables(readVariables(context), uses),
    },
    warn,
  );
  warnOfLoopback(context, program);
  const proxy = alone ? undefined : detectProxy(context);
  return { stack: 'node', path: pack.folder, found, uses, warnings, ...(proxy && { proxy }) };
}

/** The workspace with what an app needs of it; nothing is left out for an app that is the root. */
export function describeWorkspace(
  view: View,
  workspace: Workspace,
  part: Part | undefined,
  warn: Warn,
): DetectedNodeApp['found']['workspace'] {
  const { path, packages, root, evidence, idle } = workspace;
  for (const glob of idle)
    warn(`${place(evidence)}: "${glob}" names no folder with a package.json: correct it or take it out`);
  const turbo = detectTurbo(view, root, warn);
  return finding(
    {
      path,
      packages: [...packages],
      ...(part && { needs: [...part.needs] }),
      ...(part && part.folders.length > 0 && { folders: [...part.folders] }),
      ...(turbo && { turbo }),
    },
    evidence,
  );
}

/** Scripts that an install runs, of the app and of what it is built on; those of the root need more than is there. */
export function installScripts(
  packages: readonly Package[],
  workspace: Workspace | undefined,
  warn: Warn,
): Finding<boolean> | undefined {
  const scriptOf = (pack: Package) =>
    ['preinstall', 'install', 'postinstall', 'prepare'].find((script) => script in pack.scripts);
  const root = workspace?.root;
  const rootScript = root && scriptOf(root);
  if (
    root &&
    rootScript &&
    !packages.includes(root) &&
    !/\bhusky\b|\blefthook\b/.test(root.scripts[rootScript] ?? '')
  ) {
    const where = place(inPackage(root, 'scripts', rootScript));
    warn(
      `The ${rootScript} script of the root (${where}) does not run in the image: move what the app needs of it there`,
    );
  }
  for (const one of root ? [...packages, root] : packages) {
    const name = scriptOf(one);
    if (name) return finding(true, inPackage(one, 'scripts', name));
  }
  return undefined;
}
