import { describe, expect, it } from 'vitest';
import { detectIn, express, type Files, lineOf, nodeIn } from './repo.ts';

/** An app with these scripts; `extra` goes into package.json. */
function withScripts(scripts: object, files: Files = {}, extra: object = {}): Files {
  return { 'package.json': { name: 'shop', scripts, dependencies: { express: '5.1.0' }, ...extra }, ...files };
}

const tsFiles: Files = {
  'src/index.ts': 'app.listen(3000);\n',
  'tsconfig.json': '{\n  // ours\n  "compilerOptions": { "outDir": "./dist", "rootDir": "src", },\n}\n',
};

describe('the build script', () => {
  it.each([
    [{ build: 'tsc' }, 'build'],
    [{ 'build:prod': 'webpack', compile: 'tsc' }, 'build:prod'],
    [{ compile: 'tsc' }, 'compile'],
    [{ build: 'echo nothing to do' }, 'none'],
    [{ build: 'exit 0' }, 'none'],
    [{ build: 'tsc --noEmit' }, 'none'],
    [{ build: 'echo no', compile: 'tsc' }, 'compile'],
    [{}, 'none'],
  ])('of %j is %s', async (scripts, build) => {
    const files = withScripts({ start: 'node server.js', ...scripts }, { 'server.js': '' });
    const { found } = await nodeIn(files);
    expect(found.build?.value).toBe(build);
    if (build !== 'none') expect(lineOf(files, found.build)).toContain(`"${build}"`);
  });

  it('is missed where Next needs one', async () => {
    const files = { 'package.json': { scripts: { start: 'next start' }, dependencies: { next: '16.0.0' } } };
    const { found, warnings } = await nodeIn(files);
    expect(found.build).toBeUndefined();
    expect(warnings).toEqual(['package.json has no build script, and Next needs one: add "build": "next build"']);
  });
});

