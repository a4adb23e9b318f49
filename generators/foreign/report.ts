/** What a person is told: commands for their layout, and what to know. */
import { defaultFiles, defaultOverrides } from '../compose/model/index.ts';
import { folderOf, nameOf } from '../paths.ts';
import { shellWords } from '../plan/shell.ts';
import { certificateScript } from '../stack/queries.ts';
import type { Service } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import type { TargetApp } from './app.ts';
import type { Conventions } from './conventions.ts';
import type { Delta } from './delta.ts';
import type { Places } from './places.ts';
import { byPurpose } from './services.ts';
import { portsText } from './texts.ts';
import type { Combination, Foreign } from './types.ts';

/** `docker compose` as this project is used: with the files that it needs to be told. */
export function composeCommand(foreign: Foreign, combination?: Combination): string {
  const [first] = byPurpose(foreign);
  const { files } = combination ?? first ?? { files: [] };
  if (files.length === 0 || isDefault(foreign, files)) return 'docker compose';
  const { directory } = foreign;
  const isElsewhere = files[0] !== undefined && folderOf(files[0]) !== directory;
  const from = isElsewhere ? [`--project-directory ${shellWords([directory])}`] : [];
  return ['docker compose', ...from, ...files.map((file) => `-f ${shellWords([file])}`)].join(' ');
}

/** Whether plain `docker compose` in the folder of the repo takes just these files. */
function isDefault({ repo, env, directory, combinations }: Foreign, files: readonly string[]): boolean {
  if (directory !== '.') return false;
  const said = env['COMPOSE_FILE'];
  if (said !== undefined && said !== '')
    return said.split(env['COMPOSE_PATH_SEPARATOR'] ?? ':').join('\n') === files.join('\n');
  const base = defaultFiles.find((name) => repo.raw(name) !== undefined);
  const [first, ...overlays] = files;
  if (base === undefined || first !== base) return false;
  const override = defaultOverrides.find((name) => repo.raw(name) !== undefined);
  if (overlays.join('\n') === (override ?? '')) return true;
  // Where all else is the override of developers, nobody says which files are meant.
  return (
    overlays.length === 0 &&
    combinations.every(({ files: its }) => its[0] === base && (its[1] ?? override) === override)
  );
}

export function nextCommands(
  foreign: Foreign,
  { services, volumes, artifacts = [] }: Pick<Delta, 'services' | 'volumes'> & Partial<Pick<Delta, 'artifacts'>>,
  {
    apps,
    missing,
    conventions,
    steps = [],
  }: {
    readonly apps: readonly TargetApp[];
    readonly missing: readonly string[];
    readonly conventions: Pick<Conventions, 'external'>;
    /** What is done before it starts, in words. */
    readonly steps?: readonly string[];
  },
): readonly string[] {
  const development = byPurpose(foreign).find(({ purpose }) => purpose === 'development');
  const onlyThere = services.every((one) => one.development);
  const compose = composeCommand(foreign, onlyThere ? development : undefined);
  // What another one waits for once comes with it.
  const isBrought = ({ name, oneShot }: Service) => oneShot && services.some(({ dependsOn }) => name in dependsOn);
  const started = services.filter((one) => !isBrought(one));
  const names = [...started.map(({ name }) => name), ...apps.map(({ service }) => service.name)];
  return [
    ...(missing.length > 0 ? [`# set in ${foreign.envFile}: ${missing.join(', ')}`] : []),
    ...steps,
    ...(conventions.external
      ? volumes.map(({ name }) => `docker volume create ${shellWords([volumeName(foreign.name, name)])}`)
      : []),
    // Without certificates a broker does not start.
    ...artifacts.filter(({ path }) => path.endsWith(certificateScript)).map(({ path }) => shellWords([path])),
    `${compose} up -d ${shellWords(names)}`,
  ];
}

/** What is worth knowing of what was written. */
export function notesFor(
  foreign: Foreign,
  delta: Delta,
  {
    conventions,
    places,
    apps,
  }: { readonly conventions: Conventions; readonly places: Places; readonly apps: readonly TargetApp[] },
): readonly string[] {
  const data = conventions.external ? [] : delta.volumes.filter(({ disposable }) => !disposable);
  const [home] = places.homes;
  return [
    ...data.map(({ name, holds }) => `The volume ${name} (${holds}) is one that \`docker compose down -v\` removes.`),
    ...(home && 'version' in home.data
      ? [
          `${nameOf(home.path)} has a \`version:\`, which Compose ignores. What was added needs Compose 2.20.2 or newer (\`docker compose version\`): docker-compose 1, with a hyphen, does not know it.`,
        ]
      : []),
    ...(places.development
      ? delta.services.flatMap((service) =>
          portsText({ ...service, ports: { production: [], development: service.ports.development } }, delta.env).map(
            (port) => `${service.name} is at ${address(port)} on a developer's machine.`,
          ),
        )
      : []),
    ...(delta.stack.edge
      ? apps.flatMap(({ service }) => {
          const open = (service.model.ports ?? []).flatMap(({ host_ip: host = '', published }) =>
            published === undefined
              ? []
              : [`${host === '' ? '' : `${host.includes(':') ? `[${host}]` : host}:`}${published}`],
          );
          return open.length === 0
            ? []
            : [
                `${service.name} stays published at ${open.join(', ')}, past ${delta.stack.edge?.service}: take its \`ports\` out once nobody comes that way.`,
              ];
        })
      : []),
    ...(places.homes.length > 1
      ? [`It is in each of ${places.homes.map(({ path }) => path).join(', ')}: they are used without each other.`]
      : []),
    ...(folderOf(foreign.envFile) !== '.' ? [`Values are in ${foreign.envFile}.`] : []),
  ];
}

/** `127.0.0.1:${REDIS_PORT:-6379}:6379` as somebody connects to it. */
function address(port: string): string {
  return port.replace(/\$\{[A-Z0-9_]+:-([0-9]+)\}/g, '$1').replace(/:[0-9]+(?:\/[a-z]+)?$/, '');
}
