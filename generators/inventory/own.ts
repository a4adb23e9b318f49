/** What the answers of a stack of ours add to an inventory of its files. */
import { externalNames } from '../answers/external-names.ts';
import { edgeOf } from '../answers/public.ts';
import type { Answers } from '../answers/schema.ts';
import { allDataVolumes } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import type { AnswersEntry, Inventory } from './types.ts';

/** The same inventory, with what only the answers know: roles, what volumes hold, who runs what, backups. */
export function withAnswers(inventory: Inventory, answers: Answers, stack: Stack): Inventory {
  const held = new Map(allDataVolumes(stack).map(({ name, holds }) => [volumeName(stack.name, name), holds]));
  return {
    ...inventory,
    ours: true,
    services: inventory.services.map((service) => {
      const role = stack.services.find(({ name }) => name === service.name)?.role;
      return role === undefined ? service : { ...service, role };
    }),
    volumes: inventory.volumes.map((volume) => {
      const holds = held.get(volume.name);
      return holds === undefined ? { ...volume, data: false } : { ...volume, data: true, holds };
    }),
    secrets: [
      ...new Set([
        ...stack.env.filter(({ kind, sensitive }) => kind === 'secret' || sensitive).map(({ name }) => name),
        ...stack.secrets.map(({ name }) => name),
      ]),
    ].sort(),
    answers: entryOf(answers, stack),
  };
}

function entryOf(answers: Answers, { backup }: Stack): AnswersEntry {
  const { apps, targets = {} } = answers;
  const edge = edgeOf(answers);
  return {
    apps: Object.entries(apps).map(([name, { stack, path, uses }]) => ({ name, stack, path, uses })),
    externals: externalNames.flatMap((name) => {
      const external = answers[name];
      if (!external) return [];
      return [{ name, mode: external.mode, ...('provider' in external && { provider: external.provider }) }];
    }),
    ...(edge && {
      edge: {
        kind: edge.kind,
        hostnames: Object.fromEntries(
          Object.entries(edge.answers.hostnames).map(([app, hosts]) => [app, [hosts].flat()]),
        ),
      },
    }),
    ...(backup && {
      backup: {
        engine: backup.engine,
        to: backup.to,
        at: backup.at,
        timezone: backup.timezone,
        drill: backup.drill,
      },
    }),
    targets: Object.keys(targets),
  };
}
