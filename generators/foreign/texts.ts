/** The text of a service in a compose file of somebody else's: our fragments, in their conventions. */

import { inline } from '../compose/edit/write.ts';
import { mapOf } from '../data.ts';
import { boundPorts, interpolated, type ServiceView, serviceView, wholeService } from '../plan/compose.ts';
import { hasTemplate, render } from '../plan/render.ts';
import type { EnvVar, Service, Stack } from '../stack/types.ts';
import type { Conventions } from './conventions.ts';
import { composeData } from './data.ts';
import type { Delta } from './delta.ts';
import { loggingText } from './logging.ts';
import { seenFrom } from './paths.ts';
import type { ComposeSource } from './types.ts';

/** What a file gets of a service. */
export type Layer = 'whole' | 'base' | 'production' | 'development';

/** A service as a pair of YAML with its comments, and what it says. */
export interface ServiceText {
  readonly name: string;
  readonly text: string;
  readonly value: unknown;
}

/**
 * What may be set in `.env` of a stack of ours and is a figure in their compose file: limits, which they change where
 * they stand.
 */
export function withoutKnobs(delta: Delta): Delta {
  const knobs = new Map(delta.env.filter(isKnob).map(({ name, default: value = '' }) => [name, value]));
  const plain = (value: Service['image']): Service['image'] => {
    if (typeof value === 'string') return value;
    const parts = value.map((part) => (typeof part === 'string' ? part : (knobs.get(part.variable) ?? part)));
    return parts.every((part) => typeof part === 'string') ? parts.join('') : parts;
  };
  const environment = (values: Service['environment']): Service['environment'] =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const now = plain(value);
        // Empty, it says the same as not there.
        return now === '' && value !== '' ? [] : [[key, now]];
      }),
    );
  return {
    ...delta,
    env: delta.env.filter((one) => !isKnob(one)),
    services: delta.services.map((service) => ({
      ...service,
      image: plain(service.image),
      environment: environment(service.environment),
      ...(service.sharedMemory !== undefined && { sharedMemory: plain(service.sharedMemory) }),
    })),
  };
}

const isKnob = ({ group, kind }: EnvVar): boolean => group === 'Limits' && kind === 'optional';

/** What all texts of a run have in common. */
export interface Texts {
  readonly delta: Delta;
  readonly conventions: Conventions;
  /** Those that new services are on in this project; none: the default one. */
  readonly networks: readonly string[];
  /** Those that they start with; none: always. */
  readonly profiles?: readonly string[] | undefined;
}

/** One layer of a service; undefined where it has nothing to say there. */
export function serviceText(
  service: Service,
  layer: Layer,
  { delta, conventions, networks, profiles = [], home }: Texts & { readonly home: Pick<ComposeSource, 'folder'> },
): ServiceText | undefined {
  const stack: Stack = { ...delta.stack, env: delta.env, restart: conventions.restart };
  const view = theirView(serviceView(inHome(service, home), stack), service, conventions, networks);
  const text = rendered(view, layer);
  if (text === undefined) return undefined;
  const value = composeData(text, service.name)[service.name];
  // A layer of which only the name is left.
  if (value === null || value === undefined) return undefined;
  const wide = inSteps(text, value, service.name, conventions.indent);
  const isLowest = layer === 'whole' || layer === 'base' || (layer === 'development' && service.development === true);
  if (profiles.length === 0 || !isLowest) return { name: service.name, text: wide, value };
  const line = `${' '.repeat(conventions.indent)}profiles: ${inline(profiles)}`;
  const started = wide.replace(/^[^\s#].*:[ \t]*$/m, (head) => `${head}\n${line}`);
  return { name: service.name, text: started, value: { ...mapOf(value), profiles } };
}

/** Our two blanks as as many as are usual there; a text that would say something else then stays as it is. */
function inSteps(text: string, value: unknown, name: string, step: number): string {
  const wider = text.replace(/^(?: {2})+/gm, (blanks) => ' '.repeat((blanks.length / 2) * step));
  return JSON.stringify(composeData(wider, name)[name]) === JSON.stringify(value) ? wider : text;
}

/** Paths of files count from the folder of the compose file. */
function inHome(service: Service, home: Pick<ComposeSource, 'folder'>): Service {
  if (!service.files) return service;
  return { ...service, files: service.files.map((one) => ({ ...one, path: seenFrom(home.folder, one.path) })) };
}

function theirView(
  view: ServiceView,
  { limits, view: own }: Service,
  { logging }: Conventions,
  networks: readonly string[],
): ServiceView {
  return {
    ...view,
    ...own,
    networks: view.isolated ? '' : networks.join(', '),
    alone: true,
    volumes: view.volumes.map((one) => ({ ...one, text: one.text.replace(/^\.\/\.\.\//, '../') })),
    limits: { cpus: limits.cpus, memory: limits.memory, pids: String(limits.pids), reservation: limits.reservation },
    logging: logging && loggingText(logging),
  } as ServiceView;
}

function rendered(view: ServiceView, layer: Layer): string | undefined {
  const base = `compose/${view.fragment}/base.yaml`;
  const development = `compose/${view.fragment}/dev.yaml`;
  switch (layer) {
    case 'whole':
      return hasTemplate(base) ? wholeService(view) : undefined;
    case 'base':
      return hasTemplate(base) ? render(base, view) : undefined;
    case 'production':
      return hasTemplate(base) ? render('compose/files/service.prod.yaml', view) : undefined;
    case 'development':
      return hasTemplate(development) ? render(development, view) : undefined;
  }
}

/** Published ports of a service, for a report. */
export function portsText({ ports }: Service, env: readonly EnvVar[]): readonly string[] {
  return boundPorts([...ports.production, ...ports.development], env);
}

/** Environment as it stands in a compose file. */
export function environmentTexts(
  values: Service['environment'],
  env: readonly EnvVar[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, interpolated(value, env)]));
}
