/** `scripts/ctl` as somebody types it: real bash, and in place of Docker a program that writes down what it is told. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';
import { terminal } from '../../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-ctl-'));
const stack = join(folder, 'stack');
const elsewhere = join(folder, 'elsewhere');
const script = join(stack, 'scripts/ctl');
const told = join(folder, 'told');
const there = join(folder, 'there');
for (const path of ['bin', 'stack/scripts', 'elsewhere']) mkdirSync(join(folder, path), { recursive: true });
const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, FOLDER: folder };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The name that Docker gives a volume without one. */
const unnamed = 'e'.repeat(64);

/** Answers questions from files in the folder, and does nothing else. */
const docker = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$FOLDER/told"
project=shop
[[ " $* " =~ \\ (-p[ =]?|--project-name[ =])([a-z]+)\\  ]] && project=\${BASH_REMATCH[2]}
case " $* " in
  *' config ') sed "s/PROJECT/$project/" "$FOLDER/config" ;;
  *' volume ls --quiet --filter label='*) ;;
  *' volume ls '*) cat "$FOLDER/there" ;;
  *' volume inspect '*) echo "\${LABEL-backups}" ;;
  *' ps --all '*) echo c1 ;;
  *' ps --filter publish='*) cat "$FOLDER/publishes" ;;
  *' ps --status running '*) echo "\${RUNS-backup}" ;;
  *' inspect --type container '*) echo ${unnamed} ;;
  *' system df '*) echo shop_postgres-data 1.2GB ;;
  *' backup status '*) echo 'last good backup: 3 hours ago'; exit 1 ;;
  *' down '*) exit "\${DOWN:-0}" ;;
  *' backup run '*) exit "\${BACKUP:-0}" ;;
esac
`;

const config = `name: PROJECT
services:
  app:
    image: app
  postgres:
    volumes:
      - type: volume
        source: postgres-data
        target: /var/lib/postgresql
      - type: bind
        source: /srv/volumes
        target: /x
networks:
  app:
    name: PROJECT_app
volumes:
  backup-work:
    name: PROJECT_backup-work
  backups:
    name: PROJECT_backups
    external: true
  elsewhere:
    name: nfs_media
    external: true
  postgres-data:
    name: "PROJECT_postgres-data"
    external: true
