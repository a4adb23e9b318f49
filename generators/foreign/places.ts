/** Which of their files gets what. */
import { mapOf } from '../data.ts';
import { declared, sourcesOf } from './services.ts';
import type { Combination, ComposeSource, Foreign } from './types.ts';

/** Where the parts of a new service are written. */
export interface Places {
  /** Each gets the service: one file, or one for each stack of files that has nothing in common with the others. */
  readonly homes: readonly ComposeSource[];
  /** Gets how it runs on a server; undefined where the homes do. */
  readonly production?: ComposeSource;
  /** Gets what a developer's machine has in addition. */
  readonly development?: ComposeSource;
}

/**
 * The files for a new service: beside the app that will use it, or else in the first file of each combination that has
 * services. Overlays get only what is different there, and only where it is clear which one that is.
 */
export function placesFor(foreign: Foreign, app?: string): Places {
  const homes = withoutDoubles(foreign, unique(foreign.combinations.flatMap((one) => homeIn(foreign, one, app) ?? [])));
  const overlays = (purpose: ComposeSource['purpose']) => overlaysOf(foreign, purpose, homes);
  const [production, ...otherProduction] = overlays('production');
  const development = overlays('development')[0] ?? namedForDevelopment(foreign, homes);
  return {
    homes,
    // With two of them, staging and production say, one would be without limits: then the base has them.
    ...(production && otherProduction.length === 0 && { production }),
    ...(development && { development }),
  };
}

/** A file that always lies over another one of them would have all of it twice. */
function withoutDoubles(foreign: Foreign, homes: readonly ComposeSource[]): readonly ComposeSource[] {
  const isBelow = (lower: ComposeSource, upper: ComposeSource): boolean => {
    const [low, up] = [rootOf(foreign, lower), rootOf(foreign, upper)];
    const its = foreign.combinations.filter(({ files }) => files.includes(up));
    return (
      lower !== upper &&
      low !== up &&
      its.every(({ files }) => files.includes(low) && files.indexOf(low) < files.indexOf(up))
    );
  };
  return homes.filter((home) => !homes.some((other) => isBelow(other, home)));
}

/** The file of a combination that a service like this one stands in. */
function homeIn(foreign: Foreign, { files }: Combination, app: string | undefined): ComposeSource | undefined {
  const layers = foreign.sources.filter(({ path, includedBy }) => files.includes(path) || includedBy !== undefined);
  const reached = layers.filter((one) => files.includes(rootOf(foreign, one)));
  const ordered = reached.toSorted(
    (one, other) => files.indexOf(rootOf(foreign, one)) - files.indexOf(rootOf(foreign, other)),
  );
  if (app !== undefined) {
    const its = ordered.filter((one) => sourcesOf(foreign, app).includes(one));
    const whole = its.find((one) => isWhole(one, app));
    if (whole ?? its[0]) return whole ?? its[0];
  }
  const named = ordered.filter(({ includedBy }) => includedBy === undefined);
  return named.find(({ data }) => Object.keys(mapOf(data['services'])).length > 0) ?? named[0];
}

/** The file that `-f` names through which a file is reached. */
function rootOf({ sources }: Foreign, source: ComposeSource): string {
  const parent = sources.find(({ path }) => path === source.includedBy);
  return parent === undefined || parent === source ? source.path : rootOf({ sources } as Foreign, parent);
}

/** Whether a file says what a service is, and not only what is different about it. */
export function isWhole(source: ComposeSource, service: string): boolean {
  const { image, build, extends: from } = declared(source, service);
  return image !== undefined || build !== undefined || from !== undefined;
}

function overlaysOf(
  { sources, combinations }: Foreign,
  purpose: ComposeSource['purpose'],
  homes: readonly ComposeSource[],
): readonly ComposeSource[] {
  const its = combinations.filter((one) => one.purpose === purpose);
  return sources.filter(
    (one) =>
      one.overlay &&
      one.purpose === purpose &&
      !homes.includes(one) &&
      // In every one of them: else a combination would go without.
      its.every(({ files }) => files.includes(one.path)),
  );
}

/** With one for tests beside it, that of developers is the one that is called so. */
function namedForDevelopment({ sources }: Foreign, homes: readonly ComposeSource[]): ComposeSource | undefined {
  const [its, ...others] = sources.filter(
    (one) =>
      one.overlay &&
      one.purpose === 'development' &&
      !homes.includes(one) &&
      /(?:^|[.\-_/])(?:dev|devel|development|local|override)[.\-_]/.test(one.path),
  );
  return others.length === 0 ? its : undefined;
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
