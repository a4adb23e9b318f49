/** Whether the data is where it should be, and nobody else writes to it. */
import { dockerDocs } from '../../../rules/sources.ts';
import type { LiveStack } from '../facts.ts';
import { complaint, type LiveRule, servicesOf } from '../rule.ts';

export const liveVolumeMissing: LiveRule = {
  id: 'live-volume-missing',
  severity: 'error',
  title: 'Every volume that the files name is there',
  why: 'A container whose volume is another one, or was removed, writes what must not be lost to where nobody looks for it.',
  fix: 'Find out where the data is (`docker inspect CONTAINER`) before anything is made anew; `docker volume create NAME` makes an external volume.',
  source: dockerDocs('engine/storage/volumes/'),
  check: (stack) =>
    namedVolumes(stack).flatMap(({ service, volume }) =>
      stack.volumes.has(volume) || !stack.containers.some((one) => one.service === service)
        ? []
        : [complaint(stack, service, ['volumes'], `its volume ${volume} is not there`)],
    ),
};

export const liveVolumeShared: LiveRule = {
  id: 'live-volume-shared',
  severity: 'error',
  title: 'No other stack writes to the volumes of this one',
  why: 'Two servers on one data folder destroy it: the lock file of a database names a process, and each container counts its own.',
  fix: 'Stop one of the two, and give it a volume of its own.',
  source: dockerDocs('engine/storage/volumes/#share-data-between-machines'),
  check: (stack) =>
    stack.strangers.map(({ volume, container }) => {
      const owner = namedVolumes(stack).find((one) => one.volume === volume)?.service;
      const message = `${container}, of another stack, writes to the volume ${volume}`;
      return owner === undefined ? { message } : complaint(stack, owner, ['volumes'], message);
    }),
};

/** The volumes of the services by the names that the engine knows them by. */
function namedVolumes(stack: LiveStack): readonly { readonly service: string; readonly volume: string }[] {
  return servicesOf(stack).flatMap(([service, { volumes = [] }]) =>
    volumes.flatMap(({ type, source }) => {
      const volume = source === undefined ? undefined : stack.combination?.model.volumes?.[source]?.name;
      return type === 'volume' && volume !== undefined ? [{ service, volume }] : [];
    }),
  );
}
