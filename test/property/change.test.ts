/** Whatever a stack has: what was added and then removed leaves prodstack.yaml as it was, byte for byte. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answersAfterAdd } from '../../generators/answers/change/add.ts';
import { nested } from '../../generators/answers/change/differences.ts';
import { answersAfterRemove } from '../../generators/answers/change/remove.ts';
import type { Sources } from '../../generators/answers/complete/types.ts';
import { complete, saidAnswers } from '../../generators/answers/complete.ts';
import type { Values } from '../../generators/answers/stacks/definition.ts';
import { validate } from '../../generators/answers/validate.ts';
import { applySplices, changesBetween, editYaml } from '../../generators/compose/edit/index.ts';
import { readYaml, writeYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';

const node = {
  ...{ stack: 'node', path: 'api', framework: 'fastify', packageManager: 'npm', frozen: true, version: 24 },
  ...{ build: 'none', start: 'node a.js', dev: 'none', scripts: false, port: 3000, health: '/health' },
};
const fastapi = {
  ...{ stack: 'fastapi', path: 'back', packageManager: 'uv', frozen: true, version: '3.13', app: 'a:b', appDir: '.' },
  ...{ migrate: 'none', databaseScheme: 'postgresql', port: 8000, health: '/health' },
};
const laravel = {
  ...{ stack: 'laravel', path: 'shop', server: 'fpm', version: '8.4', extensions: [], frozen: true },
  ...{ migrate: 'artisan', port: 8080, health: '/up' },
};
const site = {
  ...{ stack: 'static', path: 'site', packageManager: 'npm', frozen: true, version: 24, build: 'build', dev: 'none' },
  ...{ scripts: false, output: 'dist', fallback: true, devPort: 5173, port: 8081, health: '/healthz', uses: [] },
};
const externals = {
  postgres: { mode: 'bundled', version: 18 },
  redis: { mode: 'managed' },
  cache: { mode: 'bundled', engine: 'valkey', version: 9, keeps: 'cache' },
  mqtt: { mode: 'bundled', users: { device: { publish: ['a/#'] } } },
  storage: { mode: 'bundled', buckets: ['photos', 'videos'] },
  mail: { mode: 'catcher' },
};
type External = keyof typeof externals;
const externalNames = Object.keys(externals) as External[];
const someOf = <T>(all: readonly T[]) => fc.subarray([...all]);
const uses = someOf(externalNames);
const worker = fc.constantFrom({}, { workers: { worker: { start: 'node w.js', grace: 30 } } });
const integrations = fc.constantFrom({}, { integrations: ['oidc'] });

const stack = fc
  .record({
    apps: fc.record(
      {
        api: fc
          .tuple(uses, worker, integrations)
          .map(([used, ...more]) => ({ ...node, uses: used, ...more[0], ...more[1] })),
        back: fc.tuple(uses, worker).map(([used, more]) => ({ ...fastapi, uses: used, ...more })),
        shop: uses.map((used) => ({ ...laravel, queues: { queue: {} }, uses: used })),
        site: fc.constant(site),
      },
      { requiredKeys: ['api'] },
    ),
    there: someOf(externalNames),
    edge: fc.constantFrom(undefined, { caddy: { hostnames: { api: 'api.example.com' } } }),
    targets: fc.constantFrom(undefined, { selfhosted: {} }),
  })
  .map(
    ({ apps, there, edge, targets }): Values => ({
      prodstack: 1,
      name: 'shop',
      apps,
      ...Object.fromEntries(there.map((name) => [name, externals[name]])),
      ...(edge && { edge }),
      ...(targets && { targets }),
    }),
  );

interface Wanted {
  readonly block: string;
  readonly name?: string;
  readonly apps?: readonly string[];
  readonly chosen: unknown;
  readonly remove: string;
}

const apps = someOf(['api', 'back', 'shop']);
const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  fc.tuple(fc.constantFrom(...externalNames), apps).map(([block, names]) => ({
    block,
    apps: names,
    chosen: nested([block], externals[block]),
    remove: block,
  })),
  fc.tuple(fc.constantFrom('api', 'back'), fc.constantFrom('mailer', 'worker-2')).map(([app, name]) => ({
    ...{ block: 'worker', name, apps: [app], remove: `${app}-${name}` },
    chosen: nested(['apps', app, 'workers', name], { start: 'node mailer.js', limits: { memory: '64M' } }),
  })),
  fc.constantFrom('scheduler', 'horizon', 'websocket').map((block) => ({
    ...{ block, apps: ['shop'], chosen: {}, remove: `shop-${block === 'websocket' ? 'reverb' : block}` },
  })),
  fc.constantFrom('caddy', 'nginx', 'cloudflare').map((block) => ({
    ...{ block, chosen: nested(['edge', block, 'hostnames'], { api: 'api.acme.dev' }), remove: block },
  })),
  fc
    .constantFrom('api', 'back', 'shop')
    .map((app) => ({ block: 'sentry', apps: [app], chosen: {}, remove: `${app}-sentry` })),
  fc.constant({ block: 'backup', chosen: { backup: { to: 's3', keep: { daily: 3 } } }, remove: 'backup' }),
  fc.constant({ block: 'pooler', chosen: {}, remove: 'pooler' }),
  fc.constant({ block: 'target', name: 'attic', chosen: { targets: { attic: { size: 'small' } } }, remove: 'attic' }),
);

/** Comments and blank lines before keys, as people have them. */
const remarks = fc.array(fc.constantFrom('', '# why', '\n# two\n# lines'), { minLength: 1, maxLength: 8 });