describe('the start command', () => {
  const server = { 'server.js': '' };

  it.each([
    ['node server.js', 'node server.js'],
    ['node ./server', 'node ./server'],
    ['node --enable-source-maps server.js --color', 'node --enable-source-maps server.js --color'],
    ['NODE_ENV=production node server.js', 'node server.js'],
    ['cross-env NODE_ENV=production PORT=8080 node server.js', 'node server.js'],
    ['cross-env-shell NODE_ENV=production node server.js', 'node server.js'],
    ['dotenv -e .env -- node server.js', 'node server.js'],
    ['npx --yes node server.js', 'node server.js'],
    ['npm run serve', 'node server.js --quiet'],
    ['npm run -s serve -- --verbose', 'node server.js --quiet --verbose'],
    ['yarn serve', 'node server.js --quiet'],
    ['pnpm serve', 'node server.js --quiet'],
    ['yarn run twice', 'node server.js --quiet'],
  ])('of "%s" is %s', async (start, expected) => {
    const scripts = { start, serve: 'NODE_ENV=production node server.js --quiet', twice: 'npm run serve' };
    const { found, warnings } = await nodeIn(withScripts(scripts, server));
    expect(found.start?.value).toBe(expected);
    expect(warnings).toEqual([]);
  });

  it('has the line of the script where it stands', async () => {
    const files = withScripts({ start: 'npm run serve', serve: 'node server.js' }, server);
    expect(lineOf(files, (await nodeIn(files)).found.start)).toBe('"serve": "node server.js"');
  });

  it('prefers the script that says production', async () => {
    const files = withScripts({ start: 'nodemon server.js', 'start:prod': 'node server.js' }, server);
    expect((await nodeIn(files)).found.start?.value).toBe('node server.js');
  });

  it.each([
    ['npm run migrate && node server.js', '"npm run migrate"'],
    ['npm run build; node server.js', '"npm run build"'],
    ['node server.js | pino-pretty', '"pino-pretty"'],
  ])('of "%s" is its server, and the rest is told', async (start, dropped) => {
    const { found, warnings } = await nodeIn(withScripts({ start, migrate: 'knex migrate' }, server));
    expect(found.start?.value).toBe('node server.js');
    expect(warnings).toEqual([expect.stringContaining(`also runs ${dropped}: left out of the start command`)]);
  });

  it('leaves out variables that the stack does not set, and tells', async () => {
    const { found, warnings } = await nodeIn(withScripts({ start: 'TZ=UTC node server.js' }, server));
    expect(found.start?.value).toBe('node server.js');
    expect(warnings).toEqual([
      "The start script (package.json:4) sets TZ=UTC: left out, put it into the app's env file",
    ]);
  });

  it('does not read an env file that no image has', async () => {
    const start = 'node --env-file=.env --env-file .env.local server.js';
    const { found, warnings } = await nodeIn(withScripts({ start }, server));
    expect(found.start?.value).toBe('node server.js');
    expect(warnings.join()).toMatch(/reads \.env: left out.*reads \.env\.local: left out/);
  });

  it.each([
    ['nodemon server.js', 'nodemon'],
    ['node --watch server.js', 'node --watch'],
    ['tsx watch src/index.ts', 'tsx watch'],
    ['ts-node-dev --respawn src/index.ts', 'ts-node-dev'],
  ])('is derived where "%s" is a development server', async (start, name) => {
    const files = withScripts({ start, build: 'tsc' }, name.startsWith('ts') ? tsFiles : server);
    const { found, warnings } = await nodeIn(files);
    const expected = name.startsWith('ts') ? 'node dist/index.js' : 'node server.js';
    expect(found.start?.value).toBe(expected);
    expect(found.dev?.value).toBe('npm run start');
    expect(warnings).toEqual([
      `The start script (package.json:4) is a development server (${name}): ${expected} is used`,
    ]);
  });

  it('is derived from the file that a development server runs', async () => {
    const files = withScripts({ start: 'nodemon src/api/boot.js' }, { 'src/api/boot.js': '', 'index.js': '' });
    expect((await nodeIn(files)).found.start?.value).toBe('node src/api/boot.js');
  });

  it.each([
    ['concurrently "node a.js" "node b.js"'],
    ['turbo run start'],
    ['cd server && node index.js'],
    ['npm run start'],
    ['pm2 start ecosystem.config.js'],
    ['npm --prefix api start'],
  ])('is derived where "%s" is no command of one server', async (start) => {
    const { found, warnings } = await nodeIn(withScripts({ start }, server));
    expect(found.start).toEqual({ value: 'node server.js', evidence: { file: 'server.js' } });
    expect(warnings[0]).toMatch(
      /^The start script \(package\.json:4\) is no plain command of one server: node server\.js is used/,
    );
  });

  it('runs Next without a package manager, and without a port from the shell', async () => {
    const pack = {
      scripts: { build: 'next build', start: 'next start -p ${PORT:-3000}' },
      dependencies: { next: '16' },
    };
    expect((await nodeIn({ 'package.json': pack })).found.start?.value).toBe('node_modules/.bin/next start');
    const derived = await nodeIn({ 'package.json': { ...pack, scripts: { build: 'next build' } } });
    expect(derived.found.start?.value).toBe('node_modules/.bin/next start');
    expect(derived.found.dev?.value).toBe('node_modules/.bin/next dev');
  });

  it.each(['nest start', 'nest start --watch'])('runs what Nest has built for "%s"', async (start) => {
    const { found } = await nodeIn({
      'package.json': {
        scripts: { build: 'nest build', start },
        dependencies: { '@nestjs/core': '11.0.0' },
        devDependencies: { '@nestjs/cli': '11.0.0' },
      },
      'src/main.ts': '',
    });
    expect(found.start?.value).toBe('node dist/main.js');
  });

  it('runs the program of a dependency from node_modules', async () => {
    const extra = { dependencies: { express: '5', 'fastify-cli': '7', '@react-router/serve': '7' } };
    const one = await nodeIn(withScripts({ start: 'fastify start -l info app.js' }, {}, extra));
    expect(one.found.start?.value).toBe('node_modules/.bin/fastify start -l info app.js');
    const two = await nodeIn(withScripts({ start: 'react-router-serve ./build/server/index.js' }, {}, extra));
    expect(two.found.start?.value).toBe('node_modules/.bin/react-router-serve ./build/server/index.js');
    expect(two.warnings).toEqual([]);
  });

  it('is what the build makes where the script needs a program that production does not have', async () => {
    const extra = { devDependencies: { tsx: '4' } };
    const { found, warnings } = await nodeIn(withScripts({ start: 'tsx src/index.ts', build: 'tsc' }, tsFiles, extra));
    expect(found.start?.value).toBe('node dist/index.js');
    expect(warnings).toEqual([
      'The start script (package.json:4) needs tsx, which is not there in production: node dist/index.js is used',
    ]);
    const unbuilt = await nodeIn(withScripts({ start: 'tsx src/index.ts' }, tsFiles, extra));
    expect(unbuilt.found.start?.value).toBe('node_modules/.bin/tsx src/index.ts');
  });

  it('is what the build makes where a loader is for development only', async () => {
    const scripts = { start: 'node --import tsx src/index.ts', build: 'tsc' };
    const { found, warnings } = await nodeIn(withScripts(scripts, tsFiles, { devDependencies: { tsx: '4' } }));
    expect(found.start?.value).toBe('node dist/index.js');
    expect(warnings).toEqual([expect.stringContaining('needs tsx, which is not there in production')]);
  });

  it('is derived where no dependency brings the program', async () => {
    const { found, warnings } = await nodeIn(withScripts({ start: 'lightning up' }, server));
    expect(found.start?.value).toBe('node server.js');
    expect(warnings[0]).toContain('runs lightning, which no dependency brings: node server.js is used');
  });

  it.each([
    [{ dependencies: { '@react-router/serve': '7' } }, 'node_modules/.bin/react-router-serve ./build/server/index.js'],
    [{ dependencies: { '@remix-run/serve': '2' } }, 'node_modules/.bin/remix-serve ./build/server/index.js'],
    [{ devDependencies: { '@sveltejs/adapter-node': '5' } }, 'node build'],
    [{ dependencies: { nuxt: '4' } }, 'node .output/server/index.mjs'],
  ])('is the server that the build of %j makes', async (dependencies, start) => {
    const files = { 'package.json': { scripts: { dev: 'vite', build: 'vite build' }, ...dependencies } };
    const { found, warnings } = await nodeIn(files);
    expect(found.start?.value).toBe(start);
    expect(found.dev?.value).toBe('npm run dev');
    expect(warnings).toEqual([]);
  });

  it('is none where Nuxt makes plain files', async () => {
    const pack = { scripts: { build: 'nuxt generate' }, dependencies: { nuxt: '4' } };
    expect((await detectIn({ 'package.json': pack })).apps).toEqual([]);
  });

  it('of Nest follows nest-cli.json', async () => {
    const nest = (cli: object, files: Files) =>
      nodeIn({
        'package.json': {
          scripts: { build: 'nest build', 'start:prod': 'nest start' },
          dependencies: { '@nestjs/core': '11' },
          devDependencies: { '@nestjs/cli': '11' },
        },
        'nest-cli.json': cli,
        ...files,
      });
    const tsconfig = { compilerOptions: { outDir: './dist' } };
    const several = await nest({ monorepo: true, sourceRoot: 'apps/api/src' }, { 'apps/api/src/main.ts': '' });
    expect(several.found.start?.value).toBe('node dist/apps/api/main.js');
    const named = await nest({ entryFile: 'server' }, { 'src/server.ts': '', 'tsconfig.json': tsconfig });
    expect(named.found.start?.value).toBe('node dist/server.js');
    const nested = { 'src/main.ts': '', 'scripts/seed.ts': '', 'tsconfig.json': tsconfig };
    expect((await nest({}, nested)).found.start?.value).toBe('node dist/src/main.js');
  });

  it('finds programs at the root of an npm or Yarn 4 workspace, where they are linked', async () => {
    const workspace = (lockfile: Files): Files => ({
      'package.json': { workspaces: ['apps/*'] },
      'apps/web/package.json': {
        name: 'web',
        scripts: { build: 'next build', start: 'next start' },
        dependencies: { next: '16' },
      },
      ...lockfile,
    });
    const start = async (lockfile: Files) => (await nodeIn(workspace(lockfile))).found.start?.value;
    const packages = { 'node_modules/next': {} };
    expect(await start({ 'package-lock.json': { packages } })).toBe('../../node_modules/.bin/next start');
    expect(await start({ 'package-lock.json': { packages: { 'apps/web/node_modules/next': {} } } })).toBe(
      'node_modules/.bin/next start',
    );
    expect(await start({ 'yarn.lock': '__metadata:\n  version: 8\n' })).toBe('../../node_modules/.bin/next start');
    expect(await start({ 'yarn.lock': '# yarn lockfile v1\n' })).toBe('node_modules/.bin/next start');
    expect(await start({ 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" })).toBe('node_modules/.bin/next start');
  });

  it('warns of Bun as the runtime', async () => {
    const { found, warnings } = await nodeIn(withScripts({ start: 'bun run src/index.ts' }, tsFiles));
    expect(found.start?.value).toBe('bun run src/index.ts');
    expect(warnings).toEqual([expect.stringContaining('runs the app on Bun')]);
  });

  it('that an answer cannot hold is left out and told', async () => {
    const inline = await nodeIn(withScripts({ start: 'node -e "require(1)"' }, server));
    expect(inline.found.start).toBeUndefined();
    const { found, warnings } = await nodeIn(withScripts({ start: 'node server.js --port $PORT' }, server));
    expect(found.start).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^start: "node server\.js --port \$PORT" \(package\.json:4\) is left out: must be one plain command/,
      ),
    ]);
  });
});

