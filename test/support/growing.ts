/** Stacks that grow: steps that a person takes in a repo, chosen by numbers, and what holds after each of them. */
import { strict as assert } from 'node:assert';
import { readYaml } from '../../generators/compose/yaml.ts';
import { isData } from '../../generators/data.ts';
import { baselineFile, readBaseline } from '../../generators/plan/baseline.ts';
import type { Run } from '../../generators/programs.ts';
import type { Tree } from './plan.ts';
import { type Ended, freshFolder, Repo } from './repo.ts';
import { readTree, replaceTree, writeTree } from './tree.ts';

const answersFile = 'prodstack.yaml';

type Verb = 'add' | 'remove' | 'update';

/** Numbers decide everything about a step. */
export type Numbers = readonly [kind: number, what: number, how: number];

/** Neither git nor Docker: asking them is most of the time of a step. */
export const noPrograms: Run = async () => ({ stdout: '', stderr: 'not here', exitCode: 127 });

type Values = Readonly<Record<string, unknown>>;

/** What `new` is called with, for stacks to start from. */
const presets = ['node', 'fastapi', 'django', 'flask', 'static', 'laravel'] as const;
const extras: readonly (readonly string[])[] = [
  [],
  ['secrets.from=files'],
  ['backup.engine=none'],
  ['images.from=registry', 'images.prefix=ghcr.io/acme'],
  ['makefile=true'],
  ['targets=[large]'],
  ['composeFile=docker-compose.yml'],
];

export const pick = <T>(all: readonly T[], number: number): T => all[number % all.length] as T;

/** What was done, in words, and how it ended. */
export interface Step {
  readonly words: string;
  readonly ended: Ended;
}

export class Growing {
  readonly repo: Repo;
  readonly log: Step[] = [];

  private constructor(repo: Repo) {
    this.repo = repo;
  }

  static async start([kind, what, how]: Numbers): Promise<Growing> {
    const growing = new Growing(new Repo(freshFolder()));
    const argv = ['--yes', '--preset', pick(presets, kind), '--set', 'name=shop'];
    argv.push(...pick(extras, what).flatMap((one) => ['--set', one]));
    const ended = await growing.repo.new(argv);
    growing.log.push({ words: `new ${argv.join(' ')}`, ended });
    assert.equal(ended.code, 0, ended.said);
    if (how % 2 === 1) growing.#remark();
    return growing;
  }

  /** All steps, as they would be typed, with their exit status. */
  story(): string {
    return this.log.map(({ words, ended }) => `${ended.code} ${words}`).join('\n');
  }

  get answers(): Values {
    return readYaml(this.repo.read(answersFile), answersFile) as Values;
  }

  get apps(): readonly string[] {
    return Object.keys(this.answers['apps'] as Values);
  }

