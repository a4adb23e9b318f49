/** Proof, in the built image, that what a role starts is there. */
import { splitCommand } from '../../answers/command.ts';
import type { FastapiApp, PythonApp } from '../../answers/schema.ts';
import type { Server } from './python-server.ts';

type App = FastapiApp | PythonApp;

/**
 * Looks for programs, files and modules, by the kind before the colon, and names the one that is missing. Imports
 * nothing: a package may insist on settings that are not there yet.
 */
const source = `
import os, shutil, sys
from importlib.machinery import PathFinder

def module(name):
    path = None
    for part in name.split("."):
        spec = PathFinder.find_spec(part, path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    return True

tests = {"program": shutil.which, "file": os.path.isfile, "module": module}
missing = [one for one in sys.argv[1:] if not tests[one.partition(":")[0]](one.partition(":")[2])]
sys.exit("not in the image: " + ", ".join(missing) if missing else 0)
`.trim();

/** The words that check what the container of an app starts. */
export function checkOf(app: App, server: Server): readonly string[] {
  if (server.module === undefined) return checkOfCommand(server.start);
  const settings = app.stack === 'python' ? app.settings : undefined;
  return words([
    `program:${server.program}`,
    `module:${moduleOf(server.module)}`,
    ...(settings === undefined ? [] : [`module:${settings}`]),
  ]);
}

/** The words that check a command: its program, and the file or module that it names. */
export function checkOfCommand(command: string | readonly string[]): readonly string[] {
  const parts = typeof command === 'string' ? (splitCommand(command) ?? []) : command;
  const [program = 'python', ...rest] = parts;
  const after = (...options: readonly string[]) => {
    const index = rest.findIndex((word) => options.includes(word));
    return index < 0 ? undefined : rest[index + 1];
  };
  const isPython = /^python[\d.]*$/.test(program);
  const script = isPython ? rest.find((word) => !word.startsWith('-')) : undefined;
  const named = isPython ? after('-m') : ['celery', 'flask'].includes(program) ? after('-A', '--app') : undefined;
  return words([
    `program:${program}`,
    ...(named === undefined ? [] : [`module:${moduleOf(named)}`]),
    ...(script?.endsWith('.py') && named === undefined ? [`file:${script}`] : []),
  ]);
}

/** The module of `shop.wsgi:application` or `shop:create_app()`. */
function moduleOf(target: string): string {
  return target.replace(/:.*$/, '');
}

function words(things: readonly string[]): readonly string[] {
  return ['python', '-c', source, ...things];
}
