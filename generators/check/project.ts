/** A repo as the rules see it: each of its compose projects, and what belongs to none. */
import {
  type ComposeProblem,
  type ComposeProject,
  findProjects,
  isDefaultName,
  type Loaded,
  loadCompose,
  readDotEnv,
} from '../compose/model/index.ts';
import type { ComposeModel, ComposeService } from '../compose/model.ts';
import { clean, folderOf, join } from '../paths.ts';
import { parseDockerfile } from '../rules/dockerfile.ts';
import { within } from '../rules/paths.ts';
import type { Combination, DockerfileText, Project, RejectedCombination, TextFile } from '../rules/types.ts';
import {
  isDevelopmentName,
  isDockerfileName,
  isEnvExampleName,
  isEnvFileName,
  isInScriptFolder,
  isScriptName,
} from './names.ts';
import { ancestors, type Options, Reader, type Source } from './reader.ts';
import type { CheckedProject } from './types.ts';

export interface Repo {
  readonly projects: readonly CheckedProject[];
  /** What the rules are asked about, one after the other. */
  readonly parts: readonly Project[];
  /** Every file that was looked at, each once. */
  readonly files: readonly TextFile[];
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
}

/** Bounds for what services mount: enough for configuration, not for a data folder that lies in the repo. */
const maxMounted = 300;

interface Part {
  readonly checked?: CheckedProject;
  readonly project: Project;
}

/** Reads what the rules need to know. Each file is read once, however many projects have it. */
export function readRepo(source: Source, options: Options): Repo {
  const reader = new Reader(source, options);
  const projects = composeProjects(source, options.file);
  options.onFound?.(projects.length);
  const found = projects.map((one) => partOf(reader, one));
  const rest = options.file === undefined ? [restOf(reader, found)] : [];
  return {
    projects: found.flatMap(({ checked }) => checked ?? []),
    parts: [...found, ...rest].map(({ project }) => project),
    files: reader.all(),
    notes: [...reader.notes, ...developmentNotes(found)],
  };
}

/** What a person would wonder about: why so little was found in files that only developers use. */
function developmentNotes(parts: readonly Part[]): readonly string[] {
  const files = parts
    .flatMap(({ checked }) => checked ?? [])
    .filter(({ combinations }) => combinations.every(({ purpose }) => purpose === 'development'))
    .flatMap(({ combinations }) => combinations[0]?.files[0] ?? []);
  if (files.length === 0) return [];
  const shown = files.slice(0, 5).join(', ');
  const more = files.length > 5 ? ` and ${files.length - 5} more` : '';
  return [`the rules for production were not asked of what is for development by its name: ${shown}${more}`];
}

/** The compose projects of a repo, or of them those that have one file. */
function composeProjects(source: Source, only: string | undefined): readonly ComposeProject[] {
  const projects = findProjects(source)
    .filter(({ base }) => !base.includes('{{'))
    .map((project) => (isDevelopmentName(project.directory) ? inDevelopment(project) : project));
  if (only === undefined) return projects;
  const mine = projects.flatMap((project) => {
    const combinations = project.combinations.filter(({ files }) => files.includes(only));
    return combinations.length > 0 ? [{ ...project, combinations }] : [];
  });
  // One that is not called so, or lies where nobody deploys from, is meant all the same.
  const combination = { name: only, files: [only], purpose: 'production' } as const;
  const alone = { directory: folderOf(only), base: only, overlays: [], combinations: [combination] };
  return mine.length > 0 ? mine : [alone];
}

/** A project in a folder that is called so. */
function inDevelopment(project: ComposeProject): ComposeProject {
  const combinations = project.combinations.map((one) => ({ ...one, purpose: 'development' as const }));
  return { ...project, combinations };
}

