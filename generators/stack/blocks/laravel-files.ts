/** The files that a Laravel app's image is built from and configured by. */
import { edgeOf } from '../../answers/public.ts';
import type { Answers, LaravelApp } from '../../answers/schema.ts';
import { inFolder } from '../../paths.ts';
import { image } from '../images.ts';
import type { Artifact } from '../types.ts';
import { appUser, needsWithEnv, withEnvFiles } from './app.ts';
import { replacesForwarded } from './forwarded.ts';
import { dumpClient } from './laravel-backup.ts';
import { nodePackages } from './node-packages.ts';
import { secretParameters } from './secret-parameters.ts';

function manifests(app: LaravelApp): readonly string[] {
  return ['composer.json', ...(app.frozen ? ['composer.lock'] : [])];
}

/** What `compose watch` syncs, and what rebuilds the image. */
export function laravelWatch(app: LaravelApp): { readonly sync: string; readonly rebuild: readonly string[] } {
  const files = [...manifests(app), ...(app.assets ? assetPackages(app, app.assets).manifests : [])];
  return {
    sync: app.path,
    rebuild: files.filter((file) => !file.endsWith('*')).map((file) => inFolder(app.path, file)),
  };
}

function assetPackages(app: LaravelApp, assets: NonNullable<LaravelApp['assets']>) {
  return nodePackages({ ...assets, path: app.path, scripts: false });
}

/** Extensions that every Laravel app gets here, beside those that its packages or code ask for. */
function extensions(app: LaravelApp): readonly string[] {
  return [
    ...new Set([
      // Timeouts of jobs and SIGTERM need it.
      'pcntl',
      ...(app.uses.includes('postgres') ? ['pdo_pgsql'] : []),
      ...((app.uses.includes('redis') || app.uses.includes('cache')) && app.redisClient !== 'predis' ? ['redis'] : []),
      ...app.extensions,
    ]),
  ];
}

/** The Dockerfile of an app, and what it puts into the image. */
export function laravelFiles(answers: Answers, name: string, app: LaravelApp): readonly Artifact[] {
  const configuration = 'docker/laravel';
  const isFpm = app.server === 'fpm';
  const health = app.health === 'none' ? '' : app.health;
  const file = (path: string, why: string, view: Artifact['view'] = {}, mode: Artifact['mode'] = 0o644): Artifact => ({
    path: inFolder(app.path, `${configuration}/${path}`),
    template: `docker/laravel/${path}`,
    view: { name, ...view },
    mode,
    why,
  });
  const program = (path: string, why: string): Artifact => file(path, why, {}, 0o755);
  return [
    {
      path: inFolder(app.path, 'Dockerfile'),
      template: 'docker/laravel.Dockerfile',
      view: {
        name,
        withEnv: needsWithEnv(answers),
        entrypoint: [...(needsWithEnv(answers) ? ['with-env', '--wait'] : []), 'laravel-entrypoint'],
        fpm: isFpm,
        image: image(`${isFpm ? 'php' : 'frankenphp'}:${app.version}`),
        composerImage: image('composer'),
        installerImage: image('php-extension-installer'),
        nginxImage: image('nginx'),
        extensions: extensions(app).join(' '),
        user: appUser,
        manifests: manifests(app).join(' '),
        localPackages: app.localPackages ?? [],
        configuration,
        // After zz-docker.conf of the image.
        fpmName: 'zz-app',
        scheduler: app.scheduler === true,
        client: dumpClient(answers, app),
        assets: app.assets && {
          image: image(`node:${app.assets.version}`),
          packages: { ...assetPackages(app, app.assets) },
          php: app.assets.php,
          variables: app.assets.buildVariables ?? [],
        },
        port: app.port,
        listen: isFpm ? 9000 : app.port,
        start: isFpm
          ? ['php-fpm']
          : ['frankenphp', 'run', '--config', '/etc/frankenphp/Caddyfile', '--adapter', 'caddyfile'],
      },
      mode: 0o644,
      why: `builds ${name}: development and production`,
    },
    ...withEnvFiles(answers, app.path),
    program('entrypoint.sh', 'caches the configuration when a container starts'),
    program('health.php', 'the health check: the app and its database'),
    file('php.ini', 'PHP in production'),
    ...(app.scheduler ? [program('scheduler.sh', 'the scheduler: a stop lets the tasks that run end')] : []),
    ...(isFpm
      ? [
          file('php-fpm.conf', 'the processes of php-fpm'),
          file('nginx.conf', 'what nginx serves and what it passes on', { port: app.port, health, php: `${name}-php` }),
        ]
      : [
          file('Caddyfile', 'what FrankenPHP serves and what it runs', {
            port: app.port,
            health,
            behindEdge: edgeOf(answers) !== undefined,
            oneAddress: replacesForwarded(answers),
            secretParameters,
          }),
        ]),
  ];
}
