import { folderOf, join, nameOf } from '../../paths.ts';
import type { ComposeModel } from '../model.ts';
import { canonical, withDefaults } from './canonical.ts';
import { checkConsistency } from './consistency.ts';
import { readDotEnv } from './dotenv.ts';
import { type Expansion, expand, expandText, type PlacedUse } from './expand.ts';
import { applyExtends, type ServicesOfFile } from './extends.ts';
import type { Files } from './files.ts';
import { mergeFiles, pairsOf, without } from './merge.ts';
import { normalize } from './normalize.ts';
import { isRemoteFile, relative } from './paths.ts';
import { printModel } from './print.ts';
import { attempt, type ComposeProblem, Refused } from './problem.ts';
import { type ReadDocument, readAgain, rootMap } from './read.ts';
import { resolvePaths } from './resolve.ts';
import { shapeProblems } from './schema.ts';
import {
  entriesOf,
  isNull,
  isSame,
  isTrue,
  itemsOf,
  list,
  type MapNode,
  map,
  mapEntries,
  type Node,
  type NodePath,
  nodeAt,
  type Place,
  scalar,
  textOf,
  withEntries,
} from './tree.ts';
import { withoutDoubles } from './unique.ts';

export interface LoadOptions {
  /** The folder that paths count from, relative to the root: `.` or `deploy`. */
  readonly projectDirectory: string;
  /** The values of variables: those of `.env` and of the shell. */
  readonly env: Readonly<Record<string, string>>;
  /** The absolute folder of the root. Without it the paths of the model are relative to the root. */
  readonly directory?: string;
  /** What the folder of the root is called, which a project in it is called after; the last part of `directory`. */
  readonly folder?: string;
}

export interface Loaded {
  /** What the files say together; there as far as it can be read, whatever is wrong with them. */
  readonly model?: ComposeModel;
  readonly problems: readonly ComposeProblem[];
  /** All files that were read, in order: those given, and those that they include and extend. */
  readonly read: readonly string[];
  /** Every use of a variable. */
  readonly variables: readonly PlacedUse[];
  /** Where the nearest thing on a path of the model is written: `['services', 'api', 'ports', '0']`. */
  placeOf(path: NodePath): Place | undefined;
}

/** As deep as `include` and `extends` may go: no person's files come near. */
const maxDepth = 50;
/** How many files may be read for one project. */
const maxFiles = 500;

/**
 * Reads compose files as `docker compose -f a -f b --profile '*' config --format json` does (compose-go 2.9, Compose
 * 2.40): without Docker, without values for required variables, and without stopping at the first thing that is wrong.
 */
export function loadCompose(files: readonly string[], source: Files, options: LoadOptions): Loaded {
  const loader = new Loader(source, options);
  try {
    return loader.load(files);
  } catch (error) {
    // Nested deeper than the stack goes: nothing that a person wrote.
    if (!(error instanceof RangeError)) throw error;
    const at = { file: files[0] ?? '', line: 1 };
    loader.report(new Refused('too-large', at, 'it is nested too deep to be read', 'Write it flatter.').problem);
    return { problems: loader.problems, read: loader.read, variables: loader.variables, placeOf: () => undefined };
  }
}

/** What a file is read in: the project that it belongs to, which may be an included one. */
interface Scope {
  /** The folder of the project, from the root. */
  readonly folder: string;
  readonly look: (name: string) => string | undefined;
  /** The files that are being read, to find circles. */
  readonly open: readonly string[];
}

class Loader {
  readonly problems: ComposeProblem[] = [];
  readonly read: string[] = [];
  readonly variables: PlacedUse[] = [];
  private readonly source: Files;
  private readonly options: LoadOptions;
  /** Whether something is elsewhere, so that names may be defined that cannot be seen. */
  private isPartial = false;
  private includes = 0;
  private readonly known = new Set<string>();
  private readonly bases = new WeakMap<Scope, Map<string, ServicesOfFile | undefined>>();

