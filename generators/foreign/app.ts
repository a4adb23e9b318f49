/** The app that something is added for: a service of theirs, and what its sources say. */

import * as v from 'valibot';
import type { Detected, DetectedApp } from '../answers/detect/types.ts';
import { appName } from '../answers/names.ts';
import { slug } from '../answers/slug.ts';
import { mapOf } from '../data.ts';
import { folderOf } from '../paths.ts';
import { textOf } from './data.ts';
import { resolved } from './paths.ts';
import { byPurpose, declared, requireService } from './services.ts';
import type { Foreign, TheirService } from './types.ts';

export interface TargetApp {
  readonly service: TheirService;
  /** What the answers call it: its service may have a name that is none there. */
  readonly key: string;
  /** The folder that its image is built from; undefined for an image of somebody else's. */
  readonly folder?: string;
  /** What its sources say, where they are understood. */
  readonly detected?: DetectedApp;
  /** Where it listens in its container, as far as anything says. */
  readonly port?: number;
}

/**
 * The app of an option.
 * @throws UserError `usage` where there is no such service
 */
export function targetApp(foreign: Foreign, name: string, detected: Detected): TargetApp {
  const service = requireService(foreign, name, '--for');
  const folder = buildFolder(service);
  const found = folder === undefined ? undefined : appIn(detected, folder, dockerfileFolder(service, folder));
  const port = portOf(service, found);
  return {
    service,
    key: keyFor(name),
    ...(folder !== undefined && { folder }),
    ...(found && { detected: found }),
    ...(port !== undefined && { port }),
  };
}

/** A name that the answers take for an app. */
export function keyFor(name: string): string {
  const word = slug(name, 24);
  return word === '' ? 'app' : v.is(appName, word) ? word : `${word}-app`;
}

/** A text that names services as their project does, and not as the answers do. */
export function inTheirNames(text: string, apps: readonly TargetApp[]): string {
  return apps.reduce(
    (all, { key, service }) => all.replaceAll(new RegExp(`(?<![\\w-])${key}(?![\\w-])`, 'g'), () => service.name),
    text,
  );
}

/** The folder of the repo that the image is built from. */
export function buildFolder({ name, sources }: TheirService): string | undefined {
  for (const source of sources.toReversed()) {
    const { build } = declared(source, name);
    const context = textOf(build) ?? textOf(mapOf(build)['context']);
    // A variable, or a place elsewhere, tells nothing about this repo.
    if (context !== undefined && !/[$:]/.test(context)) return resolved(source.folder, context);
    if (build !== undefined && context === undefined) return source.folder;
  }
  return undefined;
}

/** The folders that say which app a service is: that of its image, and that of its Dockerfile. */
export function appFolders(service: TheirService): readonly string[] {
  const folder = buildFolder(service);
  return folder === undefined ? [] : [folder, dockerfileFolder(service, folder) ?? folder];
}

/** Where its Dockerfile is, in a repo whose apps are all built from the top. */
function dockerfileFolder({ name, sources }: TheirService, context: string): string | undefined {
  const files = sources.flatMap((source) => textOf(mapOf(declared(source, name)['build'])['dockerfile']) ?? []);
  const last = files.at(-1);
  const path = last === undefined || last.includes('$') ? undefined : resolved(context, last);
  return path === undefined ? undefined : folderOf(path);
}

/** The app in a folder: there, where its Dockerfile is, or the only one below it. */
function appIn({ apps }: Detected, folder: string, own?: string): DetectedApp | undefined {
  const named = own === undefined || own === folder ? undefined : apps.find(({ path }) => path === own);
  const exact = named ?? apps.find(({ path }) => path === folder);
  if (exact) return exact;
  const below = apps.filter(({ path }) => folder === '.' || path.startsWith(`${folder}/`));
  return below.length === 1 ? below[0] : undefined;
}

/** What its sources say counts before what their compose file does: a published port may be another one's. */
function portOf({ model }: TheirService, detected: DetectedApp | undefined): number | undefined {
  const found = detected?.found as { readonly port?: { readonly value: unknown } } | undefined;
  const tcp = (model.ports ?? []).filter(({ protocol = 'tcp' }) => protocol === 'tcp').map(({ target }) => target);
  const said = Number(model.environment?.['PORT'] ?? Number.NaN);
  const exposed = (model.expose ?? []).map((one) => Number.parseInt(String(one), 10));
  const all = [...tcp, ...exposed, found?.port?.value, said];
  // One that is published or exposed is open for sure.
  return all.find((port): port is number => typeof port === 'number' && Number.isInteger(port) && port > 0);
}

/** The apps of a project: what is built here, or is told where something is. */
export function likelyApps(foreign: Foreign): readonly string[] {
  const [combination] = byPurpose(foreign);
  return Object.entries(combination?.model.services ?? {}).flatMap(([name, { build }]) => (build ? [name] : []));
}
