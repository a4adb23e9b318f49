import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '../..');

/** A kit beside the repo that installs an engine on a bare machine and makes base images where no registry is reached. */
const kit = join(root, '../shared/engine/up');

/** What stands in for images that the kit does not know. */
const ownImages = ['--extra', join(root, 'test/e2e/images')];

/** Whether a Docker Engine with Compose answers, after trying to get one. */
export async function ensureEngine(): Promise<boolean> {
  if (await answers()) return true;
  if (!existsSync(kit)) return false;
  await execa(kit, [], { stdio: 'inherit' });
  return answers();
}

/**
 * Makes sure that all images which a generated stack does not build are there, those of profiles and of development too.
 * Without the kit Docker pulls them itself.
 * @param directory holds the compose files; their Dockerfiles' base images count too
 */
export async function provideImages(directory: string): Promise<void> {
  if (!existsSync(kit)) return;
  const development = ['compose.yaml', 'compose.dev.yaml'];
  const hasBoth = development.every((file) => existsSync(join(directory, file)));
  const all = [...(await servicesOf(directory, [])), ...(hasBoth ? await servicesOf(directory, development) : [])];
  const built = new Set(all.filter((one) => one.build).map((one) => one.image));
  const wanted = all.filter((one) => !built.has(one.image)).map((one) => one.image);
  const dockerfiles = all.map(({ build }) => build && join(build.context, build.dockerfile));
  await execa(kit, [
    ...ownImages,
    ...[...new Set(dockerfiles)].flatMap((one) => (one === undefined ? [] : ['--dockerfile', one])),
    ...new Set(wanted),
  ]);
}

/** @param files those that are laid over each other; without any, those that Compose takes by itself */
async function servicesOf(directory: string, files: readonly string[]): Promise<readonly ComposeService[]> {
  const which = files.flatMap((file) => ['--file', file]);
  const { stdout } = await execa('docker', ['compose', ...which, '--profile', '*', 'config', '--format', 'json'], {
    cwd: directory,
  });
  const { services } = JSON.parse(stdout) as { services: Readonly<Record<string, ComposeService>> };
  return Object.values(services);
}

/** The same for one image that is named. */
export async function provideImage(image: string): Promise<void> {
  if (existsSync(kit)) await execa(kit, [...ownImages, image]);
}

/** The same for all that a Dockerfile is built from. */
export async function provideDockerfile(dockerfile: string): Promise<void> {
  if (existsSync(kit)) await execa(kit, ['--dockerfile', dockerfile]);
}

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

async function answers(): Promise<boolean> {
  const [engine, compose] = await Promise.all([
    execa('docker', ['info', '--format', '{{.ServerVersion}}'], { reject: false }),
    execa('docker', ['compose', 'version'], { reject: false }),
  ]);
  return engine.exitCode === 0 && compose.exitCode === 0;
}
