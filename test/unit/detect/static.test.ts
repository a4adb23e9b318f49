import { describe, expect, it } from 'vitest';
import { entrypointProblems } from '../../../generators/answers/detect/entrypoints.ts';
import type { DetectedStaticApp } from '../../../generators/answers/detect/types.ts';
import { run } from '../../support/plan.ts';
import { detectIn, express, type Files, fastapi, lineOf, repo, valuesOf } from './repo.ts';

const page = '<!doctype html><script type="module" src="/src/main.ts"></script>\n';

/** A page that Vite builds; what a test is about comes on top. */
function vite(pack: object = {}, files: Files = {}, folder = ''): Files {
  const at = (path: string) => `${folder}${path}`;
  return {
    [at('package.json')]: {
      name: 'page',
      scripts: { dev: 'vite', build: 'tsc -b && vite build', preview: 'vite preview' },
      devDependencies: { vite: '^8.0.0' },
      ...pack,
    },
    [at('package-lock.json')]: { lockfileVersion: 3 },
    [at('index.html')]: page,
    [at('src/main.ts')]: 'export {};\n',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [at(path), text])),
  };
}

/** The same beside a FastAPI app. */
function withBackend(files: Files = {}, backend: Files = fastapi()): Files {
  return {
    ...Object.fromEntries(Object.entries(backend).map(([path, text]) => [`backend/${path}`, text])),
    ...vite({}, files, 'frontend/'),
  };
}

async function siteIn(files: Files): Promise<DetectedStaticApp> {
  const { apps } = await detectIn(files);
  const [site] = apps.filter((app) => app.stack === 'static');
  if (site?.stack !== 'static') throw new Error(`no site: ${JSON.stringify(apps)}`);
  return site;
}