function partOf(reader: Reader, found: ComposeProject): Part {
  const env = environmentOf(reader, found);
  const combinations: Combination[] = [];
  const rejected: RejectedCombination[] = [];
  const read = new Set<string>();
  for (const { files, purpose } of found.combinations) {
    const name = files.join(' + ');
    const loaded = loadCompose(files, reader.source, { projectDirectory: found.directory, env });
    const includes = loaded.read.filter((path) => !files.includes(path));
    for (const path of [...files, ...includes]) read.add(path);
    if (loaded.model)
      combinations.push({ name, files, includes, purpose, model: withOpenImages(loaded.model, loaded) });
    reader.note(loaded.problems.filter(isElsewhere).map(({ file, line, message }) => `${file}:${line}: ${message}`));
    const problems = loaded.problems.filter((one) => !hasRule(one) && !isElsewhere(one) && !isIncomplete(one, found));
    rejected.push(...problems.map((problem) => rejection(problem, name, files)));
  }
  const composeFiles = reader.files(read);
  const models = combinations.map(({ model }) => model);
  const isMine = (path: string): boolean => within(found.directory, path);
  const dockerfiles = dockerfilesOf(reader, models);
  return {
    checked: {
      directory: found.directory,
      combinations: found.combinations.map(({ files, purpose }) => ({ name: files.join(' + '), files, purpose })),
    },
    project: {
      directory: '',
      envFolder: found.directory,
      combinations,
      rejected,
      composeFiles,
      dockerfiles,
      dockerignores: dockerignoresOf(reader, dockerfiles),
      envFiles: reader.files(examplePaths(reader).filter(isMine)),
      committedEnvFiles: committed(reader, isMine),
      scripts: reader.files(scriptPaths(reader).filter(isMine)),
      mountedFiles: mountedFiles(reader, models),
      files: reader.source.files,
      ...today(reader),
    },
  };
}

function today(reader: Reader): { readonly today?: string } {
  return reader.options.today === undefined ? {} : { today: reader.options.today };
}

/**
 * What stands for `.env`: that of git, else its example, so that a check says the same on every machine; a `.env` of
 * somebody's own only where there is nothing else.
 */
