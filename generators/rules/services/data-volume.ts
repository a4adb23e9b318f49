import type { ComposeMount } from '../../compose/model.ts';
import { clean } from '../../paths.ts';
import { factsOf } from '../builds.ts';
import type { Family } from '../image-facts.ts';
import { saysMount } from '../items.ts';
import { within } from '../paths.ts';
import { dockerDocs } from '../sources.ts';
import { argvOf, isLongRunning, type ServiceView, serviceRule } from '../view.ts';

/** Where the images keep what must not be lost. */
const dataFolders: Partial<Readonly<Record<Family, string>>> = {
  postgres: '/var/lib/postgresql',
  redis: '/data',
  mysql: '/var/lib/mysql',
  mongo: '/data/db',
};

export const dataVolumeExternal = serviceRule({
  id: 'data-volume-external',
  severity: 'warning',
  title: 'The data of databases survives `docker compose down -v`',
  why: '`down -v`, which people type to start afresh, removes every volume of the file; only external volumes are spared.',
  fix: 'Make the volume once with `docker volume create NAME` and declare it with `external: true` and `name:`.',
  source: dockerDocs('reference/compose-file/volumes/#external'),
  scope: 'production',
  // A one-shot from the same image is a client: it makes roles, dumps or restores.
  of: (view) => folderOf(view) !== undefined && isLongRunning(view),
  at: ['volumes'],
  check: (view) =>
    dataMounts(view)
      .filter(({ type, source }) => type === 'volume' && source && !view.model.volumes?.[source]?.external)
      .map((mount) => ({ message: `volume ${mount.source} is not external`, item: saysMount(mount) })),
});

export const dataVolumePresent = serviceRule({
  id: 'data-volume-present',
  severity: 'error',
  title: 'The data of databases is on a volume with a name',
  why: 'Without one it is in the container, or in a volume that nothing finds again: `docker compose down` and the next `up` start with an empty database.',
  fix: 'Mount a named volume at the data folder of the image, and declare it under `volumes:`.',
  source: dockerDocs('engine/storage/volumes/'),
  scope: 'production',
  of: (view) => folderOf(view) !== undefined && isLongRunning(view),
  at: ['volumes'],
  check: (view) => {
    const mounts = dataMounts(view);
    const folder = folderOf(view);
    // A cache may keep nothing.
    if (mounts.length === 0) return folder === dataFolders.redis ? undefined : `no volume at ${folder}`;
    return mounts
      .filter(({ type, source }) => type === 'volume' && !source)
      .map((mount) => ({ message: `the volume at ${mount.target} has no name`, item: saysMount(mount) }));
  },
});

function dataMounts(view: ServiceView): readonly ComposeMount[] {
  const folder = folderOf(view);
  return (view.service.volumes ?? []).filter(({ target }) => folder !== undefined && isIn(folder, target));
}

/** Undefined where a command says, in its own words, where the data is. */
function folderOf({ project, service }: ServiceView): string | undefined {
  const family = factsOf(project, service)?.family;
  const isMoved = argvOf(service).some((word) => /--(?:datadir|dbpath|dir)\b|data_directory/.test(word));
  if (family === undefined || isMoved) return undefined;
  return (family === 'postgres' ? service.environment?.['PGDATA'] : undefined) || dataFolders[family];
}

/** Whether a mount holds a folder: at it, above it or, as far as it goes, in it. */
function isIn(folder: string, target: string): boolean {
  return within(clean(folder), clean(target)) || within(clean(target), clean(folder));
}
