import { describe, expect, it } from 'vitest';
import { express, type Files, lineOf, nodeIn } from './repo.ts';

const tsconfig = { compilerOptions: { outDir: 'dist', rootDir: 'src' } };

/** A TypeScript API that is built; `scripts` come on top. */
function typescript(scripts: object, files: Files = {}, extra: object = {}): Files {
  return {
    'package.json': {
      scripts: { build: 'tsc', start: 'node dist/server.js', ...scripts },
      dependencies: { express: '5', bullmq: '6', pg: '8' },
      devDependencies: { tsx: '4', typescript: '5' },
      ...extra,
    },
    'tsconfig.json': tsconfig,
    'src/server.ts': 'app.listen(3000);\n',
    ...files,
  };
}

const worker: Files = { 'src/worker.ts': "import { Worker } from 'bullmq';\nnew Worker('mail', send);\n" };

describe('the workers of a Node app', () => {
  it.each(['worker', 'start:worker', 'worker:prod', 'worker:start', 'start:worker:prod'])(
    'are the script %s',
    async (script) => {
      const files = typescript({ [script]: 'node dist/worker.js', 'worker:dev': 'tsx watch src/worker.ts' }, worker);
      const { found, warnings } = await nodeIn(files);
      expect(found.workers?.value).toEqual({ worker: { start: 'node dist/worker.js', dev: 'npm run worker:dev' } });
      expect(lineOf(files, found.workers)).toContain(`"${script}"`);
      expect(warnings).toEqual([]);
    },
  );

  it.each([
    ['queue', 'queue'],
    ['jobs', 'jobs'],
    ['cron', 'cron'],
    ['scheduler', 'cron'],
    ['worker:email', 'worker-email'],
    ['start:consumer', 'consumer'],
  ])('have the role that the script %s names', async (script, role) => {
    const { found } = await nodeIn(typescript({ [script]: 'node dist/worker.js' }, worker));
    expect(Object.keys(found.workers?.value ?? {})).toEqual([role]);
  });

  it.each(['worker:dev', 'dev:worker', 'test:worker', 'build:worker', 'queue:ui', 'worker:watch', 'homework'])(
    'are not the script %s',
    async (script) => {
      const { found } = await nodeIn(typescript({ [script]: 'node dist/worker.js' }));
      expect(found.workers).toBeUndefined();
    },
  );

  it('run what the build makes of what the script runs in development', async () => {
    const { found, warnings } = await nodeIn(typescript({ worker: 'tsx watch src/worker.ts' }, worker));
    expect(found.workers?.value).toEqual({ worker: { start: 'node dist/worker.js', dev: 'npm run worker' } });
    expect(warnings).toEqual([]);
  });

  it('run what the build makes of what the script runs with a tool of development', async () => {
    const { found, warnings } = await nodeIn(typescript({ worker: 'tsx src/worker.ts' }, worker));
    expect(found.workers?.value).toEqual({
      worker: { start: 'node dist/worker.js', dev: 'node_modules/.bin/tsx watch src/worker.ts' },
    });
    expect(warnings).toEqual([
      'The worker script (package.json:5) needs tsx, which is not there in production: node dist/worker.js is used',
    ]);
  });

  it('are the lines of a Procfile but web and release', async () => {
    const procfile =
      'release: npm run migrate\nweb: npm start\nworker: node dist/worker.js\nmail_out: node dist/mail.js\n';
    const files = typescript({}, { ...worker, 'src/mail.ts': '', Procfile: procfile });
    const { found } = await nodeIn(files);
    expect(found.workers?.value).toEqual({
      worker: { start: 'node dist/worker.js', dev: 'node_modules/.bin/tsx watch src/worker.ts' },
      'mail-out': { start: 'node dist/mail.js', dev: 'node_modules/.bin/tsx watch src/mail.ts' },
    });
    expect(lineOf(files, found.workers)).toBe('worker: node dist/worker.js');
  });

  it.each(['src/worker.ts', 'src/worker/index.ts', 'src/queue/worker.ts', 'src/email-worker.ts', 'src/cron.ts'])(
    'are the source %s that uses a queue',
    async (source) => {
      const files = typescript({}, { [source]: worker['src/worker.ts'] ?? '' });
      const { found } = await nodeIn(files);
      const [role] = Object.values(found.workers?.value ?? {});
      expect(role?.start).toBe(`node dist/${source.slice(4, -3)}.js`);
      expect(lineOf(files, found.workers)).toContain("from 'bullmq'");
    },
  );

  it('are no sources that the server takes in, or that use no queue', async () => {
    const server = { 'src/server.ts': "import './worker.js';\napp.listen(3000);\n" };
    expect((await nodeIn(typescript({}, { ...worker, ...server }))).found.workers).toBeUndefined();
    expect((await nodeIn(typescript({}, { 'src/worker.ts': 'export {}' }))).found.workers).toBeUndefined();
  });

  it('that nothing builds are told', async () => {
    const files = { ...express({ dependencies: { express: '5', bullmq: '6' } }), ...worker };
    const { found, warnings } = await nodeIn(files);
    expect(found.workers).toBeUndefined();
    expect(warnings).toEqual([
      'src/worker.ts:1 looks like a worker, and no build compiles it: set workers where it is one',
    ]);
  });

  it('that no answer can hold are left out and told', async () => {
    const { found, warnings } = await nodeIn(typescript({ worker: 'node dist/worker.js --queue=$QUEUE' }));
    expect(found.workers).toBeUndefined();
    expect(warnings[0]).toContain('The worker "node dist/worker.js --queue=$QUEUE" (package.json:5) is left out');
  });
});