  constructor(source: Files, options: LoadOptions) {
    this.source = source;
    this.options = options;
  }

  readonly report = (problem: ComposeProblem): void => {
    // A circle is seen from each of its parts.
    const { code, file, line, message } = problem;
    const key = code === 'cycle' ? message : `${file}:${line} ${message}`;
    if (!this.known.has(key)) this.problems.push(problem);
    this.known.add(key);
  };

  load(files: readonly string[]): Loaded {
    const { projectDirectory, env, directory } = this.options;
    const name = this.projectName(files);
    const look = (variable: string): string | undefined => {
      if (variable === 'COMPOSE_PROJECT_NAME') return name;
      return Object.hasOwn(env, variable) ? env[variable] : undefined;
    };
    const root = this.project(files, { folder: projectDirectory, look, open: [] });
    const result = { problems: this.problems, read: this.read, variables: this.variables };
    if (!root) return { ...result, placeOf: () => undefined };
    if (entriesOf(root.entries.get('services')).length === 0 && this.problems.length === 0) {
      const at = { file: files[0] ?? '', line: root.at.line };
      const { problem } = new Refused('empty', at, 'there are no services', 'Add them below `services:`.');
      this.report({ ...problem, severity: 'warning' });
    }
    const base = directory === undefined ? projectDirectory : join(directory, projectDirectory);
    const normal = normalize(resolvePaths(root, base), name, look);
    const resolved = this.withEnvFiles(normal, look, directory);
    const model = printModel(resolved, this.report);
    const placeOf = (path: NodePath): Place => nearest(resolved, path);
    const report = (problem: ComposeProblem): void => {
      if (!this.isPartial || problem.code !== 'undefined') this.report(problem);
    };
    checkConsistency({ model, placeOf, report });
    return { ...result, model: withoutUnused(model), placeOf };
  }

  /** The name that the files give to the project, or its folder's, made of what Compose allows in one. */
  private projectName(files: readonly string[]): string {
    const { projectDirectory, env, directory, folder: called } = this.options;
    const given = env['COMPOSE_PROJECT_NAME'];
    if (given) return given;
    const names = files.flatMap((file) => {
      const { documents } = readAgain(this.source, this.text(file) ?? '', file);
      return documents.flatMap(({ root }) => {
        const name = root.kind === 'map' ? root.entries.get('name') : undefined;
        return name?.kind === 'scalar' && textOf(name) ? [name] : [];
      });
    });
    const last = names.at(-1);
    const expansion = this.expansion((name) => env[name]);
    const folder = nameOf(join(directory ?? called ?? '', projectDirectory));
    const chosen =
      (last && normalName(expandText(last, { ...expansion, used: () => undefined }))) || normalName(folder);
    return chosen || 'project';
  }

  private expansion(look: Scope['look']): Expansion {
    return { value: look, used: (use) => this.variables.push(use), report: this.report };
  }

  /** Files that are laid over each other, with their paths as seen from the project's folder. */
  private project(files: readonly string[], scope: Scope, at?: Place): MapNode | undefined {
    let root: MapNode | undefined;
    for (const file of files) root = this.file(file, scope, root, at ?? { file, line: 1 });
    if (!root) return undefined;
    return withEnvironment(withDefaults(root), scope.look);
  }

  private file(file: string, scope: Scope, below: MapNode | undefined, at: Place): MapNode | undefined {
    const documents = this.documents(file, at);
    return documents.reduce<MapNode | undefined>((under, document) => {
      return attempt(this.report, () => this.document(file, document, scope, under)) ?? under;
    }, below);
  }

