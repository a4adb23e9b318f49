import { describe, expect, it } from 'vitest';
import { validate } from '../../../generators/answers/validate.ts';
import { layered } from '../../../generators/compose/layers.ts';
import { UserError } from '../../../generators/errors.ts';
import { mebibytes } from '../../../generators/stack/targets/amounts.ts';
import type { Stack } from '../../../generators/stack/types.ts';
import { run } from '../../support/plan.ts';

const apps = {
  shop: { stack: 'laravel', path: 'shop', version: '8.4', frozen: true, queues: { queue: {} }, scheduler: true },
};
const base = { name: 'shop', apps, postgres: { mode: 'bundled' }, redis: { mode: 'bundled' } };

/** Around an app that exists, with a file that says nothing of it. */
const ran = (answers: unknown) => run({ 'shop/x': '', 'prodstack.yaml': JSON.stringify(answers) });

const stackOf = async (answers: unknown): Promise<Stack> => (await ran(answers)).stack;

async function filesOf(answers: unknown): Promise<Readonly<Record<string, string>>> {
  return (await ran(answers)).after;
}

/** What Compose would make of the base, production, and a target. */
async function onTarget(answers: unknown, target: string) {
  const files = await filesOf(answers);
  const names = ['compose.yaml', 'compose.prod.yaml', `compose.${target}.yaml`];
  return layered(names.map((name) => files[name] ?? '')) as {
    readonly 'x-host'?: unknown;
    readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly volumes: Readonly<Record<string, unknown>>;
    readonly networks: Readonly<Record<string, unknown>>;
  };
}

function problemsOf(answers: unknown) {
  try {
    validate(answers);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

describe('a target', () => {
  it('has limits that its host has room for, and servers that fit into them', async () => {
    const { targets, env } = await stackOf({ ...base, targets: { small: {}, large: {} } });
    const [small, large] = targets.map(({ stack }) => stack);
    const memory = (stack: Stack | undefined) =>
      (stack?.services ?? []).reduce((sum, { limits }) => sum + mebibytes(limits.memory), 0);
    expect(memory(small)).toBeLessThanOrEqual(1024 - 256);
    expect(memory(large)).toBeGreaterThan(4096);
    const threads = (all: Stack['env'] | undefined) => all?.find(({ name }) => name === 'SHOP_THREADS')?.default;
    expect([threads(small?.env), threads(env), threads(large?.env)]).toEqual(['2', '4', '6']);
  });

  it('is laid over production with other defaults for the same variables', async () => {
    const { services, 'x-host': host } = await onTarget({ ...base, targets: { small: {} } }, 'small');
    expect(host).toEqual({ memory: '1G', cpus: '1' });
    expect(services['shop']).toMatchObject({
      image: 'shop-shop:${IMAGE_TAG:-local}',
      environment: { FRANKENPHP_THREADS: '${SHOP_THREADS:-2}', APP_ENV: 'production' },
      deploy: { resources: { limits: { memory: expect.stringMatching(/^\$\{SHOP_MEMORY_LIMIT:-[0-9]+M\}$/) } } },
      read_only: true,
    });
  });

  it('without a size keeps the usual limits; what is published is on the loopback interface', async () => {
    const files = await filesOf({ ...base, targets: ['selfhosted'] });
    expect(files['compose.selfhosted.yaml']).toContain('ports: !override\n      - "127.0.0.1:${SHOP_PORT:-8080}:8080"');
    expect(files['compose.selfhosted.yaml']).not.toContain('deploy:');
  });

  it('with a managed database lacks the container, and waits for what it has instead', async () => {
    const targets = { digitalocean: { size: 'medium', postgres: { mode: 'managed' } } };
    const { services, volumes } = await onTarget({ ...base, targets }, 'digitalocean');
    expect(Object.keys(services)).not.toContain('postgres');
    expect(Object.keys(volumes)).not.toContain('postgres-data');
    expect(services['shop']).toMatchObject({
      environment: {
        DB_HOST: '{{database_url.host}}',
        SECRET_DATABASE_URL: expect.stringMatching(/^\$\{DATABASE_URL:\?set it in \.env /),
      },
      depends_on: { 'shop-migrate': {}, redis: {} },
    });
    expect(services['shop']?.['depends_on']).not.toHaveProperty('postgres');
    const { answers } = await ran({ ...base, targets });
    expect(answers.targets?.['digitalocean']?.postgres).toMatchObject({ provider: 'digitalocean', version: 18 });
  });

  it('with a container of its own has all of it, beside a base that has none', async () => {
    const managed = { ...base, postgres: { mode: 'managed' }, redis: { mode: 'managed' } };
    const targets = { selfhosted: { postgres: { mode: 'bundled', version: 18 }, redis: { mode: 'bundled' } } };
    const here = await onTarget({ ...managed, targets }, 'selfhosted');
    const there = await onTarget({ ...base, targets: { selfhosted: {} } }, 'selfhosted');
    expect(here.services['postgres']).toEqual(there.services['postgres']);
    expect(here.services['shop']?.['depends_on']).toEqual(there.services['shop']?.['depends_on']);
    expect(here.volumes).toEqual(there.volumes);
    expect(here.networks).toEqual(there.networks);
  });

  it('with another version replaces the service', async () => {
    const targets = { medium: { postgres: { version: 17 } } };
    const files = await filesOf({ ...base, targets });
    expect(files['compose.medium.yaml']).toContain('  postgres: !override\n    image: postgres:17');
    const { services } = await onTarget({ ...base, targets }, 'medium');
    expect(services['postgres']).toMatchObject({
      volumes: expect.arrayContaining(['postgres-data:/var/lib/postgresql/data']),
      cap_drop: ['ALL'],
    });
  });

  it('is the first one that a new .env uses; its figures are those of the example for servers', async () => {
    const files = await filesOf({ ...base, targets: { small: {}, large: {} } });
    expect(files['.env']).toContain('\nCOMPOSE_FILE=compose.yaml:compose.prod.yaml:compose.small.yaml\n');
    expect(files['.env.production.example']).toContain('\n#SHOP_THREADS=2\n');
    expect(files['.env.production.example']).toContain(
      '# On a large host: compose.yaml:compose.prod.yaml:compose.large.yaml\n',
    );
    expect(files['.env.example']).toContain('\n#SHOP_THREADS=4\n');
  });

  it('that is too small is refused with who needs what, and the size that is enough', async () => {
    const workers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`w${index}`, {}]));
    const answers = { ...base, apps: { shop: { ...apps.shop, queues: workers } }, targets: { small: {}, large: {} } };
    const error = await stackOf(answers).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).problems).toEqual([
      {
        path: 'targets.small',
        value: 'memory 1G, cpus 1',
        message: expect.stringMatching(
          /^has too little memory: \d+M are needed at least \(shop 192M, .*postgres 96M.*\), and 768M are left beside the system\. The smallest size that is enough: medium$/,
        ),
      },
    ]);
  });
});