`;

const view = (backup: boolean) => ({
  name: 'shop',
  baseFile: 'compose.yaml',
  volumes: [
    { name: 'postgres-data', holds: "'the database'" },
    { name: 'backups', holds: "'the backups'" },
  ],
  ports: [{ at: 'caddy:80', variable: 'HTTP_PORT' }],
  backup: backup && { service: 'backup', volume: 'backups' },
});

function put(backup: boolean): void {
  writeFileSync(script, render('scripts/ctl', view(backup)));
  chmodSync(script, 0o755);
}

writeFileSync(join(folder, 'bin/docker'), docker);
chmodSync(join(folder, 'bin/docker'), 0o755);

beforeEach(() => {
  put(true);
  rmSync(told, { force: true });
  writeFileSync(join(folder, 'config'), config);
  writeFileSync(there, 'shop_postgres-data\nshop_backups\nshop_backup-work\nnfs_media\n');
});

/** Every call of Docker, in order. */
const calls = (): readonly string[] => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);

/** Without a terminal, from another folder. */
async function ctl(line: string, more: NodeJS.ProcessEnv = {}) {
  const { exitCode, stdout, stderr } = await execa(script, line.split(' ').filter(Boolean), {
    cwd: elsewhere,
    env: { ...env, ...more },
    reject: false,
    stdin: 'ignore',
  });
  return { exitCode, stdout, stderr };
}

describe('without a terminal, ctl refuses', () => {
  it.each([
    'down -v',
    'down --volumes',
    'down --volume',
    'down --volumes=true',
    'down --volumes=1',
    'down --volumes=T',
    'down -v=true',
    'down -vt 5',
    'down -vt5',
    'down -t5 -v',
    'down -t 5 -v',
    'down --timeout 5 -v',
    'down --timeout=5 --volumes',
    'down --rmi all -v',
    'down --rmi=local --volumes',
    'down -v --rmi all',
    'down --remove-orphans -v',
    'down postgres -v',
    'down -v postgres',
    'down --volumes=false -v',
    'down --help=false -v',
    'down --dry-run=false -v',
    'down --some-new-option -v',
    '--profile x down -v',
    '--profile=x down -v',
    '-p other down -v',
    '-pother down -v',
    '-p=other down -v',
    '--project-name other down --volumes',
    '-f compose.yaml down -v',
    '-fcompose.yaml -f compose.prod.yaml down -v',
    '--file=compose.yaml down -v',
    '--project-directory . down -v',
    '--env-file .env down -v',
    '--ansi never --progress plain --parallel 2 down -v',
    '--compatibility down -v',
    '--verbose -v down -v',
    '--dry-run=false down -v',
    '--workdir . down -v',
    'compose down -v',
    'docker-compose down -v',
    'docker compose down -v',
    'docker --context x compose -p other down -v',
    'docker -H tcp://h:1 compose down -v',
    'rm -v',
    'rm -fsv',
    'rm -fv app',
    'rm app --volumes --force',
    'volume rm shop_postgres-data',
    'volume rm -f shop_postgres-data',
    'volume rm shop_postgres-data --force',
    'volume rm -- shop_postgres-data',
    'volume remove shop_postgres-data',
    'volume --help=false rm shop_postgres-data',
    '-p other volume rm other_postgres-data',
    'docker volume rm shop_postgres-data',
    'docker -D --log-level error volume rm shop_postgres-data',
    'docker -- volume rm shop_postgres-data',
    'volume prune',
    'volume prune -a',
    'volume prune --all',
    'volume prune -af',
    'volume prune --filter label=x --all --force',
    'volume prune --filter all=1 -f',
    'system prune --volumes',
    'system prune -af --volumes',
    'system prune --volumes=true -a',
    'docker system prune --volumes',
    'docker rm -v c1',
    'docker rm -fv c1',
    'container rm --volumes c1',
    'container remove -v c1',
  ])('%s', async (line) => {
    const { exitCode, stderr } = await ctl(line);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringContaining('there is no terminal to ask at'),
    });
    expect(calls()).toEqual([]);
  });
});

describe('ctl hands over unchanged', () => {
  it.each([
    ['ps', 'compose ps'],
    ['--profile x ps --all', 'compose --profile x ps --all'],
    ['-f compose.yaml -p other logs -f app', 'compose -f compose.yaml -p other logs -f app'],
    ['config --volumes', 'compose config --volumes'],
    ['volumes', 'compose volumes'],
    ['version', 'compose version'],
    ['stop -t 5', 'compose stop -t 5'],
    ['kill', 'compose kill'],
    ['rm -fs app', 'compose rm -fs app'],
    ['rm --volumes=false', 'compose rm --volumes=false'],
    ['exec postgres psql -v ON_ERROR_STOP=1', 'compose exec postgres psql -v ON_ERROR_STOP=1'],
    ['exec app rm -v down --volumes', 'compose exec app rm -v down --volumes'],
    ['cp app:/down -v', 'compose cp app:/down -v'],
    ['images -v', 'compose images -v'],
    ['compose ps', 'compose ps'],
    ['docker compose ps', 'compose ps'],
    ['docker --context x compose ps', '--context x compose ps'],
    ['docker ps -a', 'ps -a'],
    ['docker rm c1', 'rm c1'],
    ['container rm -f c1', 'container rm -f c1'],
    ['volume ls', 'volume ls'],
    ['volume create x', 'volume create x'],
    ['volume inspect rm prune', 'volume inspect rm prune'],
    ['volume rm --help', 'volume rm --help'],
    ['volume', 'volume'],
    ['-p other volume ls', 'volume ls'],
    ['system df -v', 'system df -v'],
    ['system prune -af', 'system prune -af'],
    ['system prune --volumes=false -a', 'system prune --volumes=false -a'],
    ['image prune -a', 'image prune -a'],
    ['builder prune -af', 'builder prune -af'],
    ['help down', 'compose help down'],
    ['--help down -v', 'compose --help down -v'],
    ['--dry-run up', 'compose --dry-run up'],
    ['up --help', 'compose up --help'],
    ['up -d --dry-run', 'compose up -d --dry-run'],
    ['run --help', 'compose run --help'],
    // Containers of profiles that are not in use would be left.
    ['down', 'compose --profile * down'],
    ['down -t 5 --rmi all', 'compose --profile * down -t 5 --rmi all'],
    ['down --volumes=false', 'compose --profile * down --volumes=false'],
    ['down -v=0', 'compose --profile * down -v=0'],
    ['down -v --volumes=F', 'compose --profile * down -v --volumes=F'],
    ['down -v --dry-run', 'compose down -v --dry-run'],
    ['down -v --help', 'compose down -v --help'],
    ['down --timeout -v', 'compose --profile * down --timeout -v'],
    ['down -- -v', 'compose --profile * down -- -v'],
    ['--profile x down', 'compose --profile x down'],
    ['--dry-run down -v', 'compose --dry-run down -v'],
  ])('%s', async (line, last) => {
    const { exitCode, stderr } = await ctl(line);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(calls()).toEqual([last]);
  });
});

it('ctl takes no guess which word the command is', async () => {
  for (const line of ['--new value down -v', '-x down -v', 'docker --new value volume rm x'])
    expect(await ctl(line)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not known here') });
  expect(calls()).toEqual([]);
  expect(await ctl('--new=value ps')).toMatchObject({ exitCode: 0 });
});

it('hands TERM on to Compose, also where it stays to say what a check had to say', async () => {
  writeFileSync(script, render('scripts/ctl', { ...view(false), checks: 'app-check' }));
  const up = `#!/usr/bin/env bash
