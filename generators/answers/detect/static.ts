import { staticApp } from '../stacks/static.ts';
import { at, finding, place, settle, usablePort } from './findings.ts';
import { detectBuild } from './node/framework.ts';
import { detectInstallFolders } from './node/install-folders.ts';
import { detectManager, type ManagerName } from './node/manager.ts';
import { warnOfNpmrc } from './node/npmrc.ts';
import { inPackage, type Package, readPackage } from './node/package.ts';
import { follow } from './node/scripts.ts';
import { detectVersion } from './node/version.ts';
import { partOf, workspaceOf } from './node/workspace.ts';
import { describeWorkspace, installScripts } from './node.ts';
import { join } from './paths.ts';
import { assetsOf, baseOf, configOf, devPortOf, outputOf } from './static/config.ts';
import { type Passed, passedOn, proxyTo, warnOfLoopback } from './static/proxy.ts';
import { type Tool, toolOf } from './static/tools.ts';
import { siteVariables } from './static/variables.ts';
import type { DetectedApp, DetectedStaticApp, Finding } from './types.ts';
import { foldersWith, sourcesOf, type View } from './view.ts';

/** Apps deeper in the repo than this are taken for examples of something. */
const deepest = 4;
/** Folders that hold a page by custom, where no tool builds one. */
const plainFolders = ['public', 'site', 'www', 'html', 'web', 'frontend', 'client'];

/** A site, and what it asks other programs for: which apps these are is known once all have names. */
export interface StaticCandidate {
  readonly app: Omit<DetectedStaticApp, 'name'>;
  readonly passed: readonly Passed[];
}

/**
 * The sites of a repo that are built and have no server of their own.
 * @throws UserError `repo` when a package.json or lockfile is broken
 */
export function detectStaticApps(view: View): StaticCandidate[] {
  const folders = foldersWith(view, /^package\.json$/, deepest);
  return folders.flatMap((folder) => {
    // The pages of a Laravel app are built into it.
    if (['artisan', 'composer.json'].some((file) => view.has(join(folder, file)))) return [];
    const pack = readPackage(view, folder);
    if (!pack) return [];
    const build = detectBuild(pack);
    const tool = toolOf(view, pack, build.value);
    return tool ? [describe(view, pack, tool, build, folders)] : [];
  });
}

/** Folders of pages that nothing builds; only for repos in which nothing else was found. */
export function detectPlainSites(view: View): StaticCandidate[] {
  return plainFolders.flatMap((folder) => {
    const page = join(folder, 'index.html');
    if (!view.has(page)) return [];
    const evidence = { file: page };
    const found = {
      path: finding(folder, evidence),
      build: finding('none', evidence),
      output: finding('.', evidence),
      fallback: finding(false, evidence),
    };
    return [{ app: { stack: 'static', path: folder, found, uses: {}, warnings: [] }, passed: [] }];
  });
}

/** Gives each site the apps that answer for it. */
export function connectStatic(apps: readonly DetectedApp[], candidates: readonly StaticCandidate[]): DetectedApp[] {
  const others = apps.filter((app) => app.stack !== 'static');
  return apps.map((app) => {
    const candidate = candidates.find((one) => app.stack === 'static' && one.app.path === app.path);
    if (!candidate || app.stack !== 'static') return app;
    const warnings = [...app.warnings];
    const proxy = proxyTo(candidate.passed, others, (text) => warnings.push(text));
    return { ...app, found: { ...app.found, ...(proxy && { proxy }) }, warnings };
  });
}

function describe(
  view: View,
  pack: Package,
  tool: Tool,
  build: Finding<string>,
  folders: readonly string[],
): StaticCandidate {
  const warnings: string[] = [];
  const warn = (text: string) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const workspace = workspaceOf(view, pack);
  const manager = detectManager(view, pack, workspace, warn);
  const shared = manager.atRoot ? workspace : undefined;
  const part = shared && partOf(view, pack, shared);
  warnOfNpmrc(view, shared?.root ?? pack, warn);
  const config = configOf(view, pack);
  const sources = sourcesOf(view, pack.folder, 'javascript', folders).filter(({ path }) => path !== config?.path);
  const tag = finding(tool.fallback, build.evidence);
  const found = settle<DetectedStaticApp['found']>(
    staticApp.entries,
    {
      path: finding(pack.folder, { file: pack.json.path }),
      packageManager: manager.found,
      frozen: manager.frozen,
      workspace: shared && describeWorkspace(view, shared, part, warn),
      installFolders: detectInstallFolders(view, manager.name, shared?.root ?? pack),
      version: detectVersion(view, pack, workspace?.root, warn),
      build,
      scripts: installScripts(part?.packages ?? [pack], shared, warn),
      output: outputOf(view, pack, tool, build.value, config, warn),
      assets: assetsOf(tool, config, pack),
      fallback: tag,
      buildVariables: siteVariables(view, pack, tool, sources, warn),
      ...developmentOf(pack, tool, manager.name, config, warn),
    },
    warn,
  );
  const base = baseOf(config);
  if (base)
    warn(
      `${place(base.evidence)}: the files are asked for below ${base.value}, and nginx has them at /: leave base out`,
    );
  warnOfLoopback(sources, warn);
  return {
    app: { stack: 'static', path: pack.folder, found, uses: {}, warnings },
    passed: passedOn(config, sources, warn),
  };
}

/** The development server and its port. */
function developmentOf(
  pack: Package,
  tool: Tool,
  manager: ManagerName,
  config: ReturnType<typeof configOf>,
  warn: (text: string) => void,
): Pick<DetectedStaticApp['found'], 'dev' | 'devPort'> {
  const script = ['dev', 'start', 'serve', 'develop'].find((name) =>
    tool.serves.test(follow(pack.scripts, name)?.words.join(' ') ?? ''),
  );
  if (script === undefined) return {};
  const evidence = inPackage(pack, 'scripts', script);
  const program = follow(pack.scripts, script);
  const command = [...(program?.variables ?? []), ...(program?.words ?? [])].join(' ');
  const port = devPortOf(config, command);
  const where = port?.line === undefined ? evidence : at(config?.path ?? pack.json.path, port.line);
  const devPort = port ? usablePort(port.digits, where, warn) : finding(tool.devPort, evidence);
  return { dev: finding(runScript(manager, script, tool, command), evidence), ...(devPort && { devPort }) };
}

/** `npm run dev -- --host 0.0.0.0`; only npm needs the dashes. */
function runScript(manager: ManagerName, script: string, { host }: Tool, command: string): string {
  const options = host === '' || /\s--host\b/.test(command) ? '' : host;
  const dashes = manager === 'npm' && options !== '' ? '--' : '';
  return [manager, 'run', script, dashes, options].filter((word) => word !== '').join(' ');
}
