/** Who is on which network: only who must reach it. */
import { describe, expect, it } from 'vitest';
import { presets } from '../../../generators/answers/presets.ts';
import type { Service } from '../../../generators/stack/types.ts';
import { run } from '../../support/plan.ts';

const networksOf = async (tree: Readonly<Record<string, string>>, chosen: object) => {
  const { stack } = await run(tree, chosen);
  return Object.fromEntries(stack.services.map(({ name, networks }) => [name, networks.join(' ')]));
};

const laravel = { stack: 'laravel', path: '.', frozen: true, server: 'frankenphp', migrate: 'none' };

describe('the networks', () => {
  it.each(Object.keys(presets))('of %s hold only who needs them', async (name) => {
    const { stack, answers } = await run({}, presets[name]?.answers);
    const published = stack.services.filter(({ ports }) => ports.production.length > 0).map((one) => one.name);
    for (const service of stack.services) {
      const on = service.networks;
      const wants: Readonly<Record<Service['role'], readonly string[]>> = {
        web: ['edge'],
        websocket: ['edge'],
        worker: ['app'],
        scheduler: ['app'],
        migrate: on.includes('data') ? ['data'] : ['app'],
        setup: ['data'],
        backup: ['app', 'data'],
        // What looks at a secret before it is used needs nobody.
        edge: service.oneShot ? [] : ['edge'],
        external: published.includes(service.name) ? ['edge', 'app'] : ['data'],
      };
      expect({ service: service.name, on }).toEqual({
        service: service.name,
        on: expect.arrayContaining([...wants[service.role]]),
      });
      // What only works on the data has no way out, unless the data is elsewhere.
      if (['migrate', 'setup'].includes(service.role)) expect(on).toHaveLength(1);
      if (['worker', 'scheduler', 'migrate', 'setup'].includes(service.role)) expect(on).not.toContain('edge');
    }
    const isData = ({ role, name }: Service) => role === 'external' && !published.includes(name);
    const externals = stack.services.filter(isData).map((one) => one.name);
    // What the world comes to without an app in between is not beside the data.
    for (const one of stack.services.filter(({ role, name }) => role === 'external' && published.includes(name)))
      expect([one.name, one.networks.includes('data')]).toEqual([one.name, false]);
    for (const service of stack.services.filter(({ role }) => role !== 'external' && role !== 'setup')) {
      const uses = Object.keys(answers.apps).includes(service.name) ? answers.apps[service.name]?.uses : undefined;
      const usesData = uses?.some((one) => externals.includes(one));
      if (usesData !== undefined)
        expect([service.name, service.networks.includes('data')]).toEqual([service.name, usesData]);
    }
  });

  it('keep apart what does not speak with each other', async () => {
    const page = { stack: 'static', output: 'dist', build: 'build' };
    const node = { stack: 'node', start: 'node a.js', path: 'api' };
    const input = { 'site/x': '', 'api/x': '', 'job/x': '' };
    const apps = {
      site: { ...page, path: 'site', uses: [] },
      api: { ...node, port: 3000, uses: ['postgres'] },
      job: { ...node, path: 'job', port: 'none', uses: [] },
    };
    expect(await networksOf(input, { apps, postgres: {} })).toMatchObject({
      site: 'edge',
      api: 'edge data',
      job: 'app',
      postgres: 'data',
    });
    const linked = { ...apps, site: { ...apps.site, uses: ['api'] } };
    expect(await networksOf(input, { apps: linked, postgres: {} })).toMatchObject({
      site: 'edge app',
      api: 'edge app data',
      job: 'app',
    });
  });

  it('put nginx before php-fpm, and only nginx, at the edge', async () => {
    const apps = { shop: { ...laravel, server: 'fpm', scheduler: true, uses: ['postgres'] } };
    expect(await networksOf({ x: '' }, { apps, postgres: {} })).toMatchObject({
      shop: 'edge app',
      'shop-php': 'app data',
      'shop-scheduler': 'app data',
    });
  });

  it('have no data where all of it is elsewhere', async () => {
    const apps = { shop: { ...laravel, migrate: 'artisan', scheduler: true, uses: ['postgres', 'redis'] } };
    const managed = { postgres: { mode: 'managed' }, redis: { mode: 'managed' } };
    expect(await networksOf({ x: '' }, { apps, ...managed })).toEqual({
      shop: 'edge',
      'shop-migrate': 'app',
      'shop-scheduler': 'app',
    });
  });
});