case " $* " in
  *' config ') sed s/PROJECT/shop/ "$FOLDER/config" ;;
  *' volume '*) cat "$FOLDER/there" ;;
  *' up '*)
    trap 'echo ended >>"$FOLDER/told"; exit 7' TERM
    echo up
    while :; do sleep 0.1; done
    ;;
esac
`;
  writeFileSync(join(folder, 'bin/docker'), up);
  try {
    const running = execa(script, ['up'], { env: { ...env }, reject: false, stdin: 'ignore' });
    running.stdout.on('data', () => running.kill('SIGTERM'));
    expect((await running).exitCode).toBe(7);
    expect(calls()).toEqual(['ended']);
  } finally {
    writeFileSync(join(folder, 'bin/docker'), docker);
  }
}, 30_000);

it('ctl without a word says what it does', async () => {
  for (const line of ['', '--help', '-h', 'help']) {
    const { exitCode, stdout } = await ctl(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('Usage: scripts/ctl') });
  }
  expect(calls()).toEqual([]);
});

describe('before something starts', () => {
  const created = () =>
    calls()
      .filter((call) => call.startsWith('volume create'))
      .map((call) => call.split(' ').at(-1));

  it.each([
    'up -d',
    'create',
    'run --rm app sh -c down',
    'run --rm -v x:/y app --help',
    'scale app=2',
    'watch',
    '-f compose.yaml up',
  ])('%s makes the volumes that are missing', async (line) => {
    writeFileSync(there, 'shop_backups\nshop_postgres-data-before\n');
    const { exitCode, stderr } = await ctl(line);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'ctl: made the volume shop_postgres-data, new and empty: the database',
    });
    expect(created()).toEqual(['shop_postgres-data']);
    expect(calls().at(-1)).toBe(`compose ${line}`);
  });

  it('says on the volume whose it is and what it holds', async () => {
    writeFileSync(there, '');
    await ctl('up');
    expect(calls()).toContain(
      'volume create --label prodstack.project=shop --label prodstack.volume=postgres-data --label prodstack.holds=the database shop_postgres-data',
    );
  });

  it('makes them under the name of the project that starts', async () => {
    await ctl('-p other up');
    expect(created()).toEqual(['other_backups', 'other_postgres-data']);
  });

  it('makes none that another project has', async () => {
    writeFileSync(there, 'shop_postgres-data\nshop_backups\n');
    await ctl('up');
    expect(created()).toEqual([]);
  });

  it('leaves it to Compose to say what is wrong with its files', async () => {
    rmSync(join(folder, 'config'));
    expect(await ctl('up')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(calls().at(-1)).toBe('compose up');
  });
});

describe('a port that is taken', () => {
  const ports = (host = '') => `    ports:
      - mode: ingress
${host}        target: 80
        published: "80"
        protocol: tcp
      - mode: ingress
        target: 443
        published: "443"
        protocol: udp
