/** How findings about services become edits of the file that they point to. */
import type { Edit, Path } from '../../compose/edit/types.ts';
import type { ComposeEntry } from '../../compose/entries.ts';
import { composeEntries, samePath } from '../compose-text.ts';
import type { Project, TextFile } from '../types.ts';
import type { ServiceView } from '../view.ts';
import type { Repairer } from './types.ts';

/** A service as one combination has it, and the file that the finding about it points to. */
export interface Place {
  readonly view: ServiceView;
  readonly file: TextFile;
  readonly message: string;
  /** The path of a key of the service. */
  at(...keys: readonly (string | number)[]): Path;
  /** What is written at a key of the service in this file, and below it. */
  written(...keys: readonly string[]): readonly ComposeEntry[];
}

/** Repairs a service in the file that has the last word about it, if the service is written there. */
export function serviceRepair(edits: (place: Place) => readonly Edit[] | undefined): Repairer {
  return (project, { service, file: path, message, combinations }) => {
    const file = project.composeFiles.find((one) => one.path === path);
    const view = service === undefined ? undefined : viewOf(project, service, combinations);
    if (!file || !view) return undefined;
    const root = ['services', view.name];
    const place: Place = {
      view,
      file,
      message,
      at: (...keys) => [...root, ...keys],
      written: (...keys) => below(file, [...root, ...keys]),
    };
    const found = place.written().length > 0 ? edits(place) : undefined;
    return found && found.length > 0 ? { kind: 'compose', file: file.path, edits: found } : undefined;
  };
}

function viewOf(project: Project, name: string, combinations: readonly string[]): ServiceView | undefined {
  const combination = project.combinations.find((one) => combinations.includes(one.name));
  const service = combination?.model.services[name];
  return combination && service && { project, combination, model: combination.model, name, service };
}

/** The service in every combination that has it: what is put right in one file holds for all of them. */
export function everywhere({ project, name }: ServiceView): readonly ServiceView[] {
  return project.combinations.flatMap((combination) => {
    const service = combination.model.services[name];
    return service ? [{ project, combination, model: combination.model, name, service }] : [];
  });
}

/** The files of the project that have something of their own to say at a path. */
export function filesWith(project: Project, path: readonly string[]): readonly TextFile[] {
  return project.composeFiles.filter((file) => below(file, path).length > 0);
}

function below(file: TextFile, path: readonly string[]): readonly ComposeEntry[] {
  return composeEntries(file).filter((one) => samePath(one.path.slice(0, path.length), path));
}

/** Whether a key of the service is written as a list in this file; a key that is not there is none. */
export function isList(place: Place, ...keys: readonly string[]): boolean {
  const depth = 2 + keys.length;
  return place.written(...keys).some(({ path }) => path.length > depth && /^\d+$/.test(path[depth] ?? ''));
}

/** Gives the service a variable, in the form in which it has others. */
export function variable(place: Place, name: string, value: string): Edit {
  return isList(place, 'environment')
    ? { op: 'append', path: place.at('environment'), value: `${name}=${value}` }
    : { op: 'set', path: place.at('environment', name), value };
}

/** Changes what a health check runs, word by word; undefined where nothing of it stands on a line of its own. */
export function probeWords(place: Place, change: (text: string) => string): readonly Edit[] | undefined {
  const edits = place.written('healthcheck', 'test').flatMap(({ path, value }): Edit[] => {
    // How lines are folded is for YAML to say.
    if (value === undefined || value.includes('\n')) return [];
    const changed = change(value);
    const [index] = path.slice(4);
    return changed === value
      ? []
      : [
          {
            op: 'set',
            path: place.at('healthcheck', 'test', ...(index === undefined ? [] : [Number(index)])),
            value: changed,
          },
        ];
  });
  return edits.length > 0 ? edits : undefined;
}
