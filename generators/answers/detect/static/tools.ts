/** What builds a site out of its sources, and what follows from it where the repo does not say otherwise. */

import { metaEnv, processEnv } from '../node/build-variables.ts';
import { hasServer } from '../node/framework.ts';
import type { Package } from '../node/package.ts';
import { commandsOf, follow } from '../node/scripts.ts';
import { join } from '../paths.ts';
import type { View } from '../view.ts';

export interface Tool {
  readonly name: string;
  /** How the build script calls it. */
  readonly builds: RegExp;
  /** How the development script calls it. */
  readonly serves: RegExp;
  /** What its development server needs to hear to be reached from outside of its container. */
  readonly host: string;
  readonly devPort: number;
  readonly output: string;
  /** The folder of files with a hash in their names. */
  readonly assets?: string;
  /** Whether the routes exist in the browser only. */
  readonly fallback: boolean;
  /** Where its page is, one of these; none where it makes pages of something else. */
  readonly pages: readonly string[];
  /** How the sources name the variables that it writes into the result; the name is group 1. */
  readonly variables: RegExp;
}

const openHost = '--host 0.0.0.0';

const vite: Tool = {
  name: 'Vite',
  builds: /\bvite\s+build\b(?!.*\s--ssr\b)/,
  serves: /^vite(?:\s+(?:dev|serve))?(?=\s|$)(?!\s+(?:build|preview))/,
  host: openHost,
  devPort: 5173,
  output: 'dist',
  assets: 'assets',
  fallback: true,
  pages: ['index.html', 'src/index.html'],
  variables: metaEnv('VITE_'),
};

/** SvelteKit without a server: the build of Vite, and a folder and page of its own. */
const svelteKit: Tool = {
  ...vite,
  name: 'SvelteKit',
  output: 'build',
  assets: '_app/immutable',
  pages: ['src/app.html'],
  variables: metaEnv('(?:VITE|PUBLIC)_'),
};

const tools: readonly Tool[] = [
  vite,
  {
    name: 'Create React App',
    builds: /\b(?:react-scripts|react-app-rewired|craco)\s+build\b/,
    serves: /^(?:react-scripts|react-app-rewired|craco)\s+start\b/,
    host: '',
    devPort: 3000,
    output: 'build',
    assets: 'static',
    fallback: true,
    pages: ['public/index.html'],
    variables: processEnv('REACT_APP_'),
  },
  {
    name: 'Angular',
    builds: /\bng\s+build\b/,
    serves: /^ng\s+(?:serve|s)\b/,
    host: openHost,
    devPort: 4200,
    output: 'dist',
    fallback: true,
    pages: ['src/index.html'],
    variables: /(?!)/g,
  },
  {
    name: 'Vue CLI',
    builds: /\bvue-cli-service\s+build\b/,
    serves: /^vue-cli-service\s+serve\b/,
    host: openHost,
    devPort: 8080,
    output: 'dist',
    fallback: true,
    pages: ['public/index.html'],
    variables: processEnv('VUE_APP_'),
  },
  {
    name: 'Astro',
    builds: /\bastro\s+build\b/,
    serves: /^astro\s+(?:dev|start)\b/,
    host: openHost,
    devPort: 4321,
    output: 'dist',
    assets: '_astro',
    fallback: false,
    pages: [],
    variables: metaEnv('PUBLIC_'),
  },
  {
    name: 'VitePress',
    builds: /\bvitepress\s+build\b/,
    serves: /^vitepress\s+dev\b/,
    host: openHost,
    devPort: 5173,
    output: '.vitepress/dist',
    assets: 'assets',
    fallback: false,
    pages: [],
    variables: metaEnv('VITE_'),
  },
  {
    name: 'Parcel',
    builds: /\bparcel\s+build\b/,
    serves: /^parcel\b(?!\s+build)/,
    host: '',
    devPort: 1234,
    output: 'dist',
    fallback: true,
    pages: ['index.html', 'src/index.html'],
    variables: /(?!)/g,
  },
];

/** Packages with which the same tools make a server. */
const servers =
  /^@astrojs\/(?:node|vercel|netlify|cloudflare)$|^@angular\/ssr$|^vite-plugin-ssr$|^vike$|^@solidjs\/start$/;
/** Programs that only hand out the built files: nginx does that here. */
const fileServers =
  /^(?:serve|http-server|sirv|vite|live-server|react-scripts|ng|vue-cli-service|astro|vitepress|parcel)$/;

/** What builds the site of a package; undefined where it is no site, or one with a server of its own. */
export function toolOf(view: View, pack: Package, build: string): Tool | undefined {
  const all = { ...pack.dependencies, ...pack.devDependencies };
  if (hasServer(pack) || Object.keys(all).some((name) => servers.test(name))) return undefined;
  const start = follow(pack.scripts, 'start')?.words[0];
  if (start !== undefined && !fileServers.test(start)) return undefined;
  const command = commandsOf(pack.scripts, build);
  const tool = tools.find(({ builds }) => builds.test(command));
  if (tool !== vite) return tool && hasPage(view, pack, tool) ? tool : undefined;
  if (!('@sveltejs/kit' in all)) return hasPage(view, pack, vite) ? vite : undefined;
  return '@sveltejs/adapter-static' in all ? svelteKit : undefined;
}

/** A library is built by the same tools, but has no page. */
function hasPage(view: View, pack: Package, { pages }: Tool): boolean {
  return pages.length === 0 || pages.some((page) => view.has(join(pack.folder, page)));
}
