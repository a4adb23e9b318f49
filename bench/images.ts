/**
 * Images and containers beside what others write for the same app, on one engine: size, builds, start, idle memory.
 * Empties the build cache of the engine. Prints Markdown tables. `npm run bench:images [-- --only node]`
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { provideDockerfile } from '../test/support/engine.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string', default: '5' } } });

/** One app, and how each contestant makes an image of it. */
interface Fixture {
  readonly name: string;
  readonly folder: string;
  /** A source of the app, and a line that may be added to it. */
  readonly edit: { readonly file: string; readonly line: string };
  /** Adds one small dependency. */
  readonly addDependency: (folder: string) => Promise<void>;
  /** The port inside the container, and what is asked there; where it is empty, an open port is enough. */
  readonly port: number;
  readonly health: string;
  readonly contestants: readonly Contestant[];
}

interface Contestant {
  readonly name: string;
  /** Writes the Dockerfile, and what belongs to it, into a copy of the app. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Where it listens, if not where the fixture says, and what cannot be asked over HTTP. */
  readonly port?: number;
  readonly health?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Result {
  readonly name: string;
  readonly megabytes: number;
  readonly cold: number;
  readonly edit: number;
  readonly dependency: number;
  readonly start: number;
  readonly memory: number;
}

/** Our own files, without a database: the app is what is compared. */
function ours(...args: readonly string[]): Contestant {
  return {
    name: 'create-prodstack',
    prepare: async (folder) => {
      const without = ['--set', 'postgres=null', '--set', 'redis=null'];
      await execa(process.execPath, [join(root, 'dist/cli.js'), folder, '--yes', ...without, ...args]);
    },
  };
}

const fixtures: readonly Fixture[] = [
  {
    name: 'Node: Express, TypeScript, npm',
    folder: join(root, 'bench/fixtures/node'),
    edit: { file: 'src/server.ts', line: '// edited' },
    addDependency: async (folder) => {
      await execa('npm', ['install', '--package-lock-only', '--ignore-scripts', 'is-number@7.0.0'], { cwd: folder });
    },
    port: 3000,
    health: '/health',
    contestants: [
      ours(),
      {
        name: '@flydotio/dockerfile',
        prepare: async (folder) => {
          const peer = join(root, 'bench/work/node_modules/@flydotio/dockerfile/index.js');
          if (!existsSync(peer)) await install({ '@flydotio/dockerfile': '0.7.10' });
          await execa(process.execPath, [peer, '--force'], { cwd: folder });
        },
      },
    ],
  },
  {
    name: 'Python: FastAPI, pip',
    folder: join(root, 'bench/fixtures/python'),
    edit: { file: 'app/main.py', line: '# edited' },
    addDependency: async (folder) => appendFileSync(join(folder, 'requirements.txt'), 'six==1.17.0\n'),
    port: 8000,
    health: '/health',
    contestants: [
      ours(),
      {
        name: 'as the FastAPI documentation says',
        port: 80,
        prepare: async (folder) =>
          writeFileSync(
            join(folder, 'Dockerfile'),
            [
              'FROM python:3.13',
              'WORKDIR /code',
              'COPY ./requirements.txt /code/requirements.txt',
              'RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt',
              'COPY ./app /code/app',
              'CMD ["fastapi", "run", "app/main.py", "--port", "80"]',
              '',
            ].join('\n'),
          ),
      },
    ],
  },
  {
    name: 'Laravel: FrankenPHP and php-fpm',
    folder: join(root, 'bench/fixtures/laravel'),
    edit: { file: 'app/Greeting.php', line: '// edited' },
    addDependency: async (folder) => {
      const file = join(folder, 'composer.json');
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { require: Record<string, string> };
      writeFileSync(file, JSON.stringify({ ...manifest, require: { ...manifest.require, 'predis/predis': '*' } }));
    },
    port: 8080,
    health: '/up',
    contestants: [
      { ...ours(), environment: { APP_KEY: `base64:${Buffer.alloc(32, 7).toString('base64')}` } },
      {
        name: 'php:fpm in a single stage (FastCGI only: an open port counts)',
        port: 9000,
        health: '',
        prepare: async (folder) =>
          writeFileSync(
            join(folder, 'Dockerfile'),
            [
              'FROM php:8.4-fpm',
              'RUN apt-get update && apt-get install -y git unzip libpq-dev && docker-php-ext-install pdo_pgsql',
              'COPY --from=composer:2 /usr/bin/composer /usr/bin/composer',
              'WORKDIR /var/www/html',
              'COPY . .',
              'RUN composer install --no-interaction && chown -R www-data storage bootstrap/cache',
              '',
            ].join('\n'),
          ),
      },
    ],
  },
];

/** Packages that others are measured by; in a folder of their own, so that they are no dependencies of ours. */
async function install(packages: Readonly<Record<string, string>>): Promise<void> {
  const work = join(root, 'bench/work');
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  await execa('npm', ['install', '--no-audit', '--no-fund'], { cwd: work });
}

async function measure(fixture: Fixture, contestant: Contestant): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-bench-'));
  const image = `prodstack-bench-${folder.slice(-6).toLowerCase()}`;
  try {
    cpSync(fixture.folder, folder, { recursive: true });
    await contestant.prepare(folder);
    await provideDockerfile(join(folder, 'Dockerfile'));
    await execa('docker', ['builder', 'prune', '--all', '--force']);
    const cold = await build(folder, image);
    appendFileSync(join(folder, fixture.edit.file), `${fixture.edit.line}\n`);
    const edit = await build(folder, image);
    await fixture.addDependency(folder);
    const dependency = await build(folder, image);
    const size = await execa('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
    const runs = [];
    for (let run = 0; run < Number(values.runs); run++) runs.push(await runOnce(fixture, contestant, image));
    return {
      name: contestant.name,
      megabytes: Number(size.stdout) / 1e6,
      cold,
      edit,
      dependency,
      start: median(runs.map((one) => one.start)),
      memory: median(runs.map((one) => one.memory)),
    };
  } finally {
    await execa('docker', ['image', 'rm', '--force', image], { reject: false });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds that a build takes. */
async function build(folder: string, image: string): Promise<number> {
  const target = readFileSync(join(folder, 'Dockerfile'), 'utf8').includes(' AS production\n') ? ['production'] : [];
  const args = ['build', '--quiet', '--tag', image, ...target.flatMap((stage) => ['--target', stage]), '.'];
  const start = performance.now();
  await execa('docker', args, { cwd: folder });
  return (performance.now() - start) / 1000;
}

/** Starts a container: seconds until it answers, MiB that its processes hold afterwards. */
async function runOnce(
  fixture: Fixture,
  { port = fixture.port, health = fixture.health, environment = {} }: Contestant,
  image: string,
): Promise<{ readonly start: number; readonly memory: number }> {
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const begin = performance.now();
  const { stdout: id } = await execa('docker', ['run', '--detach', ...variables, image]);
  try {
    // The container itself, not a published port: Docker's proxy accepts before anybody listens.
    const { stdout: host } = await execa('docker', [
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      id,
    ]);
    while (!(await answers(host, port, health))) {
      if (performance.now() - begin > 60_000) throw new Error(`${image} does not answer at ${host}:${port}${health}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const start = (performance.now() - begin) / 1000;
    const { stdout: stats } = await execa('docker', ['stats', '--no-stream', '--format', '{{.MemUsage}}', id]);
    const [, amount = '0', unit = ''] = /^([\d.]+)(\w+)/.exec(stats) ?? [];
    return { start, memory: Number(amount) * (unit === 'GiB' ? 1024 : 1) };
  } finally {
    await execa('docker', ['rm', '--force', id]);
  }
}

async function answers(host: string, port: number, health: string): Promise<boolean> {
  if (health === '') {
    return new Promise((resolve) => {
      const socket = connect(port, host, () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
  try {
    return (await fetch(`http://${host}:${port}${health}`)).ok;
  } catch {
    return false;
  }
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

for (const fixture of fixtures.filter(({ name }) => name.toLowerCase().startsWith(values.only ?? ''))) {
  console.log(`\n### ${fixture.name}\n`);
  console.log('| | image, MB | cold build, s | after an edit, s | after a dependency, s | start, s | idle, MiB |');
  console.log('|---|---|---|---|---|---|---|');
  for (const contestant of fixture.contestants) {
    const one = await measure(fixture, contestant);
    const cells = [
      one.megabytes.toFixed(0),
      one.cold.toFixed(1),
      one.edit.toFixed(2),
      one.dependency.toFixed(1),
      one.start.toFixed(2),
      one.memory.toFixed(0),
    ];
    console.log(`| ${one.name} | ${cells.join(' | ')} |`);
  }
}