describe('a site', () => {
  it('is what Vite builds out of a page', async () => {
    expect(valuesOf(await siteIn(vite()))).toEqual({
      path: '.',
      packageManager: 'npm',
      frozen: true,
      build: 'build',
      output: 'dist',
      assets: 'assets',
      fallback: true,
      dev: 'npm run dev -- --host 0.0.0.0',
      devPort: 5173,
    });
  });

  it.each([
    [
      'Create React App',
      { scripts: { start: 'react-scripts start', build: 'react-scripts build' } },
      { 'public/index.html': page },
      { output: 'build', assets: 'static', fallback: true, devPort: 3000, dev: 'npm run start' },
    ],
    [
      'Angular',
      { scripts: { start: 'ng serve', build: 'ng build' } },
      {
        'src/index.html': page,
        'angular.json': {
          projects: { shop: { architect: { build: { builder: '@angular/build:application', options: {} } } } },
        },
      },
      { output: 'dist/shop/browser', fallback: true, devPort: 4200, dev: 'npm run start -- --host 0.0.0.0' },
    ],
    [
      'Angular with an output of its own',
      { scripts: { start: 'ng serve --port 4300', build: 'ng build' } },
      {
        'src/index.html': page,
        'angular.json': {
          projects: {
            shop: {
              architect: {
                build: { builder: '@angular-devkit/build-angular:browser', options: { outputPath: 'www' } },
              },
            },
          },
        },
      },
      { output: 'www', devPort: 4300 },
    ],
    [
      'Vue CLI',
      { scripts: { serve: 'vue-cli-service serve', build: 'vue-cli-service build' } },
      { 'public/index.html': page },
      { output: 'dist', devPort: 8080, dev: 'npm run serve -- --host 0.0.0.0' },
    ],
    [
      'Astro',
      { scripts: { dev: 'astro dev', build: 'astro check && astro build' } },
      {},
      { output: 'dist', assets: '_astro', fallback: false, devPort: 4321 },
    ],
    [
      'VitePress',
      { scripts: { dev: 'vitepress dev site', build: 'vitepress build site' } },
      {},
      { output: 'site/.vitepress/dist', assets: 'assets', fallback: false },
    ],
    [
      'SvelteKit without a server',
      { devDependencies: { vite: '8', '@sveltejs/kit': '3', '@sveltejs/adapter-static': '4' } },
      { 'src/app.html': page },
      { output: 'build', assets: '_app/immutable' },
    ],
    [
      'a page that is handed out by serve',
      { scripts: { dev: 'vite', build: 'vite build', start: 'serve -s dist' }, dependencies: { serve: '14' } },
      {},
      { output: 'dist', dev: 'npm run dev -- --host 0.0.0.0' },
    ],
  ])('is made by %s', async (_, pack, files, values) => {
    expect(valuesOf(await siteIn(vite(pack, files)))).toMatchObject(values);
  });

  it.each([
    ['a library', { exports: './dist/index.js' }, { 'index.html': undefined }],
    [
      'a server that has pages',
      { dependencies: { express: '5' }, scripts: { build: 'vite build', start: 'node s.js' } },
      {},
    ],
    ['Astro with a server', { dependencies: { '@astrojs/node': '9' }, scripts: { build: 'astro build' } }, {}],
    ['SvelteKit with a server', { devDependencies: { '@sveltejs/kit': '3', '@sveltejs/adapter-node': '5' } }, {}],
    ['the assets of a Laravel app', {}, { artisan: '', 'composer.json': {} }],
    ['a build for a server', { scripts: { build: 'vite build --ssr src/server.ts' } }, {}],
  ])('is not %s', async (_, pack, files) => {
    const tree = Object.entries({ ...vite(pack), ...files }).filter(([, text]) => text !== undefined);
    const { apps } = await detectIn(Object.fromEntries(tree) as Files);
    expect(apps.filter(({ stack }) => stack === 'static')).toEqual([]);
  });

  it('says in its configuration where it builds to, and at which port it is developed', async () => {
    const files = vite(
      {},
      {
        'vite.config.ts':
          "export default {\n  // outDir: 'old',\n  build: { outDir: './www/', assetsDir: 'static' },\n  server: {\n    port: 3100,\n  },\n};\n",
      },
    );
    const site = await siteIn(files);
    expect(valuesOf(site)).toMatchObject({ output: 'www', assets: 'static', devPort: 3100 });
    expect(lineOf(files, site.found.output)).toContain('outDir');
    expect(site.found.devPort?.evidence).toEqual({ file: 'vite.config.ts', line: 4 });
  });

  it('has the package manager of its workspace', async () => {
    const { 'apps/web/package-lock.json': _, ...web } = vite({}, {}, 'apps/web/');
    const member = await siteIn({
      'package.json': { name: 'root', private: true, packageManager: 'pnpm@10.12.1' },
      'pnpm-workspace.yaml': 'packages:\n  - apps/*\n',
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      ...web,
    });
    expect(member.name).toBe('web');
    expect(valuesOf(member)).toMatchObject({
      packageManager: 'pnpm@10.12.1',
      workspace: { path: '.', packages: ['apps/web'] },
      dev: 'pnpm run dev --host 0.0.0.0',
    });
  });

  it('may be a folder that nothing builds, where there is nothing else', async () => {
    expect(valuesOf(await siteIn({ 'site/index.html': page, 'README.md': '' }))).toEqual({
      path: 'site',
      build: 'none',
      output: '.',
      fallback: false,
    });
    const { apps } = await detectIn({ ...express(), 'public/index.html': page });
    expect(apps.map(({ stack }) => stack)).toEqual(['node']);
  });
});

describe('the variables of a build', () => {
  it('are those that the sources read', async () => {
    const files = vite(
      {},
      {
        'src/api.ts':
          "// import.meta.env.VITE_OLD\nexport const url = `${import.meta.env.VITE_API_URL}/v1`;\nexport const key = import.meta.env['VITE_MAPS_KEY'];\n",
      },
    );
    const site = await siteIn(files);
    expect(site.found.buildVariables?.value).toEqual(['VITE_API_URL', 'VITE_MAPS_KEY']);
    expect(site.found.buildVariables?.evidence).toEqual({ file: 'src/api.ts', line: 2 });
  });

  it('are no secrets, and come from no env file', async () => {
    const { found, warnings } = await siteIn(
      vite(
        {},
        {
          'src/api.ts': 'export const a = [import.meta.env.VITE_TOKEN, import.meta.env.VITE_TITLE];\n',
          '.env.production': '# ours\nVITE_TITLE=Shop\n',
        },
      ),
    );
    expect(found.buildVariables?.value).toEqual(['VITE_TITLE']);
    expect(warnings).toEqual([
      expect.stringMatching(/VITE_TOKEN \(src\/api.ts:1\) sounds like a secret/),
      expect.stringMatching(/\.env\.production:2 sets VITE_TITLE.*\.env of the stack/),
    ]);
  });
});