function environmentOf(reader: Reader, { directory, envFile }: ComposeProject): Readonly<Record<string, string>> {
  const real = envFile ?? join(directory, '.env');
  const examples = reader.named(isEnvExampleName).filter((path) => folderOf(path) === directory);
  const isShared = reader.options.tracked?.has(real) ?? false;
  const chosen = isShared || examples.length === 0 ? [real] : examples;
  const values = reader
    .files(chosen)
    .reduce<Readonly<Record<string, string>>>((given, { text }) => readDotEnv(text, undefined, given).values, {});
  // Empty in an example means that it is still to be filled in.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/**
 * The model with images as they are written where a variable decides that has no value: the loader fills in something,
 * and nobody knows what really runs.
 */
function withOpenImages(model: ComposeModel, loaded: Loaded): ComposeModel {
  const open = loaded.variables.filter(({ state }) => state === 'blank' || state === 'missing');
  const services = Object.entries(model.services).map(([name, service]) => {
    const at = service.image === undefined ? undefined : loaded.placeOf(['services', name, 'image']);
    const use = open.find(({ file, line }) => file === at?.file && line === at.line);
    return [name, use ? { ...service, image: `\${${use.name}}` } : service];
  });
  return { ...model, services: Object.fromEntries(services) };
}

/** Whether a rule of its own tells of it: of `version:`, and of keys that need a newer Compose. */
function hasRule({ code, severity }: ComposeProblem): boolean {
  return code === 'obsolete' || (code === 'unknown-key' && severity === 'warning');
}

/** Whether it is about a file of another repo or registry, which Compose fetches and a check does not. */
function isElsewhere({ code, severity }: ComposeProblem): boolean {
  return code === 'include' && severity === 'warning';
}

/** Whether a file that stands alone only adds to services of another one: nobody says to which. */
function isIncomplete({ code, message }: ComposeProblem, { base }: ComposeProject): boolean {
  return !isDefaultName(base) && code === 'undefined' && message.includes('neither an image nor a build');
}

function rejection(
  { file, line, message, hint, severity }: ComposeProblem,
  name: string,
  files: readonly string[],
): RejectedCombination {
  return {
    name,
    files,
    reason: `${message}: ${hint.replace(/\.$/, '')}`,
    file,
    line,
    tolerated: severity === 'warning',
  };
}

/** The Dockerfiles that services are built from, each with each of its contexts. */
function dockerfilesOf(reader: Reader, models: readonly ComposeModel[]): readonly DockerfileText[] {
  const found = new Map<string, DockerfileText>();
  for (const { build } of models.flatMap(({ services }) => Object.values(services))) {
    if (build?.context === undefined || build.dockerfile_inline !== undefined) continue;
    const path = join(build.context, build.dockerfile ?? 'Dockerfile');
    const file = reader.file(path);
    const key = JSON.stringify([path, build.context]);
    if (file && !found.has(key)) found.set(key, reader.dockerfile(file, build.context));
  }
  return [...found.values()];
}

/** The ignore files that Docker would read for these builds. */
function dockerignoresOf(reader: Reader, dockerfiles: readonly DockerfileText[]): readonly TextFile[] {
  return reader.files(
    dockerfiles.flatMap(({ path, context }) => [`${path}.dockerignore`, join(context, '.dockerignore')]),
  );
}

/** Env files with real values that are in git: those that Compose reads, and those that services are given. */
function committed(reader: Reader, isMine: (path: string) => boolean): readonly TextFile[] {
  const { tracked } = reader.options;
  return reader.files(
    reader
      .named(isEnvFileName)
      .filter((path) => isMine(path) && tracked?.has(path) && !isDevelopmentName(folderOf(path))),
  );
}

/** Examples for servers: those in folders of development may be as they like. */
function examplePaths(reader: Reader): readonly string[] {
  return reader.named(isEnvExampleName).filter((path) => !isDevelopmentName(folderOf(path)));
}

/** Shell scripts: by their ending, or by what runs them. What only developers run may be as it likes. */
function scriptPaths(reader: Reader): readonly string[] {
  return reader
    .named(isPossibleScript)
    .filter((path) => !isDevelopmentName(path) && (isScriptName(path) || isShell(reader.peek(path))));
}

function isPossibleScript(path: string): boolean {
  return isScriptName(path) || isInScriptFolder(path);
}

function isShell(text: string | undefined): boolean {
  return /^#!.*\b(?:ba|da|a|k)?sh\b/.test(text ?? '');
}

/** Text of the repo that services mount: configuration, as far as names say so. */
function mountedFiles(reader: Reader, models: readonly ComposeModel[]): readonly TextFile[] {
  const sources = new Set(
    models.flatMap(({ services, configs = {} }) => [
      ...Object.values(services).flatMap(bindSources),
      ...Object.values(configs).flatMap(({ file }) => file ?? []),
    ]),
  );
  sources.delete('.');
  const paths = [...sources].flatMap((source) => reader.below(source)).filter(isConfiguration);
  return reader.files(paths.slice(0, maxMounted).filter((path) => reader.peek(path) !== undefined));
}

function bindSources({ volumes = [] }: ComposeService): readonly string[] {
  return volumes.flatMap(({ type, source }) => (type === 'bind' && source !== undefined ? [clean(source)] : []));
}

function isConfiguration(path: string): boolean {
  return /\.(?:conf|cnf|cfg|ini|ya?ml|toml|json|sh|env|properties|template|tmpl|acl)$|(?:^|\/)(?:Caddyfile|[\w-]+)$/.test(
    path,
  );
}

/** What no compose project has: Dockerfiles that something else builds, and the scripts and examples beside them. */
function restOf(reader: Reader, parts: readonly Part[]): Part {
  const has = (of: (project: Project) => readonly TextFile[]): ReadonlySet<string> =>
    new Set(parts.flatMap(({ project }) => of(project).map(({ path }) => path)));
  const without = (paths: readonly string[], known: ReadonlySet<string>): readonly string[] =>
    paths.filter((path) => !known.has(path));
  const dockerfiles = without(
    reader.named(isDockerfileName),
    has((one) => one.dockerfiles),
  ).flatMap((path) => {
    const file = reader.file(path);
    return file === undefined ? [] : [reader.dockerfile(file, likelyContext(reader, file))];
  });
  return {
    project: {
      directory: '',
      combinations: [],
      composeFiles: [],
      dockerfiles,
      dockerignores: dockerignoresOf(reader, dockerfiles),
      envFiles: reader.files(
        without(
          examplePaths(reader),
          has((one) => one.envFiles),
        ),
      ),
      committedEnvFiles: committed(reader, (path) => !has((one) => one.committedEnvFiles ?? []).has(path)),
      scripts: reader.files(
        without(
          scriptPaths(reader),
          has((one) => one.scripts),
        ),
      ),
      files: reader.source.files,
      ...today(reader),
    },
  };
}

/**
 * The context that a Dockerfile is most likely built with, where no compose file says: of its folder and those above
 * it, the first that has most of what is copied.
 */
function likelyContext(reader: Reader, { path, text }: TextFile): string {
  const copied = parseDockerfile(text)
    .stages.flatMap(({ instructions }) => instructions)
    .filter(({ keyword, flags }) => /^(?:COPY|ADD)$/.test(keyword) && !flags.some((flag) => flag.startsWith('--from=')))
    .flatMap(({ exec, text: words }) => (exec ?? words.split(/\s+/)).slice(0, -1))
    .filter((source) => /^[\w./-]+$/.test(source) && !/^\.?\/?$/.test(source));
  const folders = [...ancestors(folderOf(path)).toReversed(), '.'];
  const score = (folder: string): number =>
    copied.filter((source) => reader.below(join(folder, source)).length > 0).length;
  return folders.reduce((best, folder) => (score(folder) > score(best) ? folder : best), folderOf(path));
}