describe('the entry of the start command', () => {
  it.each([
    ['node .', { main: 'dist/index.js' }, { build: 'tsc' }],
    ['node dist', {}, { build: 'tsc' }],
    ['node dist/index', {}, { build: 'npm run clean && npm run compile', compile: 'tsc -p .', clean: 'rm -rf dist' }],
    ['node build/app.js', {}, { build: 'esbuild src/index.ts --outfile=build/app.js' }],
    ['node bundle/app.js', {}, { build: 'esbuild src/index.ts --outdir=bundle' }],
    ['node .output/server/index.mjs', {}, { build: 'nuxt build' }],
    ['node src/index.ts', {}, {}],
  ])('"%s" is known to come with the build', async (start, extra, scripts) => {
    const { found, warnings } = await nodeIn(withScripts({ start, ...scripts }, tsFiles, extra));
    expect(found.start?.value).toBe(start);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['index.js', {}, 'node index.js'],
    ['src/app.mjs', {}, 'node src/app.mjs'],
    ['src/main.cjs', {}, 'node src/main.cjs'],
    ['lib/serve.js', { main: './lib/serve.js' }, 'node lib/serve.js'],
  ])('is %s by convention', async (file, extra, start) => {
    const files = withScripts({}, { [file]: "require('http').createServer().listen(3000)\n" }, extra);
    const { found } = await nodeIn(files);
    expect(found.start).toEqual({ value: start, evidence: { file } });
    expect(found.dev?.value).toBe(`node --watch ${file}`);
  });

  it.each([
    ['rootDir and outDir', { compilerOptions: { outDir: 'build', rootDir: './src' } }, 'node build/main.js'],
    ['include', { compilerOptions: { outDir: 'dist' }, include: ['src/**/*'] }, 'node dist/main.js'],
    ['all sources', { compilerOptions: { outDir: 'dist' } }, 'node dist/src/main.js'],
    ['exclude', { compilerOptions: { outDir: 'dist' }, exclude: ['scripts'] }, 'node dist/main.js'],
    ['nothing', {}, 'node src/main.js'],
    ['extends', { extends: './tsconfig.base.json' }, 'node out/main.js'],
  ])('of TypeScript follows tsconfig: %s', async (_, tsconfig, start) => {
    const { found } = await nodeIn(
      withScripts(
        { build: 'tsc' },
        {
          'src/main.ts': 'app.listen(3000)\n',
          'scripts/seed.ts': '',
          'tsconfig.json': tsconfig,
          'tsconfig.base.json': '{ "compilerOptions": { "outDir": "out", /* x */ "rootDir": "src" } }',
        },
      ),
    );
    expect(found.start?.value).toBe(start);
  });

  it('of TypeScript 6 and later has the folder of tsconfig as its root', async () => {
    const files = withScripts(
      { build: 'tsc' },
      { 'src/main.ts': '', 'tsconfig.json': { compilerOptions: { outDir: 'dist' } } },
      { devDependencies: { typescript: '^6.0.2' } },
    );
    expect((await nodeIn(files)).found.start?.value).toBe('node dist/src/main.js');
  });

  it('of TypeScript without a build is not guessed', async () => {
    const { found, warnings } = await nodeIn(withScripts({}, tsFiles));
    expect(found.start).toBeUndefined();
    expect(warnings).toEqual([
      'src/index.ts is not compiled by any script: add a build script, and a start script that runs its result',
    ]);
  });
});

