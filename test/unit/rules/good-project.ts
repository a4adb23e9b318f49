/**
 * A project in which every rule holds, and ways to break one thing of it.
 *
 * It lies in fixtures/good. Its models are what Compose 2.40.3 printed for a copy in /srv/shop, with POSTGRES_PASSWORD
 * and REDIS_PASSWORD set to `generated`: `docker compose -f compose.yaml -f compose.prod.yaml config --format json`.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Purpose } from '../../../generators/compose/model/index.ts';
import type { ComposeModel, ComposeService } from '../../../generators/compose/model.ts';
import type { Project, TextFile } from '../../../generators/rules/types.ts';

const folder = new URL('./fixtures/good/', import.meta.url);

function file(path: string): TextFile {
  const url = new URL(path, folder);
  return { path, text: readFileSync(url, 'utf8'), mode: statSync(url).mode };
}

function model(name: string): ComposeModel {
  return JSON.parse(file(`models/${name}.json`).text);
}

export const good: Project = {
  directory: '/srv/shop',
  combinations: [
    { name: 'compose.yaml', files: ['compose.yaml'], purpose: 'base', model: model('base') },
    {
      name: 'compose.yaml + compose.prod.yaml',
      files: ['compose.yaml', 'compose.prod.yaml'],
      purpose: 'production',
      model: model('production'),
    },
    {
      name: 'compose.yaml + compose.dev.yaml',
      files: ['compose.yaml', 'compose.dev.yaml'],
      purpose: 'development',
      model: model('development'),
    },
  ],
  composeFiles: ['compose.yaml', 'compose.prod.yaml', 'compose.dev.yaml'].map(file),
  dockerfiles: [{ ...file('api/Dockerfile'), context: 'api' }],
  dockerignores: [file('api/.dockerignore')],
  envFiles: [file('.env.example')],
  scripts: [file('scripts/backup')],
};

/** The line of the good project that contains this text, from 1. */
export function lineOf(path: string, text: string): number {
  const line = file(path)
    .text.split('\n')
    .findIndex((one) => one.includes(text));
  if (line < 0) throw new Error(`${path} does not contain ${text}`);
  return line + 1;
}

/** What a service is to be; null takes a key away. */
export type Patch = { readonly [K in keyof ComposeService]?: ComposeService[K] | null };

/** The good project with another model for one purpose. */
export function withModel(purpose: Purpose, change: (model: ComposeModel) => ComposeModel): Project {
  return {
    ...good,
    combinations: good.combinations.map((one) =>
      one.purpose === purpose ? { ...one, model: change(one.model) } : one,
    ),
  };
}

/** The good project with other keys in one service, in production if not said otherwise. A new service is added. */
export function withService(name: string, patch: Patch, purpose: Purpose = 'production'): Project {
  return withModel(purpose, (before) => ({
    ...before,
    services: { ...before.services, [name]: patched(before.services[name] ?? {}, patch) },
  }));
}

function patched(service: ComposeService, patch: Patch): ComposeService {
  return Object.fromEntries(Object.entries({ ...service, ...patch }).filter(([, value]) => value !== null));
}

type Files = 'composeFiles' | 'dockerfiles' | 'dockerignores' | 'envFiles' | 'scripts';

/** The good project with other text in the files of this path: a replacement that must apply, or all of it. */
export function withText(path: string, change: readonly [before: string, after: string] | string): Project {
  let isFound = false;
  const edit = <T extends TextFile>(one: T): T => {
    if (one.path !== path) return one;
    isFound = true;
    if (typeof change === 'string') return { ...one, text: change };
    if (!one.text.includes(change[0])) throw new Error(`${path} does not contain ${change[0]}`);
    return { ...one, text: one.text.replace(change[0], () => change[1]) };
  };
  const project: Project = {
    ...good,
    composeFiles: good.composeFiles.map(edit),
    dockerfiles: good.dockerfiles.map(edit),
    dockerignores: good.dockerignores.map(edit),
    envFiles: good.envFiles.map(edit),
    scripts: good.scripts.map(edit),
  };
  if (!isFound) throw new Error(`there is no ${path}`);
  return project;
}

/** The good project with one file less. */
export function without(kind: Files, path: string): Project {
  return { ...good, [kind]: good[kind].filter((one) => one.path !== path) };
}

/** The good project with one Dockerfile instead of its own, in its root. */
export function withDockerfile(text: string): Project {
  return { ...good, dockerfiles: [{ path: 'tool/Dockerfile', context: 'tool', text }] };
}
