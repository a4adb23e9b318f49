import type { ComposeModel, ComposeService } from '../compose/model.ts';
import { factsOf, isClientOnce } from './builds.ts';
import { composeEntries, entryAt, samePath } from './compose-text.ts';
import { isData } from './image-facts.ts';
import { interpolations } from './interpolation.ts';
import type { ItemMatch } from './items.ts';
import type { Combination, Project, Rule, RuleText, TextFile, Violation } from './types.ts';

/** One service of one combination, with all that surrounds it. */
export interface ServiceView {
  readonly project: Project;
  readonly combination: Combination;
  readonly model: ComposeModel;
  readonly name: string;
  readonly service: ComposeService;
}

/** Which combinations a rule looks at. `deployed`: all but development. */
export type Scope = 'production' | 'deployed' | 'every';

interface ServiceCheck extends RuleText {
  readonly scope: Scope;
  /** Which services; all, if not said. */
  readonly of?: (view: ServiceView) => boolean;
  /** The key of the service that it is about: where the finding points, if somebody wrote it. */
  readonly at?: readonly string[];
  /** What is wrong with the service: no, one or several clauses. */
  readonly check: (view: ServiceView) => Clause | readonly Clause[] | undefined;
}

/** What is wrong, and which item below the key says so, if it is a list. */
type Clause = string | { readonly message: string; readonly item: ItemMatch };

/** A rule that looks at each service on its own. */
export function serviceRule({ scope, of, at = [], check, ...text }: ServiceCheck): Rule {
  return {
    ...text,
    check: (project) =>
      [...services(project, scope)]
        .filter((view) => of?.(view) ?? true)
        .flatMap((view) => [check(view) ?? []].flat().map((clause) => violation(view, at, clause))),
  };
}

export function* services(project: Project, scope: Scope): Generator<ServiceView> {
  for (const combination of project.combinations) {
    if (!inScope(combination, scope)) continue;
    for (const [name, service] of Object.entries(combination.model.services)) {
      yield { project, combination, model: combination.model, name, service };
    }
  }
}

function inScope(combination: Combination, scope: Scope): boolean {
  if (scope === 'every') return true;
  return scope === 'production' ? combination.purpose === 'production' : combination.purpose !== 'development';
}

/** Whether all that a compose file is merged into is for development: what is secret there guards nothing. */
export function isForDevelopment({ combinations }: Project, { path }: TextFile): boolean {
  const users = combinations.filter(({ files, includes = [] }) => files.includes(path) || includes.includes(path));
  return users.length > 0 && users.every(({ purpose }) => purpose === 'development');
}

/** A violation that points to the item, the key, or else its nearest parent, where it was last written. */
export function violation(view: ServiceView, at: readonly string[], clause: Clause): Violation {
  const message = typeof clause === 'string' ? clause : clause.message;
  const item = typeof clause === 'string' ? undefined : itemAt(view, at, clause.item);
  return { message, service: view.name, combination: view.combination.name, ...(item ?? locate(view, at)) };
}

interface Located {
  readonly file?: string;
  readonly line?: number;
}

/** The files of a combination, the last word first. */
function filesOf({ project, combination: { files, includes = [] } }: ServiceView): readonly TextFile[] {
  return [...includes, ...files]
    .map((path) => project.composeFiles.find((file) => file.path === path))
    .filter((file): file is TextFile => file !== undefined)
    .reverse();
}

function itemAt(view: ServiceView, at: readonly string[], match: ItemMatch): Located | undefined {
  const root = ['services', view.name, ...at];
  let best: { readonly place: Located; readonly score: number } | undefined;
  for (const file of filesOf(view)) {
    const below = composeEntries(file).filter(({ path }) => samePath(path.slice(0, root.length), root));
    const items = Map.groupBy(below, ({ path }) => path[root.length] ?? '');
    items.delete('');
    for (const entries of items.values()) {
      const scalars = entries.map(({ path, value = '' }) => [path.slice(root.length + 1).join('.'), value] as const);
      const score = match(Object.fromEntries(scalars));
      const line = entries[0]?.line;
      if (line !== undefined && score > (best?.score ?? 0)) best = { place: { file: file.path, line }, score };
    }
  }
  return best?.place;
}

function locate(view: ServiceView, at: readonly string[]): Located {
  const files = filesOf(view);
  for (let depth = at.length; depth >= 0; depth--) {
    const path = ['services', view.name, ...at.slice(0, depth)];
    for (const file of files) {
      const entry = entryAt(file, path);
      if (entry) return { file: file.path, line: entry.line };
    }
  }
  return {};
}

/** Whether a service ends by itself: it is not restarted, others wait for it to complete, or what it does or is called says so. */
export function isOneShot({ project, model, name, service }: ServiceView): boolean {
  if (endsByItself(service) || isAwaited(model, name)) return true;
  return service.restart === undefined && !isServer(service) && (job.test(name) || isClientOnce(project, service));
}

/** Whether it is not restarted and nobody can ask it anything: a server may not be restarted either. */
export function endsByItself(service: ComposeService): boolean {
  return isNotRestarted(service) && !isServer(service);
}

function isServer({ ports = [], healthcheck }: ComposeService): boolean {
  return ports.length > 0 || (healthcheck?.test?.length ?? 0) > 0;
}

const job =
  /(?:^|[-_.])(?:init\w*|setup|migrat\w*|seed\w*|bootstrap\w*|create\w*|provision\w*|install\w*|permissions?|chown|genkeys?|keygen|collectstatic|configurator)(?:[-_.]|$)/i;

export function isLongRunning(view: ServiceView): boolean {
  return !isOneShot(view);
}

export function isNotRestarted(service: ComposeService): boolean {
  return service.restart === 'no' || service.deploy?.restart_policy?.condition === 'none';
}

/** Whether a service waits for this one to complete. */
export function isAwaited(model: ComposeModel, name: string): boolean {
  return Object.values(model.services).some(
    (other) => other.depends_on?.[name]?.condition === 'service_completed_successfully',
  );
}

export function isDataService(view: ServiceView): boolean {
  return isData(factsOf(view.project, view.service));
}

/**
 * Whether a service is an app of the project: it is built here, at least in another combination, or its image is named
 * by a variable, as one does with what one releases oneself (`${IMAGE}:${IMAGE_TAG}`).
 */
export function isApp(view: ServiceView): boolean {
  const { project, name, service } = view;
  const builtSomewhere = project.combinations.some((one) => one.model.services[name]?.build !== undefined);
  if (builtSomewhere) return true;
  if (factsOf(project, service) !== undefined) return false;
  return project.composeFiles.some(
    (file) => interpolations(entryAt(file, ['services', name, 'image'])?.value ?? '').length > 0,
  );
}

/** What its first process is started with, where a compose file says so. */
export function argvOf(service: ComposeService): readonly string[] {
  return [...(service.entrypoint ?? []), ...(service.command ?? [])];
}
