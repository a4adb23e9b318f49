/**
 * Whole-process time and memory of `create-prodstack --preset node --yes` beside other tools, in alternating runs,
 * and how rendering and checking grow with the number of services. Prints Markdown tables. `--runs N` (default 15).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa, execaSync } from 'execa';
import { validate } from '../generators/answers/validate.ts';
import type { ComposeModel } from '../generators/compose/model.ts';
import { overlayFile } from '../generators/plan/compose.ts';
import { intend } from '../generators/plan/intend.ts';
import { runRules } from '../generators/rules/index.ts';
import { resolve } from '../generators/stack/resolve.ts';
import { ambient } from '../test/support/plan.ts';

const root = join(import.meta.dirname, '..');
const work = join(root, 'bench/work');
const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);

interface Contestant {
  readonly name: string;
  /** Arguments of node; the folder is empty, or holds what `prepare` put there. */
  readonly argv: readonly string[];
  readonly prepare?: (folder: string) => void;
}

/** The packages that others are measured by; in a folder of their own, so that they are no dependencies of ours. */
const peers = { 'create-vite': '9.3.0', '@flydotio/dockerfile': '0.7.10', plop: '4.0.5' };

function install(): (name: string, file: string) => string {
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'package.json'), JSON.stringify({ private: true, dependencies: peers }));
  execaSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: work });
  return (name, file) => join(work, 'node_modules', name, file);
}

function contestants(peer: ReturnType<typeof install>): readonly Contestant[] {
  return [
    {
      name: 'create-prodstack --preset node --yes',
      argv: [join(root, 'dist/cli.js'), 'out', '--preset', 'node', '--yes'],
    },
    { name: 'node -e 0', argv: ['-e', '0'] },
    {
      name: 'create-vite, vanilla template',
      argv: [peer('create-vite', 'index.js'), 'out', '--template', 'vanilla', '--no-interactive'],
    },
    {
      name: 'plop writing one file',
      argv: [peer('plop', 'bin/plop.js'), '--no-progress'],
      prepare: (folder) => {
        writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
        writeFileSync(
          join(folder, 'plopfile.js'),
          "export default (plop) => plop.setGenerator('one', { prompts: [], actions: [{ type: 'add', path: 'out.txt', template: 'hello' }] });\n",
        );
      },
    },
    {
      name: '@flydotio/dockerfile, small Express app',
      argv: [peer('@flydotio/dockerfile', 'index.js'), '--force'],
      prepare: (folder) => {
        writeFileSync(
          join(folder, 'package.json'),
          JSON.stringify({ name: 'x', scripts: { start: 'node index.js' }, dependencies: { express: '^5.0.0' } }),
        );
        writeFileSync(
          join(folder, 'package-lock.json'),
          JSON.stringify({ name: 'x', lockfileVersion: 3, packages: {} }),
        );
        writeFileSync(join(folder, 'index.js'), "require('express')().listen(3000);\n");
      },
    },
  ];
}

/** One run in a fresh folder: milliseconds, and with `memory` the peak in MiB of the largest process. */
async function measure({ argv, prepare }: Contestant, memory: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-bench-'));
  const peak = join(folder, '.peak');
  prepare?.(folder);
  const env = memory ? { NODE_OPTIONS: `--require=${join(root, 'bench/peak.cjs')}`, PEAK_FILE: peak } : {};
  const start = performance.now();
  await execa(process.execPath, argv, { cwd: folder, env, stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  const time = performance.now() - start;
  const result = memory ? Math.max(...readFileSync(peak, 'utf8').trim().split('\n').map(Number)) / 1024 : time;
  rmSync(folder, { recursive: true, force: true });
  return result;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function compareTools(): Promise<void> {
  const all = contestants(install());
  const times = all.map((): number[] => []);
  const peaks = all.map((): number[] => []);
  for (const one of all) await measure(one, false);
  for (let run = 0; run < runs; run++) {
    for (const [index, one] of all.entries()) times[index]?.push(await measure(one, false));
  }
  for (let run = 0; run < 3; run++) {
    for (const [index, one] of all.entries()) peaks[index]?.push(await measure(one, true));
  }
  const ours = median(times[0] ?? []);
  console.log(
    `\nNode ${process.version}, ${cpus().length} cores, ${runs} alternating runs, medians (lowest in brackets)\n`,
  );
  console.log('| whole process | ms | ours takes | peak MiB |\n|---|---|---|---|');
  for (const [index, { name }] of all.entries()) {
    const time = times[index] ?? [];
    const ratio = index === 0 ? '' : `${(ours / median(time)).toFixed(2)} of it`;
    console.log(
      `| ${name} | ${median(time).toFixed(0)} (${Math.min(...time).toFixed(0)}) | ${ratio} | ${median(peaks[index] ?? []).toFixed(0)} |`,
    );
  }
}

/** Answers with so many apps, and with them so many services. */
function many(apps: number) {
  const app = (index: number) => ({
    stack: 'node',
    path: `apps/a${index}`,
    framework: 'none',
    packageManager: 'npm',
    frozen: true,
    version: 24,
    build: 'build',
    start: 'node server.js',
    dev: 'node server.js',
    scripts: false,
    port: 2000 + index,
    health: '/health',
    uses: ['postgres', 'redis'],
  });
  return validate({
    prodstack: 1,
    name: 'many',
    apps: Object.fromEntries(Array.from({ length: apps }, (_, index) => [`a${index}`, app(index)])),
    postgres: { mode: 'bundled', version: 18 },
    redis: { mode: 'bundled', version: 8 },
  });
}

function growth(): void {
  console.log(
    '\n| services | render and verify, ms | a service | production rules, ms | a service |\n|---|---|---|---|---|',
  );
  for (const services of [25, 50, 100, 200]) {
    const answers = many(services - 2);
    const files = intend(answers, resolve(answers), ambient).flatMap((file) => ('content' in file ? [file] : []));
    const render = best(() => intend(answers, resolve(answers), ambient));
    const folder = mkdtempSync(join(tmpdir(), 'prodstack-bench-'));
    for (const { path, content } of files) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const composeFiles = ['compose.yaml', overlayFile('compose.yaml', 'prod')];
    const { stdout } = execaSync(
      'docker',
      ['compose', ...composeFiles.flatMap((file) => ['-f', file]), 'config', '--format', 'json'],
      {
        cwd: folder,
        env: { POSTGRES_PASSWORD: 'x', REDIS_PASSWORD: 'x' },
      },
    );
    const model = JSON.parse(stdout) as ComposeModel;
    const text = (matches: (path: string) => boolean) =>
      files.filter((file) => matches(file.path)).map(({ path, content }) => ({ path, text: content }));
    const project = {
      directory: folder,
      combinations: [{ name: 'production', files: composeFiles, purpose: 'production' as const, model }],
      composeFiles: text((path) => composeFiles.includes(path)),
      dockerfiles: text((path) => path.endsWith('Dockerfile')).map((file) => ({
        ...file,
        context: file.path.replace('/Dockerfile', ''),
      })),
      dockerignores: [],
      envFiles: text((path) => path.startsWith('.env.')),
      scripts: [],
    };
    const rules = best(() => runRules(project));
    rmSync(folder, { recursive: true, force: true });
    console.log(
      `| ${services} | ${render.toFixed(0)} | ${(render / services).toFixed(2)} | ${rules.toFixed(0)} | ${(rules / services).toFixed(2)} |`,
    );
  }
}

/** The lowest of five runs, in milliseconds. */
function best(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 5 }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    }),
  );
}

await compareTools();
growth();
