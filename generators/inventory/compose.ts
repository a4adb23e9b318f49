/** An inventory from the compose files of anybody. */
import { relative } from 'node:path';
import {
  type ComposeProject,
  type FileCombination,
  type Files,
  loadCompose,
  readDotEnv,
} from '../compose/model/index.ts';
import type { ComposeModel, ComposePort, ComposeService } from '../compose/model.ts';
import { dataKinds, kindOfImage } from '../foreign/kinds.ts';
import { looksSecret } from '../rules/secret-keys.ts';
import { sizeInBytes } from '../rules/sizes.ts';
import type { Inventory, NetworkEntry, Placed, ServiceEntry, VolumeEntry } from './types.ts';

interface Read extends FileCombination {
  readonly model: ComposeModel;
}

/** A repo, and the absolute path of its folder: a project may be called like that. */
export interface Source extends Files {
  readonly root: string;
}

/** Reads a project in all its combinations; what is wrong with it is said, and the rest is there. */
export function inventoryOf(project: ComposeProject, source: Source, others: readonly string[] = []): Inventory {
  const env = project.envFile === undefined ? {} : readDotEnv(source.read(project.envFile) ?? '').values;
  const problems = new Set<string>();
  const read = project.combinations.flatMap((combination): Read[] => {
    const loaded = loadCompose(combination.files, source, {
      projectDirectory: project.directory,
      env,
      directory: source.root,
    });
    for (const { severity, file, line, message } of loaded.problems)
      if (severity === 'error') problems.add(`${file}:${line}: ${message}`);
    return loaded.model ? [{ ...combination, model: loaded.model }] : [];
  });
  // What runs on a server says what the stack is called, and which volumes hold its data.
  const models = [...read].sort((one, other) => rank(one) - rank(other)).map(({ model }) => model);
  const names = [...new Set(read.flatMap(({ model }) => Object.keys(model.services)))];
  return {
    name: models.find(({ name }) => name !== undefined)?.name ?? '',
    directory: project.directory,
    ours: false,
    combinations: read.map(({ name, purpose, files }) => ({ name, purpose, files })),
    services: names.map((name) => serviceEntry(name, read, models, source.root)),
    volumes: volumesIn(models),
    networks: networksIn(models),
    secrets: secretsIn(models),
    others,
    problems: [...problems],
  };
}

const rank = ({ purpose }: FileCombination): number => ['production', 'base', 'development'].indexOf(purpose);

function serviceEntry(
  name: string,
  read: readonly Read[],
  models: readonly ComposeModel[],
  root: string,
): ServiceEntry {
  const all = models.flatMap(({ services }) =>
    Object.hasOwn(services, name) ? [services[name] as ComposeService] : [],
  );
  const [first] = all;
  const image = all.find((one) => one.image !== undefined)?.image;
  const build = all.find((one) => one.build?.context !== undefined)?.build?.context;
  const kind = kindOfImage(image);
  return {
    name,
    ...(kind !== undefined && { kind }),
    ...(image !== undefined && { image }),
    ...(build !== undefined && { build: relative(root, build) || '.' }),
    profiles: first?.profiles ?? [],
    networks: [...new Set(all.flatMap((one) => Object.keys(one.networks ?? {})))],
    volumes: (first?.volumes ?? []).flatMap(({ type, source: volume, target }) =>
      type === 'volume' && volume !== undefined ? [{ volume, target }] : [],
    ),
    in: Object.fromEntries(
      read.flatMap(({ name: combination, model }) => {
        const service = Object.hasOwn(model.services, name) ? model.services[name] : undefined;
        return service ? [[combination, placed(service)]] : [];
      }),
    ),
  };
}

function placed({ ports = [], deploy, cpus, mem_limit }: ComposeService): Placed {
  const limits = deploy?.resources?.limits;
  const cores = limits?.cpus ?? cpus;
  const memory = sizeInBytes(limits?.memory ?? mem_limit);
  return {
    ports: ports.map(portText),
    ...(cores !== undefined && Number(cores) > 0 && { cpus: String(cores) }),
    ...(memory > 0 && { memory }),
  };
}

function portText({ host_ip, published, target, protocol = 'tcp' }: ComposePort): string {
  const host = host_ip === undefined ? '' : `${host_ip.includes(':') ? `[${host_ip}]` : host_ip}:`;
  return `${published === undefined ? '' : `${host}${published}->`}${target}/${protocol}`;
}

function volumesIn(models: readonly ComposeModel[]): readonly VolumeEntry[] {
  const keys = [...new Set(models.flatMap(({ volumes }) => Object.keys(volumes ?? {})))];
  return keys.map((key) => {
    const model = models.find(({ volumes }) => volumes && Object.hasOwn(volumes, key));
    const { name = key, external = false } = model?.volumes?.[key] ?? {};
    const users = usersOf(models, ({ volumes = [] }) =>
      volumes.some((one) => one.type === 'volume' && one.source === key),
    );
    const isOfData = models.some(({ services }) =>
      users.some((user) => {
        const kind = kindOfImage(services[user]?.image);
        return kind !== undefined && dataKinds.has(kind);
      }),
    );
    return { name, key, external, ...((external || isOfData) && { data: true }), services: users };
  });
}

function networksIn(models: readonly ComposeModel[]): readonly NetworkEntry[] {
  const keys = [...new Set(models.flatMap(({ networks }) => Object.keys(networks ?? {})))];
  return keys.map((name) => ({
    name,
    internal: models.some(({ networks }) => networks?.[name]?.internal === true),
    services: usersOf(models, ({ networks = {} }) => Object.hasOwn(networks, name)),
  }));
}

function usersOf(models: readonly ComposeModel[], uses: (service: ComposeService) => boolean): readonly string[] {
  const users = models.flatMap(({ services }) =>
    Object.entries(services).flatMap(([name, service]) => (uses(service) ? [name] : [])),
  );
  return [...new Set(users)];
}

/** Secrets of Compose, and variables whose names say that they hold one. */
function secretsIn(models: readonly ComposeModel[]): readonly string[] {
  const names = models.flatMap(({ secrets = {}, services }) => [
    ...Object.keys(secrets),
    ...Object.values(services).flatMap(({ environment = {} }) => Object.keys(environment).filter(looksSecret)),
  ]);
  return [...new Set(names)].sort();
}
