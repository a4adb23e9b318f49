/** Findings about items of lists point to the items, so that comments beside them are for them alone. */
import { expect, test } from 'vitest';
import { readRepo } from '../../../generators/check/project.ts';
import type { Source } from '../../../generators/check/reader.ts';
import { runRules } from '../../../generators/rules/index.ts';

const compose = `services:
  api:
    build: ./api
    ports:
      - "8080:80"
      - \${BIND:-0.0.0.0}:\${ADMIN_PORT:-8081}:81/tcp
      - target: 82
        published: 8082
      - 9000-9001:9000-9001
    volumes:
      - data:/data
      - ./api:/srv
      - type: bind
        source: /etc
        target: /host
      - /var/run/docker.sock:/var/run/docker.sock:ro
  db:
    image: postgres:17.6-trixie
    ports: [ "127.0.0.1:5433:5433", "5432:5432" ]
    volumes:
      - config:/etc/postgresql
      - pgdata:/var/lib/postgresql
volumes: {data: , config: , pgdata: }
`;

const overlay = `services:
  api:
    ports:
      - "8083:83"
`;

function linesOf(...ids: readonly string[]): readonly string[] {
  const texts: Readonly<Record<string, string>> = { 'compose.yaml': compose, 'compose.prod.yaml': overlay };
  const source: Source = {
    files: Object.keys(texts),
    read: (path) => texts[path],
    raw: (path) => (texts[path] === undefined ? undefined : { text: texts[path], mode: 0o644 }),
  };
  return readRepo(source, { modes: false })
    .parts.flatMap((part) => runRules(part))
    .filter(({ rule }) => ids.includes(rule))
    .map(({ file, line, message }) => `${file}:${line} ${message}`);
}

test('of ports, in whatever form and file', () => {
  expect(linesOf('ports-loopback', 'data-port-closed').toSorted()).toEqual([
    'compose.prod.yaml:4 port 8083 is published on all interfaces',
    'compose.yaml:19 port 5432 is published on all interfaces',
    'compose.yaml:5 port 8080 is published on all interfaces',
    'compose.yaml:6 port 8081 is published on 0.0.0.0',
    'compose.yaml:7 port 8082 is published on all interfaces',
    'compose.yaml:9 port 9000 is published on all interfaces',
    'compose.yaml:9 port 9001 is published on all interfaces',
  ]);
});

test('of mounts', () => {
  const rules = [
    'no-source-mounts',
    'no-host-mounts',
    'no-docker-socket',
    'data-volume-external',
    'postgres-mount-path',
  ];
  expect(linesOf(...rules).toSorted()).toEqual([
    'compose.yaml:12 mounts api',
    'compose.yaml:13 can write to /etc of the host',
    'compose.yaml:16 mounts the Docker socket',
    'compose.yaml:22 PostgreSQL 17 keeps its data in /var/lib/postgresql/data, and /var/lib/postgresql is mounted',
    'compose.yaml:22 volume pgdata is not external',
  ]);
});
