import { isData } from '../../../data.ts';
import { at, finding, type Warn } from '../findings.ts';
import { readJson, record } from '../json.ts';
import { inPackage, type Package } from '../node/package.ts';
import { commandsOf } from '../node/scripts.ts';
import { join } from '../paths.ts';
import { find, findCalls, literal, maskJavaScript, type Source } from '../source.ts';
import type { Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { Tool } from './tools.ts';

/** The configuration of the tool as a source; undefined where it has none. */
export function configOf(view: View, { folder }: Package): Source | undefined {
  const names = ['vite.config', 'astro.config', 'vue.config', 'svelte.config'];
  const file = names
    .flatMap((name) =>
      ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs'].map((extension) => join(folder, `${name}.${extension}`)),
    )
    .find((path) => view.has(path));
  const text = file === undefined ? undefined : view.read(file);
  return file === undefined || text === undefined ? undefined : maskJavaScript(file, text);
}

/** The folder that the build fills: from its command, its configuration, else what the tool does by itself. */
export function outputOf(
  view: View,
  pack: Package,
  tool: Tool,
  build: string,
  config: Source | undefined,
  warn: Warn,
): Finding<string> {
  const script = inPackage(pack, 'scripts', build);
  const command = commandsOf(pack.scripts, build);
  const flag = /\s--(?:outDir|out-dir|dist-dir|output-path|dest)[ =]["']?([^\s"']+)/.exec(command)?.[1];
  if (tool.name === 'Angular') return angularOutput(view, pack, flag) ?? finding(flag ?? tool.output, script);
  // VitePress builds below the folder of its sources, which it gets as an argument.
  const root = tool.name === 'VitePress' ? (/\bvitepress\s+build\s+([^\s&-]\S*)/.exec(command)?.[1] ?? '.') : '.';
  if (flag !== undefined) return finding(inside(pack, flag, script.file, warn), script);
  const option = config && optionOf(config, /\b(?:outDir|outputDir|pages)\s*:\s*(["'`][^"'`\n]*["'`])/g);
  if (option) return finding(inside(pack, option.value, option.evidence.file, warn), option.evidence);
  return finding(join(root, tool.output), script);
}

/** `./dist/` as `dist`; one that is outside of the app is told, and refused where the answers are checked. */
function inside(pack: Package, path: string, file: string, warn: Warn): string {
  const folder = path.replace(/^\.\/|\/+$/g, '');
  if (folder.startsWith('..'))
    warn(`${file}: the build of ${pack.folder} fills ${path}, outside of its folder: give it one inside, such as dist`);
  return folder === '' ? '.' : folder;
}

/** Where the application builder of Angular puts what a browser needs. */
function angularOutput(view: View, pack: Package, flag: string | undefined): Finding<string> | undefined {
  const json = readJson(view, join(pack.folder, 'angular.json'));
  const [name, project] = Object.entries(record(json?.data['projects']))[0] ?? [];
  if (!json || name === undefined) return undefined;
  const build = record(record(record(project)['architect'])['build']);
  const { outputPath } = record(build['options']);
  const base = isData(outputPath) ? outputPath['base'] : outputPath;
  const browser = isData(outputPath) && typeof outputPath['browser'] === 'string' ? outputPath['browser'] : 'browser';
  const folder = flag ?? (typeof base === 'string' ? base : `dist/${name}`);
  // The builders before `application` had no folder of their own for browsers.
  const isApplication = /:application$/.test(String(build['builder'] ?? ''));
  const line =
    json.line('projects', name, 'architect', 'build', 'options', 'outputPath') ?? json.line('projects', name);
  return finding(isApplication ? join(folder, browser) : folder, at(json.path, line));
}

/** The folder of files with a hash in their names, from the root of the site. */
export function assetsOf(tool: Tool, config: Source | undefined, pack: Package): Finding<string> | undefined {
  const option = config && optionOf(config, /\bassetsDir\s*:\s*(["'`][^"'`\n]*["'`])/g);
  if (option && tool.assets !== undefined) return option;
  return tool.assets === undefined ? undefined : finding(tool.assets, { file: config?.path ?? pack.json.path });
}

/** The port of the development server, where it is not the usual one. */
export function devPortOf(config: Source | undefined, command: string): { digits: string; line?: number } | undefined {
  const flag = /(?:^|\s)(?:PORT=|(?:-p|--port)[ =])["']?(\d{2,5})\b/.exec(command)?.[1];
  if (flag) return { digits: flag };
  for (const { args, line } of config ? findCalls(config, /\b(?:server|devServer)\s*:\s*\{/g) : []) {
    const digits = args.map((arg) => /^port\s*:\s*(\d{2,5})$/.exec(arg)?.[1]).find((one) => one !== undefined);
    if (digits) return { digits, line };
  }
  return undefined;
}

/** Whether a base path is set: files are then asked for below it. */
export function baseOf(config: Source | undefined): Finding<string> | undefined {
  const option = config && optionOf(config, /\b(?:base|publicPath)\s*:\s*(["'`][^"'`\n]*["'`])/g);
  return option && !/^\.?\/?$/.test(option.value) ? option : undefined;
}

function optionOf(config: Source, pattern: RegExp): Finding<string> | undefined {
  for (const { group, line } of find(config, pattern)) {
    const value = literal(group(1));
    if (value !== undefined) return finding(value, at(config.path, line));
  }
  return undefined;
}
