/** The verb on small repos of other people, in every format; `vitest -u` writes what is expected anew. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { runCheck } from '../../../generators/check.ts';
import { UserError } from '../../../generators/errors.ts';
import type { Io } from '../../../generators/io.ts';
import type { Run } from '../../../generators/programs.ts';
import { type CheckFormat, parseRequest } from '../../../generators/request.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A copy, so that nothing above it has a git of its own. */
function copyOf(name: string): string {
  const root = mkdtempSync(join(tmpdir(), 'prodstack-check-'));
  folders.push(root);
  cpSync(join(fixtures, name, 'repo'), join(root, 'shop'), { recursive: true });
  // Whatever a checkout makes of modes.
  if (name === 'worst') chmodSync(join(root, 'shop/scripts/clean.sh'), 0o644);
  return root;
}

/** Git as it is where these files are committed, in the folder `shop` of a repository. */
const git =
  (tracked: readonly string[]): Run =>
  async (_program, [command]) => ({
    exitCode: 0,
    stdout: command === 'ls-files' ? tracked.join('\0') : 'shop/\n',
    stderr: '',
  });
const noGit: Run = async () => ({ exitCode: 127, stdout: '', stderr: 'git is not installed' });

async function check(cwd: string, argv: readonly string[], run: Run = noGit, interactive = false) {
  const said = { out: '', err: '' };
  const io: Io = {
    cwd,
    home: '/nowhere',
    today: '2026-11-20',
    interactive,
    colors: false,
    version: '1.2.3',
    random: () => new Uint8Array(),
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    readStdin: async () => '',
  };
  const request = parseRequest(['check', ...argv], {});
  if (request.verb !== 'check') throw new Error('no check');
  return { code: await runCheck(request, io, run), ...said };
}

const endings: Readonly<Record<CheckFormat, string>> = {
  text: 'text.txt',
  json: 'report.json',
  sarif: 'results.sarif',
  github: 'annotations.txt',
};

describe.each(readdirSync(fixtures))('%s', (name) => {
  test.each(Object.entries(endings))('as %s', async (format, file) => {
    const root = copyOf(name);
    const { out } = await check(root, ['shop', '--format', format], git(['prod.env']));
    await expect(out.replaceAll(root, '/srv')).toMatchFileSnapshot(join(fixtures, name, file));
  });
});

describe('the exit status', () => {
  it('is 1 for errors, and for warnings where they fail, too', async () => {
    const root = copyOf('dockerfile');
    expect((await check(root, ['shop'])).code).toBe(0);
    expect((await check(root, ['shop', '--strict'])).code).toBe(0);
    writeFileSync(join(root, 'shop/Dockerfile'), 'FROM node:24.1\nCMD npm start\n');
    expect((await check(root, ['shop'])).code).toBe(0);
    expect((await check(root, ['shop', '--strict'])).code).toBe(1);
    expect((await check(copyOf('worst'), ['shop'])).code).toBe(1);
  });

  it('is 2 where there is nothing to check', async () => {
    const root = mkdtempSync(join(tmpdir(), 'prodstack-check-'));
    folders.push(root);
    mkdirSync(join(root, 'docs'));
    writeFileSync(join(root, 'docs/README.md'), '# Docs\n');
    await expect(check(root, ['docs'])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('nothing to check'),
    });
    await expect(check(root, ['nowhere'])).rejects.toThrow(UserError);
  });
});