describe('what a site passes on', () => {
  const config = (proxy: string) => ({
    'vite.config.ts': `export default {\n  server: {\n    proxy: {${proxy}},\n  },\n};\n`,
  });

  it('goes where the development server passes it on, by port', async () => {
    const files = {
      ...withBackend(config("'/api': { target: process.env.API ?? 'http://localhost:3000', ws: true }")),
      ...Object.fromEntries(Object.entries(express()).map(([path, text]) => [`live/${path}`, text])),
      'live/server.js': "require('express')().listen(3000);\n",
    };
    const site = await siteIn(files);
    expect(site.found.proxy).toEqual({
      value: { '/api': 'live' },
      evidence: { file: 'frontend/vite.config.ts', line: 3 },
    });
  });

  it('loses its prefix where it loses it in development', async () => {
    const site = await siteIn(
      withBackend(
        config(
          "'/api': { target: 'http://localhost:8000', rewrite: (path) => path.replace(/^\\/api/, '') }, '/files/': 'http://backend:8000'",
        ),
      ),
    );
    expect(site.found.proxy?.value).toEqual({ '/api': { app: 'backend', strip: true }, '/files': 'backend' });
    // Its container is not where the backend is.
    expect(site.warnings).toEqual([expect.stringMatching(/vite\.config\.ts:3: .*BACKEND_URL.*never at localhost/)]);
  });

  it('is what the sources ask their own server for, if only one app can answer', async () => {
    const files = withBackend({ 'src/main.ts': 'const id = 1;\nfetch(`/api/items/${id}`);\n' });
    const site = await siteIn(files);
    expect(site.found.proxy?.value).toEqual({ '/api': 'backend' });
    expect(lineOf(files, site.found.proxy)).toContain('fetch');
    const two = await siteIn({
      ...files,
      'other/requirements.txt': 'fastapi==1\n',
      'other/main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
    });
    expect(two.found.proxy).toBeUndefined();
    expect(two.warnings).toEqual([expect.stringMatching(/main\.ts:2: which app answers \/api is not clear/)]);
  });

  it('tells of an address that no visitor has', async () => {
    const { warnings } = await siteIn(withBackend({ 'src/main.ts': "\nfetch('http://localhost:8000/items');\n" }));
    expect(warnings).toEqual([expect.stringMatching(/frontend\/src\/main\.ts:2: the browser of a visitor/)]);
  });

  it('follows the names of the answers', async () => {
    const files = withBackend({ 'src/main.ts': "fetch('/api/items');\n" });
    const tree = Object.fromEntries(Object.keys(files).map((path) => [path, repo(files).read(path) ?? '']));
    const apps = { api: { stack: 'fastapi', path: 'backend' }, page: { stack: 'static', path: 'frontend' } };
    const { answers, stack } = await run({ ...tree, 'prodstack.yaml': JSON.stringify({ prodstack: 1, apps }) });
    expect(answers.apps['page']).toMatchObject({ proxy: { '/api': 'api' }, uses: ['api'] });
    const page = stack.services.find(({ name }) => name === 'page');
    expect(page).toMatchObject({ dependsOn: { api: 'service_healthy' }, environment: {}, networks: ['edge', 'app'] });
    expect(page?.devEnvironment).toEqual({ API_URL: 'http://api:8000' });
  });
});

describe('the entry points of a site', () => {
  const problems = async (files: Files, chosen: object) => {
    const tree = Object.fromEntries(Object.keys(files).map((path) => [path, repo(files).read(path) ?? '']));
    const { answers } = await run(tree, { apps: { app: chosen } });
    return entrypointProblems(repo(files), answers, []);
  };

  it('are there', async () => {
    expect(await problems(vite(), {})).toEqual([]);
  });

  it('are missed, with the likely right one', async () => {
    expect(await problems(vite(), { build: 'bild', dev: 'npm run devv -- --host 0.0.0.0' })).toEqual([
      { path: 'apps.app.build', value: 'bild', message: 'is no script of package.json', suggestion: 'build' },
      { path: 'apps.app.dev', value: 'devv', message: 'is no script of package.json', suggestion: 'dev' },
    ]);
    const plain = { stack: 'static', path: 'site', build: 'none', output: '.' };
    expect(await problems({ 'site/public/index.html': page }, plain)).toEqual([
      expect.objectContaining({ path: 'apps.app.output', suggestion: 'public' }),
    ]);
  });
});
