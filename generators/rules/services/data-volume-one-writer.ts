import { dockerDocs } from '../sources.ts';
import { isDataService, isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const dataVolumeOneWriter = serviceRule({
  id: 'data-volume-one-writer',
  severity: 'error',
  title: 'Only one container writes to the volume of a database',
  why: 'Two servers on one data folder destroy it: the lock file of PostgreSQL names a process, and each container counts its own.',
  fix: 'Give each database a volume of its own; mount it `:ro` in what only reads, such as a backup; do not scale a database.',
  source: dockerDocs('engine/storage/volumes/#share-data-between-machines'),
  scope: 'every',
  of: (view) => isDataService(view) && isLongRunning(view),
  at: ['volumes'],
  check: (view) => {
    const replicas = view.service.scale ?? view.service.deploy?.replicas ?? 1;
    const volumes = writable(view);
    return volumes.flatMap((volume) => [
      ...Object.entries(view.model.services)
        .filter(([name, service]) => name !== view.name && isLongRunning({ ...view, name, service }))
        .filter(([, service]) => writable({ ...view, service }).includes(volume))
        .map(([name]) => `${name} writes to its volume ${volume} too`),
      ...(replicas > 1 ? [`${replicas} containers of it write to the volume ${volume}`] : []),
    ]);
  },
});

/** Where sockets are: no data, and shared on purpose. */
const sockets = /^(?:\/var)?\/run(?:\/|$)/;

/** The named volumes with data that a service may write to. */
function writable({ service }: Pick<ServiceView, 'service'>): readonly string[] {
  return (service.volumes ?? []).flatMap(({ type, source, target = '', read_only }) =>
    type === 'volume' && source !== undefined && !read_only && !sockets.test(target) ? [source] : [],
  );
}