  /** Comments before each key of the answers, and behind some. */
  #remark(): void {
    let count = 0;
    this.repo.edit(answersFile, (text) =>
      text
        .replaceAll(/^( *)(?=[a-z][\w-]*:)/gm, (_, indent: string) => `${indent}# remark ${count++}\n${indent}`)
        .replaceAll(/^( *[a-z]\w*: \w+)$/gm, (line) => (count++ % 3 === 0 ? `${line} # behind ${count}` : line)),
    );
  }

  /** One step, and what holds after it. */
  async step([kind, what, how]: Numbers): Promise<void> {
    const before = readTree(this.repo.root);
    const text = before[answersFile] ?? '';
    const verb = pick(['add', 'add', 'add', 'remove', 'remove', 'update', 'update'] as const, kind);
    const argv =
      verb === 'add'
        ? this.#addition(what, how)
        : verb === 'remove'
          ? this.#removal(what, how)
          : this.#change(what, how);
    if (argv === undefined) return;
    const ended = await this.run(verb, argv);
    const after = readTree(this.repo.root);
    assert.ok([0, 2].includes(ended.code), `exit status ${ended.code}: ${ended.said}\n${ended.out}`);
    if (ended.code === 2) {
      assert.deepEqual(after, before);
      return;
    }
    this.#keepsSecrets(before, after);
    this.#keepsRemarks(text, verb);
    await this.#isStill();
    await this.#isAsNew();
    if (verb === 'add' && how % 2 === 0 && !ended.out.includes('is there already')) await this.#back(before, argv);
  }

  /** A step, whatever comes of it. */
  async take(numbers: Numbers): Promise<Ended> {
    return this.run(...this.#words(numbers));
  }

  #words([kind, what, how]: Numbers): readonly [Verb, readonly string[]] {
    const verb = pick(['add', 'add', 'add', 'remove', 'remove', 'update', 'update'] as const, kind);
    const words = { add: this.#addition, remove: this.#removal, update: this.#change }[verb];
    return [verb, words.call(this, what, how)];
  }

  async run(verb: Verb, argv: readonly string[]): Promise<Ended> {
    const ended =
      verb === 'update' ? await this.repo.update(argv, noPrograms) : await this.repo.run(verb, argv, noPrograms);
    this.log.push({ words: [verb, ...argv].join(' '), ended });
    return ended;
  }

  #addition(what: number, how: number): readonly string[] {
    const app = pick(this.apps, how >> 1);
    const stack = ((this.answers['apps'] as Values)[app] as Values)['stack'];
    const name = pick(['extra', 'more', 'site2'], how >> 2);
    const start = stack === 'node' ? 'node src/server.js' : 'python -m app.main';
    const host = `edge.KIND.hostnames.${app}=${pick(['shop', 'www'], how >> 3)}.acme.dev`;
    const all: readonly (readonly string[])[] = [
      ['postgres', '--for', app],
      ['redis', '--for', app],
      ['redis', '--for', app, '--set', 'redis.engine=valkey', '--set', 'redis.version=9'],
      ['cache', '--for', app],
      ['mqtt', '--for', app],
      ['storage', '--for', app],
      ['storage', '--for', app, '--set', 'storage.mode=managed'],
      ['mail', '--for', app],
      ['postgres', '--for', app, '--set', 'postgres.mode=managed', '--set', 'postgres.provider=neon'],
      ['redis', '--for', app, '--set', 'redis.mode=managed'],
      ['pooler'],
      ['backup'],
      ['backup', '--set', 'backup.to=s3'],
      ['backup', '--set', 'backup.engine=pitr'],
      ['backup', '--set', 'backup.engine=files', '--set', 'backup.schedule=systemd'],
      ['sentry', '--for', app],
      ['opentelemetry', '--for', app],
      ['oidc', '--for', app],
      ['target', pick(['small', 'medium', 'large', 'selfhosted', 'digitalocean'], how >> 1)],
      ['target', 'attic', '--set', 'targets.attic.size=medium'],
      ['caddy', '--set', host.replace('KIND', 'caddy')],
      ['nginx', '--set', host.replace('KIND', 'nginx')],
      ['traefik', '--set', host.replace('KIND', 'traefik')],
      ['cloudflare', '--set', host.replace('KIND', 'cloudflare')],
      ['cloudflare', '--set', host.replace('KIND', 'cloudflare'), '--set', 'edge.cloudflare.config=local'],
      ['tailscale', '--set', `edge.tailscale.hostnames.${app}=${this.apps.length > 1 ? `shop/${app}` : 'shop'}`],
      ['node', name],
      ['fastapi', name],
      ['static', name],
      ['django', name],
      ['flask', name],
      ['laravel', name],
      ['worker', '--for', app, '--set', `apps.${app}.workers.worker.start=${start}`],
      ['worker', 'mailer', '--for', app, '--set', `apps.${app}.workers.mailer.start=${start}`],
      ['queue', pick(['queue', 'mails'], how >> 3), '--for', app],
      ['scheduler', '--for', app],
      ['websocket', '--for', app],
      ['horizon', '--for', app],
    ];
    return pick(all, what);
  }

  #names(): readonly string[] {
    const { answers } = this;
    const apps = Object.entries(answers['apps'] as Readonly<Record<string, Values>>);
    const keys = (value: unknown): readonly string[] =>
      isData(value) ? Object.keys(value) : Array.isArray(value) ? value.map(String) : [];
    return [
      ...['postgres', 'redis', 'cache', 'mqtt', 'storage', 'mail', 'backup', 'edge'].filter((name) => name in answers),
      ...(isData(answers['postgres']) && 'pooler' in answers['postgres'] ? ['pooler'] : []),
      ...keys(answers['targets']).map((name) => `targets.${name}`),
      ...apps.flatMap(([name, app]) => [
        `apps.${name}`,
        ...['workers', 'queues', 'integrations'].flatMap((key) =>
          keys(app[key]).map((one) => `apps.${name}.${key}.${one}`),
        ),
        ...['scheduler', 'reverb', 'horizon'].filter((key) => key in app).map((key) => `apps.${name}.${key}`),
      ]),
    ];
  }

  #removal(what: number, how: number): readonly string[] {
    const name = pick(this.#names(), what);
    return [name, ...(how % 5 === 0 ? [] : ['--disconnect']), ...(how % 2 === 0 ? ['--data', 'delete'] : [])];
  }

  #change(what: number, how: number): readonly string[] {
    const app = pick(this.apps, how >> 1);
    const { answers } = this;
    const its = (answers['apps'] as Values)[app] as Values;
    const either = <T>(a: T, b: T): T => (how % 2 === 0 ? a : b);
    const edge = isData(answers['edge']) ? (Object.keys(answers['edge'])[0] ?? '') : undefined;
    const changes: readonly (readonly string[] | undefined)[] = [
      [`apps.${app}.port=${either(Number(its['port'] ?? 3000) + 100, 9400)}`],
      [`apps.${app}.limits.memory=${either('512M', '300M')}`],
      [`apps.${app}.health=${either('/healthz', '/up')}`],
      [`secrets.from=${either('files', 'env')}`],
      either(['secrets.from=infisical'], ['secrets=null']),
      either(['images.from=registry', 'images.prefix=ghcr.io/acme'], ['images=null']),
      [`makefile=${either('true', 'false')}`],
      [`restart=${either('always', 'unless-stopped')}`],
      either(['logs.size=20m', 'logs.files=3'], ['logs=null']),
      'postgres' in answers
        ? either(
            [
              'postgres.mode=managed',
              'postgres.provider=neon',
              'postgres.limits=null',
              'postgres.pooler=null',
              'backup=null',
            ],
            ['postgres.mode=bundled', 'postgres.provider=null'],
          )
        : undefined,
      'redis' in answers
        ? either(['redis={mode: managed}'], ['redis={mode: bundled, engine: valkey, version: 8}'])
        : undefined,
      'postgres' in answers && this.apps.length > 1
        ? [`postgres.separate=${either('databases', 'schemas')}`]
        : undefined,
      'storage' in answers
        ? [`storage.mode=${either('managed', 'bundled')}`, `storage.buckets=${either('null', '[one,two]')}`]
        : undefined,
      'backup' in answers ? [`backup.engine=${pick(['restic', 'files', 'none', 'pitr'], how >> 1)}`] : undefined,
      'backup' in answers
        ? [`backup.keep.daily=${either('5', '9')}`, `backup.drill=${either('daily', 'never')}`]
        : undefined,
      edge === undefined
        ? undefined
        : [
            `edge.${edge}=null`,
            `edge.${pick(['caddy', 'nginx', 'traefik', 'cloudflare'], how >> 2)}.hostnames.${app}=shop.acme.dev`,
          ],
      [`composeFile=${either('compose.yaml', 'docker-compose.yml')}`],
      [`apps.${app}.environment.FEATURE=${either('{meaning: Whether it is on., default: "1"}', 'null')}`],
      [`apps.${app}.secrets=${either('[SESSION_KEY]', 'null')}`],
      [`name=${either('shop', 'store')}`],
    ];
    const sets = pick(changes, what);
    return (sets ?? []).flatMap((one) => ['--set', one]);
  }

  /** Values that were made, or given, are still there, wherever secrets are now. */
  #keepsSecrets(before: Tree, after: Tree): void {
    for (const [, name = '', value = ''] of (before['.env'] ?? '').matchAll(/^([A-Z_0-9]+)=(.+)$/gm)) {
      if (name === 'COMPOSE_FILE') continue;
      const found = [...(after['.env'] ?? '').matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, one]) => one);
      const file = after[`secrets/${name.toLowerCase()}`];
      assert.ok(
        found.includes(value) || file?.trim() === value.replace(/^'(.*)'$/, '$1'),
        `${name} was ${value}, is ${found.join(', ')} and ${file}`,
      );
    }
    for (const [path, value] of Object.entries(before))
      if (path.startsWith('secrets/') && !path.endsWith('.gitkeep') && !path.endsWith('.gitignore')) {
        const name = path.slice('secrets/'.length).toUpperCase();
        const env = new RegExp(`^${name}=(.*)$`, 'm').exec(after['.env'] ?? '')?.[1];
        assert.ok(
          after[path] === value || env === value.trim() || env === `'${value.trim()}'`,
          `${path} was ${value}, is ${after[path]}, ${env}`,
        );
      }
  }

  /** Remarks keep their order, and go only with what they are about. */
  #keepsRemarks(before: string, verb: string): void {
    const remarks = (text: string): readonly string[] => text.match(/# (?:remark|behind) \d+/g) ?? [];
    const kept = remarks(this.repo.read(answersFile));
    const left = remarks(before).filter((one) => verb === 'add' || kept.includes(one));
    assert.deepEqual(kept, left);
  }

  /** An update has nothing to do, and does nothing. */
  async #isStill(): Promise<void> {
    const before = readTree(this.repo.root);
    const { code, out, said } = await this.repo.update([], noPrograms);
    assert.equal(code, 0, said);
    assert.match(out, /Nothing to do/);
    assert.deepEqual(readTree(this.repo.root), before);
  }

  /** The tree is what these answers make from nothing. */
  async #isAsNew(): Promise<void> {
    const tree = readTree(this.repo.root);
    const { state, damage: _damage, ...record } = readBaseline(tree[baselineFile]);
    assert.equal(state, 'good');
    const generated = new Set(Object.keys(record.files));
    const other = new Repo(freshFolder());
    const sources = Object.entries(tree).filter(
      ([path]) => !generated.has(path) && !isOfMachine(path) && !path.endsWith('ignore'),
    );
    writeTree(other.root, Object.fromEntries([...sources, [answersFile, tree[answersFile] ?? '']]));
    const ended = await other.new(['--yes', '--on-conflict', 'overwrite']);
    assert.equal(ended.code, 0, ended.said);
    const made = readTree(other.root);
    replaceTree(other.root, {});
    assert.deepEqual(told(tree), told(made));
    // Patterns stay ignored, since what they are about may be there still.
    for (const path of Object.keys(made).filter((one) => one.endsWith('ignore')))
      assert.deepEqual(
        patterns(made[path]).filter((one) => !patterns(tree[path]).includes(one)),
        [],
        path,
      );
    assert.deepEqual(
      names(made['.env']).filter((one) => !names(tree['.env']).includes(one)),
      [],
    );
    assert.deepEqual(
      secretFiles(made).filter((one) => !(one in tree)),
      [],
    );
  }

  /** What was added goes again, and all is as it was. */
  async #back(before: Tree, argv: readonly string[]): Promise<void> {
    const [block = '', name = ''] = argv;
    const app = argv[argv.indexOf('--for') + 1] ?? '';
    const was = readYaml(before[answersFile] ?? '', answersFile) as Values;
    const now = this.answers;
    // Only what is there because of this step is taken out.
    const isNew = (key: string): boolean => !(key in was) && key in now;
    const isApp = ['node', 'fastapi', 'static', 'django', 'flask', 'laravel'].includes(block);
    if (isApp) {
      const more = ['postgres', 'redis', 'cache', 'mqtt', 'storage', 'mail'].some(isNew);
      if (more || name in (was['apps'] as Values)) return;
    }
    const role: Readonly<Record<string, string>> = { scheduler: 'scheduler', websocket: 'reverb', horizon: 'horizon' };
    const isLaravel = ((now['apps'] as Values)[app] as Values | undefined)?.['stack'] === 'laravel';
    const places: Readonly<Record<string, string>> = {
      target: `targets.${name}`,
      worker: isLaravel
        ? `apps.${app}.queues.${name === '--for' ? 'queue' : name}`
        : `apps.${app}.workers.${name === '--for' ? 'worker' : name}`,
      queue: isLaravel ? `apps.${app}.queues.${name}` : `apps.${app}.workers.${name}`,
      ...Object.fromEntries(['sentry', 'opentelemetry', 'oidc'].map((one) => [one, `apps.${app}.integrations.${one}`])),
    };
    if (['postgres', 'redis', 'cache', 'mqtt', 'storage', 'mail', 'backup'].includes(block) && !isNew(block)) return;
    if (['caddy', 'nginx', 'traefik', 'cloudflare', 'tailscale'].includes(block) && !isNew('edge')) return;
    const place = isApp
      ? `apps.${name}`
      : block in role && isLaravel
        ? `apps.${app}.${role[block]}`
        : (places[block] ?? block);
    const ended = await this.run('remove', [place, '--data', 'delete', '--disconnect']);
    assert.equal(ended.code, 0, ended.said);
    const after = readTree(this.repo.root);
    assert.equal(after[answersFile], before[answersFile]);
    const starters = new Set(isApp ? Object.keys(after).filter((path) => path.startsWith(`${name}/`)) : []);
    assert.deepEqual(told(after, starters), told(before, starters));
    this.#keepsSecrets(before, after);
    await this.#isStill();
  }
}

const isOfMachine = (path: string): boolean => /^(?:\.env$|secrets\/|\.prodstack\/)/.test(path);

function told(tree: Tree, without: ReadonlySet<string> = new Set()): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(
      ([path]) => !isOfMachine(path) && path !== answersFile && !path.endsWith('ignore') && !without.has(path),
    ),
  );
}

const patterns = (text = ''): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const names = (text = ''): readonly string[] => [...text.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name = '']) => name);
const secretFiles = (tree: Tree): readonly string[] => Object.keys(tree).filter((path) => path.startsWith('secrets/'));
