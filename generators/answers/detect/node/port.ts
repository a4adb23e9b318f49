import { at, place, usablePort } from '../findings.ts';
import { join } from '../paths.ts';
import { type Call, find, findCalls, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import { exampleFiles } from '../variables.ts';
import type { NodeContext } from './context.ts';
import type { Commands } from './start.ts';

interface Hit extends Evidence {
  readonly digits: string;
}

const listens = /(?:\.\s*listen|\b(?:Bun\.)?serve)\s*\(/g;
const loopback = /^(["'`])(?:localhost|127\.0\.0\.1|\[?::1\]?)\1$/;

/** `process.env.PORT || 8080`, `Number(env['PORT'] ?? '8080')`, `parseInt(process.env.PORT, 10) || 8080`. */
const fallback =
  /(?:\bPORT\b|\[\s*["']PORT["']\s*\]|\(\s*["']PORT["']\s*\))(?:\s*,\s*10\b)?\s*\)?\s*(?:\|\||\?\?)\s*(?:Number\(|parseInt\()?\s*["']?(\d{2,5})\b/g;
/** `config.get('PORT', 8080)`. */
const getter = /\bget\w*(?:<\w+>)?\(\s*["']PORT["']\s*,\s*["']?(\d{2,5})\b/g;
/** `const { PORT = 8080 } = process.env`. */
const destructured = /\{[^{};]{0,200}\bPORT\s*=\s*["']?(\d{2,5})\b[^{};]{0,200}\}\s*=\s*(?:process\.)?env\b/g;
/** `PORT: z.coerce.number().default(8080)`. */
const schema = /\bPORT\s*:/g;
const constant = /\b(?:const|let|var)\s+(?:PORT|port)\s*(?::\s*number\s*)?=\s*["']?(\d{2,5})\b/g;
const exported = /\bexport\s+default\s*\{[^{}]{0,200}?\bport\s*:\s*(\d{2,5})\b/g;

/** The port that the app listens on where nobody sets PORT: from its start script, its sources, an example env file. */
export function detectPort(context: NodeContext, program: Commands['program']): Finding<number> | undefined {
  const hit = inCommand(program) ?? inSources(context.sources) ?? inEnvExample(context);
  if (!hit) return undefined;
  return usablePort(hit.digits, at(hit.file, hit.line), context.warn);
}

function inCommand(program: Commands['program']): Hit | undefined {
  const text = program?.words.join(' ') ?? '';
  const digits = /(?:^|\s)(?:PORT=|(?:-p|--port)[ =])["']?(\d{2,5})\b/.exec(text)?.[1];
  return program && digits ? { digits, ...program.evidence } : undefined;
}

function inSources(sources: readonly Source[]): Hit | undefined {
  const searches = [
    ...[fallback, getter, destructured].map((pattern) => (source: Source) => matches(source, pattern)),
    (source: Source) => [...findCalls(source, schema)].flatMap(schemaDefault),
    (source: Source) => [...findCalls(source, listens)].flatMap(portOfCall),
    (source: Source) => matches(source, exported),
    (source: Source) => ([...findCalls(source, listens)].some(namesPort) ? matches(source, constant) : []),
  ];
  for (const search of searches) {
    for (const source of sources) {
      const [hit] = search(source);
      if (hit) return hit;
    }
  }
  return undefined;
}

function matches(source: Source, pattern: RegExp): Hit[] {
  return [...find(source, pattern)].map(({ group, file, line }) => ({ digits: group(1), file, line }));
}

function schemaDefault({ args: [first = ''], file, line }: Call): Hit[] {
  const digits = /\bdefault\b[^\n\d]{1,6}(\d{2,5})\b/.exec(first)?.[1];
  return digits ? [{ digits, file, line }] : [];
}

function portOfCall({ args: [first = ''], file, line }: Call): Hit[] {
  const digits = (/^["']?(\d{2,5})["']?$/.exec(first) ?? /^\{.*?\bport\s*:\s*["']?(\d{2,5})\b/s.exec(first))?.[1];
  return digits ? [{ digits, file, line }] : [];
}

function namesPort({ args: [first = ''] }: Call): boolean {
  return /\bport\b/i.test(first);
}

function inEnvExample({ view, pack }: NodeContext): Hit | undefined {
  for (const name of exampleFiles) {
    const file = join(pack.folder, name);
    const lines = view.read(file)?.split('\n') ?? [];
    const index = lines.findIndex((line) => /^\s*(?:export\s+)?PORT\s*=\s*["']?\d/.test(line));
    const digits = /=\s*["']?(\d{2,5})\b/.exec(lines[index] ?? '')?.[1];
    if (digits) return { digits, file, line: index + 1 };
  }
  return undefined;
}

/** HOSTNAME is not among these: the stack sets it. */
const hostDefault = /(?:\b(?:host|hostname)\s*=|\bHOST\b\s*(?:=|\|\||\?\?))\s*(["'`])(?:localhost|127\.0\.0\.1)\1/g;
const hostOption = /(?:^|\s)(?:HOST=|(?:-H|--host|--hostname)[ =])["']?(?:localhost|127\.0\.0\.1)/;

/** Tells of a server that only its own container could reach. */
export function warnOfLoopback({ sources, framework, warn }: NodeContext, program: Commands['program']): void {
  const tell = (evidence: Evidence) =>
    warn(`${place(evidence)}: the app listens on its own container's loopback interface only: use 0.0.0.0`);
  if (program && hostOption.test(program.words.join(' '))) tell(program.evidence);
  for (const source of sources) {
    for (const call of findCalls(source, listens)) {
      const [first = '', second = ''] = call.args;
      const options = first.startsWith('{') ? first : '';
      const host = options ? (/\bhost(?:name)?\s*:\s*([^,}\s]+)/.exec(options)?.[1] ?? '') : second;
      if (loopback.test(host)) tell(call);
      else if (/^[\w.]*host(?:name)?$/i.test(host) || /[{,]\s*host(?:name)?\s*[,}]/.test(options))
        [...find(source, hostDefault)].slice(0, 1).forEach(tell);
      else if (framework === 'fastify' && options && !/\bhost\b|\.\.\./.test(options))
        warn(`${place(call)}: Fastify listens on 127.0.0.1 where no host is given: add host: '0.0.0.0'`);
    }
  }
}
