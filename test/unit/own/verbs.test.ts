/** `add` and `remove` in repos with a `prodstack.yaml`, on disk. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { merge, withoutNulls } from '../../../generators/answers/map.ts';
import type { Values } from '../../../generators/answers/stacks/definition.ts';
import { readYaml, writeYaml } from '../../../generators/compose/yaml.ts';
import type { Tree } from '../../support/plan.ts';
import { madeRepo, type Repo, removeFolders } from '../../support/repo.ts';
import { readTree } from '../../support/tree.ts';

const answersFile = 'prodstack.yaml';
/** Random values are made anew for each repo; of ignored files none is shown again that may hold a secret. */
const isTold = (path: string) => !/^(?:\.env|prodstack\.yaml|\.prodstack\/baseline\.json)$|ignore$/.test(path);

function told(repo: Repo): Tree {
  return Object.fromEntries(Object.entries(readTree(repo.root)).filter(([path]) => isTold(path)));
}

const answersOf = (repo: Repo) => readYaml(repo.read(answersFile), answersFile) as Values;
const names = (text: string) => [...text.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name = '']) => name);

interface Addition {
  readonly words: readonly string[];
  /** What a person would write into prodstack.yaml for it. */
  readonly byHand: Values;
  readonly remove: readonly string[];
}

const redis = { mode: 'bundled', engine: 'redis', version: 8 };
const host = 'shop.acme.dev';
const backup = {
  engine: 'restic',
  to: 's3',
  at: '02:00',
  timezone: 'UTC',
  keep: { daily: 7, monthly: 12 },
  drill: 'weekly',
};
/** Of every stack whose one app is `app` and uses PostgreSQL. */
const everywhere: readonly Addition[] = [
  {
    words: ['redis'],
    byHand: { redis, apps: { app: { uses: ['postgres', 'redis'] } } },
    remove: ['redis', '--disconnect'],
  },
  {
    words: ['cache', '--for', 'app', '--set', 'cache.engine=valkey', '--set', 'cache.version=9'],
    byHand: {
      cache: { mode: 'bundled', engine: 'valkey', version: 9, keeps: 'cache' },
      apps: { app: { uses: ['postgres', 'cache'] } },
    },
    remove: ['cache', '--disconnect'],
  },
  {
    words: ['storage', '--set', 'storage.buckets=[photos]'],
    byHand: { storage: { mode: 'bundled', buckets: ['photos'] }, apps: { app: { uses: ['postgres', 'storage'] } } },
    remove: ['storage', '--disconnect'],
  },
  {
    words: ['mail'],
    byHand: { mail: { mode: 'catcher' }, apps: { app: { uses: ['postgres', 'mail'] } } },
    remove: ['mail', '--disconnect'],
  },
  {
    words: ['mqtt', '--for', 'app'],
    byHand: { mqtt: { mode: 'bundled' }, apps: { app: { uses: ['postgres', 'mqtt'] } } },
    remove: ['mqtt', '--disconnect'],
  },
  { words: ['pooler'], byHand: { postgres: { pooler: 'pgbouncer' } }, remove: ['pgbouncer'] },
  { words: ['backup', '--set', 'backup.to=s3'], byHand: { backup }, remove: ['backup'] },
  { words: ['sentry'], byHand: { apps: { app: { integrations: ['sentry'] } } }, remove: ['sentry'] },
  { words: ['target', 'small'], byHand: { targets: { small: {} } }, remove: ['small'] },
  ...['caddy', 'nginx', 'traefik', 'cloudflare'].map((kind) => ({
    words: [kind, '--for', 'app', '--set', `edge.${kind}.hostnames.app=${host}`],
    byHand: { edge: { [kind]: { hostnames: { app: host } } } },
    remove: [kind],
  })),
  {
    words: ['tailscale', '--set', 'edge.tailscale.hostnames.app=shop'],
    byHand: { edge: { tailscale: { hostnames: { app: 'shop' } } } },
    remove: ['tailscale'],
  },
];
const worker = (start: string): Addition => ({
  words: ['worker', 'mailer', '--for', 'app', '--set', `apps.app.workers.mailer.start=${start}`],
  byHand: { apps: { app: { workers: { mailer: { start } } } } },
  remove: ['app-mailer'],
});
const ofLaravel: readonly Addition[] = [
  {
    words: ['queue', 'mails', '--set', 'apps.app.queues.mails.queues=[mails]'],
    byHand: { apps: { app: { queues: { mails: { queues: ['mails'] } } } } },
    remove: ['mails'],
  },
];

