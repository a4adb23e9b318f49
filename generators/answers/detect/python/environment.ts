import { finding, place } from '../findings.ts';
import { find, type Source } from '../source.ts';
import type { Evidence } from '../types.ts';
import { type DerivedVariables, deriveVariables } from '../variables.ts';
import type { PythonContext } from './context.ts';
import { dependencyOf } from './project.ts';

/** A place where a source reads a variable of the environment. */
export interface Read {
  readonly name: string;
  /** Whether the program ends with an error when it is not set. */
  readonly required: boolean;
  readonly evidence: Evidence;
  /** The rest of the line behind the name. */
  readonly rest: string;
}

// os.environ["X"], os.getenv("X"), environ.get("X"); env("X"), env.list("X") of django-environ and environs; config("X") of decouple.
const reading =
  /\b(?:(environ\s*\[)|(?:os\s*\.\s*)?(?:environ\s*\.\s*get|getenv)\s*\(|(env(?:\s*\.\s*\w+)?|config)\s*\()\s*["']([A-Z][A-Z0-9_]*)["'](?=([^\n]*))/g;

/** All variables that sources read, in the order in which they stand there. */
export function readsIn(sources: readonly Source[]): readonly Read[] {
  return sources.flatMap((source) =>
    [...find(source, reading)].map(({ group, line }) => {
      const rest = group(4);
      return {
        name: group(3),
        required: group(1) !== '' || (group(2) !== '' && !/^\s*,\s*(?:default\s*=|(?!cast\b|\w+\s*=)\S)/.test(rest)),
        evidence: { file: source.path, line },
        rest,
      };
    }),
  );
}

const assigned = /(?:\bSECRET_KEY|\bsecret_key|\[\s*["']SECRET_KEY["']\s*\])\s*=\s*([^\n]*)/g;

/** The variables that tell the app where what it uses is, beside the usual ones, and its own secrets. */
export function detectEnvironment({ project, sources, uses, warn }: PythonContext): DerivedVariables {
  const reads = readsIn(sources);
  // What Django and Flask sign with is a secret whatever its variable is called.
  const keys = new Set(
    sources.flatMap((source) =>
      [...find(source, assigned)].flatMap(({ group }) => /["']([A-Z][A-Z0-9_]*)["']/.exec(group(1))?.[1] ?? []),
    ),
  );
  const isKey = (name: string) => keys.has(name) && /(?:SECRET|KEY|SALT|TOKEN)$/.test(name);
  const derived = deriveVariables(reads, uses, isKey);
  for (const read of reads)
    if (Object.hasOwn(derived.variables?.value ?? {}, read.name) && /amqps?:\/\//.test(read.rest))
      warn(`${read.name} (${place(read.evidence)}) is of RabbitMQ by default, which no stack has yet: it gets Redis`);
  const rq = dependencyOf(project, 'rq');
  if (!rq || !uses.redis) return derived;
  // What `rq worker` itself asks for.
  const variables = { ...derived.variables?.value, RQ_REDIS_URL: 'redis.url' };
  return { ...derived, variables: finding(variables, derived.variables?.evidence ?? rq.evidence) };
}