describe('wrong targets', () => {
  const valid = async (targets: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
    ...(await ran({ ...base, ...more })).answers,
    targets,
  });

  it.each([
    [{ smal: {} }, 'targets.smal', 'must be one of selfhosted', 'small'],
    [{ mine: { size: 'small', host: { memory: '2G', cpus: '1' } } }, 'targets.mine.size', 'is said twice', undefined],
    [{ small: { size: 'large' } }, 'targets.small', 'is a size itself', undefined],
    [
      { mine: { cache: { mode: 'managed' } } },
      'targets.mine.cache',
      'stands for nothing: the stack has no cache',
      undefined,
    ],
    [{ mine: { size: 'huge' } }, 'targets.mine.size', 'must be one of small, medium, large', undefined],
    [{ dev: { size: 'small' } }, 'targets.dev', 'is the name of another overlay', undefined],
    [
      { mine: { host: { memory: '2', cpus: '1' } } },
      'targets.mine.host.memory',
      'must be an amount of memory',
      undefined,
    ],
  ])('%j is refused at %s', async (targets, path, message, suggestion) => {
    const [problem, ...more] = problemsOf(await valid(targets));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ path, ...(suggestion && { suggestion }) });
    expect(problem?.message).toContain(message);
  });

  it('a limit that no host has is refused; one that some host has is not', async () => {
    const postgres = { mode: 'bundled', version: 18, limits: { memory: '8G' } };
    expect(problemsOf({ ...(await valid({ small: {}, medium: {} })), postgres })).toEqual([
      { path: 'postgres.limits.memory', value: '8G', message: 'is more than any of the targets has: 1G, 4G' },
    ]);
    expect(problemsOf({ ...(await valid({ small: {}, large: {} })), postgres })).toEqual([]);
    expect(problemsOf({ ...(await valid({ small: {}, selfhosted: {} })), postgres })).toEqual([]);
  });
});

describe('images from a registry', () => {
  const registry = { ...base, images: { from: 'registry', prefix: 'ghcr.io/acme' } };

  it('leave no build in what a server reads, and no tag that is not said', async () => {
    const files = await filesOf(registry);
    for (const file of ['compose.yaml', 'compose.prod.yaml']) {
      expect(files[file]).not.toMatch(/build:|pull_policy/);
    }
    expect(files['compose.yaml']).toContain(
      'image: "${SHOP_IMAGE:-ghcr.io/acme/shop-shop}:${IMAGE_TAG:?set it in .env}"',
    );
    expect(files['.env.production.example']).toContain('\nIMAGE_TAG=\n');
    expect(files['.env.example']).toContain('\nIMAGE_TAG=dev\n');
  });

  it('are built and pushed with a file that needs nothing else, and by developers with their own', async () => {
    const files = await filesOf(registry);
    expect(files['compose.build.yaml']).toContain('target: production');
    expect(files['compose.dev.yaml']).toContain(
      'context: shop\n      dockerfile: Dockerfile\n      target: development',
    );
    expect(files['scripts/test-build']).toContain('-f compose.yaml -f compose.prod.yaml -f compose.build.yaml');
    expect(files['scripts/test-build']).toContain('docker image rm ghcr.io/acme/shop-shop:test-build');
  });
});

describe('the rotation of logs', () => {
  it('is what the answers say, for every service', async () => {
    const files = await filesOf({ ...base, logs: { size: '32m', files: 10 } });
    const { services } = await stackOf(base);
    expect(files['compose.prod.yaml']?.match(/max-size: 32m, max-file: "10"/g)).toHaveLength(services.length);
  });
});

describe('a Makefile', () => {
  it('runs what .env has chosen where there are targets', async () => {
    const { Makefile } = await filesOf({
      ...base,
      makefile: true,
      targets: {
        small: {},
        digitalocean: { postgres: { mode: 'managed', provider: 'neon' }, redis: { mode: 'managed' } },
      },
    });
    expect(Makefile).toContain('\ncompose := scripts/ctl\n');
    const { Makefile: plain } = await filesOf({ ...base, makefile: true });
    expect(plain).toContain('\ncompose := scripts/ctl -f compose.yaml -f compose.prod.yaml\n');
  });

  it('gets the images where a registry has them, because a server has nothing to build', async () => {
    const images = { from: 'registry', prefix: 'ghcr.io/acme' };
    const { Makefile } = await filesOf({ ...base, makefile: true, images });
    expect(Makefile).toContain('\n\t$(compose) pull\n');
    expect(Makefile).not.toContain('$(compose) build');
  });
});
