import { describe, expect, it } from 'vitest';
import {
  applySplices,
  dependNoMore,
  dependOn,
  dependsByList,
  type Edit,
  editYaml,
  mount,
  readEnvFile,
  setVariable,
  unsetVariable,
  use,
  useNoMore,
} from '../../../generators/compose/edit/index.ts';
import { readYaml } from '../../../generators/compose/yaml.ts';

/** A service `web` with these lines, after what is asked for. */
function web(lines: string, ask: (file: unknown) => readonly Edit[]): string {
  const head = 'services:\n  web:\n';
  const text = `${head}${lines.replace(/^(?=.)/gm, '    ')}`;
  const after = applySplices(text, editYaml(text, ask(readYaml(text, 'compose.yaml')), 'compose.yaml'));
  return after.slice(head.length).replace(/^ {4}/gm, '');
}

describe('a service that waits for another one', () => {
  const on = (lines: string, conditions?: 'keep' | 'write') =>
    web(lines, (file) => dependOn(file, 'web', 'redis', 'service_healthy', conditions));

  it('says so with the condition where it waits for nothing yet', () => {
    const wanted = 'image: a\ndepends_on:\n  redis:\n    condition: service_healthy\n';
    expect(on('image: a\n')).toBe(wanted);
    expect(on('image: a\ndepends_on:\n')).toBe(wanted);
    expect(on('image: a\ndepends_on: []\n')).toBe(wanted);
  });

  it('says so in the form that is there', () => {
    expect(on('depends_on:\n  db:\n    condition: service_started\n')).toBe(
      'depends_on:\n  db:\n    condition: service_started\n  redis:\n    condition: service_healthy\n',
    );
    expect(on('depends_on: { db: { condition: service_started } }\n')).toBe(
      'depends_on: { db: { condition: service_started }, redis: { condition: service_healthy } }\n',
    );
    expect(on('depends_on: [db] # data\n')).toBe('depends_on: [db, redis] # data\n');
    expect(on('depends_on:\n- db\nimage: a\n')).toBe('depends_on:\n- db\n- redis\nimage: a\n');
  });

  it('says the condition in the place of a list where that is asked for', () => {
    expect(on('depends_on:\n  - db\n', 'write')).toBe(
      'depends_on:\n  db:\n    condition: service_started\n  redis:\n    condition: service_healthy\n',
    );
    expect(dependsByList(readYaml('services: { web: { depends_on: [db] } }', 'x'), 'web')).toBe(true);
    expect(dependsByList(readYaml('services: { web: { depends_on: { db: {} } } }', 'x'), 'web')).toBe(false);
  });

  it('stays as it is where it waits already, whatever for', () => {
    for (const lines of ['depends_on: [redis]\n', 'depends_on:\n  redis:\n    condition: service_started\n'])
      expect(on(lines)).toBe(lines);
  });

  it('waits no more', () => {
    const off = (lines: string) => web(lines, (file) => dependNoMore(file, 'web', 'redis'));
    expect(off('depends_on: [db, redis]\n')).toBe('depends_on: [db]\n');
    expect(off('image: a\ndepends_on:\n  # jobs\n  redis:\n    condition: service_healthy\n')).toBe('image: a\n');
    expect(off('depends_on: [db]\n')).toBe('depends_on: [db]\n');
  });
});

describe('a variable of a service', () => {
  const set = (lines: string) => web(lines, (file) => setVariable(file, 'web', 'URL', 'redis://r:6379'));
  const unset = (lines: string) => web(lines, (file) => unsetVariable(file, 'web', 'URL'));

  it('is added to the map, the list, or nothing', () => {
    expect(set('environment:\n  A: b\n')).toBe('environment:\n  A: b\n  URL: redis://r:6379\n');
    expect(set('environment:\n  - A=b\n')).toBe('environment:\n  - A=b\n  - URL=redis://r:6379\n');
    expect(set('image: a\n')).toBe('image: a\nenvironment:\n  URL: redis://r:6379\n');
    expect(set('environment: {}\n')).toBe('environment:\n  URL: redis://r:6379\n');
  });

  it('gets another value where it stands', () => {
    expect(set('environment:\n  URL: "x" # ours\n  A: b\n')).toBe(
      'environment:\n  URL: "redis://r:6379" # ours\n  A: b\n',
    );
    expect(set("environment:\n  - 'URL=x' # ours\n  - A=b\n")).toBe(
      "environment:\n  - 'URL=redis://r:6379' # ours\n  - A=b\n",
    );
    expect(set('environment:\n  - URL\n')).toBe('environment:\n  - URL=redis://r:6379\n');
  });

  it('is taken away', () => {
    expect(unset('environment:\n  A: b\n  URL: x\n')).toBe('environment:\n  A: b\n');
    expect(unset('image: a\nenvironment:\n  - URL=x\n')).toBe('image: a\n');
    expect(unset('environment:\n  - URLS=x\n')).toBe('environment:\n  - URLS=x\n');
  });
});

describe('what a service has by name', () => {
  const net = (lines: string) => web(lines, (file) => use(file, 'web', 'networks', 'back'));

  it('is added in the form that is there', () => {
    expect(net('networks: [front]\n')).toBe('networks: [front, back]\n');
    expect(net('networks:\n  front:\n    aliases: [shop]\n')).toBe(
      'networks:\n  front:\n    aliases: [shop]\n  back:\n',
    );
    expect(net('image: a\n')).toBe('image: a\nnetworks:\n  - back\n');
    expect(net('networks:\n  - back\n')).toBe('networks:\n  - back\n');
    const long = 'secrets:\n  - source: key\n    target: /run/key\n';
    expect(web(long, (file) => use(file, 'web', 'secrets', 'key'))).toBe(long);
    expect(web(long, (file) => use(file, 'web', 'secrets', 'other'))).toBe(`${long}  - other\n`);
  });

  it('is taken away', () => {
    const off = (lines: string) => web(lines, (file) => useNoMore(file, 'web', 'networks', 'back'));
    expect(off('networks: [front, back]\n')).toBe('networks: [front]\n');
    expect(off('image: a\nnetworks:\n  back:\n    aliases: [shop]\n')).toBe('image: a\n');
  });

  it('is mounted, and read from one more file', () => {
    expect(web('volumes:\n  - a:/a\n', () => mount('web', 'b:/b'))).toBe('volumes:\n  - a:/a\n  - b:/b\n');
    const env = (lines: string) => web(lines, (file) => readEnvFile(file, 'web', '.env.redis'));
    expect(env('env_file: .env # ours\n')).toBe('env_file: # ours\n  - .env\n  - .env.redis\n');
    expect(env('env_file:\n  - path: .env\n    required: false\n')).toBe(
      'env_file:\n  - path: .env\n    required: false\n  - .env.redis\n',
    );
    expect(env('image: a\n')).toBe('image: a\nenv_file:\n  - .env.redis\n');
    expect(env('env_file: [.env.redis]\n')).toBe('env_file: [.env.redis]\n');
  });
});
