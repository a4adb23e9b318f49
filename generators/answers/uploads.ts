/** The volumes that hold what people uploaded. */
import type { Answers, App } from './schema.ts';

/** Laravel's disks in storage/app. */
export function laravelVolume(app: string): string {
  return `${app}-storage`;
}

/** That of an app: that of Laravel, or MEDIA_ROOT of Django; undefined where it keeps no files. */
export function uploadVolume(name: string, app: App): string | undefined {
  if (app.stack === 'laravel') return laravelVolume(name);
  return 'media' in app && app.media !== undefined ? `${name}-media` : undefined;
}

/** Those of all apps. */
export function uploadVolumes({ apps }: Pick<Answers, 'apps'>): readonly string[] {
  return Object.entries(apps).flatMap(([name, app]) => uploadVolume(name, app) ?? []);
}