describe('a Node program without a server', () => {
  const program = (files: Files): Files => ({
    'package.json': { scripts: { start: 'node bot.js' }, dependencies: { 'discord.js': '14' } },
    ...files,
  });

  it('has no port and no health route', async () => {
    const files = program({ 'bot.js': "import { Client } from 'discord.js';\nnew Client().login();\n" });
    const { found } = await nodeIn(files);
    expect(found.port).toEqual({ value: 'none', evidence: { file: 'bot.js', line: 1 } });
    expect(found.health?.value).toBe('none');
    expect(found.workers).toBeUndefined();
  });

  it('has one where it listens after all, and is not guessed where nothing shows it', async () => {
    const listening = "import { Client } from 'discord.js';\ncreateServer(ok).listen(8080);\n";
    expect((await nodeIn(program({ 'bot.js': listening }))).found.port?.value).toBe(8080);
    expect((await nodeIn(program({ 'bot.js': '' }))).found.port).toBeUndefined();
  });
});

describe('the migrations of a Node app', () => {
  const tools = { prisma: '7', 'drizzle-kit': '1', knex: '3', typeorm: '1', tsx: '4', 'ts-node': '10' };
  const dev = { devDependencies: { ...tools, typescript: '5' } };

  it.each([
    ['migrate:deploy', 'prisma migrate deploy', 'prisma'],
    ['db:migrate', 'prisma migrate dev', 'prisma'],
    ['db:migrate', 'dotenv -- drizzle-kit migrate', 'drizzle'],
    [
      'db:migrate',
      'drizzle-kit migrate --config=db/drizzle.config.ts',
      'drizzle-kit migrate --config=db/drizzle.config.ts',
    ],
    ['migrate', 'knex migrate:latest', 'knex migrate:latest'],
    ['migration:run', 'typeorm migration:run -d dist/data-source.js', 'typeorm migration:run -d dist/data-source.js'],
    ['migrate', 'tsx src/migrate.ts', 'tsx src/migrate.ts'],
    ['migrate', 'node --env-file=.env dist/migrate.js', 'node dist/migrate.js'],
  ])('are the script %s: %s', async (script, command, migrate) => {
    const files = typescript({ [script]: command }, {}, dev);
    const { found } = await nodeIn(files);
    expect(found.migrate?.value).toBe(migrate);
    expect(lineOf(files, found.migrate)).toContain(`"${script}"`);
  });

  it.each(['drizzle-kit push', 'prisma db push', 'prisma studio', 'goose up'])('are not "%s"', async (command) => {
    expect((await nodeIn(typescript({ migrate: command }, {}, dev))).found.migrate).toBeUndefined();
  });

  it('are what the start script does first, which is then no part of the start command', async () => {
    const start = 'prisma migrate deploy && node dist/server.js';
    const { found, warnings } = await nodeIn(typescript({ start }, {}, dev));
    expect(found.migrate?.value).toBe('prisma');
    expect(found.start?.value).toBe('node dist/server.js');
    expect(warnings).toEqual([]);
  });

  it('are the release step of a Procfile', async () => {
    const files = typescript({}, { Procfile: 'web: npm start\nrelease: npx knex migrate:latest\n' }, dev);
    const { found } = await nodeIn(files);
    expect(found.migrate?.value).toBe('knex migrate:latest');
    expect(lineOf(files, found.migrate)).toBe('release: npx knex migrate:latest');
  });

  it.each([
    ['prisma', { 'prisma/migrations/1_init/migration.sql': '' }],
    ['drizzle', { 'drizzle.config.ts': '', 'drizzle/meta/_journal.json': '{}' }],
  ])('of %s are known by their files', async (tool, files) => {
    expect((await nodeIn(typescript({}, files, dev))).found.migrate?.value).toBe(tool);
    expect((await nodeIn(typescript({}, files))).found.migrate).toBeUndefined();
  });

  it('that do not exist are told, where a schema is pushed', async () => {
    const files = { 'drizzle.config.ts': "export default { dialect: 'postgresql' };\n" };
    const { found, warnings } = await nodeIn(typescript({}, files, dev));
    expect(found.migrate).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('drizzle.config.ts has no migrations')]);
  });

  it('that two scripts do differently are told', async () => {
    const scripts = { 'db:migrate': 'knex migrate:latest', migrate: 'node dist/migrate.js' };
    const { found, warnings } = await nodeIn(typescript(scripts, {}, dev));
    expect(found.migrate?.value).toBe('knex migrate:latest');
    expect(warnings).toEqual([
      'Two scripts migrate: db:migrate (package.json:5) and migrate (package.json:6). db:migrate is used',
    ]);
  });
});

