/** What is left when something goes, in words: volumes with their data, variables, files. */
import { isData, listOf, mapOf } from '../data.ts';
import { nameOf } from '../paths.ts';
import type { Outcome } from '../plan/compare.ts';
import { assignmentsOf } from '../plan/dotenv.ts';
import { shellWords } from '../plan/shell.ts';
import type { Client } from './clients.ts';
import { environmentOf, textOf } from './data.ts';
import { exampleFiles } from './env-files.ts';
import { resolved } from './paths.ts';
import type { ForeignRemoval } from './remove.ts';
import { declared } from './services.ts';
import type { Foreign } from './types.ts';

/** As Docker calls it, in each combination that has another name for it. */
export function removeCommand({ combinations }: Foreign, volume: string): string {
  const names = combinations.flatMap(({ model }) => model.volumes?.[volume]?.name ?? []);
  return `docker volume rm ${shellWords([...new Set(names)])}`;
}

/** What becomes of a volume that nobody else uses. */
export function volumeNote(foreign: Foreign, volume: string, data: ForeignRemoval['data']): string {
  const shared = foreign.combinations.some(({ model }) => model.volumes?.[volume]?.external);
  return data === 'delete'
    ? `The volume ${volume} is declared no more; Docker has it still, with its data: ${removeCommand(foreign, volume)} takes it away for good.${shared ? ' It is external: other projects may use it.' : ''}`
    : `The volume ${volume} stays declared, and its data stays. --data delete takes the declaration out, too.`;
}

/** Variables of `.env` that only they spoke of. */
export function variableNotes(
  foreign: Foreign,
  gone: readonly string[],
  clients: readonly Client[],
  outcomes: readonly Outcome[],
): readonly string[] {
  const uses = (value: unknown): readonly string[] =>
    [
      ...JSON.stringify(value ?? null)
        .replaceAll('$$', '')
        .matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g),
    ].map((found) => found[1] ?? '');
  const its = new Set<string>();
  const others = new Set<string>();
  for (const { data } of foreign.sources) {
    const { services, ...rest } = data;
    for (const name of uses(rest)) others.add(name);
    for (const [service, value] of Object.entries(mapOf(services))) {
      const client = clients.find((one) => one.service === service);
      const left = client
        ? { ...mapOf(value), environment: without(environmentOf(mapOf(value)['environment']), client.variables) }
        : value;
      for (const name of uses(gone.includes(service) ? undefined : left)) others.add(name);
      if (gone.includes(service)) for (const name of uses(value)) its.add(name);
    }
  }
  const unused = [...its].filter((name) => !others.has(name));
  return [foreign.envFile, ...exampleFiles(foreign)].flatMap((path) => {
    const edited = outcomes.find((one) => one.path === path)?.texts?.after;
    const text = edited ?? foreign.repo.raw(path)?.text ?? '';
    const left = unused.filter((name) => assignmentsOf(text, name).length > 0);
    const key =
      path === foreign.envFile && left.includes('BACKUP_PASSWORD')
        ? ['Without BACKUP_PASSWORD nobody can read the backups that are left: keep it for as long as you keep them.']
        : [];
    return left.length === 0
      ? []
      : [`${path} still has ${left.join(', ')}, which no compose file uses any more.`, ...key];
  });
}

function without(
  values: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
}

function filesIn({ repo }: Foreign, folder: string): readonly string[] {
  return repo.files.filter((path) => path.startsWith(`${folder}/`));
}

/** Files of the repo that only they mounted. */
export function fileNotes(foreign: Foreign, gone: readonly string[], deleted: readonly string[]): readonly string[] {
  const mounted = (by: (service: string) => boolean) =>
    foreign.sources.flatMap((source) =>
      Object.keys(mapOf(source.data['services']))
        .filter(by)
        .flatMap((service) => listOf(declared(source, service)['volumes']))
        .flatMap((one) => {
          const path = isData(one) ? textOf(one['source']) : textOf(one)?.split(':')[0];
          const target = path?.startsWith('.') ? resolved(source.folder, path) : undefined;
          if (target === undefined) return [];
          // The folder of an edge is called like it.
          const within = isData(one) || nameOf(target) !== gone[0] ? [] : filesIn(foreign, target);
          return foreign.repo.raw(target) ? [target] : within;
        }),
    );
  const others = mounted((one) => !gone.includes(one));
  const files = [...new Set(mounted((one) => gone.includes(one)))].filter(
    (path) => !others.includes(path) && !deleted.includes(path),
  );
  return files.length === 0
    ? []
    : [
        `No service mounts ${files.join(', ')} any more: ${shellWords(['rm', ...files])}, if nothing else reads ${files.length === 1 ? 'it' : 'them'}.`,
      ];
}