  private document(file: string, document: ReadDocument, scope: Scope, below: MapNode | undefined): MapNode {
    const own = expand(rootMap(document), this.expansion(scope.look));
    // Includes first, as from Compose 5.2 on, so that what is included can be extended.
    const whole = this.withIncludes(own, { ...scope, open: [...scope.open, file] }, document.replaced);
    const services = new Map(entriesOf(whole.entries.get('services')));
    const written = new Set(entriesOf(own.entries.get('services')).map(([name]) => name));
    const included = new Set([...services.keys()].filter((name) => !written.has(name)));
    const above = applyExtends(
      whole,
      { file, services, replaced: document.replaced, included },
      (path, extension) => this.base(path, extension, scope),
      this.report,
    );
    const kept = below && without(below, document.replaced);
    const merged = kept ? mergeFiles(kept, above) : above;
    const single = withoutDoubles(merged, this.report);
    for (const problem of shapeProblems(single)) this.report(problem);
    return withoutDoubles(canonical(withoutVersion(single), this.report), this.report);
  }

  private documents(file: string, at: Place): readonly ReadDocument[] {
    const text = this.text(file);
    if (text === undefined) {
      this.report(
        new Refused('missing-file', at, `${file} is not there`, 'Correct the path, or add the file.').problem,
      );
      return [];
    }
    if (!this.read.includes(file)) this.read.push(file);
    const { documents, problems } = readAgain(this.source, text, file);
    problems.forEach(this.report);
    if (documents.length === 0 && problems.length === 0) {
      const empty = { file, line: 1 };
      this.report(new Refused('empty', empty, `${file} is empty`, 'Add `services:` to it.').problem);
    }
    return documents;
  }

  /** The text of a file; none where it cannot be read. */
  private text(file: string): string | undefined {
    if (file.startsWith('/') || this.read.length > maxFiles) return undefined;
    try {
      return this.source.read(file);
    } catch {
      return undefined;
    }
  }

  /** The services of a file that is extended. */
  private base(path: string, extension: Node, scope: Scope): ServicesOfFile | undefined {
    if (this.isElsewhere(path, extension.at)) return undefined;
    const file = join(scope.folder, path);
    const known = this.bases.get(scope) ?? new Map<string, ServicesOfFile | undefined>();
    this.bases.set(scope, known);
    if (!known.has(file)) known.set(file, this.servicesOf(file, extension.at, scope));
    return known.get(file);
  }

  private servicesOf(file: string, at: Place, scope: Scope): ServicesOfFile | undefined {
    const documents = this.documents(file, at);
    let root: MapNode | undefined;
    for (const document of documents) {
      const own = expand(rootMap(document), this.expansion(scope.look));
      const kept = root && without(root, document.replaced);
      const merged = withoutDoubles(kept ? mergeFiles(kept, own) : own, this.report);
      root = withoutDoubles(canonical(withoutVersion(merged), this.report), this.report);
    }
    if (!root) return undefined;
    const folder = relative(scope.folder, folderOf(file));
    const services = resolvePaths(root, folder).entries.get('services');
    return { file, services: new Map(entriesOf(services)), replaced: documents.flatMap(({ replaced }) => replaced) };
  }

  private isElsewhere(path: string, at: Place): boolean {
    if (!isRemoteFile(path) && !path.startsWith('/') && !path.startsWith('~')) return false;
    this.isPartial = true;
    const problem = new Refused('include', at, `${path} cannot be read from here`, 'Look at it on its own.').problem;
    this.report({ ...problem, severity: 'warning' });
    return true;
  }

  private withIncludes(root: MapNode, scope: Scope, replaced: readonly NodePath[]): MapNode {
    const includes = root.entries.get('include');
    const rest = withEntries(root, { include: undefined });
    if (!includes || isNull(includes)) return rest;
    return itemsOf(includes).reduce<MapNode>((into, include) => {
      return attempt(this.report, () => this.included(into, include, scope, replaced)) ?? into;
    }, rest);
  }

