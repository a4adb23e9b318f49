import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validate } from '../../generators/answers/validate.ts';
import { applySplices, changesBetween, editYaml } from '../../generators/compose/edit/index.ts';
import { readYaml, writeYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';
import { yaml } from '../../generators/plan/helpers.ts';
import { intend } from '../../generators/plan/intend.ts';
import { resolve } from '../../generators/stack/resolve.ts';
import { ambient } from '../support/plan.ts';

/** Text that has tripped generators: what YAML, shells, Compose, Dockerfiles, Markdown and Handlebars read as more than text. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'no',
    'on',
    '1e3',
    '~',
    'null',
    '- a',
    'a: b',
    '# a',
    '{{name}}',
    '${HOME}',
    '$(id)',
    '`id`',
    "'",
    '"',
    '\\',
    '\n',
    '../x',
    '-rf',
    '*x',
    '&x',
    '!x',
    '%',
    '@',
    '🦊',
    '\u2028',
    'x'.repeat(300),
    '</script>',
    'toString',
    'constructor',
    '__proto__',
    '|',
    '>',
  ),
  fc.stringMatching(/^[a-z0-9 ._/:=@,+%*"'[\]-]{1,20}$/),
);

const base = {
  prodstack: 1,
  name: 'shop',
  apps: {
    web: {
      stack: 'node',
      path: '.',
      framework: 'next',
      packageManager: 'npm',
      frozen: true,
      version: 24,
      build: 'build',
      start: 'node a.js',
      dev: 'node a.js',
      scripts: false,
      port: 3000,
      health: '/health',
      uses: ['postgres', 'redis'],
    },
    api: {
      stack: 'fastapi',
      path: 'api',
      packageManager: 'uv',
      frozen: true,
      version: '3.13',
      app: 'a:b',
      appDir: '.',
      migrate: 'alembic',
      databaseScheme: 'postgresql',
      port: 8000,
      health: '/health',
      uses: ['postgres', 'redis'],
    },
    shop: {
      stack: 'laravel',
      path: 'shop',
      server: 'frankenphp',
      version: '8.4',
      extensions: ['gd'],
      frozen: true,
      localPackages: ['packages'],
      assets: {
        packageManager: 'npm',
        frozen: true,
        version: 24,
        build: 'build',
        buildVariables: ['VITE_REVERB_HOST'],
        php: false,
      },
      migrate: 'artisan',
      queues: { queue: { connection: 'redis', queues: ['high'] } },
      reverb: { port: 8081 },
      drivers: { queue: 'redis', cache: 'redis', session: 'redis' },
      port: 8080,
      health: '/up',
      uses: ['postgres', 'redis'],
    },
    office: {
      stack: 'python',
      path: 'office',
      framework: 'django',
      packageManager: 'pip',
      frozen: true,
      version: '3.13',
      app: 'a:b',
      appDir: '.',
      settings: 'a.settings',
      hosts: { allowed: 'HOSTS', origins: 'ORIGINS', separator: 'comma' },
      collectStatic: true,
      migrate: 'django',
      databaseScheme: 'postgresql',
      port: 8001,
      health: '/health',
      uses: ['postgres', 'redis'],
    },
    site: {
      stack: 'static',
      path: 'site',
      packageManager: 'npm',
      frozen: true,
      version: 24,
      build: 'build',
      buildVariables: ['VITE_TITLE'],
      dev: 'npm run dev',
      scripts: false,
      output: 'dist',
      assets: 'assets',
      fallback: true,
      proxy: { '/api': 'api' },
      devPort: 5173,
      port: 8082,
      health: '/healthz',
      uses: ['api'],
    },
  },
  postgres: { mode: 'bundled', version: 18 },
  redis: { mode: 'bundled', engine: 'redis', version: 8 },
};

/** The Laravel app with some other answers. */
const withLaravel = (changes: object) => ({ ...base, apps: { shop: { ...base.apps.shop, ...changes } } });
const withMqtt = (mqtt: object) => ({
  ...base,
  apps: { web: { ...base.apps.web, uses: ['mqtt'] } },
  mqtt: { mode: 'bundled', ...mqtt },
});
const shopHost = 'shop.acme.dev';
const withEdge = (kind: string, more: object) => ({
  ...base,
  edge: { [kind]: { hostnames: { web: shopHost }, ...more } },
});
const withUses = (external: string) => ({ ...base, apps: { web: { ...base.apps.web, uses: [external] } } });
const siteWith = (answers: object) => ({
  ...base,
  apps: { api: base.apps.api, site: { ...base.apps.site, ...answers } },
});

describe('no answer, however strange,', () => {
  it('is tried beside answers that are right', () => {
    expect(validate(base)).toEqual(base);
  });

  const places: readonly (readonly [string, (text: string) => unknown])[] = [
    ['name', (text) => ({ ...base, name: text })],
    ...['caddy', 'nginx', 'traefik', 'cloudflare', 'tailscale'].flatMap((kind) => [
      [`${kind} host`, (text: string) => withEdge(kind, { hostnames: { web: text } })] as const,
      [
        `${kind} path`,
        (text: string) =>
          withEdge(kind, {
            hostnames: { web: kind === 'tailscale' ? `shop/${text}` : [shopHost, `${shopHost}/${text}`] },
          }),
      ] as const,
    ]),
    ['app of a host', (text) => withEdge('caddy', { hostnames: { web: shopHost, [text]: 'x.acme.dev' } })],
    ...['caddy', 'nginx', 'traefik'].flatMap((kind) => [
      [`${kind} redirect`, (text: string) => withEdge(kind, { redirects: { [text]: shopHost } })] as const,
      [`${kind} end of a redirect`, (text: string) => withEdge(kind, { redirects: { 'www.acme.dev': text } })] as const,
    ]),
    ...['caddy', 'nginx'].map(
      (kind) => [`${kind} upload`, (text: string) => withEdge(kind, { upload: text })] as const,
    ),
    ...['caddy', 'traefik'].map(
      (kind) => [`${kind} email`, (text: string) => withEdge(kind, { email: text })] as const,
    ),
    ['tunnel', (text) => withEdge('cloudflare', { config: 'local', tunnel: text })],
    ['tailnet', (text) => withEdge('tailscale', { hostnames: { web: 'shop' }, tailnet: text })],
    ['target name', (text) => ({ ...base, targets: { [text]: { size: 'large' } } })],
    ['target memory', (text) => ({ ...base, targets: { mine: { host: { memory: text, cpus: '8' } } } })],
    ['target cores', (text) => ({ ...base, targets: { mine: { host: { memory: '16G', cpus: text } } } })],
    ['image prefix', (text) => ({ ...base, images: { from: 'registry', prefix: text } })],
    ['log size', (text) => ({ ...base, logs: { size: text, files: 5 } })],
    ['app name', (text) => ({ ...base, apps: { [text]: base.apps.web } })],
    ...(['path', 'packageManager', 'build', 'start', 'dev', 'health'] as const).map(
      (key) =>
        [`node ${key}`, (text: string) => ({ ...base, apps: { web: { ...base.apps.web, [key]: text } } })] as const,
    ),
    ['mqtt user', (text) => withMqtt({ users: { [text]: { publish: ['a'] } } })],
    ...(['publish', 'subscribe'] as const).map(
      (key) => [`mqtt ${key}`, (text: string) => withMqtt({ users: { sensor: { [key]: [text] } } })] as const,
    ),
    ...(['engine', 'keeps'] as const).map(
      (key) => [`cache ${key}`, (text: string) => ({ ...base, cache: { ...base.redis, [key]: text } })] as const,
    ),
    [
      'node worker',
      (text) => ({ ...base, apps: { web: { ...base.apps.web, workers: { mail: { start: text, dev: text } } } } }),
    ],
    [
      'node worker name',
      (text) => ({ ...base, apps: { web: { ...base.apps.web, workers: { [text]: { start: 'node w.js' } } } } }),
    ],
    [
      'node worker health',
      (text) => ({
        ...base,
        apps: { web: { ...base.apps.web, workers: { mail: { start: 'node w.js', health: text } } } },
      }),
    ],
    ['node migrate', (text) => ({ ...base, apps: { web: { ...base.apps.web, migrate: text } } })],
    [
      'node variable',
      (text) => ({ ...base, apps: { web: { ...base.apps.web, variables: { [text]: 'postgres.host' } } } }),
    ],
    ...(['cpus', 'memory', 'reservation'] as const).map(
      (key) =>
        [
          `postgres ${key}`,
          (text: string) => ({ ...base, postgres: { ...base.postgres, limits: { [key]: text } } }),
        ] as const,
    ),
    [
      'app name with a database of its own',
      (text) => ({
        ...base,
        apps: { [text]: base.apps.web },
        postgres: { ...base.postgres, separate: 'schemas', pooler: 'pgbouncer' },
      }),
    ],
    ...(['engine', 'to', 'at', 'timezone', 'drill', 'webhook'] as const).map(
      (key) => [`backup ${key}`, (text: string) => ({ ...base, backup: { engine: 'restic', [key]: text } })] as const,
    ),
    ...(['at', 'timezone'] as const).map(
      (key) =>
        [
          `backup ${key} in PHP`,
          (text: string) => ({
            ...withLaravel({ scheduler: true, tests: 'pest' }),
            backup: { engine: 'laravel', [key]: text },
          }),
        ] as const,
    ),
    ['laravel tests', (text) => withLaravel({ tests: text })],
    ['backup package', (text) => ({ ...base, backup: { engine: 'restic', packages: [text] } })],
    ['bucket', (text) => ({ ...withUses('storage'), storage: { mode: 'bundled', buckets: [text] } })],
    ['storage ca', (text) => ({ ...withUses('storage'), storage: { mode: 'managed', ca: text } })],
    ...(['meaning', 'default', 'development'] as const).map(
      (key) =>
        [
          `setting ${key}`,
          (text: string) => ({
            ...base,
            apps: { web: { ...base.apps.web, environment: { MAP_KEY: { [key]: text } } } },
          }),
        ] as const,
    ),
    [
      'setting name',
      (text) => ({ ...base, apps: { web: { ...base.apps.web, environment: { [text]: { default: 'a' } } } } }),
    ],
    ['integration', (text) => ({ ...base, apps: { web: { ...base.apps.web, integrations: [text] } } })],
    ['node secret', (text) => ({ ...base, apps: { web: { ...base.apps.web, secrets: [text] } } })],
    ...(['path', 'packageManager', 'build', 'dev', 'output', 'assets', 'health'] as const).map(
      (key) =>
        [
          `static ${key}`,
          (text: string) => ({
            ...base,
            apps: { api: base.apps.api, site: { ...base.apps.site, [key]: text } },
          }),
        ] as const,
    ),
    ['static build variable', (text) => siteWith({ buildVariables: [text] })],
    ['static route', (text) => siteWith({ proxy: { [text]: 'api' } })],
    ['static receiver', (text) => siteWith({ proxy: { '/api': { app: text, strip: true } } })],
    ...(['buildVariables', 'installFolders'] as const).map(
      (key) =>
        [`node ${key}`, (text: string) => ({ ...base, apps: { web: { ...base.apps.web, [key]: [text] } } })] as const,
    ),
    ...(['packages', 'needs', 'folders'] as const).map((key) => {
      const workspace = { path: '.', packages: ['apps/web', 'lib'], needs: ['lib'] };
      const web = { ...base.apps.web, path: 'apps/web', packageManager: 'yarn@4.18.1', scripts: true };
      return [
        `node workspace ${key}`,
        (text: string) => ({ ...base, apps: { web: { ...web, workspace: { ...workspace, [key]: [text] } } } }),
      ] as const;
    }),
    ...(['path', 'requirements', 'app', 'appDir', 'health'] as const).map(
      (key) =>
        [
          `fastapi ${key}`,
          (text: string) => ({ ...base, apps: { api: { ...base.apps.api, packageManager: 'pip', [key]: text } } }),
        ] as const,
    ),
    ...(['postgres', 'redis', 'cache'] as const).map(
      (key) =>
        [
          `CA of a managed ${key}`,
          (text: string) => ({
            ...base,
            [key]: { mode: 'managed', ...(key === 'postgres' && { provider: 'rds', version: 17 }), ca: text },
          }),
        ] as const,
    ),
    ...(['path', 'health'] as const).map(
      (key) => [`laravel ${key}`, (text: string) => withLaravel({ [key]: text })] as const,
    ),
    ...(['extensions', 'localPackages'] as const).map(
      (key) => [`laravel ${key}`, (text: string) => withLaravel({ [key]: [text] })] as const,
    ),
    ...(['queue', 'cache', 'session'] as const).map(
      (key) => [`laravel driver ${key}`, (text: string) => withLaravel({ drivers: { [key]: text } })] as const,
    ),
    ...(['packageManager', 'build'] as const).map(
      (key) =>
        [
          `laravel assets ${key}`,
          (text: string) => withLaravel({ assets: { ...base.apps.shop.assets, [key]: text } }),
        ] as const,
    ),
    ['laravel build variable', (text) => withLaravel({ assets: { ...base.apps.shop.assets, buildVariables: [text] } })],
    ['laravel queue name', (text) => withLaravel({ queues: { [text]: {} } })],
    ...(['hostnames', 'redirects', 'tunnel'] as const).map(
      (key) =>
        [
          `cloudflare ${key}`,
          (text: string) => {
            const local = { hostnames: { web: 'shop.acme.dev' }, config: 'local' };
            const said = {
              hostnames: { web: text, api: [`api.acme.dev/${text}`] },
              redirects: { [text]: 'shop.acme.dev' },
              tunnel: text,
            };
            return { ...base, edge: { cloudflare: { ...local, [key]: said[key] } } };
          },
        ] as const,
    ),
    ['laravel queue', (text) => withLaravel({ queues: { queue: { queues: [text] } } })],
    ['laravel connection', (text) => withLaravel({ queues: { queue: { connection: text } } })],
    ...(['path', 'app', 'appDir', 'settings', 'devSettings', 'healthHost', 'media', 'health'] as const).map(
      (key) =>
        [
          `django ${key}`,
          (text: string) => ({
            ...base,
            apps: { office: { ...base.apps.office, ...(key === 'healthHost' && { hosts: undefined }), [key]: text } },
          }),
        ] as const,
    ),
    [
      'django debug',
      (text) => ({ ...base, apps: { office: { ...base.apps.office, debug: { variable: text, value: '1' } } } }),
    ],
    [
      'django hosts',
      (text) => ({ ...base, apps: { office: { ...base.apps.office, hosts: { allowed: text, separator: 'comma' } } } }),
    ],
    ...(['secrets', 'buildSettings'] as const).map(
      (key) =>
        [
          `django ${key}`,
          (text: string) => ({ ...base, apps: { office: { ...base.apps.office, [key]: [text] } } }),
        ] as const,
    ),
    ...(['build', 'run'] as const).map(
      (key) =>
        [
          `systemPackages ${key}`,
          (text: string) => ({
            ...base,
            apps: { office: { ...base.apps.office, systemPackages: { [key]: [text] } } },
          }),
        ] as const,
    ),
    ...(['start', 'healthCommand'] as const).map(
      (key) =>
        [
          `program ${key}`,
          (text: string) => ({
            ...base,
            apps: {
              office: { ...base.apps.office, framework: 'none', start: 'python a.py', port: 'none', [key]: text },
            },
          }),
        ] as const,
    ),
    ...(['start', 'dev', 'health'] as const).map(
      (key) =>
        [
          `worker ${key}`,
          (text: string) => ({
            ...base,
            apps: { office: { ...base.apps.office, workers: { worker: { start: 'python a.py', [key]: text } } } },
          }),
        ] as const,
    ),
  ];

  it.each(places)('changes the shape of a file: %s', (_place, answersWith) => {
    fc.assert(
      fc.property(hostile, (text) => {
        let answers: ReturnType<typeof validate>;
        try {
          answers = validate(answersWith(text));
        } catch (error) {
          // Refused: with a path, and short enough to print.
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        // Accepted: then the compose files say what the Stack says (intend verifies it), and the rest keeps its form.
        const files = new Map(intend(answers, resolve(answers), ambient).map((file) => [file.path, file]));
        for (const [path, file] of files) {
          // The guide speaks of templates of Docker's; scripts of the backup image are the same in every stack.
          if (!('content' in file) || /^docs\/|^docker\/backup\/(?!Dockerfile)/.test(path)) continue;
          // What is left for the container to fill in has one form, and scripts have templates of Docker's.
          const filled = file.content.replaceAll(
            /\{\{[a-z_]+_url\.[a-z]+\}\}|'\{\{[^'\n]*'|"\{\{\(index [^\n]*?\}\}"/g,
            '',
          );
          expect(filled, path).not.toMatch(/\{\{|undefined|\[object/);
          if (!path.endsWith('Dockerfile')) continue;
          const commands = file.content.split('\n').filter((line) => line.startsWith('CMD '));
          // The third is that of the migrations; backups have no development.
          expect(path.startsWith('docker/') ? [1] : [2, 3]).toContain(commands.length);
          for (const command of commands) expect(JSON.parse(command.slice(4))).toBeInstanceOf(Array);
        }
        expect(readYaml(contentOf(files.get('prodstack.yaml')), 'prodstack.yaml')).toEqual(answers);
      }),
      { numRuns: 150 },
    );
  });
});

function contentOf(file: object | undefined): string {
  return file && 'content' in file ? String(file.content) : '';
}

describe('a YAML scalar', () => {
  it('is read back as the text that it was made from', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(readYaml(`a: ${yaml(text)}\n`, 'x')).toEqual({ a: text });
      }),
    );
  });
});

describe('an edit of the answers', () => {
  const key = fc.stringMatching(/^[a-z]{1,6}$/);
  const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[A-Za-z0-9 :#'"-]{0,12}$/));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small' }, leaf, fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 4 })),
  })).node;
  const document = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 });

  it('says what was wanted and keeps every comment, or is refused', () => {
    fc.assert(
      fc.property(document, document, fc.boolean(), (before, after, crlf) => {
        const lines = writeYaml(before)
          .split('\n')
          .flatMap((line, index) => (line === '' ? [] : [`# comment ${index}`, line]));
        const text = lines.join(crlf ? '\r\n' : '\n') + (crlf ? '\r\n' : '\n');
        try {
          const edited = applySplices(text, editYaml(text, changesBetween(before, after), 'x'));
          expect(readYaml(edited, 'x')).toEqual(after);
          expect(edited.match(/# comment \d+/g)?.slice(0, 1)).toEqual(['# comment 0']);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});
