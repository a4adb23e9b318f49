import { describe, expect, it } from 'vitest';
import { readRepo } from '../../../generators/check/project.ts';
import type { Source } from '../../../generators/check/reader.ts';
import { UserError } from '../../../generators/errors.ts';
import { runRules } from '../../../generators/rules/index.ts';

function source(files: Readonly<Record<string, string>>): Source {
  return {
    files: Object.keys(files).sort(),
    read: (path) => files[path],
    raw: (path) => {
      if (files[path] === 'BINARY') throw new UserError('repo', `${path} is not UTF-8`);
      return files[path] === undefined ? undefined : { text: files[path], mode: 0o644 };
    },
  };
}

const read = (files: Readonly<Record<string, string>>, tracked: readonly string[] = []) =>
  readRepo(source(files), { tracked: new Set(tracked), modes: true });
const paths = (files: readonly { readonly path: string }[] = []) => files.map(({ path }) => path);
const compose = 'services:\n  a:\n    image: a:1\n';

describe('a repo', () => {
  it('has each of its compose projects apart, and what belongs to none', () => {
    const { projects, parts } = read({
      'compose.yaml': 'services:\n  api:\n    build: { context: ., dockerfile: docker/api.Dockerfile }\n',
      'docker/api.Dockerfile': 'FROM a:1\n',
      'docker/api.Dockerfile.dockerignore': '.env\n',
      '.dockerignore': '.git\n',
      'other/compose.yaml': compose,
      'tools/Dockerfile': 'FROM b:1\n',
      'tools/.dockerignore': '.env\n',
    });
    expect(projects.map(({ directory }) => directory)).toEqual(['.', 'other']);
    expect(parts.map((one) => paths(one.dockerfiles))).toEqual([['docker/api.Dockerfile'], [], ['tools/Dockerfile']]);
    expect(paths(parts[0]?.dockerignores)).toEqual(['.dockerignore', 'docker/api.Dockerfile.dockerignore']);
    expect(parts[2]?.dockerfiles).toMatchObject([{ context: 'tools' }]);
  });

  it('has its example of .env where Compose is told to count from, whichever folder its files are in', () => {
    const needing = 'services:\n  a:\n    image: a:1\n    environment:\n      KEY: ${KEY}\n';
    const files = {
      'compose/base.yml': needing,
      '.env.example': '# What opens it.\nKEY=\n',
      Makefile: 'up:\n\tdocker compose --project-directory . -f compose/base.yml up -d\n',
    };
    const found = (tree: Readonly<Record<string, string>>) =>
      read(tree).parts.flatMap((part) => runRules(part, new Set(['env-declared'])).map(({ message }) => message));
    expect(found(files)).toEqual([]);
    expect(found({ ...files, Makefile: '' })).toEqual(['KEY needs a value, and there is no .env.example']);
  });

  it('has paths from its root, wherever a project is', () => {
    const { parts } = read({
      'deploy/compose.yaml': 'services:\n  api:\n    build: ../api\n    volumes: ["./nginx:/etc/nginx"]\n',
      'deploy/nginx/nginx.conf': 'events {}\n',
      'api/Dockerfile': 'FROM a:1\n',
    });
    expect(parts[0]?.dockerfiles).toMatchObject([{ path: 'api/Dockerfile', context: 'api' }]);
    expect(paths(parts[0]?.mountedFiles)).toEqual(['deploy/nginx/nginx.conf']);
  });

  it('notes what is included from elsewhere, and finds nothing wrong with it', () => {
    const { parts, notes } = read({
      'compose.yaml': `include: ["oci://acme/base:1"]\n${compose}    depends_on: [db]\n`,
      'compose.prod.yaml': 'services:\n  a:\n    init: true\n',
    });
    expect(notes).toEqual(['compose.yaml:1: oci://acme/base:1 cannot be read from here']);
    expect(parts.flatMap(({ rejected }) => rejected ?? [])).toEqual([]);
  });

  it('guesses the context of a Dockerfile that nobody builds by what it copies', () => {
    const { parts } = read({
      'docker/api/Dockerfile': 'FROM a:1\nCOPY package.json src/ ./\n',
      'package.json': '{}\n',
      'src/a.js': '',
    });
    expect(parts.at(-1)?.dockerfiles).toMatchObject([{ context: '.' }]);
  });

  it('leaves out what runs nowhere', () => {
    const { files } = read({
      'compose.yaml': compose,
      'fixtures/Dockerfile': 'FROM a\n',
      '.devcontainer/Dockerfile': 'FROM a\n',
      'node_modules.txt': '',
      '{{slug}}/compose.yaml': compose,
      'scripts/test.sh': 'docker compose down -v\n',
      'dev/.env.example': 'A_PASSWORD=a\n',
    });
    expect(paths(files)).toEqual(['compose.yaml']);
  });

  it('takes env files with values only where git has them', () => {
    const files = { 'compose.yaml': compose, '.env': 'A=1\n', 'app.env': 'B=1\n', '.env.test': 'C=1\n' };
    expect(paths(read(files, ['.env', '.env.test']).parts[0]?.committedEnvFiles)).toEqual(['.env']);
    expect(read(files).parts[0]?.committedEnvFiles).toEqual([]);
  });

  it('reads variables from the example, so that every machine says the same', () => {
    const image = (files: Readonly<Record<string, string>>, tracked: readonly string[] = []) =>
      read({ 'compose.yaml': 'services:\n  a:\n    image: redis:${TAG}\n', ...files }, tracked).parts[0]
        ?.combinations[0]?.model.services['a']?.image;
    expect(image({ '.env': 'TAG=mine\n', '.env.example': 'TAG=8.2\n' })).toBe('redis:8.2');
    expect(image({ '.env': 'TAG=ours\n', '.env.example': 'TAG=8.2\n' }, ['.env'])).toBe('redis:ours');
    expect(image({ '.env': 'TAG=mine\n' })).toBe('redis:mine');
    // Nobody knows what runs.
    expect(image({})).toBe('${TAG}');
  });

  it('knows what is for development by its names', () => {
    const { projects, parts, notes } = read({
      'compose.yaml': compose,
      'compose.override.yaml': 'services:\n  a:\n    build: { context: ., dockerfile: Dockerfile.dev }\n',
      'compose.prod.yaml': 'services:\n  a:\n    restart: always\n',
      'Dockerfile.dev': 'FROM a:1\n',
      'local/compose.yaml': compose,
    });
    expect(projects.map(({ combinations }) => combinations.map(({ purpose }) => purpose))).toEqual([
      ['base', 'production', 'development'],
      ['development'],
    ]);
    expect(parts[0]?.dockerfiles).toMatchObject([{ path: 'Dockerfile.dev', development: true }]);
    expect(notes).toEqual([expect.stringContaining('local/compose.yaml')]);
  });

  it('goes on past a file that is no text, and says so', () => {
    const { notes, parts } = read({ 'compose.yaml': compose, Dockerfile: 'BINARY', 'bin/tool': 'BINARY' });
    expect(notes).toEqual(['Dockerfile was not read: Dockerfile is not UTF-8']);
    expect(parts[0]?.combinations).toHaveLength(1);
  });
});
