import { finding } from '../findings.ts';
import type { Finding } from '../types.ts';
import { binPath } from './bins.ts';
import type { NodeContext } from './context.ts';
import { inPackage, type Package } from './package.ts';

/** Frameworks whose build makes a server: what shows it, and where the server is. */
const servers: readonly { readonly name: string; readonly file: string; readonly bin?: string }[] = [
  { name: '@react-router/serve', bin: 'react-router-serve', file: './build/server/index.js' },
  { name: '@remix-run/serve', bin: 'remix-serve', file: './build/server/index.js' },
  { name: '@sveltejs/adapter-node', file: 'build' },
  { name: 'nuxt', file: '.output/server/index.mjs' },
];

/** Whether the build of a package makes a server, though no script may start it. */
export function buildsServer(pack: Package): boolean {
  return serverOf(pack) !== undefined && 'build' in pack.scripts;
}

/** The command of the server that the build makes; undefined for all other apps. */
export function builtServer(context: NodeContext): Finding<string> | undefined {
  const server = context.build === undefined ? undefined : serverOf(context.pack);
  if (!server) return undefined;
  const program = server.bin === undefined ? 'node' : binPath(context, server.bin, server.name);
  const list = server.name in context.pack.dependencies ? 'dependencies' : 'devDependencies';
  return finding(`${program} ${server.file}`, inPackage(context.pack, list, server.name));
}

/** A program that production runs must be a dependency of production; what is built in need not. */
function serverOf({ dependencies, devDependencies, scripts }: Package) {
  // `nuxt generate` makes files for any web server.
  if (/\bnuxt\s+generate\b/.test(scripts['build'] ?? '')) return undefined;
  return servers.find(({ name, bin }) => name in dependencies || (bin === undefined && name in devDependencies));
}
