import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const repo = {
  'package.json': JSON.stringify({
    scripts: { build: 'tsc', start: 'node dist/server.js', worker: 'node dist/worker.js' },
    dependencies: { fastify: '5', pg: '8' },
  }),
  'tsconfig.json': '{ "compilerOptions": { "outDir": "dist", "rootDir": "src" } }',
  'src/server.ts': 'const host = process.env.DB_HOST;\n',
  'src/worker.ts': '',
};

const services = async (chosen: object, tree: Readonly<Record<string, string>> = repo) =>
  (await run(tree, chosen)).stack.services.map(({ name }) => name);

describe('the roles of a Node app', () => {
  it('are found, and stay away once the answers lack them', async () => {
    const { after, answers, stack } = await run(repo);
    expect(stack.services.map(({ name }) => name)).toEqual([
      'app',
      'app-worker',
      'postgres',
      'postgres-setup',
      'backup',
    ]);
    expect(answers.apps).toMatchObject({ app: { variables: { DB_HOST: 'postgres.host' } } });
    const file = after['prodstack.yaml'] ?? '';
    const without = file.replace(/ {4}workers:\n(?: {6}.*\n)+/, '').replace(/ {4}variables:\n(?: {6}.*\n)+/, '');
    expect(without).not.toBe(file);
    const again = await run({ ...repo, 'prodstack.yaml': without });
    expect(again.stack.services.map(({ name }) => name)).toEqual(['app', 'postgres', 'postgres-setup', 'backup']);
    expect(again.answers.apps['app']).not.toHaveProperty('variables');
  });

  it('are found anew where the answers leave them open', async () => {
    const short = 'apps:\n  app: { stack: node, port: 4000 }\n';
    expect(await services({}, { ...repo, 'prodstack.yaml': short })).toEqual(['app', 'app-worker']);
  });

  it('can be taken away on the command line, and so can what the app uses', async () => {
    expect(await services({ apps: { app: { workers: null } } })).toEqual([
      'app',
      'postgres',
      'postgres-setup',
      'backup',
    ]);
    const { answers } = await run(repo, { apps: { app: { uses: [] } } });
    expect(answers.apps['app']).not.toHaveProperty('variables');
  });

  it('wait for migrations, which have an image of their own where their tool is for development', async () => {
    const { stack } = await run(repo, { apps: { app: { migrate: 'drizzle' } } });
    const [migrate, web, worker] = stack.services;
    expect(migrate).toMatchObject({
      name: 'app-migrate',
      oneShot: true,
      build: { target: 'migrate' },
      devImage: 'shop-app-migrate:dev',
    });
    for (const role of [web, worker])
      expect(role?.dependsOn).toEqual({
        'app-migrate': 'service_completed_successfully',
        'postgres-setup': 'service_completed_successfully',
        postgres: 'service_healthy',
      });
    const built = await run(repo, { apps: { app: { migrate: 'node dist/migrate.js' } } });
    expect(built.stack.services[0]).toMatchObject({ name: 'app-migrate', image: web?.image });
    expect(built.stack.services[0]?.build).toBeUndefined();
    expect(built.after['Dockerfile']).not.toContain('AS migrate');
  });

  it('have the client that Prisma makes, wherever it puts it, in every image', async () => {
    const { after } = await run(repo, { apps: { app: { migrate: 'prisma' } } });
    const dockerfile = after['Dockerfile'] ?? '';
    expect(dockerfile.match(/ prisma generate$/gm)).toHaveLength(2);
    expect(dockerfile.indexOf('prisma generate')).toBeLessThan(dockerfile.lastIndexOf('RUN npm run build'));
    expect(dockerfile).toContain("-path '*/node_modules/.prisma' -prune -exec cp --recursive --parents");
    expect(dockerfile).toContain('CMD ["prisma", "migrate", "deploy"]');
    expect(after['compose.yaml']).toContain('command: ["prisma", "migrate", "deploy"]');
  });

  it('may be one alone that nobody connects to', async () => {
    const bot = { 'package.json': '{ "scripts": { "start": "node bot.js" } }', 'bot.js': "require('discord.js');\n" };
    const { stack, after } = await run(bot);
    expect(stack.services).toMatchObject([
      { name: 'app', role: 'worker', ports: { production: [], development: [{ debugger: true }] } },
    ]);
    expect(after['compose.yaml']).not.toMatch(/healthcheck|PORT/);
    expect(after['compose.yaml']).toContain('stop_grace_period: 60s');
    expect(after['Dockerfile']).not.toContain('EXPOSE');
    expect(after['README.md']).not.toContain('answers at');
    expect(after['docs/DOCKER_TROUBLESHOOTING.md']).not.toMatch(/shop--1|http:\/\/127\.0\.0\.1:`|for app in;/);
  });

  it('end when their job has, have limits of their own, and reload in development', async () => {
    const mail = { start: 'node dist/worker.js', grace: 300, limits: { memory: '1G' } };
    const { stack, after } = await run(repo, { apps: { app: { dev: 'npm run dev', workers: { mail } } } });
    const found = stack.services.find(({ name }) => name === 'app-mail');
    expect(found?.limits).toMatchObject({ memory: '1G', cpus: '1.0' });
    expect(after['compose.yaml']).toContain('stop_grace_period: 300s');
    expect(after['compose.dev.yaml']).toContain('- { action: sync+restart, path: ., target: /app }');
    // Without a development command it runs what the build makes, and so that is built there too.
    expect(after['Dockerfile']?.match(/RUN npm run build/g)).toHaveLength(2);
  });
});