/** What other stacks do with all of these, the answers' own tests say. */
const few = everywhere.filter(({ words }) => ['redis', 'caddy'].includes(words[0] ?? ''));
const stacks: readonly (readonly [string, readonly Addition[]])[] = [
  ['node', [...everywhere, worker('node src/server.js')]],
  ['fastapi', [...few, worker('python -m app.main')]],
  ['django', [...few, worker('python manage.py check')]],
  ['laravel', [...few, ...ofLaravel]],
];

afterAll(removeFolders);

describe.each(stacks)('in a %s stack', { timeout: 60_000 }, (preset, additions) => {
  let made: Repo;
  beforeAll(async () => {
    made = await madeRepo(['--preset', preset, '--set', 'name=shop', '--set', 'backup=null']);
    expect(await made.run('remove', ['redis', '--disconnect'])).toMatchObject({ code: 0, said: '' });
    expect(answersOf(made)).toMatchObject({ apps: { app: { uses: ['postgres'] } } });
  });

  it.each(additions.map((one) => [one.words.join(' '), one] as const))(
    'add %s is what its answers by hand are, and remove takes it back',
    async (_, { words, byHand, remove }) => {
      const repo = made.copy();
      const before = { files: told(repo), answers: repo.read(answersFile), env: names(repo.read('.env')) };
      const added = await repo.run('add', words);
      expect(added).toMatchObject({ code: 0, said: '' });

      const other = made.copy();
      const answers = withoutNulls(merge(answersOf(other), byHand) as Values);
      other.write(answersFile, writeYaml(answers));
      expect(await other.update()).toMatchObject({ code: 0, said: '' });
      expect(answersOf(repo)).toEqual(answers);
      expect(told(repo)).toEqual(told(other));
      expect(names(repo.read('.env'))).toEqual(names(other.read('.env')));
      // A line that was there is there still.
      expect(repo.read(answersFile).split('\n')).toEqual(expect.arrayContaining(before.answers.split('\n')));

      const again = await repo.run('add', words);
      expect(again).toMatchObject({ code: 0, out: expect.stringContaining('is there already') });

      expect(await repo.run('remove', remove)).toMatchObject({ code: 0, said: '' });
      expect(repo.read(answersFile)).toBe(before.answers);
      expect(told(repo)).toEqual(before.files);
      expect(names(repo.read('.env'))).toEqual(expect.arrayContaining(before.env));
      expect(await repo.update()).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') });
    },
  );
});

