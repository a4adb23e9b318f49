/** The Dockerfile of a Python app. */

import tools from '../../../templates/tools.json' with { type: 'json' };
import type { Answers, FastapiApp, PythonApp } from '../../answers/schema.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import { inFolder } from '../../paths.ts';
import { image } from '../images.ts';
import type { Artifact } from '../types.ts';
import { appUser, needsWithEnv } from './app.ts';
import { commonVariables } from './connections.ts';
import type { Debugged } from './debuggers.ts';
import { pythonPackages } from './python-packages.ts';
import { managePy, type Server } from './python-server.ts';
import { hostsOf } from './python-settings.ts';

type App = FastapiApp | PythonApp;

/** What builds the image of all roles of an app. */
export function pythonDockerfile(
  answers: Answers,
  name: string,
  app: App,
  server: Server,
  debug: Debugged | undefined,
): Artifact {
  const media = 'media' in app ? app.media : undefined;
  return {
    path: inFolder(app.path, 'Dockerfile'),
    template: 'docker/python.Dockerfile',
    view: {
      name,
      withEnv: needsWithEnv(answers),
      image: image(`python:${app.version}`),
      uvImage: image('uv'),
      user: appUser,
      packages: pythonPackages(app),
      libraries: app.systemPackages?.run?.join(' ') ?? '',
      compilers: app.systemPackages?.build?.join(' ') ?? '',
      pythonPath: app.appDir === '.' ? '/app' : `/app/${app.appDir}`,
      port: hasPort(app) ? app.port : undefined,
      media,
      runtimeDirectory: server.program === 'gunicorn',
      collectStatic: collectStatic(app),
      start: server.start,
      debugger: debug ? tools.debugpy : '',
      dev: debug?.command ?? server.dev,
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}

/** What gathers the static files of Django while the image is built; the settings get values that reach nothing. */
function collectStatic(app: App): { readonly placeholders: readonly string[]; readonly command: string } | undefined {
  if (app.stack !== 'python' || app.framework !== 'django' || !app.collectStatic) return undefined;
  const hosts = hostsOf(app);
  const values: Readonly<Record<string, string>> = {
    ...(app.settings !== undefined && { DJANGO_SETTINGS_MODULE: app.settings }),
    DATABASE_URL: 'postgresql://build@127.0.0.1/build',
    REDIS_URL: 'redis://127.0.0.1',
    ...Object.fromEntries(
      Object.entries(commonVariables).flatMap(([key, from]) =>
        /^(?:cache|mqtt)\./.test(from) && app.uses.includes(from.replace(/\..*/, '')) ? [[key, placeholder(from)]] : [],
      ),
    ),
    ...Object.fromEntries(Object.entries(app.variables ?? {}).map(([key, from]) => [key, placeholder(from)])),
    ...(hosts && { [hosts.allowed]: 'localhost' }),
    ...(hosts?.origins !== undefined && { [hosts.origins]: 'http://localhost' }),
    ...Object.fromEntries((app.secrets ?? []).map((key) => [key, 'only-for-this-command'])),
    ...Object.fromEntries((app.buildSettings ?? []).map((key) => [key, '1'])),
  };
  return {
    placeholders: Object.entries(values).map(([key, value]) => `${key}=${value}`),
    command: `python ${managePy(app)} collectstatic --noinput`,
  };
}

/** A value of the right form for what the settings are told of an external or app. */
function placeholder(from: string): string {
  if (from === 'postgres.url') return 'postgresql://build@127.0.0.1/build';
  if (from === 'redis.url' || from === 'cache.url') return 'redis://127.0.0.1';
  if (from.endsWith('.url')) return 'http://127.0.0.1';
  if (from.endsWith('.port')) return '1';
  return from.endsWith('.host') ? '127.0.0.1' : 'build';
}
