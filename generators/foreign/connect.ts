/** What an app of theirs gets, so that it finds what was added: environment, whom it waits for. */

import type { Edit } from '../compose/edit/index.ts';
import { mapOf } from '../data.ts';
import { listed } from '../words.ts';
import type { TargetApp } from './app.ts';
import { environmentOf, mergedValue, namesIn } from './data.ts';
import type { AppDelta, Delta } from './delta.ts';
import { seenFrom } from './paths.ts';
import { isWhole, type Places } from './places.ts';
import { declared } from './services.ts';
import { environmentTexts } from './texts.ts';
import type { ComposeSource } from './types.ts';

/** Edits for one of their files. */
export interface FileEdits {
  readonly source: ComposeSource;
  readonly edits: readonly Edit[];
}

export interface Connected {
  readonly files: readonly FileEdits[];
  /** Variables that an overlay gives another value than the files below it. */
  readonly overridden: readonly string[];
  /** What a person has to know or do. */
  readonly notes: readonly string[];
}

/**
 * The edits that connect an app. What it has already stays as it is: a person may have meant something by it.
 * @param places the overlays that the new service is written into
 */
export function connect(app: TargetApp, its: AppDelta, delta: Delta, places: Places): Connected {
  const { service } = app;
  // Where the service stands that it uses; an overlay that builds the app in another way is none of these.
  const beside = service.sources.filter((source) => places.homes.includes(source));
  const whole = service.sources.filter((source) => isWhole(source, service.name));
  const everywhere = beside.length > 0 ? beside : (whole.length > 0 ? whole : service.sources).slice(0, 1);
  const notes: string[] = [];
  const files = everywhere.map((source) => {
    const known = { ...shellEnvironment(app), ...environmentOf(declared(source, service.name)['environment']) };
    const { edits, kept } = environmentEdits(source, service.name, environmentTexts(its.environment, delta.env), known);
    const told = Object.keys(its.environment).filter((name) => !(name in known));
    if (!app.detected && told.length > 0)
      notes.push(
        `Nothing here says which variables ${service.name} reads. It is told ${listed(told)}: where it knows ${told.length === 1 ? 'that' : 'these'} by another name, write that instead.`,
      );
    notes.push(
      ...kept.map(
        ([name, wanted]) =>
          `${service.name} has a ${name} already (${source.path}), which stays as it is. For what was added it would be: ${wanted}`,
      ),
    );
    const waits = dependencyEdits(source, service.name, its.dependsOn);
    if (waits.listed.length > 0)
      notes.push(
        `depends_on of ${service.name} is a list, which waits until ${listed(waits.listed)} ${
          waits.listed.length === 1 ? 'is' : 'are'
        } started, and not until healthy: as a map with \`condition: service_healthy\` it would.`,
      );
    if (waits.isCopied)
      notes.push(
        `${service.name} has its depends_on from what it merges (<<). Others may have that, too, so that all of it is written out in ${service.name} now: a change there does not reach it any more.`,
      );
    return { source, edits: [...edits, ...waits.edits, ...mountEdits(source, service.name, its.files)] };
  });
  const inOverlay = (source: ComposeSource | undefined, values: AppDelta['environment']): readonly FileEdits[] => {
    if (!source || Object.keys(values).length === 0) return [];
    const known = environmentOf(declared(source, service.name)['environment']);
    const { edits } = environmentEdits(source, service.name, environmentTexts(values, delta.env), known);
    return [{ source, edits }];
  };
  return {
    files: [
      ...files,
      ...inOverlay(places.production, its.prodEnvironment),
      ...inOverlay(places.development, its.devEnvironment),
    ].filter(({ edits }) => edits.length > 0),
    overridden: [...Object.keys(its.prodEnvironment), ...Object.keys(its.devEnvironment)],
    notes,
  };
}

/** What the merged service has from files that are not edited, such as one that it extends. */
function shellEnvironment({ service }: TargetApp): Readonly<Record<string, unknown>> {
  return service.model.environment ?? {};
}

/** As a map or as a list, whichever it is. */
function environmentEdits(
  source: ComposeSource,
  service: string,
  values: Readonly<Record<string, string>>,
  known: Readonly<Record<string, unknown>>,
): { readonly edits: readonly Edit[]; readonly kept: readonly (readonly [string, string])[] } {
  const path = ['services', service, 'environment'];
  const isList = Array.isArray(declared(source, service)['environment']);
  const entries = Object.entries(values);
  return {
    edits: entries
      .filter(([name]) => !(name in known))
      .map(
        ([name, value]): Edit =>
          isList ? { op: 'append', path, value: `${name}=${value}` } : { op: 'set', path: [...path, name], value },
      ),
    kept: entries.filter(([name, value]) => name in known && known[name] !== value),
  };
}

/** Files that it needs: one that a person makes must be there, else Docker would make a folder of its name. */
function mountEdits(source: ComposeSource, service: string, files: AppDelta['files']): readonly Edit[] {
  return files.map(({ path, target, provided = false }): Edit => {
    const from = `./${seenFrom(source.folder, path)}`.replace(/^\.\/\.\.\//, '../');
    const value = provided
      ? { type: 'bind', source: from, target, read_only: true, bind: { create_host_path: false } }
      : `${from}:${target}:ro`;
    return { op: 'append', path: ['services', service, 'volumes'], value };
  });
}

function dependencyEdits(
  source: ComposeSource,
  service: string,
  dependsOn: AppDelta['dependsOn'],
): { readonly edits: readonly Edit[]; readonly listed: readonly string[]; readonly isCopied: boolean } {
  const path = ['services', service, 'depends_on'];
  const present = declared(source, service)['depends_on'];
  const wanted = Object.entries(dependsOn).filter(([name]) => !namesIn(present).includes(name));
  if (Array.isArray(present)) {
    const listed = wanted.map(([name]) => name);
    // A list cannot merge another one.
    const isCopied = listed.length > 0 && !mergedValue(source, service, 'depends_on').isOwn;
    return {
      edits: isCopied
        ? [{ op: 'set', path, value: [...present, ...listed] }]
        : listed.map((value): Edit => ({ op: 'append', path, value })),
      listed,
      isCopied,
    };
  }
  return {
    edits: wanted.map(([name, condition]): Edit => {
      // One line or several, as the others there.
      const flow = Object.values(mapOf(present)).length === 0;
      return {
        op: 'set',
        path: [...path, name],
        value: { condition },
        ...(flow && { text: `${name}: { condition: ${condition} }\n` }),
      };
    }),
    listed: [],
    isCopied: false,
  };
}