describe('the file of known findings', () => {
  it('is written, hides what it knows, and tells what is fixed and what is new', async () => {
    const root = copyOf('worst');
    const file = join(root, 'shop/.prodstack/known-findings.json');
    const first = await check(root, ['shop', '--update-baseline']);
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Wrote \d+ known findings to shop\/\.prodstack/),
    });
    const known = readFileSync(file, 'utf8');

    expect((await check(root, ['shop'])).out).toMatch(/^\d+ ignored by comments, \d+ known; /m);
    expect((await check(root, ['shop', '--strict'])).code).toBe(0);
    // Lines move, and nothing is new.
    const compose = join(root, 'shop/docker-compose.yml');
    writeFileSync(compose, `# Moved\n\n${readFileSync(compose, 'utf8')}`);
    expect((await check(root, ['shop', '--strict'])).code).toBe(0);
    await check(root, ['shop', '--update-baseline']);
    expect(readFileSync(file, 'utf8')).toBe(known);

    writeFileSync(compose, readFileSync(compose, 'utf8').replace('restart: always', 'privileged: true'));
    const { code, out } = await check(root, ['shop']);
    expect(code).toBe(1);
    expect(out).toContain('(db): is privileged');
    expect(out).not.toContain('(api)');
    writeFileSync(
      compose,
      readFileSync(compose, 'utf8').replace('    privileged: true\n\n', '\n').replace('pid: host', ''),
    );
    await check(root, ['shop', '--update-baseline']);
    expect(readFileSync(file, 'utf8')).not.toBe(known);
  });

  it('is not written in a dry run', async () => {
    const root = copyOf('worst');
    expect((await check(root, ['shop', '--update-baseline', '--dry-run'])).out).toMatch(/^Would write/);
    expect(existsSync(join(root, 'shop/.prodstack'))).toBe(false);
  });

  it('may be another one, and must exist then', async () => {
    const root = copyOf('worst');
    await expect(check(root, ['shop', '--baseline', 'known.json'])).rejects.toThrow('there is no known.json');
    await check(root, ['shop', '--baseline', 'known.json', '--update-baseline']);
    expect((await check(root, ['shop', '--baseline', 'known.json'])).code).toBe(0);
  });
});

describe('what is asked', () => {
  it('are only some rules', async () => {
    const root = copyOf('worst');
    const only = JSON.parse((await check(root, ['shop', '--json', '--only', 'no-privileged,no-docker-socket'])).out);
    expect(only.findings).toMatchObject([{ rule: 'no-docker-socket', service: 'api' }]);
    expect(only.ignored).toMatchObject([{ rule: 'no-privileged', service: 'metrics' }]);
    const others = JSON.parse((await check(root, ['shop', '--json', '--skip', 'no-docker-socket'])).out);
    expect(others.findings.length).toBeGreaterThan(10);
    expect(JSON.stringify(others)).not.toContain('no-docker-socket');
  });

  it('is only one compose file', async () => {
    const root = copyOf('overlays');
    for (const file of ['deploy/docker-compose.yml', 'shop/deploy/docker-compose.yml']) {
      const { projects } = JSON.parse((await check(root, ['shop', '--json', '--file', file])).out);
      expect(projects).toMatchObject([{ directory: 'deploy' }]);
    }
    await expect(check(root, ['shop', '--file', 'nothing.yaml'])).rejects.toThrow('there is no nothing.yaml');
  });
});

it('never shows a secret', async () => {
  const root = copyOf('worst');
  for (const format of Object.keys(endings)) {
    const { out, err } = await check(root, ['shop', '--format', format], git(['prod.env']));
    expect(out + err).toContain('ADMIN_PASSWORD');
    expect(out + err).not.toMatch(/letmein|insecure|shop:shop/);
  }
});

it('reads every project of a large repo, and says on a terminal that this takes a while', async () => {
  const root = mkdtempSync(join(tmpdir(), 'prodstack-check-'));
  folders.push(root);
  for (let index = 0; index < 320; index++) {
    mkdirSync(join(root, `apps/${index}`), { recursive: true });
    writeFileSync(join(root, `apps/${index}/compose.yaml`), 'services:\n  web:\n    image: nginx:1.30\n');
  }
  const { out, err } = await check(root, ['--only', 'restart-set', '--json'], noGit, true);
  expect((JSON.parse(out) as { findings: unknown[] }).findings).toHaveLength(320);
  expect(err).toContain('Reading 320 compose projects');
});