  private included(into: MapNode, include: Node, scope: Scope, replaced: readonly NodePath[]): MapNode {
    const entry = include.kind === 'map' ? include : map([['path', include]], include.at);
    const paths = textsOf(entry.entries.get('path'));
    const [first] = paths;
    if (first === undefined) {
      throw new Refused('include', include.at, 'an include has no path', 'Write the path of a compose file.');
    }
    if (paths.some((path) => this.isElsewhere(path, include.at))) return into;
    const files = paths.map((path) => join(scope.folder, path));
    const circle = files.find((file) => scope.open.includes(file));
    if (++this.includes > maxFiles) {
      throw new Refused('too-large', include.at, 'too many files are included', 'Include fewer.');
    }
    if (circle !== undefined || scope.open.length > maxDepth) {
      const way = [...scope.open, circle ?? ''].join(', which includes ');
      throw new Refused('cycle', include.at, `files include each other: ${way}`, 'Remove one of the includes.');
    }
    const given = textOf(entry.entries.get('project_directory'));
    const folder = given === undefined ? folderOf(join(scope.folder, first)) : join(scope.folder, given);
    const look = this.includedLook(entry, folder, scope);
    const imported = this.project(files, { folder, look, open: scope.open }, include.at);
    if (!imported) return into;
    const seen = resolvePaths(imported, relative(scope.folder, folder));
    return this.imported(into, seen, include.at, replaced);
  }

  /** What an included project looks up: its own `.env`, below all that is known already. */
  private includedLook(entry: MapNode, folder: string, scope: Scope): Scope['look'] {
    const named = textsOf(entry.entries.get('env_file'));
    const files = named.length > 0 ? named.map((file) => join(scope.folder, file)) : [join(folder, '.env')];
    let values: Readonly<Record<string, string>> = {};
    for (const file of files) {
      const text = this.text(file);
      if (text !== undefined) values = this.envOf(file, text, scope.look, values);
    }
    return (name) => scope.look(name) ?? (Object.hasOwn(values, name) ? values[name] : undefined);
  }

  private envOf(
    file: string,
    text: string,
    look: Scope['look'],
    given: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    const { values, problem } = readDotEnv(text, look, given);
    if (problem) {
      const at = { file, line: problem.line };
      this.report(new Refused('syntax', at, `${file} cannot be read: ${problem.message}`, 'Correct the line.').problem);
    }
    return values;
  }

  /** What an included project defines, below what is there: from Compose 5.0 on one may change what one includes. */
  private imported(into: MapNode, imported: MapNode, at: Place, replaced: readonly NodePath[]): MapNode {
    const sections = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'].map((section) => {
      const own = into.entries.get(section);
      const entries = new Map(entriesOf(own));
      for (const [name, value] of entriesOf(imported.entries.get(section))) {
        const there = entries.get(name);
        if (there && !isSame(there, value)) this.report(changesIncluded(section, name, value, there));
        const only = (node: Node): MapNode => map([[section, map([[name, node]], node.at)]], node.at);
        const merged = there && mergeFiles(without(only(value), replaced), only(there));
        entries.set(name, merged ? (nodeAt(merged, [section, name]) ?? there) : value);
      }
      return [section, entries.size > 0 ? map(entries, own?.at ?? at) : own] as const;
    });
    return withEntries(into, Object.fromEntries(sections));
  }

  /** The variables of env files that are there; a file that is not there stays named, for it is made on the host. */
  private withEnvFiles(root: MapNode, look: Scope['look'], directory: string | undefined): MapNode {
    const services = root.entries.get('services');
    if (services?.kind !== 'map') return root;
    const done = mapEntries(services, (service) => {
      const files = service.kind === 'map' ? service.entries.get('env_file') : undefined;
      if (service.kind !== 'map' || !files) return service;
      const own = pairsOf(service.entries.get('environment'));
      const ownValues = Object.fromEntries(own.flatMap(([key, value]) => (value ? [[key, textOf(value) ?? '']] : [])));
      let values: Readonly<Record<string, string>> = ownValues;
      const left = itemsOf(files).filter((file) => {
        const path = file.kind === 'map' ? textOf(file.entries.get('path')) : undefined;
        const text = path === undefined ? undefined : this.text(directory ? relative(directory, path) : path);
        const isRequired = file.kind === 'map' && isTrue(file.entries.get('required'));
        if (path === undefined || text === undefined) return isRequired;
        const isRaw = file.kind === 'map' && textOf(file.entries.get('format')) === 'raw';
        const above: Scope['look'] = (name) => look(name) ?? ownValues[name];
        values = isRaw ? { ...values, ...rawEnv(text) } : this.envOf(path, text, above, values);
        return false;
      });
      const fromFiles = Object.entries(values).map(([key, value]) => [key, scalar(value, files.at)] as const);
      const environment = map(
        [...fromFiles, ...own.map(([key, , item]) => [key, ownNode(key, own, item)] as const)],
        files.at,
      );
      return withEntries(service, { environment, env_file: left.length > 0 ? list(left, files.at) : undefined });
    });
    return withEntries(root, { services: done });
  }
}

