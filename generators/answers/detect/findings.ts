import * as v from 'valibot';
import type { ExternalName } from '../external-names.ts';
import type { Detected, Evidence, Finding, Uses } from './types.ts';

export type Warn = (text: string) => void;

/** `.env.example:3`, as warnings name a place. */
export function place({ file, line }: Evidence): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** "from pnpm-lock.yaml" or "from src/main.py:12". */
export function evidenceText(evidence: Evidence): string {
  return `from ${place(evidence)}`;
}

export function at(file: string, line: number | undefined): Evidence {
  return line === undefined ? { file } : { file, line };
}

export function finding<T>(value: T, evidence: Evidence): Finding<T> {
  return { value, evidence };
}

type Candidates<F> = { readonly [K in keyof F]?: F[K] | undefined };

/** Keeps what an answer may hold. The rest is told, so that nothing that was found gets lost silently. */
export function settle<F extends Readonly<Record<string, Finding<unknown> | undefined>>>(
  entries: Readonly<Record<string, v.GenericSchema>>,
  candidates: Candidates<F>,
  warn: Warn,
): F {
  const kept = Object.entries<Finding<unknown> | undefined>(candidates).filter(([key, one]) => {
    const schema = entries[key];
    if (one === undefined || schema === undefined) return false;
    const result = v.safeParse(schema, one.value);
    if (result.success) return true;
    const value = typeof one.value === 'string' ? one.value : JSON.stringify(one.value);
    warn(`${key}: "${value}" (${place(one.evidence)}) is left out: ${result.issues[0].message}`);
    return false;
  });
  return Object.fromEntries(kept) as F;
}

/** A port that an app without root can listen on. Another one is told and not taken. */
export function usablePort(digits: string, evidence: Evidence, warn: Warn): Finding<number> | undefined {
  const port = Number(digits);
  if (port >= 1024 && port <= 65535) return { value: port, evidence };
  if (port < 1024)
    warn(`Port ${port} (${place(evidence)}) is open to root only, and the app runs without root: use 1024 or more`);
  return undefined;
}

/** The externals that an app has clients for: those with evidence. */
export function usesFound(clients: { readonly [K in ExternalName]?: Evidence | undefined }): Uses {
  return Object.fromEntries(Object.entries(clients).filter(([, evidence]) => evidence !== undefined));
}

/** Where a client of an external was found first, in whatever app. */
export function clientOf({ apps }: Detected, external: ExternalName): Evidence | undefined {
  return apps.find(({ uses }) => uses[external])?.uses[external];
}
