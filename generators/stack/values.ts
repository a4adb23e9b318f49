import type { AddressPart, Value, VarRef } from './types.ts';

/** The name that Compose gives the project that it runs; a variable that it sets itself. */
export const projectVariable = 'COMPOSE_PROJECT_NAME';

/** The name that Docker knows a volume by, outside of the compose files. */
export function volumeName(project: string, volume: string): string {
  return `${project}_${volume}`;
}

export { envPrefix, secretVariable } from '../answers/env-names.ts';

/** A variable inside a value: ``value`postgresql://shop:${variable('POSTGRES_PASSWORD')}@postgres` ``. */
export function variable(name: string): VarRef {
  return { variable: name };
}

/** A part of an address that a variable holds: `part('DATABASE_URL', 'host')`. */
export function part(name: string, of: AddressPart): VarRef {
  return { variable: name, part: of };
}

/** A value with variables in it. */
export function value(texts: TemplateStringsArray, ...parts: readonly (string | VarRef)[]): Exclude<Value, string> {
  const all: (string | VarRef)[] = [];
  texts.forEach((text, index) => {
    if (text !== '') all.push(text);
    const part = parts[index];
    if (part !== undefined && part !== '') all.push(part);
  });
  return all;
}