describe('add and remove', { timeout: 60_000 }, () => {
  let made: Repo;
  beforeAll(async () => {
    made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
  });

  it('keep comments, blank lines and order of prodstack.yaml', async () => {
    const repo = made.copy();
    repo.edit(answersFile, (text) =>
      text
        .replace('postgres:\n', '\n# the database\npostgres:\n')
        .replace('      - redis\n', '      - redis # jobs\n')
        .replace('redis:\n', '# jobs, in memory\nredis:\n'),
    );
    const before = repo.read(answersFile);
    const host = 'edge.caddy.hostnames.app=shop.acme.dev';
    expect(await repo.run('add', ['caddy', '--set', host])).toMatchObject({ code: 0, said: '' });
    expect(repo.read(answersFile)).toBe(`${before}edge:\n  caddy:\n    hostnames:\n      app: shop.acme.dev\n`);
    expect(await repo.run('remove', ['redis', '--disconnect'])).toMatchObject({ code: 0, said: '' });
    const after = repo.read(answersFile);
    expect(after).toContain('# the database\npostgres:');
    expect(after).not.toContain('redis');
  });

  it('leave alone what the file says in few words', async () => {
    const repo = made.copy();
    repo.edit(answersFile, (text) => `${text}targets:\n  small:\n`);
    const before = repo.read(answersFile);
    expect(await repo.run('add', ['target', 'large'])).toMatchObject({ code: 0, said: '' });
    expect(repo.read(answersFile)).toBe(`${before}  large: {}\n`);
    expect(repo.has('compose.small.yaml')).toBe(true);
    expect(await repo.run('remove', ['large'])).toMatchObject({ code: 0, said: '' });
    expect(repo.read(answersFile)).toBe(before);
    expect(await repo.update(['--set', 'targets.small=null'])).toMatchObject({ code: 0 });
    expect(repo.has('compose.small.yaml')).toBe(false);
  });

  it('write nothing with --dry-run, and say what would be', async () => {
    const repo = made.copy();
    const before = readTree(repo.root);
    const { code, out } = await repo.run('add', ['mail', '--dry-run', '--diff']);
    expect(code).toBe(0);
    expect(out).toContain('Would change in');
    expect(out).toMatch(/^\+mail:$/m);
    expect((await repo.run('remove', ['redis', '--disconnect', '--dry-run'])).out).toContain('Would change in');
    expect(readTree(repo.root)).toEqual(before);
  });

  it('report as one document with --json', async () => {
    const repo = made.copy();
    const added = JSON.parse((await repo.run('add', ['mail', '--json'])).out);
    expect(added).toMatchObject({ command: 'add', changed: true, notes: ['app knows where mail is.'] });
    expect(added.files).toContainEqual(expect.objectContaining({ path: answersFile, action: 'edit' }));
    const again = JSON.parse((await repo.run('add', ['mail', '--json'])).out);
    expect(again).toMatchObject({ command: 'add', changed: false, files: [], notes: ['mail is there already.'] });
    const removed = JSON.parse((await repo.run('remove', ['mail', '--json', '--disconnect'])).out);
    expect(removed).toMatchObject({ command: 'remove', changed: true });
  });

  it('leave files that the user changed, and name them', async () => {
    const repo = made.copy();
    repo.edit('docker/redis/redis.sh', (text) => `${text}# mine\n`);
    const { code, out } = await repo.run('remove', ['redis', '--disconnect']);
    expect(code).toBe(0);
    expect(out).toContain('docker/redis/redis.sh: no longer part of the stack, and left because you changed it');
    expect(repo.read('docker/redis/redis.sh')).toContain('# mine');
  });

  it('never remove data: the volume is named, and the command where it is asked for', async () => {
    const kept = await made.copy().run('remove', ['redis', '--disconnect']);
    expect(kept.out).toContain('The volume shop_redis-data is no longer part of the stack, and its data stays.');
    expect(kept.out).toContain('.env still has REDIS_PASSWORD, which nothing reads any more.');
    expect(kept.out).not.toMatch(/^ {2}docker volume rm/m);
    const gone = await made.copy().run('remove', ['redis', '--disconnect', '--data', 'delete']);
    expect(gone.out).toMatch(/--remove-orphans\n {2}docker volume rm shop_redis-data\n/);
    const { out } = await made.copy().run('remove', ['backup']);
    expect(out).toContain('shop_backups');
    expect(out).toContain('Without BACKUP_PASSWORD nobody can read the backups that are left');
  });

  it('refuse to take out what is used, until it is taken out there, too', async () => {
    const repo = made.copy();
    const before = readTree(repo.root);
    const { code, said } = await repo.run('remove', ['redis', '-y']);
    expect(code).toBe(2);
    expect(said).toContain('redis is used; nothing was written.');
    expect(said).toContain('apps.app.uses: app is connected to it');
    expect(said).toContain('create-prodstack remove redis --disconnect');
    expect(readTree(repo.root)).toEqual(before);
  });

  it('refuse what would not go together', async () => {
    const { code, said } = await made.copy().run('remove', ['postgres', '--disconnect']);
    expect(code).toBe(2);
    expect(said).toContain('Without postgres the rest does not go together');
    expect(said).toContain('backup.engine: has no database to save');
    expect(said).toContain('Take that out first: create-prodstack remove backup');
  });

  it.each<readonly [string, 'add' | 'remove', readonly string[], string]>([
    ['nothing to add', 'add', [], 'create-prodstack add BLOCK'],
    ['nothing to remove', 'remove', [], 'create-prodstack remove NAME; there are: app, postgres, redis, backup'],
    ['an unknown block', 'add', ['postgre'], 'create-prodstack add postgres.'],
    ['an unknown app', 'add', ['mail', '--for', 'web'], 'Apps: app'],
    ['a name with blanks and quotes', 'add', ['node', 'a"; rm -rf /'], 'cannot be the name of an app'],
    [
      'a hostile setting',
      'add',
      ['caddy', '--set', 'edge.caddy.hostnames.app=a b;$(id)'],
      'must be the name of a host',
    ],
    ['a setting that is none', 'add', ['redis', '--set', 'redis'], 'is not KEY=VALUE'],
    [
      'a compose file of its own',
      'add',
      ['mail', '--file', 'compose.yaml', '--include'],
      '--file and --include are for repos without',
    ],
    ['other settings', 'add', ['redis', '--set', 'redis.version=7'], 'create-prodstack update --set redis.version=7'],
    [
      'a setting of something else',
      'add',
      ['mail', '--set', 'apps.app.workers.jobs.start=node src/server.js'],
      `update --set 'apps.app.workers={"jobs":{`,
    ],
    ['an unknown name', 'remove', ['redsi'], 'Did you mean: create-prodstack remove redis.'],
    ['the last app', 'remove', ['app'], 'a stack has at least one app'],
  ])('say what is wrong with %s, and write nothing', async (_, verb, argv, says) => {
    const repo = made.copy();
    const before = readTree(repo.root);
    const { code, said } = await repo.run(verb, argv);
    expect(code).toBe(2);
    expect(said).toContain(says);
    expect(readTree(repo.root)).toEqual(before);
  });

  it('say what is in the way of something new, and not that prodstack.yaml is wrong', async () => {
    const repo = made.copy();
    for (const name of ['backup', 'postgres'])
      expect(await repo.run('remove', [name, '--disconnect'])).toMatchObject({ code: 0 });
    const { code, said } = await repo.run('add', ['backup']);
    expect(code).toBe(2);
    expect(said).toContain('With backup the answers would not be right; nothing was written.');
    expect(said).toContain('give the stack postgres');
    expect(said).not.toContain('Correct them in prodstack.yaml');
  });

  it('say first that the answers are wrong already', async () => {
    const repo = made.copy();
    repo.edit(answersFile, (text) => text.replace('port: 3000', 'port: 80'));
    const { code, said } = await repo.run('add', ['mail']);
    expect(code).toBe(2);
    expect(said).toContain('prodstack.yaml is wrong as it is: nothing was changed');
    repo.edit(answersFile, (text) => `${text}postgres: {}\n`);
    expect((await repo.run('add', ['mail'])).code).toBe(2);
  });

  it('make a starter app beside the one that is there', async () => {
    const repo = made.copy();
    const { code, said } = await repo.run('add', ['static', 'site']);
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(repo.has('site/package.json')).toBe(true);
    expect(repo.has('site/Dockerfile')).toBe(true);
    expect(repo.read('compose.yaml')).toMatch(/^ {2}site:$/m);
    expect(await repo.update()).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') });
    const { out } = await repo.run('remove', ['site']);
    // The sources are the user's.
    expect(out).toContain('delete');
    expect(repo.has('site/Dockerfile')).toBe(false);
    expect(repo.has('site/package.json')).toBe(true);
    expect(out).toContain('site/ stays, with the sources of site: they are yours.');
  });
});
