import { depthOf, from } from '../paths.ts';
import type { NodeContext } from './context.ts';

/** Programs that are not named like the package that brings them. */
const carriers: Readonly<Record<string, string>> = {
  fastify: 'fastify-cli',
  nest: '@nestjs/cli',
  'react-router-serve': '@react-router/serve',
  'remix-serve': '@remix-run/serve',
  'pm2-runtime': 'pm2',
  medusa: '@medusajs/cli',
  strapi: '@strapi/strapi',
  keystone: '@keystone-6/core',
};

/** The dependency that brings a program, and whether a production install has it. */
export function carrierOf(
  { pack, workspace }: Pick<NodeContext, 'pack' | 'workspace'>,
  bin: string,
): { name: string; production: boolean } | undefined {
  const names = [carriers[bin], bin, `${bin}-cli`];
  for (const owner of [pack, workspace?.root ?? pack]) {
    for (const production of [true, false]) {
      const all = Object.keys(production ? owner.dependencies : owner.devDependencies);
      const name =
        names.find((one) => one !== undefined && all.includes(one)) ?? all.find((one) => one.endsWith(`/${bin}`));
      if (name) return { name, production };
    }
  }
  return undefined;
}

/** A program of a dependency, as a path from the app's folder. */
export function binPath({ pack, workspace, manager }: NodeContext, bin: string, carrier: string): string {
  const own = `node_modules/.bin/${bin}`;
  if (!workspace || workspace.path === pack.folder || !manager.atRoot) return own;
  // npm and Yarn from 2 on link programs beside the package, which is mostly at the root; pnpm, Bun and Yarn 1
  // link them in each member too.
  const folder = from(workspace.path, pack.folder);
  const major = Number(/@(\d+)/.exec(manager.found?.value ?? '')?.[1] ?? 0);
  const hoists =
    (manager.name === 'npm' && !manager.lock.includes(`"${folder}/node_modules/${carrier}"`)) ||
    (manager.name === 'yarn' && major >= 2);
  return hoists ? `${'../'.repeat(depthOf(folder))}${own}` : own;
}
