import { describe, expect, it } from 'vitest';
import type { Service } from '../../../generators/stack/types.ts';
import { run, type Tree } from '../../support/plan.ts';
import { problemsOf } from '../../support/problems.ts';

const node = {
  'package.json':
    '{ "dependencies": { "@aws-sdk/client-s3": "3.1.0", "nodemailer": "7.0.0" }, "scripts": { "start": "node server.js" } }',
  'server.js': "require('http').createServer().listen(process.env.PORT);\n",
};
const django: Tree = {
  'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
  'shop/settings.py': "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\n",
  'shop/wsgi.py': 'application = get_wsgi_application()\n',
  'requirements.txt': 'Django==5.2\ngunicorn==27.0.1\n',
};
const laravel: Tree = {
  'composer.json': '{ "require": { "laravel/framework": "^13.0", "league/flysystem-aws-s3-v3": "^3.0" } }',
  artisan: '<?php',
  'bootstrap/app.php': '<?php',
  '.env.example': 'MAIL_MAILER=smtp\nDB_CONNECTION=pgsql\n',
};

/** Taken up on the offer. */
const both = { storage: {}, mail: {} };

async function appOf(tree: Tree, chosen: object): Promise<Service> {
  const { stack } = await run(tree, chosen);
  const app = stack.services.find(({ name }) => name === 'app');
  if (!app) throw new Error('there is no app');
  return app;
}

const refused = (answers: object, tree: Tree = node) => problemsOf(() => run(tree, answers));

describe('object storage and mail', () => {
  it('are offered where a client is, and connect those apps alone that have one', async () => {
    const { draft, answers } = await run(node);
    expect(answers).not.toHaveProperty('storage');
    expect(answers.apps['app']?.uses).toEqual([]);
    expect(draft.warnings.join('\n')).toMatch(/package\.json:1: .*storage\.mode=bundled.*storage\.mode=managed/);
    expect(draft.warnings.join('\n')).toContain('package.json:1: mails are sent. --set mail.mode=catcher');
    expect((await run(node, { storage: null, mail: null })).draft.warnings.join('\n')).not.toContain('--set mail');
    expect((await run(node, both)).answers).toMatchObject({
      apps: { app: { uses: ['storage', 'mail'] } },
      storage: { mode: 'bundled', buckets: ['uploads'] },
      mail: { mode: 'catcher' },
    });
    expect((await run(laravel, both)).answers.apps['app']?.uses).toEqual(['postgres', 'storage', 'mail']);
  });

  it('tell Node what its SDK reads, and development of the catcher', async () => {
    const { environment, prodEnvironment, devEnvironment, networks } = await appOf(node, {
      ...both,
      storage: { buckets: ['uploads', 'invoices'] },
    });
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL_S3: ['http://', 'storage', ':', '8333'],
      AWS_SECRET_ACCESS_KEY: [{ variable: 'STORAGE_APP_KEY' }],
      S3_BUCKET: 'uploads',
      S3_BUCKET_INVOICES: 'invoices',
      S3_FORCE_PATH_STYLE: 'true',
    });
    expect(environment).not.toHaveProperty('SMTP_HOST');
    expect(prodEnvironment).toMatchObject({ SMTP_HOST: [{ variable: 'SMTP_HOST' }] });
    expect(devEnvironment).toMatchObject({ SMTP_HOST: 'mail', SMTP_PORT: '1025' });
    expect(networks).toEqual(['edge', 'storage']);
  });

  it('tell Laravel and Django in their own words', async () => {
    const php = await appOf(laravel, both);
    expect(php.environment).toMatchObject({ FILESYSTEM_DISK: 's3', AWS_BUCKET: 'uploads', MAIL_MAILER: 'smtp' });
    expect(php.environment).not.toHaveProperty('S3_BUCKET');
    expect(php.devEnvironment).toMatchObject({ MAIL_HOST: 'mail', XDEBUG_MODE: [{ variable: 'APP_XDEBUG_MODE' }] });
    const python = await appOf(django, { mail: {} });
    expect(python.prodEnvironment).toMatchObject({
      EMAIL_HOST: [{ variable: 'SMTP_HOST' }],
      EMAIL_USE_TLS: [{ variable: 'SMTP_TLS' }],
    });
    expect(python.devEnvironment).toMatchObject({ EMAIL_HOST: 'mail', EMAIL_USE_TLS: 'False' });
  });

  it('are no container where somebody else runs the storage', async () => {
    const { stack } = await run(node, { storage: { mode: 'managed' }, mail: null });
    expect(stack.services.map(({ name }) => name)).toEqual(['app']);
    expect(stack.networks.map(({ name }) => name)).toEqual(['edge']);
    expect(stack.env.find(({ name }) => name === 'S3_SECRET_ACCESS_KEY')).toMatchObject({
      kind: 'required',
      sensitive: true,
    });
  });

  it('become files with the other secrets', async () => {
    const { stack } = await run(node, { secrets: { from: 'files' }, storage: {} });
    expect(stack.secrets.map(({ name }) => name)).toEqual(['storage_admin_key', 'storage_app_key']);
    const storage = stack.services.find(({ name }) => name === 'storage');
    expect(storage?.environment).toMatchObject({ STORAGE_APP_KEY_FILE: '/run/secrets/storage_app_key' });
  });

  it('ask development for no file that only production reads', async () => {
    const { stack, after } = await run(node, { secrets: { from: 'files' }, mail: {} });
    expect(stack.secrets.map(({ name }) => name)).toEqual(['smtp_password']);
    const app = stack.services.find(({ name }) => name === 'app');
    expect(app).toMatchObject({
      prodSecrets: ['smtp_password'],
      prodEnvironment: { SMTP_PASSWORD: ['{{smtp_password?}}'] },
    });
    expect(app?.secrets).toBeUndefined();
    expect(after['compose.prod.yaml']).toContain('secrets: [smtp_password]');
    // A relay that knows this host wants none.
    expect(after['secrets/smtp_password']).toBe('');
    expect(stack.secrets[0]).toMatchObject({ made: false, optional: true });
  });

  it('leave out the buckets that nobody would wait for', async () => {
    const { stack } = await run({ ...django }, { storage: {}, apps: { app: { uses: [] } } });
    expect(stack.services.map(({ name }) => name)).toEqual(expect.arrayContaining(['storage']));
    expect(stack.services.map(({ name }) => name)).not.toContain('storage-setup');
  });

  it('refuse buckets that no server takes, or twice', async () => {
    expect(await refused({ storage: { buckets: ['Uploads', 'a', 'a.b'] } })).toHaveLength(3);
    expect(await refused({ storage: { buckets: [] } })).toEqual(['storage.buckets must name a bucket']);
    expect(await refused({ storage: { buckets: ['uploads', 'uploads'] } })).toEqual([
      'storage.buckets.1 is named twice',
    ]);
  });
});

