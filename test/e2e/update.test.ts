/** A stack that runs and has data, edited by its owner, and brought up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import images from '../../templates/images.json' with { type: 'json' };
import {
  compose,
  containers,
  eventually,
  follow,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  prodstack,
  type Report,
  remove,
  serviceOf,
  setPorts,
  sql,
} from '../support/scenario.ts';

describe('a running stack that is brought up to date', async () => {
  const stack = await newStack('updated');
  const path = (file: string) => join(stack.directory, file);
  const read = (file: string) => readFileSync(path(file), 'utf8');
  const edit = (file: string, change: (text: string) => string) => {
    const [before, after] = [read(file), change(read(file))];
    expect(after, file).not.toBe(before);
    writeFileSync(path(file), after);
  };
  const git = (...args: readonly string[]) =>
    execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: stack.directory });
  const commit = async () => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'all');
  };
  const update = (...args: readonly string[]) =>
    prodstack(dirname(stack.directory), 'update', stack.name, '--json', ...args);

  /** What the owner wrote into files of ours. */
  const mine = {
    'compose.yaml': ['      # Mine.', '      MINE: "1"', '  sidecar:'],
    Dockerfile: ['LABEL mine=yes'],
    'scripts/verify': ['# mine, too'],
  };

  beforeAll(async () => {
    try {
      const report = await generate(stack, '--preset', 'node');
      setPorts(stack);
      // As templates of before had written it, and the baseline of the first version of its format.
      edit('compose.yaml', (text) => text.replace(/(redis\.sh[\s\S]*?stop_grace_period: )30s/, '$15s'));
      edit('compose.prod.yaml', (text) => `${text}# old\n`);
      edit('Dockerfile', (text) => `# old\n${text}`);
      const { files } = JSON.parse(read('.prodstack/baseline.json'));
      for (const file of ['compose.yaml', 'compose.prod.yaml', 'Dockerfile']) files[file] = read(file);
      writeFileSync(path('.prodstack/baseline.json'), JSON.stringify({ version: 1, files }));

      edit('compose.yaml', (text) =>
        text
          .replace('PORT: "3000"', 'PORT: "3000"\n      # Mine.\n      MINE: "1"')
          .replace(
            /\nnetworks:\n/,
            `\n  sidecar:\n    image: ${images['redis:8']}\n    command: [sleep, infinity]\n    init: true\n$&`,
          ),
      );
      edit('Dockerfile', (text) => `${text}LABEL mine=yes\n`);
      edit('scripts/verify', (text) => `${text}# mine, too\n`);
      await git('init', '--quiet');
      await commit();
      await follow(stack, report);
      await sql(stack, "CREATE TABLE kept AS SELECT 'still there' AS text");
    } catch (error) {
      await keepArtifacts(stack, 'updated');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `updated ${task.name}`));
  });
  afterAll(() => remove(stack));

  /** Runs what the report says comes next, and looks at what runs then. */
  async function upAndWell(report: Report): Promise<void> {
    const volumes = async () => (await inspect(stack, 'postgres')).Config.Labels['com.docker.compose.project'];
    const project = await volumes();
    await follow(stack, report);
    expect(await volumes()).toBe(project);
    expect(await sql(stack, 'SELECT text FROM kept')).toBe('still there');
    for (const [file, lines] of Object.entries(mine)) for (const line of lines) expect(read(file)).toContain(line);
    expect((await compose(stack, 'exec', '-T', 'app', 'printenv', 'MINE')).stdout).toBe('1');
    expect((await inspect(stack, 'app')).Config.Labels['mine']).toBe('yes');
    for (const container of await containers(stack))
      if (container.State.Health) expect(container.State.Health.Status, serviceOf(container)).toBe('healthy');
    await eventually(async () => expect((await http(stack.ports.app, '/health')).status).toBe(200));
  }

  it('with newer templates: data and edits are still there, git diff shows what is new, and once is enough', async () => {
    const secrets = read('.env');
    expect((await update('--check')).exitCode).toBe(1);
    const { exitCode, stdout, stderr } = await update();
    expect(exitCode, stderr).toBe(0);
    const changed = (await git('diff', '--name-only')).stdout.split('\n');
    expect(changed).toEqual(['.prodstack/baseline.json', 'Dockerfile', 'compose.prod.yaml', 'compose.yaml']);
    expect(read('compose.yaml')).toMatch(/redis\.sh[\s\S]*?stop_grace_period: 30s/);
    expect(read('Dockerfile')).not.toContain('# old');
    expect(read('.env')).toBe(secrets);
    await upAndWell(JSON.parse(stdout));
    expect((await update('--check')).exitCode).toBe(0);
  });

  it('with other answers: the new port and the new service are there, and so is all else', async () => {
    await commit();
    const answers = ['apps.app.port=3100', 'cache.mode=bundled', 'apps.app.uses=[postgres, redis, cache]'];
    const { exitCode, stdout, stderr } = await update(...answers.flatMap((answer) => ['--set', answer]));
    expect(exitCode, stderr).toBe(0);
    await upAndWell(JSON.parse(stdout));
    expect((await inspect(stack, 'redis-cache')).State.Health?.Status).toBe('healthy');
    expect((await compose(stack, 'exec', '-T', 'app', 'printenv', 'PORT')).stdout).toBe('3100');
  });
});