`;
  /** A program of this name that prints a text. */
  const program = (name: string, text: string, bin = 'bin') => {
    writeFileSync(join(folder, bin, name), `#!/bin/sh\ncat <<'TEXT'\n${text}\nTEXT\n`);
    chmodSync(join(folder, bin, name), 0o755);
  };
  const listener = (address: string, who = 'users:(("nginx",pid=812,fd=6),("nginx",pid=813,fd=6))') =>
    program('ss', `LISTEN 0      511    ${address}:80     0.0.0.0:*    ${who}`);
  const put = (host?: string) =>
    writeFileSync(join(folder, 'config'), config.replace('  app:\n', `  caddy:\n${ports(host)}  app:\n`));

  beforeEach(() => {
    put();
    writeFileSync(join(folder, 'publishes'), '');
    program('ss', '');
  });

  const taken = (who: string) =>
    `ctl: port 80, which caddy publishes, is taken by ${who}: stop that, or set HTTP_PORT in .env`;

  it.each([
    ['a program', '0.0.0.0', undefined, 'nginx (process 812)'],
    ['one on IPv6', '[::]', undefined, 'nginx (process 812)'],
    ['one on one address', '127.0.0.1', undefined, 'nginx (process 812)'],
    ['one of somebody else', '*', '', 'a program that only root may name (sudo ss -ltnp "sport = :80")'],
  ])('is said before Compose is started: %s', async (_what, address, users, who) => {
    listener(address, users);
    expect(await ctl('up -d')).toMatchObject({ exitCode: 0, stderr: taken(who) });
    expect(calls().at(-1)).toBe('compose up -d');
  });

  it('is said of a container of another stack, and not of our own', async () => {
    listener('0.0.0.0', 'users:(("docker-proxy",pid=9,fd=7))');
    writeFileSync(join(folder, 'publishes'), 'blog-web-1 blog\n');
    expect((await ctl('up')).stderr).toBe(taken('the container blog-web-1'));
    writeFileSync(join(folder, 'publishes'), 'shop-caddy-1 shop\n');
    expect((await ctl('up')).stderr).toBe('');
  });

  it('is no matter on another address, for another service, or for what publishes nothing', async () => {
    listener('192.0.2.7');
    put('        host_ip: 127.0.0.1\n');
    expect((await ctl('up')).stderr).toBe('');
    listener('0.0.0.0');
    for (const line of ['up -d app', 'run app true', 'create']) expect((await ctl(line)).stderr, line).toBe('');
    expect((await ctl('up -d caddy')).stderr).toBe(taken('nginx (process 812)'));
  });

  it('is told by lsof where there is no ss, and by nobody where there is neither', async () => {
    const bin = join(folder, 'few');
    mkdirSync(bin);
    for (const name of ['bash', 'sh', 'awk', 'sed', 'cat', 'sort', 'dirname', 'env', 'grep']) {
      const { stdout } = await execa('bash', ['-c', `command -v ${name}`]);
      symlinkSync(stdout, join(bin, name));
    }
    symlinkSync(join(folder, 'bin/docker'), join(bin, 'docker'));
    expect((await ctl('up', { PATH: bin })).stderr).toBe('');
    program(
      'lsof',
      'COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\nhttpd 77 root 4u IPv6 0x1 0t0 TCP *:80 (LISTEN)',
      'few',
    );
    expect((await ctl('up', { PATH: bin })).stderr).toBe(taken('httpd (process 77)'));
  });
});