describe('settings of an app', () => {
  const withSettings = (environment: object, more: object = {}) => ({ apps: { app: { environment, ...more } } });

  it('are variables of `.env` under its name: required, secret or with a default', async () => {
    const { stack } = await run(
      node,
      withSettings({
        OPENAI_API_KEY: { secret: true, meaning: 'The key of the model.' },
        LOG_LEVEL: { default: 'info' },
        TENANT: {},
      }),
    );
    expect(stack.env.filter(({ name }) => /OPENAI|LOG_LEVEL|TENANT/.test(name))).toMatchObject([
      { name: 'APP_OPENAI_API_KEY', kind: 'required', sensitive: true, meaning: 'The key of the model.' },
      { name: 'APP_LOG_LEVEL', kind: 'optional', default: 'info' },
      { name: 'APP_TENANT', kind: 'required' },
    ]);
  });

  it.each([
    [{ S3_BUCKET: {} }, 'app.environment.S3_BUCKET is set by the stack itself (storage)'],
    [{ SMTP_HOST: {} }, 'app.environment.SMTP_HOST is set by the stack itself (mail)'],
    [{ DATABASE_URL: {} }, 'app.environment.DATABASE_URL is set by the stack itself'],
    [{ 'log-level': {} }, 'app.environment.log-level must be a variable name such as DB_HOST, of A-Z, 0-9 and _'],
  ])('may not be called like what the stack sets: %j', async (environment, message) => {
    expect(await refused({ ...withSettings(environment), ...both })).toEqual([`apps.${message}`]);
  });

  it('may not be what something else is called', async () => {
    expect(await refused(withSettings({ TOKEN: {} }, { secrets: ['TOKEN'] }))).toEqual([
      'apps.app.environment.TOKEN has the same name as apps.app.secrets.0',
    ]);
    expect(await refused(withSettings({ LOG_LEVEL: {} }), laravel)).toEqual([
      'apps.app.environment.LOG_LEVEL is set by the stack itself (Laravel)',
    ]);
    expect(await refused(withSettings({ KEY: {} }), laravel)).toEqual([
      'apps.app.environment.KEY would be APP_KEY in .env, which the stack has for something else',
    ]);
    expect(await refused(withSettings({}, { secrets: ['KEY', 'APP_KEY', 'MINE'] }), laravel)).toEqual([
      'apps.app.secrets.0 would be APP_KEY in .env, which the stack has for something else',
      'apps.app.secrets.1 is set by the stack itself (Laravel)',
    ]);
  });

  it('stand in the place of what an integration would set', async () => {
    const { environment } = await appOf(node, {
      apps: { app: { integrations: ['sentry'], environment: { SENTRY_RELEASE: { default: '1.2.3' } } } },
    });
    expect(environment).toMatchObject({
      SENTRY_DSN: [{ variable: 'APP_SENTRY_DSN' }],
      SENTRY_RELEASE: [{ variable: 'APP_SENTRY_RELEASE' }],
    });
  });

  it('are there for integrations only where those are asked for', async () => {
    const none = await run(node);
    expect(JSON.stringify(none.stack)).not.toMatch(/SENTRY|OTEL|OIDC/);
    expect(await refused({ apps: { app: { integrations: ['datadog'] } } })).toEqual([
      'apps.app.integrations.0 must be one of sentry, opentelemetry, oidc',
    ]);
  });
});

describe('debuggers', () => {
  it('have a port each, in development only, which no app listens on', async () => {
    const { stack, after } = await run({
      'a/package.json':
        '{ "name": "a", "dependencies": { "express": "5.0.0" }, "scripts": { "start": "node s.js", "dev": "node --watch s.js" } }',
      'a/s.js': "require('express')().listen(9229);\n",
      'b/package.json': '{ "name": "b", "dependencies": { "express": "5.0.0" }, "scripts": { "start": "node s.js" } }',
      'b/s.js': "require('express')().listen(4000);\n",
    });
    const defaults = stack.env.filter(({ name }) => name.endsWith('_DEBUG_PORT')).map((one) => [one.name, one.default]);
    expect(defaults).toEqual([
      ['A_DEBUG_PORT', '9230'],
      ['B_DEBUG_PORT', '9231'],
    ]);
    expect(after['compose.dev.yaml']).toContain('127.0.0.1:${A_DEBUG_PORT:-9230}:9229');
    expect(after['compose.prod.yaml']).not.toContain('DEBUG');
    expect(after['compose.yaml']).not.toContain('NODE_OPTIONS');
  });
});
