import { describe, expect, it } from 'vitest';
import { bringCommands, secretWarnings } from '../../../generators/plan/secret-files.ts';
import { memoryDisk, run } from '../../support/plan.ts';

const web = {
  stack: 'node',
  path: 'web',
  port: 3000,
  framework: 'express',
  start: 'node server.js',
  dev: 'none',
  uses: ['postgres', 'redis', 'cache', 'mqtt', 'storage'],
  secrets: ['JWT_SECRET'],
  environment: { API_KEY: { meaning: 'The key | of `x` $(y)', secret: true } },
};
const everything = {
  apps: { web },
  postgres: { mode: 'bundled', pooler: 'pgbouncer' },
  redis: { mode: 'bundled' },
  cache: { mode: 'bundled' },
  mqtt: { mode: 'bundled' },
  storage: { mode: 'bundled', buckets: ['uploads'] },
};

const stackOf = (answers: object) => run({ 'prodstack.yaml': JSON.stringify(answers), 'web/x': '' });

/** How the script rotates each secret: who asks for it, and who is made anew. */
function rotations(script: string | undefined): Readonly<Record<string, string>> {
  const arms = script?.match(/^case \$name in\n(.*?)^ {2}\*\)/ms)?.[1] ?? '';
  return Object.fromEntries(
    [...arms.matchAll(/^ {2}(\w+)\)\n(.*?)^ {4};;/gms)].map(([, name, arm = '']) => [
      name,
      arm
        .replaceAll(/\w+=|'/g, '')
        .trim()
        .split(/\s+/)
        .join(' '),
    ]),
  );
}

describe('scripts/rotate-secret', () => {
  const same = {
    WEB_JWT_SECRET: 'other web',
    WEB_API_KEY: 'other web false',
    POSTGRES_APP_PASSWORD: 'role postgres-setup web pgbouncer',
    POSTGRES_MIGRATION_PASSWORD: 'role postgres-setup',
    CACHE_PASSWORD: 'redis redis-cache web',
    REDIS_PASSWORD: 'redis redis web',
    WEB_MQTT_PASSWORD: 'server web mqtt',
    STORAGE_ADMIN_KEY: 'server storage',
    STORAGE_APP_KEY: 'server web storage',
  };

  it('knows of each secret who asks for it, and who has it', async () => {
    const { after } = await stackOf(everything);
    // As a variable it is a part of the container of PostgreSQL; as a file it is read once.
    expect(rotations(after['scripts/rotate-secret'])).toEqual({ ...same, POSTGRES_PASSWORD: 'superuser postgres' });
    const files = await stackOf({ ...everything, secrets: { from: 'files' } });
    expect(rotations(files.after['scripts/rotate-secret'])).toEqual({ ...same, POSTGRES_PASSWORD: 'superuser' });
  });

  it('is not there where nothing is secret', async () => {
    const { after } = await stackOf({ apps: { web: { ...web, uses: [], secrets: [], environment: {} } } });
    expect(after).not.toHaveProperty(['scripts/rotate-secret']);
    expect(after).not.toHaveProperty(['scripts/make-secrets']);
  });
});

describe('secrets that only a person has', () => {
  const answers = {
    apps: { web: { ...web, uses: ['postgres'] } },
    postgres: { mode: 'bundled' },
    targets: { selfhosted: {}, digitalocean: { postgres: { mode: 'managed', provider: 'neon' } } },
  };

  it('are asked for where they are needed, and not made', async () => {
    const { stack, outcomes, after } = await stackOf({ ...answers, secrets: { from: 'files' } });
    expect(after).not.toHaveProperty(['secrets/web_api_key']);
    expect(bringCommands(stack, outcomes)).toEqual([
      'install -d -m 700 secrets',
      expect.stringMatching(/^printf %s 'VALUE' > secrets\/web_api_key && /),
    ]);
    expect(secretWarnings(stack, memoryDisk(after))).toEqual([
      expect.stringMatching(/^secrets\/web_api_key is missing, and the stack does not start without it\. /),
      expect.stringMatching(/^secrets\/database_url is missing.* with the target digitalocean\. /),
    ]);
    const brought = { ...after, 'secrets/web_api_key': 'x', 'secrets/database_url': 'y' };
    const again = await run(brought);
    expect(again.outcomes.filter(({ action }) => action !== 'unchanged' && action !== 'kept')).toEqual([]);
    expect(secretWarnings(stack, memoryDisk(brought))).toEqual([]);
  });

  it('come from the agent of Infisical where that writes the files', async () => {
    const { stack, outcomes, after } = await stackOf({ ...answers, secrets: { from: 'infisical' } });
    expect(bringCommands(stack, outcomes)).toEqual([]);
    expect(secretWarnings(stack, memoryDisk(after))[0]).toContain('docker/infisical/README.md');
    expect(after['docker/infisical/README.md']).toContain('The key \\| of `x` $(y) |');
    expect(after['docker/infisical/agent.sh']).toContain('\nWEB_API_KEY web_api_key\n');
  });

  it('stay in .env with the others, and move there from files', async () => {
    const { after } = await stackOf({ ...answers, secrets: { from: 'files' } });
    const { after: env } = await run({ ...after, 'secrets/web_api_key': 'theirs' }, { secrets: { from: 'env' } });
    expect(env['.env']).toContain('\nWEB_API_KEY=theirs\n');
    expect(env['.env']).not.toMatch(/^DATABASE_URL/m);
  });
});
