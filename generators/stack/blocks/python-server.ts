/** What serves or runs a Python app, in production and in development, and how its health is told. */
import { splitCommand } from '../../answers/command.ts';
import type { FastapiApp, PythonApp } from '../../answers/schema.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import { inFolder } from '../../paths.ts';
import type { Artifact } from '../types.ts';
import { hostsOf } from './python-settings.ts';
import { secretParameters } from './secret-parameters.ts';

type App = FastapiApp | PythonApp;

export interface Server {
  /** What it is, for texts. */
  readonly title: string;
  /** The program that the container starts: a command of a package, or `python`. */
  readonly program: string;
  /** The application object that it is given. */
  readonly module?: string;
  readonly start: readonly string[];
  readonly dev: readonly string[];
  /** Worker processes for each core, where WEB_CONCURRENCY sets their number. */
  readonly concurrency?: number;
  /** Whose word about https is taken, where the server asks FORWARDED_ALLOW_IPS. */
  readonly trusts?: string;
  /** Whether the program must not be process 1. */
  readonly init: boolean;
  /** How the server says that it cannot import the application, and how the same error is got without it. */
  readonly importError?: { readonly message: string; readonly test: string };
}

/**
 * Private addresses: only this machine and this stack reach the app. A list, so that uvicorn takes the visitor's
 * address from the right place of X-Forwarded-For.
 */
const privateAddresses = '127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16';
/** Seconds for requests in flight: less than the grace period's 30, so that the server ends by itself and logs it. */
const graceful = '25';

/**
 * How an app is served; a program without a framework is started as its answers say.
 * @param address the header of the edge that holds the visitor's address alone, where there is an edge
 */
export function serverOf(app: App, address?: string): Server {
  if (app.stack === 'fastapi') return uvicorn('FastAPI app', app.app, app.port);
  // Validation sees to it that a framework has a port.
  if (app.framework === 'none' || !hasPort(app)) return plain(app);
  const title = app.framework === 'django' ? 'Django app' : 'Flask app';
  const module = app.app ?? '';
  const { port } = app;
  const dev =
    app.framework === 'django'
      ? ['python', managePy(app), 'runserver', `0.0.0.0:${port}`]
      : ['flask', '--app', module, 'run', '--host', '0.0.0.0', '--port', String(port), '--debug'];
  switch (app.server) {
    case 'uvicorn':
      return uvicorn(title, module, port);
    case 'daphne':
      return {
        title,
        program: 'daphne',
        module,
        start: ['daphne', '--bind', '0.0.0.0', '--port', String(port), ...daphneProxy(address), module],
        dev,
        init: false,
        importError: importError(module, 'ModuleNotFoundError: No module named'),
      };
    default:
      return { ...gunicorn(title, module, port, address), dev };
  }
}

/** The configuration of gunicorn, from the app folder. */
const gunicornFile = 'docker/gunicorn.py';

function uvicorn(title: string, module: string, port: number): Server {
  const factory = module.endsWith('()');
  const target = module.replace(/\(\)$/, '');
  const serve = ['uvicorn', target, ...(factory ? ['--factory'] : []), '--host', '0.0.0.0', '--port', String(port)];
  return {
    title,
    program: 'uvicorn',
    module: target,
    start: [...serve, '--timeout-graceful-shutdown', graceful],
    dev: [...serve, '--reload'],
    concurrency: 1,
    trusts: privateAddresses,
    init: false,
    importError: importError(target, 'Error loading ASGI app. Could not import module'),
  };
}

/**
 * Threads, so that one slow visitor does not hold up the others and the health check. It asks FORWARDED_ALLOW_IPS for
 * the scheme only, and before 24.1 it refuses networks in it, so everybody who reaches it is believed.
 */
function gunicorn(title: string, module: string, port: number, address?: string): Omit<Server, 'dev'> {
  return {
    title,
    program: 'gunicorn',
    module,
    start: [
      'gunicorn',
      module,
      '--config',
      gunicornFile,
      '--bind',
      `0.0.0.0:${port}`,
      '--worker-class',
      'gthread',
      '--threads',
      '4',
      // A heartbeat file on a disk can stall a worker.
      '--worker-tmp-dir',
      '/dev/shm',
      '--graceful-timeout',
      graceful,
      '--access-logfile',
      '-',
      // REMOTE_ADDR is the edge, unless the app puts that right. All else is as without this line.
      ...(address === undefined
        ? []
        : ['--access-logformat', `%({${address}}i)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"`]),
    ],
    concurrency: 2,
    trusts: '*',
    init: false,
    importError: importError(module, 'Worker failed to boot'),
  };
}

