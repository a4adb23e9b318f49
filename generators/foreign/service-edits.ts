/** New services in the files of a project: all of it in one, or layer by layer. */
import type { Edit } from '../compose/edit/index.ts';
import { UserError } from '../errors.ts';
import type { Service, Volume } from '../stack/types.ts';
import type { FileEdits } from './connect.ts';
import type { Conventions } from './conventions.ts';
import { serviceEdit } from './logging.ts';
import { volumeValue } from './own-file.ts';
import type { Places } from './places.ts';
import { type Layer, serviceText, type Texts } from './texts.ts';
import type { ComposeSource, Foreign } from './types.ts';

/** The services, layer by layer, and their volumes. */
export function serviceEdits(
  foreign: Foreign,
  places: Places,
  { delta, conventions, networks, profiles }: Texts,
): readonly FileEdits[] {
  const production = conventions.productionInBase ? undefined : places.production;
  const layerOf = (home: ComposeSource, service: Service, layer: Layer, target = home): readonly Edit[] => {
    const text = serviceText(service, layer, { delta, conventions, networks, profiles, home });
    return text ? [serviceEdit(text, conventions, target)] : [];
  };
  const [first] = places.homes;
  const over = (target: ComposeSource, service: Service, layer: Layer): readonly Edit[] =>
    first ? layerOf(first, service, layer, target) : [];
  const everywhere = delta.services.filter((one) => !one.development && !one.production);
  const onServers = delta.services.filter((one) => one.production);
  const onMachines = delta.services.filter((one) => one.development);
  if (onMachines.length > 0 && !places.development) throw noDevelopment(onMachines);
  const volumes = (services: readonly Service[]) =>
    delta.volumes.filter(({ name }) => services.some((one) => one.volumes.some(({ volume }) => volume === name)));
  return [
    ...places.homes.map((source) => {
      const whole = [...(production ? [] : everywhere), ...(places.production ? [] : onServers)];
      return {
        source,
        edits: [
          ...whole.flatMap((one) => layerOf(source, one, 'whole')),
          ...(production ? everywhere.flatMap((one) => layerOf(source, one, 'base')) : []),
          ...volumes([...everywhere, ...(places.production ? [] : onServers)]).flatMap((one) =>
            volumeEdit(one, conventions, foreign),
          ),
        ],
      };
    }),
    ...(places.production
      ? [
          {
            source: places.production,
            edits: [
              ...(production ? everywhere.flatMap((one) => over(production, one, 'production')) : []),
              ...onServers.flatMap((one) => over(places.production as ComposeSource, one, 'whole')),
              ...volumes(onServers).flatMap((one) => volumeEdit(one, conventions, foreign)),
            ],
          },
        ]
      : []),
    ...(places.development
      ? [
          {
            source: places.development,
            edits: [...everywhere, ...onMachines].flatMap((one) =>
              over(places.development as ComposeSource, one, 'development'),
            ),
          },
        ]
      : []),
  ].filter(({ edits }) => edits.length > 0);
}

function noDevelopment(services: readonly Service[]): UserError {
  const names = services.map(({ name }) => name).join(', ');
  return new UserError('repo', `${names} is for development only, and this project has no file for that.`, {
    hint: 'On a server it would swallow what is meant for people. Make an overlay for development (compose.dev.yaml with `services: {}`), or compose.override.yaml where this folder is never a server, and come back.',
  });
}

function volumeEdit(one: Volume, conventions: Conventions, foreign: Foreign): readonly Edit[] {
  return [{ op: 'set', path: ['volumes', one.name], value: volumeValue(one, conventions, foreign) }];
}
