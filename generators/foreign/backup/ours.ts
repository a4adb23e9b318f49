/** What an earlier `add backup` left beside the compose files, where it still is as it was written. */
import { mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { Outcome } from '../../plan/compare.ts';
import { textOf } from '../data.ts';
import { exampleRemovals } from '../env-files.ts';
import { deleted } from '../outcomes.ts';
import { declared, sourcesOf } from '../services.ts';
import type { Foreign } from '../types.ts';
import { askedIn, backupOf, service } from './add.ts';

/** Files and lines that backups brought, as outcomes that take them away; what was changed since stays. */
export function oursOfBackups(foreign: Foreign): {
  readonly outcomes: readonly Outcome[];
  readonly deleted: readonly string[];
  readonly notes: readonly string[];
} {
  const made = madeFor(foreign);
  if (!made) return { outcomes: [], deleted: [], notes: [] };
  const { files, delta } = made;
  const outcomes = files.flatMap(
    ({ path, mode, content }) =>
      deleted(foreign.repo, { path, why: 'only backups had it', ...(mode && { mode }) }, content) ?? [],
  );
  const gone = outcomes.map(({ path }) => path);
  const left = files.map(({ path }) => path).filter((path) => foreign.repo.raw(path) && !gone.includes(path));
  return {
    outcomes: [...outcomes, ...exampleRemovals(foreign, delta.env)],
    deleted: gone,
    notes: left.length === 0 ? [] : [`Changed since, or made by another version, and left: ${left.join(', ')}.`],
  };
}

/** What they would be made of today; undefined where the project is not what it was. */
function madeFor(foreign: Foreign): Pick<ReturnType<typeof backupOf>, 'files' | 'delta'> | undefined {
  const environment = Object.assign(
    {},
    ...sourcesOf(foreign, service).map((source) => mapOf(declared(source, service)['environment'])),
  );
  const database = Object.keys(environment).find((name) => /^DB_.*_HOST$/.test(name)) ?? '';
  try {
    return backupOf(without(foreign), textOf(environment[database]), askedIn([{ [service]: saidBy(environment) }]));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What was asked for then: it stands in the environment. */
function saidBy(environment: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const of = (name: string) => textOf(environment[`BACKUP_${name}`]);
  const text = (key: string, name: string) => (of(name) === undefined ? {} : { [key]: of(name) });
  const count = (name: string) => Number(of(`KEEP_${name}`) ?? 0);
  return {
    ...text('engine', 'ENGINE'),
    ...text('to', 'TO'),
    ...text('at', 'AT'),
    ...text('timezone', 'TIMEZONE'),
    ...text('drill', 'DRILL'),
    ...text('drillIn', 'DRILL_IN'),
    ...text('schedule', 'SCHEDULE'),
    ...text('webhook', 'WEBHOOK'),
    keep: { daily: count('DAILY') || 1, weekly: count('WEEKLY'), monthly: count('MONTHLY') },
    uploads: of('UPLOADS') !== '',
    // Behind the first, which its service is made with.
    databases: Object.entries(environment)
      .flatMap(([name, value]) => (/^DB_.*_NAME$/.test(name) ? (textOf(value) ?? []) : []))
      .slice(1),
  };
}

/** The project as it was before. */
function without(foreign: Foreign): Foreign {
  const rest = <T>({ [service]: _gone, ...others }: Readonly<Record<string, T>>) => others;
  return {
    ...foreign,
    combinations: foreign.combinations.map((one) => ({
      ...one,
      model: { ...one.model, services: rest(one.model.services) },
    })),
    sources: foreign.sources.map((one) => ({
      ...one,
      data: { ...one.data, services: rest(mapOf(one.data['services'])) },
    })),
  };
}