describe('the variables that a Node app is connected by', () => {
  const config = [
    'const { PGUSER, PGPASSWORD: password } = process.env;',
    "const host = process.env.DB_HOST ?? 'localhost';",
    "const name = env['POSTGRES_DB'];",
    "const cache = config.get<string>('REDIS_HOST');",
    '// process.env.DB_PORT',
    '',
  ].join('\n');

  it('are those that its sources and its example env file name', async () => {
    const files = typescript(
      {},
      { 'src/config.ts': config, '.env.example': 'REDIS_PASSWORD=\nDATABASE_URL=x\nMAIL_HOST=x\n' },
    );
    const { found } = await nodeIn(files);
    expect(found.variables?.value).toEqual({
      DB_HOST: 'postgres.host',
      POSTGRES_DB: 'postgres.name',
      REDIS_HOST: 'redis.host',
      PGUSER: 'postgres.user',
      PGPASSWORD: 'postgres.password',
      REDIS_PASSWORD: 'redis.password',
    });
    expect(lineOf(files, found.variables)).toContain('DB_HOST');
  });

  it('are none of an example env file that is for Compose', async () => {
    const example = 'COMPOSE_FILE=compose.yaml\nPOSTGRES_PASSWORD=\nAPP_SECRET=\n';
    const { found } = await nodeIn(typescript({}, { '.env.example': example }));
    expect([found.variables, found.secrets]).toEqual([undefined, undefined]);
  });

  it('are none of a database that is not its own', async () => {
    const names = ['SHADOW_DATABASE_URL', 'TEST_DATABASE_URL', 'MYSQL_DB_HOST', 'TEST_REDIS_URL'];
    const example = names.map((name) => `${name}=\n`).join('');
    expect((await nodeIn(typescript({}, { '.env.example': example }))).found.variables).toBeUndefined();
  });

  it('hold its own keys, where the sources read them', async () => {
    const files = express({}, { 'config.js': 'module.exports = { secret: process.env.SESSION_SECRET };\n' });
    expect((await nodeIn(files)).found.secrets?.value).toEqual(['SESSION_SECRET']);
  });

  it('are none of a database that it has no client for', async () => {
    const files = express({}, { 'config.js': 'module.exports = { host: process.env.DB_HOST };\n' });
    expect((await nodeIn(files)).found.variables).toBeUndefined();
  });

  it.each([
    ['JWT_SECRET', '', true],
    ['SESSION_SECRET', 'change-me', true],
    ['APP_SECRET', '"your-secret-here"', true],
    ['NEXTAUTH_SECRET', '<random>', true],
    ['JWT_SECRET', '8f2b1c', false],
    ['STRIPE_SECRET', '', false],
    ['GOOGLE_CLIENT_SECRET', '', false],
    ['AWS_SECRET_ACCESS_KEY', '', false],
    ['WEBHOOK_SECRET', '', false],
    ['SLACK_SIGNING_SECRET', '', false],
    ['FACEBOOK_APP_SECRET', '', false],
    ['TWITTER_ACCESS_TOKEN_SECRET', '', false],
  ])('%s=%s of an example env file becomes a secret: %s', async (name, value, isSecret) => {
    const { found } = await nodeIn(express({}, { '.env.example': `A=1\n${name}=${value}\n` }));
    expect(found.secrets).toEqual(
      isSecret ? { value: [name], evidence: { file: '.env.example', line: 2 } } : undefined,
    );
  });
});

describe('a queue in PostgreSQL', () => {
  it.each(['pg-boss', 'graphile-worker'])('%s makes its tables itself', async (name) => {
    const files = typescript({}, {}, { dependencies: { express: '5', pg: '8', [name]: '1' } });
    const { found } = await nodeIn(files);
    expect(found.makesTables?.value).toBe(true);
    expect((await nodeIn(typescript({}))).found).not.toHaveProperty('makesTables');
  });
});