describe('in a terminal', () => {
  /** Types answers, each to its question. */
  async function answer(
    line: string,
    answers: readonly (readonly [question: string, text: string])[],
    more: NodeJS.ProcessEnv = {},
  ) {
    const words = [script, ...line.split(' ')];
    const screen = terminal(words, elsewhere, { program: 'bash', env: { ...env, ...more } });
    for (const [question, text] of answers) {
      await screen.until(question);
      screen.type(`${text}\r`);
    }
    return { exitCode: await screen.ended(), screen: screen.screen() };
  }

  /** The calls that change something. */
  const done = () => calls().filter((call) => /(?:^| )(?:down|rm|prune|remove)\b/.test(call) && !/ls|exec/.test(call));
  const no = ['Take a backup before that?', ''] as const;
  const name = ['type shop:', 'shop'] as const;

  it('down -v with the name of the project takes its data, and never the backups', async () => {
    const { exitCode, screen } = await answer('down -v', [no, name]);
    expect({ exitCode, done: done() }).toEqual({
      exitCode: 0,
      done: ['compose --profile * down -v', 'volume rm shop_postgres-data'],
    });
    expect(screen).toMatch(/shop_postgres-data +1\.2GB +the database/);
    expect(screen).toContain('shop_backup-work');
    expect(screen).toContain(`  ${unnamed.slice(0, 12)} `);
    expect(screen).toContain('last good backup: 3 hours ago');
    expect(screen).not.toMatch(/shop_backups|nfs_media/);
  });

  it.each(['', 'Shop', 'shop ', 'y', 'yes', 'shop_postgres-data', '*'])(
    'another word than the name: %j',
    async (word) => {
      const { exitCode, screen } = await answer('down -v', [no, ['type shop:', word]]);
      expect({ exitCode, done: done() }).toEqual({ exitCode: 3, done: [] });
      expect(screen).toContain('nothing was done');
    },
  );

  it('Ctrl-C and the end of the input are no answer', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const screen = terminal([script, 'down', '-v'], elsewhere, { program: 'bash', env });
      await screen.until('Take a backup');
      screen.type('\r');
      await screen.until('type shop:');
      screen.type(key);
      await screen.ended();
    }
    expect(done()).toEqual([]);
  });

  it('takes a backup first, if that is wanted, and removes nothing if it fails', async () => {
    await answer('down -v', [['Take a backup before that?', 'y'], name]);
    expect(calls()).toContain('compose exec -T backup backup run');
    expect(done()).toContain('volume rm shop_postgres-data');
    rmSync(told);
    const { exitCode } = await answer('down -v', [['Take a backup before that?', 'y']], { BACKUP: '1' });
    expect({ exitCode, done: done() }).toEqual({ exitCode: 3, done: [] });
  });

  it('says that nobody knows how old the last backup is, where the service does not run', async () => {
    const { exitCode, screen } = await answer('down -v', [name], { RUNS: 'app' });
    expect(exitCode).toBe(0);
    expect(screen).toMatch(/how old the last good backup is,.* does not run/);
  });

  it('removes no volume if Compose could not take the stack down', async () => {
    const { exitCode } = await answer('down -v', [no, name], { DOWN: '17' });
    expect({ exitCode, done: done() }).toEqual({ exitCode: 17, done: ['compose --profile * down -v'] });
  });

  it('takes no more than the volumes of the services that were named', async () => {
    await answer('down -v app', [no, name]);
    expect(done()).toEqual(['compose --profile * down -v app']);
    rmSync(told);
    await answer('down postgres -v', [no, name]);
    expect(done()).toEqual(['compose --profile * down postgres -v', 'volume rm shop_postgres-data']);
  });

  it('wants the name of the project that loses something', async () => {
    writeFileSync(there, 'other_postgres-data\nshop_postgres-data\n');
    const { exitCode } = await answer('-p other down -v', [no, ['type other:', 'other']]);
    expect({ exitCode, done: done() }).toEqual({
      exitCode: 0,
      done: ['compose -p other --profile * down -v', 'volume rm other_postgres-data'],
    });
  });

  it('volume rm of the backups wants the name of that volume, too', async () => {
    const line = 'volume rm shop_postgres-data shop_backups';
    const own = 'type shop_backups:';
    expect((await answer(line, [no, name, [own, 'shop']])).exitCode).toBe(3);
    expect(done()).toEqual([]);
    expect((await answer(line, [no, name, [own, 'shop_backups']])).exitCode).toBe(0);
    expect(done()).toEqual([line]);
  });

  it('volume prune --all spares the backups of every stack', async () => {
    const { screen } = await answer('volume prune --all', [no, name]);
    expect(done()).toEqual(['volume prune --all --filter label!=prodstack.volume=backups']);
    expect(screen).toContain('nfs_media');
    expect(screen).not.toContain('shop_backups');
  });

  it('volume prune --all is refused where nothing would spare them', async () => {
    const { exitCode, screen } = await answer('volume prune --all', [], { LABEL: '' });
    expect({ exitCode, done: done() }).toEqual({ exitCode: 3, done: [] });
    expect(screen).toContain('it would take shop_backups');
  });

  it.each(['volume prune', 'system prune --volumes -a', 'rm -fsv', 'docker rm -v c1'])(
    '%s takes volumes without a name, and says so',
    async (line) => {
      writeFileSync(there, `shop_postgres-data\n${unnamed}\n`);
      const { screen } = await answer(line, [no, name]);
      expect(done()).toEqual([
        line.startsWith('docker') ? 'rm -v c1' : line.startsWith('rm') ? `compose ${line}` : line,
      ]);
      expect(screen).toContain(`  ${unnamed.slice(0, 12)} `);
      expect(screen).not.toContain('shop_postgres-data');
    },
  );

  it('says that nobody knows what would be lost, where Compose cannot read its files', async () => {
    rmSync(join(folder, 'config'));
    const { exitCode, screen } = await answer('down -v', []);
    expect({ exitCode, done: done() }).toEqual({ exitCode: 3, done: [] });
    expect(screen).toContain('Compose cannot read the files');
    expect((await answer('volume rm shop_postgres-data', [no, name])).exitCode).toBe(0);
  });

  it('says so where a stack makes no backups', async () => {
    put(false);
    const { exitCode, screen } = await answer('down -v', [name]);
    expect({ exitCode, done: done() }).toEqual({
      exitCode: 0,
      done: ['compose --profile * down -v', 'volume rm shop_backups', 'volume rm shop_postgres-data'],
    });
    expect(screen).toContain('this stack makes no backups');
  });
});
