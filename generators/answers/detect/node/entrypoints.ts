/** Whether what the commands of a Node app name is in its image. */
import type { Problem } from '../../../errors.ts';
import { nameOf } from '../../../paths.ts';
import { splitCommand } from '../../command.ts';
import { migrationOf } from '../../migration.ts';
import type { NodeApp } from '../../schema.ts';
import { suggest } from '../../suggest.ts';
import type { EntrypointCheck } from '../entrypoints.ts';
import { from, isInside, join } from '../paths.ts';
import type { View } from '../view.ts';
import { isAside } from '../view.ts';
import { carrierOf } from './bins.ts';
import { developmentLoader, nodeFile } from './command.ts';
import { compiledPath, findEntry, presence } from './entry.ts';
import { type Package, readPackage } from './package.ts';
import { commandsOf } from './scripts.ts';
import { type Workspace, workspaceOf } from './workspace.ts';

interface Image {
  readonly view: View;
  readonly pack: Package;
  readonly workspace: Workspace | undefined;
  /** What the build script runs. */
  readonly build: string | undefined;
  /** Whether it has the development dependencies, and their programs on its PATH. */
  readonly development: boolean;
}

/** Programs that every image has. */
const everywhere = new Set(['node', 'npx', 'sh', 'bash', 'env']);
const managers = new Set(['npm', 'pnpm', 'yarn', 'bun']);

/** Files that no build of the app makes, programs that no dependency brings, scripts that package.json lacks. */
export const nodeEntrypoints: EntrypointCheck<NodeApp> = (view, at, app) => {
  const pack = readPackage(view, app.path);
  if (!pack) return [{ path: `${at}.path`, value: app.path, message: 'has no package.json, which a Node app needs' }];
  const unbuilt = app.build !== 'none' && !Object.hasOwn(pack.scripts, app.build);
  const build = app.build === 'none' || unbuilt ? undefined : commandsOf(pack.scripts, app.build);
  const image: Image = { view, pack, workspace: workspaceOf(view, pack), build, development: false };
  const migration = migrationOf(app.migrate);
  const roles: readonly (readonly [string, string])[] = [
    // What Next puts there is known when it has been built.
    ...(app.standalone ? [] : [['start', app.start] as const]),
    ...Object.entries(app.workers ?? {}).map(([name, { start }]) => [`workers.${name}.start`, start] as const),
  ];
  return [
    ...(unbuilt ? [missingScript(`${at}.build`, app.build, pack, app.build)] : []),
    // Without its build nothing can be said of what is built.
    ...(unbuilt
      ? []
      : [
          ...roles.flatMap(([key, command]) => problemOf(image, `${at}.${key}`, command, splitCommand(command) ?? [])),
          ...(migration
            ? problemOf(
                { ...image, development: migration.ownImage },
                `${at}.migrate`,
                String(app.migrate),
                migration.command,
              )
            : []),
        ]),
  ];
};

function problemOf(image: Image, path: string, value: string, [program = '', ...args]: readonly string[]): Problem[] {
  const { pack } = image;
  const bin = program.replace(/^(?:(?:\.\/|(?:\.\.\/)+)?node_modules\/\.bin\/)/, '');
  if (program === 'node') {
    const late = image.development ? undefined : developmentLoader(pack, args);
    if (late) return [{ path, value, message: notInProduction(late, pack) }];
    const file = nodeFile(pack, args);
    return file === undefined ? [] : missingFile(image, path, value, file);
  }
  if (managers.has(program)) {
    const [run, script = ''] = args;
    return /^run(?:-script)?$/.test(run ?? '') && !Object.hasOwn(pack.scripts, script)
      ? [missingScript(path, value, pack, script)]
      : [];
  }
  if (everywhere.has(program) || program.startsWith('/')) return [];
  if (program.includes('/') && bin === program) return missingFile(image, path, value, program);
  return [...missingProgram(image, path, value, { program, bin }), ...missingArguments(image, path, value, args)].slice(
    0,
    1,
  );
}

function missingProgram(
  { pack, workspace, development }: Image,
  path: string,
  value: string,
  { program, bin }: { readonly program: string; readonly bin: string },
): Problem[] {
  const carrier = carrierOf({ pack, workspace }, bin);
  if (!carrier)
    return [
      { path, value, message: `runs ${bin}, which no dependency brings: add it to ${pack.json.path}, or correct it` },
    ];
  if (development) return [];
  if (!carrier.production) return [{ path, value, message: notInProduction(carrier.name, pack) }];
  if (bin !== program) return [];
  return [
    {
      path,
      value,
      message: `runs ${bin}, which is not on the PATH of the image`,
      suggestion: `node_modules/.bin/${value}`,
    },
  ];
}

function notInProduction(name: string, pack: Package): string {
  return `needs ${name}, which is a development dependency and not in the production image: move it to dependencies (${pack.json.path}), or run what the build makes`;
}

/** `react-router-serve ./build/server/index.js`. */
function missingArguments(image: Image, path: string, value: string, args: readonly string[]): Problem[] {
  return args
    .filter((word) => !word.startsWith('-') && /\.[cm]?[jt]sx?$/.test(word))
    .flatMap((file) => missingFile(image, path, value, file));
}

function missingFile({ view, pack, build }: Image, path: string, value: string, file: string): Problem[] {
  if (file.startsWith('/') || presence(view, pack, file, build) !== 'missing') return [];
  const likely = likelyFile(view, pack, build, file);
  const how =
    build === undefined ? 'which is not there, and nothing is built' : 'which is neither there nor made by the build';
  return [
    {
      path,
      value,
      message: `runs ${file}, ${how}`,
      ...(likely !== undefined && likely !== file && { suggestion: value.replace(file, likely) }),
    },
  ];
}

/** The file that was meant: of that name elsewhere, of a similar name, else what starts the app. */
function likelyFile(view: View, pack: Package, build: string | undefined, file: string): string | undefined {
  const all = view.files
    .filter((path) => isInside(path, pack.folder) && /(?<!\.d)\.[cm]?[jt]s$/.test(path))
    .map((path) => from(pack.folder, path))
    .filter((path) => !isAside(path) && !/(?:\.config|\.test|\.spec)\.[cm]?[jt]s$/.test(path))
    .flatMap((path) =>
      /js$/.test(path) ? path : build === undefined ? [] : (compiledPath(view, pack, path, build) ?? []),
    );
  const name = stem(file);
  const same = all.find((path) => stem(path) === name) ?? all.find((path) => join(path, '..') === join('.', file));
  if (same !== undefined) return same;
  const near = suggest(name, all.map(stem));
  return all.find((path) => stem(path) === near) ?? findEntry(view, pack, build)?.run;
}

function stem(path: string): string {
  return nameOf(path).replace(/\.[cm]?[jt]sx?$/, '');
}

function missingScript(path: string, value: string, pack: Package, script: string): Problem {
  const near = suggest(script, Object.keys(pack.scripts));
  return {
    path,
    value,
    message: `is no script of ${pack.json.path}: add it, or name another`,
    ...(near !== undefined && { suggestion: value === script ? near : value.replace(script, near) }),
  };
}
