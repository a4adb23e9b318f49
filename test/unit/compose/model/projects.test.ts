import { describe, expect, it } from 'vitest';
import { findProjects } from '../../../../generators/compose/model/index.ts';
import { filesOf } from './files.ts';

const whole = 'services:\n  app: { image: "a:1", ports: ["80:80"] }\n  db: { image: "d:1" }\n';
const part = 'services:\n  app: { environment: { A: 1 } }\n';
const more = 'services:\n  grafana: { image: "g:1" }\n';

/** What is found, one line per combination. */
function found(texts: Readonly<Record<string, string>>): readonly string[] {
  return findProjects(filesOf(texts)).flatMap(({ directory, combinations }) =>
    combinations.map(({ purpose, files }) => `${directory} ${purpose}: ${files.join(' ')}`),
  );
}

describe('the compose projects of a repo', () => {
  it('are one of one file, which is what is deployed', () => {
    expect(found({ 'docker-compose.yml': whole, 'mkdocs.yml': 'nav: []\n' })).toEqual([
      '. production: docker-compose.yml',
    ]);
  });

  it('have a base, overlays for what their names say, and hosts on top of production', () => {
    expect(
      found({
        'compose.yaml': whole,
        'compose.dev.yaml': part,
        'compose.prod.yaml': part,
        'compose.build.yaml': 'services:\n  app: { image: "a:1", build: . }\n',
        'compose.hetzner.yaml': part,
        'compose.test.yaml': part,
      }),
    ).toEqual([
      '. base: compose.yaml',
      '. production: compose.yaml compose.prod.yaml',
      '. development: compose.yaml compose.dev.yaml',
      '. development: compose.yaml compose.test.yaml',
      '. production: compose.yaml compose.prod.yaml compose.hetzner.yaml',
      '. base: compose.yaml compose.build.yaml',
    ]);
  });

  it('are deployed without an overlay where only development has one', () => {
    expect(found({ 'docker-compose.yml': whole, 'docker-compose.dev.yml': part })).toEqual([
      '. production: docker-compose.yml',
      '. development: docker-compose.yml docker-compose.dev.yml',
    ]);
  });

  it('have an override for development, too, where it builds or mounts what only developers want', () => {
    const built = 'services:\n  app: { build: ./app, ports: ["80:80"] }\n';
    const overrides = [
      'services:\n  app: { build: { target: dev } }\n',
      'services:\n  app: { volumes: ["./app:/src"] }\n',
      'services:\n  app:\n    volumes:\n      - { type: bind, source: ./app/, target: /src }\n',
    ];
    for (const override of overrides)
      expect(found({ 'compose.yaml': built, 'compose.override.yaml': override })).toEqual([
        '. production: compose.yaml',
        '. development: compose.yaml compose.override.yaml',
      ]);
    const mounted = 'services:\n  app: { volumes: ["./app/app.conf:/etc/app.conf:ro"] }\n';
    expect(found({ 'compose.yaml': built, 'compose.override.yaml': mounted })[0]).toBe('. base: compose.yaml');
  });

  it('are put together as a Makefile does, whose variables are worked out, with the folder that it says', () => {
    const app = 'services:\n  app: { build: ./app }\n';
    const files = {
      'compose/base.yml': app,
      'compose/dev.yml': part,
      'compose/db.yml': 'services:\n  app: { depends_on: [db] }\n  db: { image: "d:1" }\n',
      'compose/prod.yml': 'services:\n  app: { image: "a:2", restart: always }\n',
      'compose/monitoring.yml': more,
      '.env': 'A=1\n',
      Makefile: [
        'DC = docker compose --project-directory . \\',
        '  -f compose/base.yml',
        'PROD := $(DC) -f compose/db.yml -f compose/prod.yml',
        'up:\n\t$(DC) -f compose/dev.yml up -d',
        'prod:\n\t${PROD} up -d',
        'monitoring:\n\t$(DC) -f compose/monitoring.yml up -d\n',
      ].join('\n'),
    };
    expect(found(files)).toEqual([
      '. base: compose/base.yml',
      '. production: compose/base.yml compose/db.yml compose/prod.yml',
      '. development: compose/base.yml compose/dev.yml',
      '. production: compose/base.yml compose/monitoring.yml',
    ]);
    expect(findProjects(filesOf(files))[0]?.envFile).toBe('.env');
  });

  it.each([
    ['run.sh', 'COMPOSE=(docker compose -f ops/base.yml)\n"${COMPOSE[@]}" -f ops/extra.yml up\n'],
    ['justfile', 'dc := "docker compose -f ops/base.yml"\nup:\n  {{ dc }} -f ops/extra.yml up\n'],
    ['up.sh', 'DC="docker-compose -f ops/base.yml"\n$DC -f ops/extra.yml up\n'],
  ])('are put together as %s does', (path, text) => {
    expect(found({ 'ops/base.yml': whole, 'ops/extra.yml': more, [path]: text })).toEqual([
      'ops base: ops/base.yml',
      'ops production: ops/base.yml ops/extra.yml',
    ]);
  });

  it('have an override for development, unless there is nothing else to deploy', () => {
    expect(found({ 'compose.yaml': whole, 'compose.override.yaml': part })).toEqual([
      '. base: compose.yaml',
      '. production: compose.yaml compose.override.yaml',
    ]);
    expect(found({ 'compose.yaml': whole, 'compose.override.yaml': part, 'compose.production.yaml': part })).toEqual([
      '. base: compose.yaml',
      '. production: compose.yaml compose.production.yaml',
      '. development: compose.yaml compose.override.yaml',
    ]);
  });

  it('are several where a file says all again', () => {
    expect(found({ 'docker-compose.yml': whole, 'docker-compose.prod.yml': whole })).toEqual([
      '. production: docker-compose.yml',
      '. production: docker-compose.prod.yml',
    ]);
    // As cookiecutter-django has them.
    expect(found({ 'docker-compose.local.yml': whole, 'docker-compose.production.yml': whole })).toEqual([
      '. production: docker-compose.production.yml',
      '. development: docker-compose.local.yml',
    ]);
    expect(found({ 'local.yml': whole, 'production.yml': whole, 'config.yml': 'services: [a]\n' })).toEqual([
      '. production: production.yml',
      '. development: local.yml',
    ]);
  });

  it('are what scripts, workflows, documentation and COMPOSE_FILE put together', () => {
    const texts = { 'compose.yaml': whole, 'compose.extra.yaml': more, 'monitoring.compose.yaml': more };
    expect(found(texts)).toEqual([
      '. base: compose.yaml',
      '. production: compose.yaml compose.extra.yaml',
      '. production: monitoring.compose.yaml',
    ]);
    for (const [path, text] of [
      ['Makefile', 'up:\n\tdocker compose -f compose.yaml \\\n\t  --file monitoring.compose.yaml up -d\n'],
      ['.env.example', 'COMPOSE_FILE=compose.yaml:monitoring.compose.yaml\n'],
      ['README.md', 'Run `docker-compose -f compose.yaml -f "monitoring.compose.yaml" up`.\n'],
      [
        'package.json',
        '{"scripts": {"up": "docker compose --env-file .env -f compose.yaml -f=monitoring.compose.yaml up"}}',
      ],
      ['.github/workflows/ci.yml', 'run: docker compose -f compose.yaml -f monitoring.compose.yaml up --wait\n'],
    ] as const) {
      expect(found({ ...texts, [path]: text }), path).toContain('. production: compose.yaml monitoring.compose.yaml');
    }
    expect(found({ ...texts, 'run.sh': 'docker compose -f compose.extra.yaml up\n' })).toContain(
      '. production: compose.extra.yaml',
    );
  });

  it('may have an overlay in another folder', () => {
    expect(
      found({
        'compose.yaml': whole,
        'deploy/compose.prod.yaml': part,
        'deploy/other.compose.yaml': more,
        'scripts/up.sh': 'docker compose -f compose.yaml -f deploy/compose.prod.yaml up -d\n',
      }),
    ).toEqual([
      '. base: compose.yaml',
      '. production: compose.yaml deploy/compose.prod.yaml',
      'deploy production: deploy/other.compose.yaml',
    ]);
  });

  it('are not what is included or extended', () => {
    expect(
      found({
        'compose.yaml': `include:\n  - db/compose.yaml\n  - path: [queue.yaml]\n${whole}`,
        'db/compose.yaml': more,
        'queue.yaml': more,
        'deploy/compose.yaml': 'services:\n  web: { extends: { file: common.yml, service: base } }\n',
        'deploy/common.yml': 'services:\n  base: { image: "b:1" }\n',
      }),
    ).toEqual(['. production: compose.yaml', 'deploy production: deploy/compose.yaml']);
  });

  it('are found in the usual folders, then wherever a file is called so, but not among tests and examples', () => {
    expect(
      found({
        'apps/api/compose.yaml': whole,
        'docker/docker-compose.yml': whole,
        'tests/compose.yaml': whole,
        'examples/a/docker-compose.yml': whole,
        'node_modules/x/compose.yaml': whole,
        'docker-compose.override.example.yml': part,
        '.github/workflows/ci.yml': 'jobs: {}\n',
      }),
    ).toEqual(['docker production: docker/docker-compose.yml', 'apps/api production: apps/api/compose.yaml']);
    expect(found({ 'examples/a/docker-compose.yml': whole })).toEqual([
      'examples/a production: examples/a/docker-compose.yml',
    ]);
  });

  it('know their .env', () => {
    const files = filesOf({ 'compose.yaml': whole, '.env': 'A=1\n', 'infra/compose.yaml': whole });
    expect(findProjects(files).map(({ envFile }) => envFile)).toEqual(['.env', undefined]);
  });

  it('may be broken: a file that is no YAML is a project all the same, if it is called so', () => {
    expect(found({ 'compose.yaml': 'services:\n\tapp: x\n', 'broken.yml': ': : :\n' })).toEqual([
      '. production: compose.yaml',
    ]);
    expect(found({ 'README.md': 'docker compose up\n' })).toEqual([]);
  });
});
