import { join } from '../paths.ts';
import type { Evidence } from '../types.ts';
import type { View } from '../view.ts';

/** How a Dockerfile or Procfile that is there already starts the app. */
export interface Launch {
  /** `app.main:app`, or a file for `fastapi run`. */
  readonly target: string;
  readonly factory: boolean;
  readonly evidence: Evidence;
}

/** A line of a Procfile, or the command of a Dockerfile. */
export interface Process {
  /** `web`, `worker`; `cmd` for the command of a Dockerfile. */
  readonly name: string;
  readonly command: string;
  readonly evidence: Evidence;
}

export interface Deployment {
  readonly launches: readonly Launch[];
  readonly processes: readonly Process[];
  readonly port: { readonly digits: string; readonly evidence: Evidence } | undefined;
}

/** What existing Dockerfiles and Procfiles tell; those in the app's folder before those at the root. */
export function readDeployment(view: View, folder: string): Deployment {
  const files = [...new Set([folder, '.'])].flatMap((base) =>
    ['Dockerfile', 'Dockerfile.prod', 'Procfile'].map((name) => join(base, name)),
  );
  const read = files.filter((file) => view.has(file)).map((file) => readOne(file, view.read(file) ?? ''));
  // A root's files may be those of another app, so that their port counts only with a program of ours.
  const own = read.filter(
    ({ file, launches }) => launches.length > 0 || join(folder, file.replace(/^.*\//, '')) === file,
  );
  return {
    launches: read.flatMap(({ launches }) => launches),
    processes: read.flatMap(({ file, processes }) =>
      join(folder, file.replace(/^.*\//, '')) === file ? processes : [],
    ),
    port: own.flatMap(({ port }) => port ?? [])[0],
  };
}

function readOne(file: string, text: string): Deployment & { readonly file: string } {
  const launches: Launch[] = [];
  const processes: Process[] = [];
  let option: Deployment['port'];
  let exposed: Deployment['port'];
  const lines = text.split('\n');
  lines.forEach((first, index) => {
    const evidence = { file, line: index + 1 };
    const expose = /^\s*EXPOSE\s+(\d{2,5})\b/i.exec(first)?.[1];
    if (expose) exposed = { digits: expose, evidence };
    if (!/^\s*(?:CMD|ENTRYPOINT)\b|^\w+:/i.test(first)) return;
    const line = continued(lines, index);
    const words = line.replace(/["',[\]\s]+/g, ' ');
    const started = /^\s*(?:CMD|ENTRYPOINT)\s+(.*)$/i.exec(words)?.[1] ?? /^\w+:\s*(.*)$/.exec(line)?.[1];
    const name = /^(\w+):/.exec(first)?.[1] ?? 'cmd';
    if (started) processes.unshift({ name, command: started.trim(), evidence });
    const server =
      /\s(?:\S*\/)?(?:uvicorn|gunicorn|hypercorn|granian)\s(?:.*\s)?([A-Za-z_][\w.]*:[A-Za-z_]\w*)(\(\))?(?=\s|$)/;
    const [, target = /\sfastapi\s+run\s(?:.*\s)?([\w./-]+\.py)(?=\s|$)/.exec(words)?.[1], call] =
      server.exec(words) ?? [];
    // The last stage is the one that runs.
    if (target)
      launches.unshift({ target, factory: call !== undefined || /\s--factory(?:\s|$)/.test(words), evidence });
    const digits = /\s(?:--port[ =]|-p |(?:--bind|-b)[ =]\S*:)(\d{2,5})\b/.exec(words)?.[1];
    if (digits) option = { digits, evidence };
  });
  return { file, launches, processes, port: option ?? exposed };
}

/** A line with those that its trailing backslashes add. */
function continued(lines: readonly string[], index: number): string {
  const line = lines[index] ?? '';
  return /\\\s*$/.test(line) && index + 1 < lines.length
    ? `${line.replace(/\\\s*$/, ' ')}${continued(lines, index + 1)}`
    : line;
}