function remarked(text: string, all: readonly string[]): string {
  let count = 0;
  return text.replace(/^(?= *[a-z]\w*:)/gm, () => {
    const remark = all[count++ % all.length] ?? '';
    return remark === '' ? '' : `${remark}\n`;
  });
}

function sourcesOf(text: string, chosen: unknown = {}): Sources {
  return {
    ...{ folder: 'shop', detected: { apps: [] }, file: readYaml(text, 'prodstack.yaml'), chosen: [chosen] },
    isVacant: () => false,
  };
}

function written(text: string, patch: Values): string {
  const sources = sourcesOf(text, patch);
  const draft = complete(sources);
  validate(draft.answers);
  const said = saidAnswers(sources, draft);
  return applySplices(text, editYaml(text, changesBetween(sources.file, said), 'prodstack.yaml'));
}

function unlessRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

it('add, then remove', () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(stack, wanted, remarks, (answers, { block, name, apps: names, chosen, remove }, all) => {
      // A value that stands in two places would be written as an alias.
      const text = remarked(writeYaml(JSON.parse(JSON.stringify(answers))), all);
      const words = { block, ...(name !== undefined && { name }), ...(names && { apps: names }) };
      // What two things do not go together is refused, and told elsewhere.
      const change = unlessRefused(() => answersAfterAdd(sourcesOf(text, chosen), words));
      const after = change && unlessRefused(() => written(text, change.patch));
      if (!change || after === undefined || Object.keys(change.patch).length === 0) return;
      // An app may have named it before it was there: then it is taken out of that, too.
      const isNew = !(block in answers) && !JSON.stringify(answers).includes(`"${block}"`);
      // Nothing that stood there is gone.
      expect(after.split('\n')).toEqual(expect.arrayContaining(text.split('\n').filter((line) => !/\[\]/.test(line))));
      const again = answersAfterAdd(sourcesOf(after, chosen), words);
      expect(again.patch).toEqual({});
      if (!isNew) return;
      carriedOut++;
      const removal = answersAfterRemove(sourcesOf(after), remove);
      expect(written(after, removal.patch)).toBe(text);
    }),
    { numRuns: 150 },
  );
  expect(carriedOut).toBeGreaterThan(30);
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '.',
    '..',
    '__proto__',
    'constructor',
    'toString',
    '$(id)',
    'a: b',
    '- a',
    '{{x}}',
    '-rf',
    'apps',
  ),
  fc.constantFrom('apps.api', 'apps.__proto__', 'a.b.c', 'no', 'null', 'x'.repeat(500), '\u2028', '../api', 'API'),
);

it('whatever the words are, they are refused, or name something that prodstack.yaml can hold', () => {
  const answers = { prodstack: 1, name: 'shop', apps: { api: { ...node, uses: [] }, shop: { ...laravel, uses: [] } } };
  const text = writeYaml(answers);
  const places = fc.constantFrom('block', 'name', 'app');
  const blocks = fc.constantFrom('redis', 'worker', 'queue', 'target', 'node', 'app', 'sentry', 'caddy');
  fc.assert(
    fc.property(blocks, places, hostile, (block, place, word) => {
      const words = {
        block: place === 'block' ? word : block,
        ...(place === 'name' && { name: word }),
        apps: [place === 'app' ? word : block === 'queue' ? 'shop' : 'api'],
      };
      const change = unlessRefused(() => answersAfterAdd(sourcesOf(text), words));
      const after = change && unlessRefused(() => written(text, change.patch));
      if (after !== undefined)
        expect(Object.keys(readYaml(after, 'x') as Values).slice(0, 3)).toEqual(Object.keys(answers));
      expect(() => unlessRefused(() => answersAfterRemove(sourcesOf(text), word))).not.toThrow();
    }),
    { numRuns: 300 },
  );
});
