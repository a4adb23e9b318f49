import type { MountedFile } from '../../types.ts';

/**
 * The folder with the page that proxies show instead of apps, and with the file `on` that makes them do so. All of the
 * folder is mounted, so that a file that comes and goes is seen.
 */
export const maintenanceFolder: MountedFile = { path: 'docker/edge/maintenance', target: '/etc/edge/maintenance' };