describe('the development command', () => {
  it.each(['dev', 'start:dev', 'develop'])('is the script %s through the package manager', async (name) => {
    const files = express(
      { scripts: { start: 'node server.js', [name]: 'nodemon server.js' } },
      { 'yarn.lock': '# yarn\n' },
    );
    const { found } = await nodeIn(files);
    expect(found.dev?.value).toBe(`yarn run ${name}`);
    expect(lineOf(files, found.dev)).toContain(`"${name}"`);
  });

  it.each([
    [{ packageManager: 'pnpm@10.0.0' }, 'pnpm run dev'],
    [{ packageManager: 'bun@1.3.0' }, 'bun run dev'],
    [{}, 'npm run dev'],
  ])('uses the package manager of %j', async (extra, dev) => {
    const files = express({ scripts: { start: 'node server.js', dev: 'nodemon server.js' }, ...extra });
    expect((await nodeIn(files)).found.dev?.value).toBe(dev);
  });

  it('is the watched entry where no script watches', async () => {
    const { found } = await nodeIn(express());
    expect(found.dev).toEqual({ value: 'node --watch server.js', evidence: { file: 'server.js' } });
  });

  it('watches TypeScript with tsx where the app has it', async () => {
    const files = withScripts({ build: 'tsc', start: 'node dist/index.js' }, tsFiles, {
      devDependencies: { tsx: '4' },
    });
    expect((await nodeIn(files)).found.dev?.value).toBe('node_modules/.bin/tsx watch src/index.ts');
  });
});
