import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { image } from '../../generators/stack/images.ts';
import { provideDockerfile, provideImage } from '../support/engine.ts';
import { compose, ctl, docker, generate, http, inspect, newStack, setPorts, withStack } from '../support/scenario.ts';

const prefix = 'registry.example.com/acme';

describe('images from a registry', () => {
  it('run on a server without sources, are named by their release, and go back to the one before', async () => {
    const stack = await newStack('pulled');
    const built = ['1.0.0', '1.1.0'].map((tag) => `${prefix}/${stack.name}-app:${tag}`);
    await withStack(stack, 'registry', async () => {
      await generate(
        stack,
        ...['--preset', 'node', '--set', 'images.from=registry', '--set', `images.prefix=${prefix}`],
        ...['--set', 'targets.selfhosted.host={memory: 2G, cpus: "2"}'],
      );
      setPorts(stack);
      await provideDockerfile(join(stack.directory, 'Dockerfile'));
      await provideImage(image('postgres:18'));
      await provideImage(image('redis:8'));

      // The machine that builds: sources, and no secret.
      const env = join(stack.directory, '.env');
      const aside = join(stack.directory, '..', 'secrets');
      renameSync(env, aside);
      await build(stack, '1.0.0');
      const app = join(stack.directory, 'src/app.js');
      writeFileSync(app, readFileSync(app, 'utf8').replace('return { visits }', 'return { callers: visits }'));
      await build(stack, '1.1.0');
      renameSync(aside, env);

      // The server: what makes it run, and no source.
      const needed = ['compose.yaml', 'compose.prod.yaml', 'compose.selfhosted.yaml', 'docker', 'scripts', '.env'];
      for (const file of readdirSync(stack.directory))
        if (!needed.includes(file)) rmSync(join(stack.directory, file), { recursive: true });
      const up = ['up', '--detach', '--wait'];
      await expect(ctl(stack, ...up)).rejects.toThrow(
        /required variable IMAGE_TAG is missing a value: set it in \.env/,
      );
      appendFileSync(env, '\nIMAGE_TAG=1.0.0\n');
      await ctl(stack, ...up);
      expect(await bodyOf(stack.ports.app)).toContain('visits');
      const { Config, NetworkSettings } = await inspect(stack, 'app');
      expect(Config.Labels['com.docker.compose.project.config_files']).toContain('compose.selfhosted.yaml');
      const bindings = Object.values(NetworkSettings.Ports).flatMap((all) => all ?? []);
      expect(bindings.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1']);

      release(env, '1.0.0', '1.1.0');
      await ctl(stack, ...up);
      expect(await bodyOf(stack.ports.app)).toContain('callers');
      release(env, '1.1.0', '1.0.0');
      await compose(stack, ...up, '--no-deps', 'app');
      expect(await bodyOf(stack.ports.app)).toContain('visits');
    }).finally(() => docker({ ...stack, directory: '/' }, 'image', 'rm', '--force', ...built));
  });
});

/** As docs/DEPLOYMENT.md has it, up to the push: there is no registry here. */
async function build(stack: Parameters<typeof compose>[0], tag: string): Promise<void> {
  writeFileSync(join(stack.directory, 'release.env'), `IMAGE_TAG=${tag}\n`);
  await docker(stack, 'compose', '--env-file', 'release.env', '-f', 'compose.build.yaml', 'build');
}

function release(env: string, before: string, after: string): void {
  writeFileSync(env, readFileSync(env, 'utf8').replace(`IMAGE_TAG=${before}`, `IMAGE_TAG=${after}`));
}

async function bodyOf(port: number): Promise<string> {
  const { status, body } = await http(port, '/', { accept: 'application/json' });
  expect(status, body).toBe(200);
  return body;
}
