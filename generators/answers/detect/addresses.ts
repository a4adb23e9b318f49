import type { StackDefinition } from '../stacks/definition.ts';
import { stacks } from '../stacks/index.ts';
import { at, finding } from './findings.ts';
import { join } from './paths.ts';
import type { DetectedApp, Finding } from './types.ts';
import { exampleFiles, exampleVariables, type ReadVariable } from './variables.ts';
import { sourcesOf, type View } from './view.ts';

/** A variable for the address of a program behind this one; what browsers are told is another matter. */
const calls = /^(?!.*(?:PUBLIC|VITE)_)(?:[A-Z0-9]+_)*(?:API|BACKEND|SERVER)(?:_BASE)?_(?:URL|URI|ENDPOINT)$/;
const here = /^https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d+)\/?$/;

/**
 * Connects apps that call each other: an example env file has, for development, an address with the port of another
 * app of the repo, in a variable that the sources read.
 */
export function connectApps(view: View, apps: readonly DetectedApp[]): DetectedApp[] {
  const connected: DetectedApp[] = [];
  for (const app of apps) {
    const found = addressesOf(view, app, apps).filter(
      // Of two that call each other one has to start first.
      ({ to }) => !connected.some((one) => one.name === to && one.calls?.includes(app.name)),
    );
    connected.push(found.length === 0 ? app : withCalls(app, found));
  }
  return connected;
}

interface Address {
  readonly variable: ReadVariable;
  /** The app that it is the address of. */
  readonly to: string;
}

function addressesOf(view: View, app: DetectedApp, apps: readonly DetectedApp[]): readonly Address[] {
  if (app.stack !== 'node' && app.stack !== 'python' && app.stack !== 'fastapi') return [];
  const others = apps.filter((one) => one !== app && one.stack !== 'static');
  const files = [...new Set([app.path, '.'])].flatMap((folder) => exampleFiles.map((name) => join(folder, name)));
  const read = files.flatMap((file) => exampleVariables(file, view.read(file) ?? ''));
  const named = read.flatMap((variable) => {
    const port = calls.test(variable.name) ? here.exec(variable.example ?? '')?.[1] : undefined;
    const same = others.filter((one) => port !== undefined && String(portOf(one)) === port);
    return same.length === 1 && same[0] ? [{ variable, to: same[0].name }] : [];
  });
  if (named.length === 0) return [];
  const nested = apps.map(({ path }) => path).filter((path) => path !== app.path);
  const sources = sourcesOf(view, app.path, app.stack === 'node' ? 'javascript' : 'python', nested);
  return named.filter(({ variable }) => sources.some(({ code }) => code.includes(variable.name)));
}

function withCalls(app: DetectedApp, found: readonly Address[]): DetectedApp {
  const { variables } = app.found as { readonly variables?: Finding<Record<string, string>> };
  const derived = Object.fromEntries(found.map(({ variable, to }) => [variable.name, `${to}.url`]));
  const first = found[0]?.variable.evidence;
  const evidence = variables?.evidence ?? at(first?.file ?? '', first?.line);
  return {
    ...app,
    calls: [...new Set(found.map(({ to }) => to))],
    found: { ...app.found, variables: finding({ ...variables?.value, ...derived }, evidence) },
  } as DetectedApp;
}

/** The port that an app has or will be given. */
export function portOf(app: DetectedApp): unknown {
  const { fallbacks, late }: StackDefinition = stacks[app.stack];
  const found = Object.entries<Finding<unknown> | undefined>(app.found).map(([key, one]) => [key, one?.value]);
  const values = { ...fallbacks, ...Object.fromEntries(found) };
  return values['port'] ?? late?.(values).find(({ key }) => key === 'port')?.value;
}
