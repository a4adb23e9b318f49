import { lineOf, withDockerfile, withService, withText } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const image = (reference: string) => withService('postgres', { image: reference, volumes: [] });
const service = (reference: string) => withService('other', { image: reference, restart: 'always' });

export const imageCases: readonly Case[] = [
  holds('no-latest-image', 'accepts a digest without a tag', service(`acme/tool@sha256:${'0'.repeat(64)}`)),
  holds(
    'no-latest-image',
    'accepts what is built here, whoever builds it',
    withService('worker', { image: 'shop-api:local' }),
  ),
  holds('no-latest-image', 'accepts the tag latest of what is built here', {
    ...withService('api', { image: 'shop-api:latest' }),
  }),
  fails('no-latest-image', 'wants a tag', image('postgres'), {
    service: 'postgres',
    file: 'compose.yaml',
    message: 'image postgres has no tag, which means latest',
  }),
  fails('no-latest-image', 'takes a port of a registry for no tag', service('registry.local:5000/tool'), {}),
  fails('no-latest-image', 'refuses latest', service('acme/tool:latest'), {
    message: 'the tag of acme/tool:latest moves with every release',
  }),
  fails('no-latest-image', 'refuses latest with a suffix', image('timescale/timescaledb:latest-pg17'), {}),

  holds('no-dead-image', 'accepts supported versions', service('node:22-alpine')),
  holds('no-dead-image', 'says nothing of versions that it does not know', service('python:3')),
  fails('no-dead-image', 'knows PostgreSQL', image('postgres:13-bookworm'), {
    service: 'postgres',
    message: 'postgres:13-bookworm: PostgreSQL 13 is end of life since 2025-11-13',
  }),
  fails('no-dead-image', 'knows PostgreSQL in Timescale', image('timescale/timescaledb:2.19.3-pg14'), {}),
  fails('no-dead-image', 'knows Python', service('python:3.9-slim'), {}),
  fails('no-dead-image', 'knows the days to come', { ...service('php:8.2-fpm'), today: '2027-01-01' }, {}),
  fails('no-dead-image', 'knows MinIO, from any registry', service('quay.io/minio/minio:RELEASE.2025-10-15'), {}),
  fails('no-dead-image', 'knows MariaDB', service('mariadb:10.5-focal'), {}),
  holds('no-dead-image', 'knows what of MariaDB goes on', service('mariadb:10.11')),
  fails('no-dead-image', 'knows .NET', service('mcr.microsoft.com/dotnet/aspnet:7.0'), {
    message: 'mcr.microsoft.com/dotnet/aspnet:7.0: .NET 7 is end of life since 2024-05-14',
  }),
  fails('no-dead-image', 'knows .NET Core', service('mcr.microsoft.com/dotnet/core/sdk:3.1-buster'), {}),
  holds('no-dead-image', 'knows what of .NET goes on', service('mcr.microsoft.com/dotnet/runtime:10.0-noble')),
  fails('no-dead-image', 'knows Promtail', service('grafana/promtail:3.5.0'), {}),
  fails(
    'no-dead-image',
    'looks into Dockerfiles',
    withText('api/Dockerfile', ['node:24.19-trixie-slim', 'node:20-slim']),
    {
      file: 'api/Dockerfile',
      line: 2,
      message: 'node:20-slim: Node.js 20 is end of life since 2026-04-30',
    },
  ),

  holds('postgres-os-pinned', 'accepts a digest', image(`postgres:18@sha256:${'0'.repeat(64)}`)),
  holds('postgres-os-pinned', 'accepts a version of Alpine', image('postgres:18.6-alpine3.22')),
  fails('postgres-os-pinned', 'wants the system', image('postgres:18.6'), {
    service: 'postgres',
    line: lineOf('compose.yaml', 'image: postgres'),
  }),
  fails('postgres-os-pinned', 'wants the version of Alpine', image('postgres:18-alpine'), {}),

  holds(
    'postgres-mount-path',
    'accepts the old folder up to 17',
    withService('postgres', {
      image: 'postgres:17.11-trixie',
      volumes: [{ type: 'volume', source: 'pgdata', target: '/var/lib/postgresql/data' }],
    }),
  ),
  holds(
    'postgres-mount-path',
    'leaves people alone who set PGDATA',
    withService('postgres', {
      environment: { PGDATA: '/var/lib/postgresql/data/18' },
      volumes: [{ type: 'volume', source: 'pgdata', target: '/var/lib/postgresql/data' }],
    }),
  ),
  holds(
    'postgres-mount-path',
    'does not guess the version',
    withService('postgres', {
      image: 'pgvector/pgvector:0.8.0',
      volumes: [{ type: 'volume', source: 'pgdata', target: '/var/lib/postgresql/data' }],
    }),
  ),
  fails(
    'postgres-mount-path',
    'refuses the old folder from 18 on',
    withService('postgres', { volumes: [{ type: 'volume', source: 'pgdata', target: '/var/lib/postgresql/data/' }] }),
    {
      service: 'postgres',
      message: 'PostgreSQL 18 keeps its data in /var/lib/postgresql, and /var/lib/postgresql/data is mounted',
    },
  ),
  fails(
    'postgres-mount-path',
    'refuses the parent folder up to 17',
    withService('postgres', { image: 'timescale/timescaledb:2.21.0-pg17' }),
    {},
  ),

  holds(
    'pinned-base',
    'accepts stages, scratch and digests',
    withDockerfile(
      `FROM alpine:3.22 AS a\nFROM a\nFROM scratch\nCOPY --from=a /x /x\nCOPY --from=0 /x /x\nFROM alpine@sha256:${'0'.repeat(64)}\n`,
    ),
  ),
  holds(
    'pinned-base',
    'fills in arguments',
    withDockerfile('ARG NODE=24.19\nARG BASE=node:${NODE}-slim\nFROM ${BASE}\n'),
  ),
  holds('pinned-base', 'does not guess arguments', withDockerfile('ARG BASE\nFROM ${BASE}\n')),
  fails('pinned-base', 'wants a tag', withDockerfile('FROM --platform=linux/amd64 node AS base\n'), {
    file: 'tool/Dockerfile',
    line: 1,
    message: 'image node has no tag, which means latest',
  }),
  fails('pinned-base', 'wants a number in the tags of official images', withDockerfile('FROM node:lts-alpine\n'), {
    line: 1,
  }),
  holds('pinned-base', 'does not guess what other tags mean', withDockerfile('FROM acme/base:production\n')),
  fails('pinned-base', 'looks into arguments', withDockerfile('ARG V=latest\nFROM node:$V\n'), { line: 2 }),
  fails(
    'pinned-base',
    'wants a tag of images that files are taken from',
    withDockerfile(
      'FROM alpine:3.22\nCOPY --from=composer /usr/bin/composer /c\nRUN --mount=type=bind,from=acme/x:latest,target=/x x\n',
    ),
    { line: 2 },
    { line: 3 },
  ),
];
