/** Which volumes of theirs hold files that somebody has brought, and are saved beside the database; and which are not. */
import type { ComposeModel } from '../../compose/model.ts';
import { kindOf } from '../services.ts';
import type { Combination } from '../types.ts';
import { isServer } from './servers.ts';

/** A volume that no backup has a part of, or a folder of the host. */
export interface LeftOut {
  readonly volume: string;
  readonly holds: string;
}

export interface TheirFiles {
  /** As the compose files call them. */
  readonly saved: readonly string[];
  /** The services that write to them. */
  readonly writers: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** What is made again by an installation, a build or a start. */
const madeAgain =
  /(?:^|\/)(?:node_modules|vendor|\.?venv|\.next|\.nuxt|\.output|dist|build|target|\.?cache|__pycache__|\.pnpm-store|\.npm|\.yarn|\.cargo|\.gradle|\.m2|bundle|tmp|temp|logs?|static(?:files|_root|_collected)?)$/;

/** A folder of the host that looks like files of users. */
const likeFiles = /(?:^|[/_-])(?:uploads?|media|storage|data|files|attachments|public)$/;

/**
 * Those of the services that use the database, and of the programs that are built here.
 * @param uploads false: none is saved
 */
export function filesOf({ model }: Combination, clients: readonly string[], uploads: boolean): TheirFiles {
  const ofApps = Object.entries(model.services).flatMap(([name, service]) =>
    clients.includes(name) || (service.build !== undefined && kindOf(service) === undefined)
      ? (service.volumes ?? []).map((mount) => ({ ...mount, name }))
      : [],
  );
  const volumes = ofApps.filter(
    ({ type, source, target, read_only: readOnly }) =>
      type === 'volume' && source !== undefined && !readOnly && !madeAgain.test(target) && !isData(model, source),
  );
  // As keys of files they may hold nothing else.
  const isSaved = (source: string | undefined) =>
    uploads && source !== undefined && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(source);
  const saved = volumes.filter(({ source }) => isSaved(source));
  return {
    saved: unique(saved.flatMap(({ source = '' }) => source)),
    writers: unique(saved.map(({ name }) => name)),
    leftOut: [
      ...unique(volumes.filter(({ source }) => !isSaved(source)).map(({ source = '' }) => source)).map((volume) => ({
        volume,
        holds: `files of ${unique(volumes.filter(({ source }) => source === volume).map(({ name }) => name)).join(', ')}`,
      })),
      ...dataVolumes(model),
      ...ofApps
        .filter(({ type, target, read_only: readOnly }) => type === 'bind' && !readOnly && likeFiles.test(target))
        .map(({ name, target }) => ({ volume: `${name}:${target}`, holds: 'a folder of the host' })),
    ],
  };
}

/** Whether a server keeps its data there: a copy of the files of one that runs is no backup. */
function isData({ services }: ComposeModel, volume: string): boolean {
  return Object.values(services).some(
    (service) =>
      (isServer(service) || kindOf(service) !== undefined) &&
      (service.volumes ?? []).some(({ source }) => source === volume),
  );
}

/** The data of other servers, which nothing here saves. */
function dataVolumes({ services }: ComposeModel): readonly LeftOut[] {
  return Object.entries(services).flatMap(([name, service]) => {
    if (!isServer(service) || kindOf(service) === 'postgres') return [];
    return (service.volumes ?? []).flatMap(({ type, source }) =>
      type === 'volume' && source !== undefined ? [{ volume: source, holds: `the data of ${name}` }] : [],
    );
  });
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
