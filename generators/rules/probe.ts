import type { ComposeHealthcheck } from '../compose/model.ts';
import { execWords } from './dockerfile.ts';
import { type Command, commands, commandsOf } from './shell.ts';

/** What a health check runs. */
export interface Probe {
  /** All of it, as text. */
  readonly text: string;
  readonly commands: readonly Command[];
  /** Whether the engine runs it in the shell of the image. */
  readonly needsShell: boolean;
}

/** Undefined where there is no health check, or it is switched off. */
export function probeOf(healthcheck: ComposeHealthcheck | undefined): Probe | undefined {
  const [kind, ...words] = healthcheck?.test ?? [];
  if (kind === undefined || isSwitchedOff(healthcheck)) return undefined;
  // The model doubles the dollars that are meant for the container.
  const plain = (kind === 'CMD' || kind === 'CMD-SHELL' ? words : [kind, ...words]).map((word) =>
    word.replaceAll('$$', '$'),
  );
  const text = plain.join(' ');
  if (kind === 'CMD') return { text, commands: commandsOf(plain), needsShell: false };
  return { text, commands: commands(text), needsShell: true };
}

export function isSwitchedOff(healthcheck: ComposeHealthcheck | undefined): boolean {
  return healthcheck?.disable === true || healthcheck?.test?.[0] === 'NONE';
}

/** The same of a HEALTHCHECK instruction. */
export function probeOfDockerfile(text: string): Probe | undefined {
  const found = /^CMD\s+([\s\S]*)$/i.exec(text);
  if (found?.[1] === undefined) return undefined;
  const rest = found[1].trim();
  const exec = execWords(rest);
  return exec
    ? { text: exec.join(' '), commands: commandsOf(exec), needsShell: false }
    : { text: rest, commands: commands(rest), needsShell: true };
}
