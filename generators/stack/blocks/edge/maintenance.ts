import type { Ignore, MountedFile } from '../../types.ts';

/**
 * The folder with the page that proxies show instead of apps, and with the file `on` that makes them do so. All of the
 * folder is mounted, so that a file that comes and goes is seen.
 */
export const maintenanceFolder: MountedFile = { path: 'docker/edge/maintenance', target: '/etc/edge/maintenance' };

/** Whether a host is being worked on is no matter of the repo. */
export const maintenanceIgnore: Ignore = {
  path: '.gitignore',
  why: 'keeps out of the repo what only this machine is about',
  groups: [{ comment: 'The flag of scripts/maintenance', patterns: [`/${maintenanceFolder.path}/on`] }],
};
