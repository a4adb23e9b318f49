/** What apps are connected to, wherever the answers say so: for the stack as a whole, and for each target. */
import { targetExternals } from './deployment.ts';
import type { ExternalName } from './external-names.ts';
import type { Answers, App } from './schema.ts';

/** An external that may be managed. */
export type Server = NonNullable<Answers['postgres'] | Answers['redis'] | Answers['storage']>;

/** All servers of the answers, those of targets too, by the answer that each of them is. */
export function serversOf(answers: Answers): readonly (readonly [path: string, server: Server])[] {
  const all: readonly (readonly [string, Server | undefined])[] = [
    ...(['postgres', 'redis', 'cache', 'storage'] as const).map((one) => [one, answers[one]] as const),
    ...Object.entries(answers.targets ?? {}).flatMap(([name, target]) =>
      targetExternals.map((one) => [`targets.${name}.${one}`, target[one]] as const),
    ),
  ];
  return all.flatMap(([path, server]) => (server ? [[path, server] as const] : []));
}

/** The apps that use an external, with their names. */
export function usersOf({ apps }: Pick<Answers, 'apps'>, external: ExternalName): readonly (readonly [string, App])[] {
  return Object.entries(apps).filter(([, { uses }]) => uses.includes(external));
}