function changesIncluded(section: string, name: string, included: Node, { at }: Node): ComposeProblem {
  const where = `${included.at.file}:${included.at.line}`;
  const message = `${section}.${name} is included from ${where} already: Compose refuses that before 5.0.0`;
  const hint = 'Change it in a file that is laid over this one (compose.override.yaml), or rename it.';
  return { severity: 'warning', code: 'conflict', ...at, message, hint };
}

function ownNode(key: string, own: ReturnType<typeof pairsOf>, item: Node): Node {
  return own.find(([one]) => one === key)?.[1] ?? scalar(null, item.at);
}

/** `format: raw`: values as they stand, quotes and dollars included. */
function rawEnv(text: string): Readonly<Record<string, string>> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at).trimStart(), line.slice(at + 1)]];
    }),
  );
}

/** Compose leaves out what no service uses. */
function withoutUnused(model: ComposeModel): ComposeModel {
  const services = Object.values(model.services);
  const used = {
    networks: services.flatMap(({ networks = {} }) => Object.keys(networks)),
    volumes: services.flatMap(({ volumes = [] }) =>
      volumes.flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
    ),
    secrets: services.flatMap(({ secrets = [], build }) =>
      [...secrets, ...(build?.secrets ?? [])].flatMap(({ source }) => source ?? []),
    ),
    configs: services.flatMap(({ configs = [] }) => configs.flatMap(({ source }) => source ?? [])),
  };
  const left: Record<string, unknown> = { ...model };
  for (const [section, names] of Object.entries(used) as readonly [keyof typeof used, readonly string[]][]) {
    const wanted = new Set(names);
    const entries = Object.entries(model[section] ?? {}).filter(([name]) => wanted.has(name));
    if (entries.length > 0) left[section] = Object.fromEntries(entries);
    else delete left[section];
  }
  return left as unknown as ComposeModel;
}

/** What of a name Compose keeps. */
function normalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function textsOf(node: Node | undefined): readonly string[] {
  const one = textOf(node);
  return one === undefined ? itemsOf(node).flatMap((item) => textOf(item) ?? []) : [one];
}

function withoutVersion(root: MapNode): MapNode {
  return root.entries.has('version') ? withEntries(root, { version: undefined }) : root;
}

/** Variables of a list that are passed on, with their values where these are known. */
function withEnvironment(root: MapNode, look: Scope['look']): MapNode {
  const services = root.entries.get('services');
  if (services?.kind !== 'map') return root;
  const done = mapEntries(services, (service) => {
    const environment = service.kind === 'map' ? service.entries.get('environment') : undefined;
    if (service.kind !== 'map' || environment?.kind !== 'list') return service;
    const items = environment.items.map((item) => {
      const name = textOf(item);
      const value = name === undefined ? undefined : look(name);
      return value === undefined ? item : scalar(`${name}=${value}`, item.at);
    });
    return withEntries(service, { environment: list(items, environment.at) });
  });
  return withEntries(root, { services: done });
}

function nearest(root: Node, path: NodePath): Place {
  let node = root;
  for (const key of path) {
    const next =
      node.kind === 'map' ? node.entries.get(key) : node.kind === 'list' ? node.items[Number(key)] : undefined;
    if (!next) break;
    node = next;
  }
  return node.at;
}
