import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';
import { detectIn, type Files, valuesOf } from './repo.ts';

/** One repo of everything: each part is what somebody really has beside the others. */
const files: Files = {
  'README.md': '# acme\n',
  'pnpm-workspace.yaml': 'packages:\n  - dashboard\n  - landing\n  - packages/*\n',
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
  'package.json': { name: 'acme', private: true, packageManager: 'pnpm@10.12.1' },
  'packages/ui/package.json': { name: '@acme/ui', main: 'dist/index.js', scripts: { build: 'tsc' } },
  'packages/ui/src/index.ts': 'export const ui = 1;\n',
  'dashboard/package.json': {
    name: 'dashboard',
    scripts: { build: 'next build', start: 'next start', dev: 'next dev' },
    dependencies: { next: '16.0.1', '@acme/ui': 'workspace:*' },
  },
  'dashboard/next.config.mjs': "export default { output: 'standalone' };\n",
  'dashboard/app/page.tsx': 'export default () => fetch(process.env.API_URL).then(() => null);\n',
  'dashboard/.env.example':
    'API_URL=http://localhost:8000\nFRONTEND_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL=http://localhost:8000\n',
  'landing/package.json': {
    name: 'landing',
    scripts: { build: 'vite build', dev: 'vite' },
    devDependencies: { vite: '7.1.0' },
  },
  'landing/index.html': '<script type="module" src="/src/main.js"></script>\n',
  'landing/src/main.js': "fetch('/api/visits');\n",
  'landing/vite.config.js': "export default { server: { proxy: { '/api': 'http://localhost:8000' } } };\n",
  'backend/pyproject.toml':
    '[project]\nname = "backend"\nversion = "1"\nrequires-python = ">=3.13"\ndependencies = ["django==5.2.8", "gunicorn==23.0.0", "celery[redis]==5.5.3", "psycopg[binary]==3.2.12"]\n',
  'backend/uv.lock': 'version = 1\nrequires-python = ">=3.13"\n',
  'backend/manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
  'backend/config/__init__.py': '',
  'backend/config/settings.py': "ALLOWED_HOSTS = ['*']\nWSGI_APPLICATION = 'config.wsgi.application'\n",
  'backend/config/wsgi.py': 'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
  'backend/config/celery.py': "from celery import Celery\napp = Celery('config')\n",
  'shop/composer.json': { require: { php: '^8.3', 'laravel/framework': '^12.0' } },
  'shop/artisan': '#!/usr/bin/env php\n',
  'shop/bootstrap/app.php': "<?php\nreturn Application::configure()->withRouting(health: '/up')->create();\n",
  'shop/public/index.php': '<?php\n',
  'shop/package.json': { scripts: { build: 'vite build', dev: 'vite' }, devDependencies: { vite: '7.1.0' } },
  'shop/routes/web.php': '<?php\n',
  'shop/app/Jobs/SendMail.php': '<?php\nclass SendMail implements ShouldQueue {}\n',
};

describe('a repo of several stacks', () => {
  it('is taken apart into its apps, each once', async () => {
    const { apps } = await detectIn(files);
    expect(Object.fromEntries(apps.map(({ name, stack, path }) => [name, `${stack} in ${path}`]))).toEqual({
      backend: 'python in backend',
      dashboard: 'node in dashboard',
      landing: 'static in landing',
      shop: 'laravel in shop',
    });
  });

  it('tells what connects them', async () => {
    const { apps } = await detectIn(files);
    const landing = apps.find(({ name }) => name === 'landing');
    expect(landing && valuesOf(landing)['proxy']).toEqual({ '/api': 'backend' });
    const dashboard = apps.find(({ name }) => name === 'dashboard');
    expect(dashboard && valuesOf(dashboard)).toMatchObject({ standalone: true, workspace: { needs: ['packages/ui'] } });
  });

  it('knows an app by the address that another has for it in development', async () => {
    const { apps } = await detectIn(files);
    const dashboard = apps.find(({ name }) => name === 'dashboard');
    expect(dashboard?.calls).toEqual(['backend']);
    expect(dashboard && valuesOf(dashboard)['variables']).toEqual({ API_URL: 'backend.url' });
    expect(apps.find(({ name }) => name === 'backend')?.calls).toBeUndefined();
    const unread = await detectIn({ ...files, 'dashboard/app/page.tsx': 'export default () => null;\n' });
    expect(unread.apps.every(({ calls }) => calls === undefined)).toBe(true);
    const back = 'BACKEND_URL=http://localhost:3000\n';
    const mutual = await detectIn({
      ...files,
      'backend/.env.example': back,
      'backend/config/celery.py':
        "from celery import Celery\nimport os\napp = Celery('config')\nfront = os.environ['BACKEND_URL']\n",
    });
    expect(mutual.apps.filter(({ calls }) => calls !== undefined)).toHaveLength(1);
  });

  it('becomes one stack, in which no two things share a port, a name or a file', async () => {
    const text = Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' ? content : JSON.stringify(content, null, 2),
      ]),
    );
    const { stack, answers, after } = await run(text);
    expect(stack.services.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'backend',
        'backend-migrate',
        'backend-worker',
        'dashboard',
        'landing',
        'shop',
        'shop-queue',
      ]),
    );
    const ports = Object.values(answers.apps).flatMap(({ port }) => (port === 'none' ? [] : [port]));
    expect(new Set(ports).size).toBe(ports.length);
    expect(stack.services.find(({ name }) => name === 'landing')?.dependsOn).toEqual({ backend: 'service_healthy' });
    const dashboard = stack.services.find(({ name }) => name === 'dashboard');
    expect(dashboard?.environment).toMatchObject({
      API_URL: 'http://backend:8000',
      BACKEND_URL: 'http://backend:8000',
    });
    const again = await run(after);
    expect(again.outcomes.filter(({ planned }) => planned).map(({ path }) => path)).toEqual([]);
  });
});
