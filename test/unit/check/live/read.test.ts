import { describe, expect, test } from 'vitest';
import { readLive } from '../../../../generators/live.ts';
import type { Ended, Run } from '../../../../generators/programs.ts';
import type { Project } from '../../../../generators/rules/types.ts';
import { recorded } from './recorded.ts';

const ok = (stdout: string): Ended => ({ stdout, stderr: '', exitCode: 0 });
const fail = (stderr: string, exitCode = 1): Ended => ({ stdout: '', stderr, exitCode });

const rows = [
  ['1', 'shop-web-1', 'shop', '/srv/shop', 'running', ''],
  ['2', 'other-db-1', 'other', '/srv/other', 'running', 'shop_data'],
  ['3', 'lonely', '', '', 'running', ''],
]
  .map((row) => row.join('\t'))
  .join('\n');

/** An engine that answers by the first words of what it is asked. */
function engine(answers: Readonly<Record<string, Ended>>): { readonly run: Run; readonly asked: string[] } {
  const asked: string[] = [];
  const usual: Readonly<Record<string, Ended>> = {
    'ps --all': ok(`${rows}\n`),
    'context inspect': ok('unix:///var/run/docker.sock\n'),
    info: ok('25276518400\t2026-11-21T16:38:11.25Z\t/var/lib/docker\n'),
    inspect: ok(recorded('inspect.json')),
    'compose --project-name shop --project-directory /srv/shop --profile * --file /srv': ok(recorded('config.json')),
    'compose --project-name shop --project-directory /srv/shop --profile * --file -': ok(recorded('hashes.txt')),
    'volume ls': ok('shop_data\n'),
    'image inspect': ok('sha256:f4\n'),
    stats: ok(recorded('stats.ndjson')),
    events: ok(recorded('events.ndjson')),
    top: ok(recorded('top-root.txt')),
  };
  const run: Run = async (program, args) => {
    const line = args.join(' ');
    asked.push(`${program} ${line}`);
    const all = { ...usual, ...answers };
    return all[Object.keys(all).find((start) => line.startsWith(start)) ?? ''] ?? fail(`unexpected: ${line}`);
  };
  return { run, asked };
}

const nothing: Project = {
  directory: '',
  combinations: [],
  composeFiles: [],
  dockerfiles: [],
  dockerignores: [],
  envFiles: [],
  scripts: [],
};
const target = { folders: ['/srv/shop'], projects: [nothing] };
const named = (text: string) => ({ ...nothing, composeFiles: [{ path: 'compose.yaml', text }] });

