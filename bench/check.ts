/**
 * How long `create-prodstack check` takes in repos of 1, 50, 100, 200 and 400 compose projects, each with five services,
 * a Dockerfile, an example of .env and a script: whole process, medians. Prints a Markdown table. `--runs N` (default 5).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const cli = join(import.meta.dirname, '../dist/cli.js');
const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });

const compose = `services:
${['web', 'worker', 'scheduler']
  .map(
    (name) => `  ${name}:
    build: .
    command: ["node", "${name}.js"]
    environment:
      DATABASE_URL: postgres://app:\${POSTGRES_PASSWORD:?set it}@db/app
      REDIS_URL: redis://cache
    depends_on: [db, cache]
`,
  )
  .join('')}  db:
    image: postgres:18.6-trixie
    environment: { POSTGRES_PASSWORD: "\${POSTGRES_PASSWORD:?set it}" }
    volumes: [data:/var/lib/postgresql]
  cache:
    image: redis:8.10-trixie
volumes:
  data:
`;

function repoOf(projects: number): string {
  const root = mkdtempSync(join(tmpdir(), 'prodstack-bench-'));
  for (let index = 0; index < projects; index++) {
    const folder = join(root, `apps/app-${index}`);
    mkdirSync(join(folder, 'scripts'), { recursive: true });
    writeFileSync(join(folder, 'compose.yaml'), compose);
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM node:24.19-trixie-slim\nCOPY . .\nRUN npm ci\nCMD ["node", "web.js"]\n',
    );
    writeFileSync(join(folder, '.env.example'), 'POSTGRES_PASSWORD=\n');
    writeFileSync(
      join(folder, 'scripts/backup.sh'),
      '#!/bin/sh\nset -eu\ndocker compose exec db pg_dump app | gzip > app.gz\n',
    );
  }
  return root;
}

async function measure(projects: number): Promise<{ readonly time: number; readonly findings: number }> {
  const root = repoOf(projects);
  const times: number[] = [];
  let findings = 0;
  for (let run = 0; run < Number(values.runs); run++) {
    const start = performance.now();
    const { stdout, exitCode } = await execa(process.execPath, [cli, 'check', root, '--json'], { reject: false });
    times.push(performance.now() - start);
    if (exitCode !== 1) throw new Error(`check ended with ${exitCode}`);
    findings = JSON.parse(stdout).findings.length;
  }
  rmSync(root, { recursive: true });
  return { time: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN, findings };
}

console.log(`Node ${process.version}, ${cpus().length} cores, ${values.runs} runs, medians\n`);
console.log('| compose projects | services | findings | ms | ms for each project |\n|---|---|---|---|---|');
for (const projects of [1, 50, 100, 200, 400]) {
  const { time, findings } = await measure(projects);
  console.log(`| ${projects} | ${projects * 5} | ${findings} | ${time.toFixed(0)} | ${(time / projects).toFixed(1)} |`);
}
