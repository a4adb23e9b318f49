/** Proves a plan: the project is loaded again as it would be then, in every combination. */

import { applySplices } from '../compose/edit/index.ts';
import { loadCompose } from '../compose/model/index.ts';
import { mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import type { Outcome } from '../plan/compare.ts';
import type { TargetApp } from './app.ts';
import { textOf } from './data.ts';
import { folderName } from './project.ts';
import { type Meant, proveModel } from './prove.ts';
import { declared, sourcesOf } from './services.ts';
import type { Foreign } from './types.ts';

/** The files of a project as they would be. */
export function filesAfter({ repo }: Foreign, outcomes: readonly Outcome[]): ReadonlyMap<string, string> {
  return new Map(
    outcomes.flatMap(({ path, planned }) => {
      if (!planned || planned.kind === 'delete') return [];
      const before = repo.raw(path)?.text ?? '';
      return [[path, planned.kind === 'create' ? planned.content : applySplices(before, planned.edits)] as const];
    }),
  );
}

/** What is new, by name. */
interface Added {
  readonly services: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  /** The apps that are connected to it. */
  readonly apps?: readonly TargetApp[];
  readonly overridden?: readonly string[];
}

/**
 * What is written must be read again as before + what was meant.
 * @throws UserError `repo` otherwise; nothing was written
 */
export function proveAdded(
  foreign: Foreign,
  outcomes: readonly Outcome[],
  { services, volumes = [], networks = [], apps = [], overridden = [] }: Added,
): void {
  const parts = ['environment', 'depends_on', 'networks', 'volumes', 'labels', 'secrets'];
  const changed = apps.flatMap(({ service }) => [service.name, ...heirsOf(foreign, service.name)]);
  prove(foreign, outcomes, {
    services,
    volumes,
    // A project whose services all name their networks has none of its own until one does not.
    networks: ['default', ...networks],
    secrets: [],
    overridden,
    changed: Object.fromEntries(changed.map((name) => [name, parts])),
  });
}

/** Loads every combination as it would be, and compares. */
export function prove(foreign: Foreign, outcomes: readonly Outcome[], meant: Meant): void {
  const after = filesAfter(foreign, outcomes);
  const files = {
    files: [...new Set([...foreign.repo.files, ...after.keys()])],
    read: (path: string) =>
      after
        .get(path)
        ?.replace(/^\uFEFF/, '')
        .replaceAll('\r\n', '\n') ?? foreign.repo.read(path),
  };
  for (const { name, files: layers, model: before } of foreign.combinations) {
    const { model, problems } = loadCompose(layers, files, {
      projectDirectory: foreign.directory,
      env: foreign.env,
      folder: folderName(foreign.repo),
    });
    const error = problems.find(({ severity }) => severity === 'error');
    if (!model || error)
      throw new UserError('repo', `${name}: the files would not be valid any more; nothing was written.`, {
        problems: error ? [{ path: `${error.file}:${error.line}`, message: error.message }] : [],
        hint: meant.removes ? 'Take out what refers to it first.' : 'Add it in a file of its own, with --include.',
      });
    proveModel(name, before, model, meant);
  }
}

/** The services that extend one: what it gets, they get. */
export function heirsOf(foreign: Foreign, service: string): readonly string[] {
  const heirs = foreign.sources.flatMap((source) =>
    Object.keys(mapOf(source.data['services'])).filter((name) => {
      const { extends: from } = declared(source, name);
      const parent = textOf(from) ?? textOf(mapOf(from)['service']);
      return parent === service && name !== service && sourcesOf(foreign, service).length > 0;
    }),
  );
  return [...new Set(heirs.flatMap((heir) => [heir, ...heirsOf(foreign, heir)]))];
}