describe('what is read', () => {
  test('is the stacks that were started from the repo', async () => {
    const { run } = engine({});
    const { stacks, notes } = await readLive(target, run, Date.now, () => undefined);
    expect(notes).toEqual([]);
    expect(stacks).toMatchObject([{ name: 'shop', refused: undefined, combination: { files: ['compose.yaml'] } }]);
    expect(stacks[0]?.hashes.get('web')).toMatch(/^[0-9a-f]{64}$/);
    expect(stacks[0]?.containers.length).toBeGreaterThan(5);
  });

  test('is also a stack that a file of the repo calls by name, and where that is from is said', async () => {
    const { run } = engine({});
    const elsewhere = { folders: ['/home/me/clone'], projects: [named('name: shop\nservices: {}\n')] };
    const { notes } = await readLive(elsewhere, run, Date.now, () => undefined);
    expect(notes).toEqual(['shop was started from /srv/shop, and is compared with the files there.']);
  });

  test('knows files for development by what the repo is', async () => {
    const own = named('services: {}\n');
    const combination = {
      name: 'x',
      files: ['compose.yaml'],
      purpose: 'development' as const,
      model: { services: {} },
    };
    const projects = [{ ...own, combinations: [combination] }];
    const { stacks } = await readLive({ ...target, projects }, engine({}).run, Date.now, () => undefined);
    expect(stacks[0]?.combination?.purpose).toBe('development');
  });

  test('is asked for with commands that change nothing', async () => {
    const { run, asked } = engine({});
    await readLive(target, run, Date.now, () => undefined);
    const verbs = new Set(asked.map((line) => /^docker (compose|volume|image|context|\S+)/.exec(line)?.[1]));
    expect([...verbs].sort()).toEqual([
      'compose',
      'context',
      'events',
      'image',
      'info',
      'inspect',
      'ps',
      'stats',
      'top',
      'volume',
    ]);
    expect(
      asked
        .filter((line) => line.startsWith('docker compose'))
        .every((line) => / config --(?:format json|hash)/.test(line)),
    ).toBe(true);
  });

  test('says why Compose refuses the files, and looks at the containers all the same', async () => {
    const { run } = engine({
      'compose --project-name shop --project-directory /srv/shop --profile * --file /srv': fail(
        'time="..." level=warning\nrequired variable DB_PASSWORD is missing a value: set it in .env\n',
      ),
    });
    const { stacks } = await readLive(target, run, Date.now, () => undefined);
    expect(stacks[0]?.refused).toBe('required variable DB_PASSWORD is missing a value: set it in .env');
    expect(stacks[0]?.containers.length).toBeGreaterThan(5);
  });

  test('knows the disk of an engine on this machine only', async () => {
    const space = () => ({ free: 1, size: 2, freeFiles: 3, files: 4 });
    const here = await readLive(target, engine({}).run, Date.now, space);
    expect(here.stacks[0]?.host.disk).toMatchObject({ path: '/var/lib/docker', free: 1 });
    const far = engine({ 'context inspect': ok('ssh://deploy@example.com\n') });
    const there = await readLive(target, far.run, Date.now, space);
    expect(there.stacks[0]?.host.disk).toBeUndefined();
    expect(there.notes).toEqual(['The engine is that of ssh://deploy@example.com.']);
  });

  test('is without what an engine does not tell', async () => {
    const { run } = engine({
      stats: fail('x'),
      events: fail('x'),
      top: fail('x'),
      info: fail('x'),
      'image inspect': fail('x'),
    });
    const { stacks } = await readLive(target, run, Date.now, () => undefined);
    expect(stacks[0]).toMatchObject({ memory: new Map(), kills: new Map(), images: new Map() });
    expect(stacks[0]?.host).toMatchObject({ memory: 0, engineTime: undefined });
  });
});

describe('a backup', () => {
  const inspected = JSON.parse(recorded('inspect.json')) as { Config: { Cmd: string[] }; State: { Status: string } }[];
  const db = inspected.filter(({ State }) => State.Status === 'running').slice(0, 1);
  const withBackup = ok(
    JSON.stringify(db.map((one) => ({ ...one, Config: { ...one.Config, Cmd: ['backup', 'schedule'] } }))),
  );

  test('is asked how it is, and heard although it is ill', async () => {
    const answer = {
      stdout: JSON.stringify({ problems: ['there is no backup yet'], warnings: [] }),
      stderr: '',
      exitCode: 1,
    };
    const { run } = engine({ inspect: withBackup, exec: answer });
    const { stacks } = await readLive(target, run, Date.now, () => undefined);
    expect([...(stacks[0]?.backups.values() ?? [])]).toEqual([{ problems: ['there is no backup yet'], warnings: [] }]);
  });

  test('that does not answer is reported with its last words', async () => {
    const { run } = engine({ inspect: withBackup, exec: fail('some\nlast words\n') });
    const { stacks } = await readLive(target, run, Date.now, () => undefined);
    expect([...(stacks[0]?.backups.values() ?? [])]).toEqual(['last words']);
  });
});

describe('where there is nothing to read', () => {
  test.each([
    ['no docker', fail('docker is not installed', 127), 'docker is not installed here', 3],
    [
      'no engine',
      fail('Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?'),
      'does not answer',
      3,
    ],
    ['no permission', fail('permission denied while trying to connect'), 'does not answer: permission denied', 3],
    ['no patience', fail('', 124), 'it took too long', 3],
    ['no stack', ok('3\tlonely\t\t\trunning\t\n'), 'There is no container of this repo.', 2],
  ])('%s is said', async (_, answer, message, exitCode) => {
    const { run } = engine({ 'ps --all': answer });
    await expect(readLive(target, run)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exitCode,
      hint: expect.stringMatching(/./),
    });
  });
});