/** The files that a server is configured by. */
export function serverFiles(name: string, app: App, { program }: Server): readonly Artifact[] {
  if (program !== 'gunicorn') return [];
  const why = 'whom gunicorn believes, and what it does not log';
  const path = inFolder(app.path, gunicornFile);
  return [{ path, template: 'docker/python/gunicorn.py', view: { name, secretParameters }, mode: 0o644, why }];
}

/** It believes everybody, and takes the first address of the header: so it is shown one that has no other. */
function daphneProxy(address: string | undefined): readonly string[] {
  const isOther = address !== undefined && address !== 'x-forwarded-for';
  return ['--proxy-headers', ...(isOther ? ['--proxy-headers-host', address] : [])];
}

function importError(module: string, message: string): NonNullable<Server['importError']> {
  const [file = '', name = ''] = module.replace(/\(\)$/, '').split(':');
  return { message, test: `from ${file} import ${name}` };
}

/** Python does not end at SIGTERM when it is process 1, unless the program handles it: so it runs under an init. */
function plain(app: PythonApp): Server {
  const start = splitCommand(app.start ?? '') ?? [];
  return { title: 'Python program', program: start[0] ?? 'python', start, dev: start, init: true };
}

/** `manage.py` from the app folder, where every command runs. */
export function managePy(app: PythonApp): string {
  return app.appDir === '.' ? 'manage.py' : `${app.appDir}/manage.py`;
}

export interface Migration {
  readonly tool: string;
  readonly command: readonly string[];
  /** The same as text, and the commands that tell what is applied. */
  readonly line: string;
  readonly inspect: readonly string[];
}

/** What migrates the database of an app before it starts. */
export function migrationOf(app: App): Migration | undefined {
  const of = (tool: string, command: readonly string[], inspect: readonly string[]): Migration => ({
    tool,
    command,
    line: command.join(' '),
    inspect,
  });
  switch (app.migrate) {
    case 'alembic':
      return of('Alembic', ['alembic', 'upgrade', 'head'], ['alembic current', 'alembic history']);
    case 'django': {
      const manage = app.stack === 'python' ? managePy(app) : 'manage.py';
      return of(
        'Django',
        ['python', manage, 'migrate', '--noinput'],
        [`python ${manage} showmigrations`, `python ${manage} migrate --plan`],
      );
    }
    case 'flask': {
      const flask = ['flask', '--app', app.stack === 'python' ? (app.app ?? '') : ''];
      const shown = flask.map((word) => (word.includes('(') ? `'${word}'` : word)).join(' ');
      return of('Flask-Migrate', [...flask, 'db', 'upgrade'], [`${shown} db current`, `${shown} db history`]);
    }
    case 'none':
      return undefined;
  }
}

/** A probe that needs nothing but Python: slim images have neither curl nor wget. Undefined where there is no port to ask. */
export function probeOf(app: App): readonly string[] | undefined {
  if (!hasPort(app)) {
    const command = 'healthCommand' in app ? app.healthCommand : undefined;
    return command === undefined ? undefined : ['CMD', ...(splitCommand(command) ?? [])];
  }
  return ['CMD', 'python', '-c', probeSource(app, app.port)];
}

function probeSource(app: App, port: number): string {
  const { health } = app;
  if (health === 'none') return `import socket; socket.create_connection(('127.0.0.1', ${port}), timeout=4).close()`;
  const url = `http://127.0.0.1:${port}${health}`;
  if (app.stack !== 'python' || app.framework !== 'django')
    return `import urllib.request; urllib.request.urlopen('${url}', timeout=4)`;
  // Django answers 400 to a Host that it does not know, and sends what comes by http to https where it is told to.
  const hosts = hostsOf(app);
  const host = hosts
    ? `os.environ['${hosts.allowed}'].split(${hosts.separator === 'comma' ? "','" : ''})[0].strip(' .*') or '127.0.0.1'`
    : `'${app.healthHost ?? 'localhost'}'`;
  const request = `urllib.request.Request('${url}', headers={'Host': ${host}, 'X-Forwarded-Proto': 'https'})`;
  return `import ${hosts ? 'os, ' : ''}urllib.request; urllib.request.urlopen(${request}, timeout=4)`;
}
