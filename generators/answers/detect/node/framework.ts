import type { nodeFrameworks } from '../../stacks/node.ts';
import { finding } from '../findings.ts';
import type { Finding } from '../types.ts';
import { inPackage, type Package } from './package.ts';

export type Framework = (typeof nodeFrameworks)[number];

const packages: readonly (readonly [string, Framework])[] = [
  ['@nestjs/core', 'nest'],
  ['next', 'next'],
  ['fastify', 'fastify'],
  ['hono', 'hono'],
  ['express', 'express'],
];

/** Servers that need nothing special, but show that a package is a program. */
const otherServers = [
  'koa',
  '@hapi/hapi',
  'polka',
  'restify',
  'h3',
  'elysia',
  '@feathersjs/koa',
  '@feathersjs/express',
];

/** The web framework among the dependencies. */
export function detectFramework(pack: Package): Finding<Framework> {
  const known = packages.find(([name]) => name in pack.dependencies);
  if (known) return finding(known[1], inPackage(pack, 'dependencies', known[0]));
  // These two bring their own build, and are found among the development dependencies at times.
  const late = packages.slice(0, 2).find(([name]) => name in pack.devDependencies);
  if (late) return finding(late[1], inPackage(pack, 'devDependencies', late[0]));
  return finding('none', { file: pack.json.path });
}

/** Whether a package depends on anything that serves HTTP. */
export function hasServer(pack: Package): boolean {
  return [...packages.map(([name]) => name), ...otherServers].some((name) => name in pack.dependencies);
}

/** The script that builds for production; a build that only prints or only checks types is none. */
export function detectBuild(pack: Package): Finding<string> {
  const names = ['build', 'build:prod', 'compile'];
  const name = names.find((one) => isBuild(pack.scripts[one]));
  return name ? finding(name, inPackage(pack, 'scripts', name)) : finding('none', { file: pack.json.path });
}

function isBuild(script: string | undefined): boolean {
  return (
    script !== undefined && script.trim() !== '' && !/^\s*(?:echo\b|exit\b|true$|:)|\btsc\b[^&;|]*--noEmit/.test(script)
  );
}
