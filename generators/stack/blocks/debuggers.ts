/** Debuggers of development: how an app is started under one, and the port by which an IDE gets to it. */
import { splitCommand } from '../../answers/command.ts';
import type { Answers, App, FastapiApp, NodeApp, PythonApp } from '../../answers/schema.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import type { EnvVar, PublishedPort } from '../types.ts';
import { envPrefix } from '../values.ts';
import { serverOf } from './python-server.ts';

/** The port that the inspector of Node listens on, in every container of its own. */
export const inspectorPort = 9229;

/** Where IDEs look first. */
const firstPorts = { node: inspectorPort, python: 5678 } as const;

/** Where development images keep what opens the inspector, and what makes Node load it. */
export const inspectorFile = '/usr/local/lib/inspector.cjs';
export const inspectorEnvironment = { NODE_OPTIONS: `--require=${inspectorFile}` } as const;

/** An app with a debugger. */
export interface Debugged {
  readonly port: PublishedPort;
  /** The same as a documented variable. */
  readonly env: EnvVar;
  /** What development runs instead, where the debugger starts the app. */
  readonly command?: readonly string[];
}

/** How an app is debugged; undefined where no debugger can get to it: then no port is opened for nothing. */
export function debugged(answers: Answers, name: string): Debugged | undefined {
  const app = answers.apps[name];
  const kind = app && kindOf(app);
  if (!app || kind === undefined) return undefined;
  const published = portOf(answers, name, kind);
  // debugpy tells an IDE on which port it listens, so outside it must be the same.
  const container = kind === 'node' ? inspectorPort : published;
  const command = isPython(app) ? traced(app, container) : undefined;
  const variable = `${envPrefix(name)}_DEBUG_PORT`;
  return {
    port: { variable, container, debugger: true },
    env: {
      name: variable,
      meaning: `The port of the debugger of ${name} on this machine in development, on the loopback interface only.`,
      kind: 'optional',
      default: String(published),
      group: 'Ports',
      development: true,
    },
    ...(command && { command }),
  };
}

/** Each app its own, because several run at once; none that an app listens on. */
function portOf(answers: Answers, name: string, kind: keyof typeof firstPorts): number {
  const taken = new Set(Object.values(answers.apps).flatMap((app) => (hasPort(app) ? [app.port] : [])));
  let port = firstPorts[kind] - 1;
  for (const [other, app] of Object.entries(answers.apps)) {
    if (kindOf(app) !== kind) continue;
    do port += 1;
    while (taken.has(port));
    if (other === name) break;
  }
  return port;
}

function kindOf(app: App): keyof typeof firstPorts | undefined {
  if (app.stack === 'node') return isBun(app) ? undefined : 'node';
  return isPython(app) && traced(app, 0) ? 'python' : undefined;
}

function isPython(app: App): app is FastapiApp | PythonApp {
  return app.stack === 'fastapi' || app.stack === 'python';
}

/** What development runs of a Node app. */
export function developmentCommand(app: NodeApp): readonly string[] {
  return splitCommand(app.dev === 'none' ? app.start : app.dev) ?? [];
}

/** Whether development runs it on Bun, which has another inspector; `bun run` only starts what a script says. */
function isBun(app: NodeApp): boolean {
  const [program, first] = developmentCommand(app);
  return program === 'bun' && first !== 'run';
}

/** A command of Python under debugpy, which follows it into the processes that it starts: those of a reloader, too. */
function traced(app: FastapiApp | PythonApp, port: number): readonly string[] | undefined {
  const [program = '', first = '', ...rest] = serverOf(app).dev;
  const debugpy = ['python', '-Xfrozen_modules=off', '-m', 'debugpy', '--listen', `0.0.0.0:${port}`];
  if (/^python3?$/.test(program)) {
    const isFile = !first.startsWith('-');
    return isFile || first === '-m' ? [...debugpy, first, ...rest] : undefined;
  }
  return program === 'uvicorn' || program === 'flask' ? [...debugpy, '-m', program, first, ...rest] : undefined;
}
