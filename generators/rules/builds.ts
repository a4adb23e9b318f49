import type { ComposeService } from '../compose/model.ts';
import { join } from '../paths.ts';
import {
  baseImageOf,
  type Dockerfile,
  dockerfileOf,
  effective,
  type Instruction,
  inheritedInstructions,
  parseDockerfile,
  type Stage,
  stageNamed,
} from './dockerfile.ts';
import { type ImageFacts, imageFacts } from './image-facts.ts';
import { once, onceFor } from './once.ts';
import { fromProject } from './paths.ts';
import { commandsOf, programName } from './shell.ts';
import type { DockerfileText, Project } from './types.ts';

/** The image that a service builds, as far as the Dockerfile is at hand. */
export interface Build {
  /** Absent for an inline Dockerfile. */
  readonly file?: DockerfileText;
  readonly dockerfile: Dockerfile;
  readonly stage: Stage;
  /** Of the stage and all that it is built on. */
  readonly instructions: readonly Instruction[];
}

/** Where its Dockerfile is, if it is built. */
export function dockerfilePath({ directory }: Project, { build }: ComposeService): string | undefined {
  return build && fromProject(directory, join(build.context ?? '.', build.dockerfile ?? 'Dockerfile'));
}

/** Remembered, because every rule asks. */
export const buildOf = onceFor(findBuild);

function findBuild(project: Project, service: ComposeService): Build | undefined {
  const { build } = service;
  const path = dockerfilePath(project, service);
  if (!build || path === undefined) return undefined;
  const context = fromProject(project.directory, build.context ?? '.');
  const file =
    project.dockerfiles.find((one) => one.path === path && one.context === context) ??
    project.dockerfiles.find((one) => one.path === path);
  const inline = build.dockerfile_inline;
  const dockerfile = inline !== undefined ? parseDockerfile(inline) : file && dockerfileOf(file);
  const stage = dockerfile && (build.target ? stageNamed(dockerfile, build.target) : dockerfile.stages.at(-1));
  if (!dockerfile || !stage) return undefined;
  return {
    ...(inline === undefined && file && { file }),
    dockerfile,
    stage,
    instructions: inheritedInstructions(dockerfile, stage),
  };
}

/** The same for an image that a server pulls: what an overlay of its own builds it from. */
export function buildElsewhere(project: Project, { image }: ComposeService): Build | undefined {
  const builder = image === undefined ? undefined : buildersOf(project).get(image);
  return builder && buildOf(project, builder);
}

/** The first service that builds an image, by its name. */
const buildersOf = once((project: Project) => {
  const services = project.combinations.flatMap(({ model }) => Object.values(model.services));
  return new Map(services.toReversed().flatMap((one) => (one.image && one.build ? [[one.image, one] as const] : [])));
});

/** The image that a service runs, or the one that its own image is built on in the end. */
export function baseReference(project: Project, service: ComposeService): string | undefined {
  const build = buildOf(project, service);
  if (build) return baseImageOf(build.dockerfile, build.stage);
  return service.build ? undefined : service.image;
}

/** What is known of the image that a service runs or is built on. Remembered, because every rule asks. */
export const factsOf = onceFor(findFacts);

function findFacts(project: Project, service: ComposeService): ImageFacts | undefined {
  const facts = imageFacts(baseReference(project, service));
  const build = buildOf(project, service) ?? buildElsewhere(project, service);
  if (!facts || !isServer(facts)) return facts;
  // Taken from the image of a server to have its client: another program starts, as the user that it is told.
  const { runsAs: _, ...rest } = facts;
  if (startedFrom(service) === 'client') return { ...rest, family: 'linux' };
  return build && startsAnother(build) ? { ...facts, family: 'linux' } : facts;
}

/** What the images of databases and caches start by themselves, and what else they bring. */
const servers =
  /^(?:docker-entrypoint\.sh|docker-ensure-initdb\.sh|postgres|(?:redis|valkey|keydb)-server|dragonfly|mysqld|mariadbd|mongod|mongos)$/;
const clients =
  /^(?:psql|pg_\w+|(?:create|drop)(?:db|user)|reindexdb|vacuumdb|(?:redis|valkey|keydb)-(?:cli|benchmark)|(?:mysql|mariadb)(?:-?(?:admin|dump|check|import|backup))?|mongo(?:sh|dump|restore|import|export)?)$/;

/** What a service starts of the image of a database or cache; undefined where its own words leave that open. */
export function startedFrom({ entrypoint, command }: ComposeService): 'server' | 'client' | undefined {
  const argv = [...(entrypoint ?? []), ...(command ?? [])];
  if (argv.length === 0 || argv[0]?.startsWith('-')) return 'server';
  const programs = commandsOf(argv).map(({ words }) => programName(words[0] ?? ''));
  if (programs.some((name) => servers.test(name))) return 'server';
  return programs.some((name) => clients.test(name)) ? 'client' : undefined;
}

/** Whether it is a client from the image of a database or cache, started once: it dumps, restores, asks or fills. */
export function isClientOnce(project: Project, service: ComposeService): boolean {
  const facts = imageFacts(baseReference(project, service));
  if (!facts || !isServer(facts) || startedFrom(service) !== 'client') return false;
  const argv = [...(service.entrypoint ?? []), ...(service.command ?? [])];
  return !/\b(?:while|until|for|crond?)\b/.test(argv.join(' '));
}

function isServer({ family }: ImageFacts): boolean {
  return ['postgres', 'redis', 'mysql', 'mongo'].includes(family);
}

/** Whether the Dockerfile itself says what starts, instead of what it is built on. */
function startsAnother({ instructions }: Build): boolean {
  return effective(instructions, 'ENTRYPOINT') !== undefined;
}

/** The HEALTHCHECK of its Dockerfile, if that sets one. */
export function dockerfileHealthcheck(build: Build | undefined): Instruction | undefined {
  const found = build && effective(build.instructions, 'HEALTHCHECK');
  return found && !/^NONE\b/i.test(found.text) ? found : undefined;
}
