/** The hosts of a preset, in a repo whose apps have other names; and what is said of hosts that cannot be meant. */
import { describe, expect, it } from 'vitest';
import { presetFor } from '../../../generators/answers/complete/preset.ts';
import type { Sources } from '../../../generators/answers/complete/types.ts';
import type { Answers } from '../../../generators/answers/schema.ts';
import { edgeWarnings } from '../../../generators/warnings/edge.ts';
import { run } from '../../support/plan.ts';

const preset = {
  apps: { api: { stack: 'fastapi' }, site: { stack: 'static', uses: ['api'] } },
  edge: { caddy: { hostnames: { api: 'api.example.com', site: 'www.example.com' }, email: 'ops@example.com' } },
};
const edgeFor = (apps: readonly object[], more: object = {}, said: unknown = {}) =>
  (
    presetFor({ detected: { apps }, preset, chosen: [], ...more } as unknown as Sources, said) as {
      readonly edge: unknown;
    }
  ).edge;
const found = (name: string) => ({ name, stack: 'fastapi', path: name, found: {}, needs: [] });

describe('the edge of a preset', () => {
  it('leads to the app that stands for its own', () => {
    expect(edgeFor([found('backend')])).toEqual({
      caddy: { hostnames: { backend: 'api.example.com', site: 'www.example.com' }, email: 'ops@example.com' },
    });
  });

  it('leads to no app that could be meant by two', () => {
    expect(edgeFor([found('backend'), found('admin')])).toMatchObject({
      caddy: { hostnames: { site: 'www.example.com' } },
    });
  });
});

it('a preset leads to the apps of prodstack.yaml that are called like its own', () => {
  const said = { apps: { site: {}, other: {} } };
  expect(edgeFor([], { file: said }, said)).toMatchObject({ caddy: { hostnames: { site: 'www.example.com' } } });
  expect(edgeFor([], { file: said }, { apps: { other: {} } })).toBeNull();
});

describe('warnings of an edge', () => {
  const apps = (uses: readonly string[]) => ({
    web: { stack: 'node', path: 'web', port: 3000, uses },
    api: { stack: 'node', path: 'api', port: 3001 },
  });
  const warned = async (uses: readonly string[], hostnames: object) => {
    const { answers } = await run(
      { 'web/x': '', 'api/x': '' },
      {
        name: 'shop',
        apps: Object.fromEntries(
          Object.entries(apps(uses)).map(([name, app]) => [
            name,
            {
              framework: 'express',
              packageManager: 'npm',
              version: 24,
              build: 'none',
              start: 'node a.js',
              dev: 'none',
              health: 'none',
              ...app,
            },
          ]),
        ),
        edge: { nginx: { hostnames } },
      },
    );
    return edgeWarnings(answers as Answers);
  };

  it('are none where each app has a host, or is used by another', async () => {
    expect(await warned([], { web: 'shop.acme.dev', api: 'shop.acme.dev/api' })).toEqual([]);
    expect(await warned(['api'], { web: 'shop.acme.dev' })).toEqual([]);
  });

  it('name the app that nobody reaches, and the hosts that nobody owns', async () => {
    expect(await warned([], { web: 'shop.acme.dev' })).toEqual([
      'api has no host, and no other app uses it: nobody reaches it in production. Set edge.nginx.hostnames.api in prodstack.yaml.',
    ]);
    expect(await warned(['api'], { web: ['shop.example.com', 'www.example.org/a', 'myexample.com'] })).toEqual([
      'shop.example.com and www.example.org are examples, which lead nowhere. Set your own: edge.nginx.hostnames in prodstack.yaml.',
    ]);
  });
});
