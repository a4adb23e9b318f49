import { describe, expect, it } from 'vitest';
import { compose } from '../support/scenario.ts';
import { keepsData } from './obligations/data.ts';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { provesItsImages } from './obligations/images.ts';
import { migratesFirst } from './obligations/migrations.ts';
import { isClosed } from './obligations/network.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('the Django starter', async () => {
  const system = await startSystem({
    name: 'wharf',
    app: 'app',
    folder: '.',
    args: ['--preset', 'django'],
    services: ['app', 'app-migrate', 'postgres', 'postgres-setup', 'redis'],
    health: '/health',
    visit: { method: 'GET', path: '/' },
    applied: 'SELECT app, name, applied FROM django_migrations ORDER BY id',
    edit: { file: 'visits/views.py', from: 'Visits:', to: 'Visitors so far:', path: '/' },
  });
  const { stack } = system;

  migratesFirst(system);
  starts(system);

  it('the admin is logged in to, and its style is served with a name to keep for ever', async () => {
    const account = { DJANGO_SUPERUSER_PASSWORD: 'not-for-long-7', DJANGO_SUPERUSER_USERNAME: 'harbourmaster' };
    const env = Object.entries(account).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const create = ['python', 'manage.py', 'createsuperuser', '--noinput', '--email', 'a@example.com'];
    await compose(stack, 'exec', '-T', ...env, 'app', ...create);
    const base = `http://127.0.0.1:${stack.ports.app}`;

    const form = await fetch(`${base}/admin/login/`);
    const page = await form.text();
    const style = /href="(\/static\/admin\/css\/base\.[0-9a-f]+\.css)"/.exec(page)?.[1];
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const css = await fetch(base + String(style));
    expect(css.status).toBe(200);
    expect(css.headers.get('content-type')).toContain('text/css');
    expect(css.headers.get('cache-control')).toContain('immutable');
    expect(await css.text()).toContain('--primary');

    const login = (password: string) =>
      fetch(`${base}/admin/login/?next=/admin/`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: cookiesOf(form), origin: base.replace('127.0.0.1', 'localhost').replace(/:\d+$/, ':8000') },
        body: new URLSearchParams({
          username: account.DJANGO_SUPERUSER_USERNAME,
          password,
          csrfmiddlewaretoken: token,
        }),
      });
    expect((await login('wrong')).status).toBe(200);
    const entered = await login(account.DJANGO_SUPERUSER_PASSWORD);
    expect([entered.status, entered.headers.get('location')]).toEqual([302, '/admin/']);
    const inside = await fetch(`${base}/admin/`, { headers: { cookie: cookiesOf(entered) } });
    expect(await inside.text()).toContain('Site administration');
  });

  it('a host name that it was not told of gets nothing, and the health check is none the worse', async () => {
    const { stdout } = await compose(
      stack,
      ...['exec', '-T', 'app', 'python', '-c'],
      'import os, urllib.request as r\n' +
        'def ask(host):\n' +
        '    try: return r.urlopen(r.Request("http://127.0.0.1:8000/live", headers={"Host": host})).status\n' +
        '    except r.HTTPError as error: return error.code\n' +
        'print(ask("evil.example"), ask("localhost"), ask("app"))',
    );
    expect(stdout.trim()).toBe('400 200 200');
  });

  provesItsImages(system, 'config/wsgi.py');
  isHardened(system);
  isClosed(system);
  keepsSecrets(system);
  keepsData(system);
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});

/** The cookies of an answer, as the next request sends them. */
function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.replace(/;.*$/, ''))
    .join('; ');
}
