import type { Project, RejectedCombination } from '../../../../generators/rules/types.ts';
import { good, lineOf, withDockerfile, withModel, without, withText } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const base = 'compose.yaml';
const prod = 'compose.prod.yaml';

/** A compose file that overlays nothing, for rules that read text only. */
const text = (yaml: string) => withText('compose.prod.yaml', yaml);
const inDevelopment = (yaml: string) => withText('compose.dev.yaml', yaml);
const environment = (line: string) => text(`services:\n  api:\n    environment:\n      ${line}\n`);
const env = (content: string) => withText('.env.example', content);
const script = (content: string) => withText('scripts/backup', content);
const bash = '#!/usr/bin/env bash\nset -Eeuo pipefail\n';

/** The same with a service that only a profile starts. */
const withProfiles = (project: Project): Project => ({
  ...project,
  composeFiles: [...project.composeFiles, { path: 'x.yaml', text: 'services:\n  tool:\n    profiles: [tools]\n' }],
});

const rejected = (where: Partial<RejectedCombination>): Project => ({
  ...good,
  rejected: [{ name: 'a', files: [base], reason: 'services.api.ports must be a list', ...where }],
});

export const fileCases: readonly Case[] = [
  holds('combinations-valid', 'accepts combinations that Compose accepts', good),
  fails(
    'combinations-valid',
    'reports what Compose refuses',
    {
      ...good,
      rejected: [
        { name: 'a + b', files: [base, prod], reason: 'service "b" has neither an image nor a build context' },
      ],
    },
    { file: prod, combinations: ['a + b'], message: 'service "b" has neither an image nor a build context' },
  ),

  holds('combinations-valid', 'leaves what is taken all the same to another rule', rejected({ tolerated: true })),
  fails('combinations-valid', 'says where', rejected({ file: base, line: 3 }), { file: base, line: 3 }),
  holds('compose-portable', 'leaves what is refused to another rule', rejected({})),
  fails('compose-portable', 'says what depends on the version', rejected({ tolerated: true, file: base, line: 3 }), {
    file: base,
    line: 3,
    combinations: ['a'],
  }),

  holds('compose-file-used', 'is content with what another file includes', {
    ...good,
    composeFiles: [...good.composeFiles, { path: 'more.yaml', text: '' }],
    combinations: good.combinations.map((one) => ({ ...one, includes: ['more.yaml'] })),
  }),
  holds('compose-file-used', 'is content with files that Compose refuses', {
    ...good,
    combinations: good.combinations.filter(({ purpose }) => purpose !== 'development'),
    rejected: [{ name: 'dev', files: [base, 'compose.dev.yaml'], reason: 'no' }],
  }),
  fails(
    'compose-file-used',
    'finds files that nothing merges',
    { ...good, composeFiles: [...good.composeFiles, { path: 'compose.old.yaml', text: 'services: {}\n' }] },
    { file: 'compose.old.yaml' },
  ),

  holds('no-version-key', 'allows the word anywhere else', text('x-a:\n  version: 3\n# version: 3\n')),
  fails('no-version-key', 'finds the key', withText(base, ['name: shop', 'name: shop\nversion: "3.8"']), {
    file: base,
    line: 3,
  }),

  holds('literal-secret', 'allows variables', environment('JWT_SECRET: ${JWT_SECRET:?make one}')),
  holds('literal-secret', 'allows what a shell in the container reads', environment('TOKEN: $$(cat /run/secrets/t)')),
  holds('literal-secret', 'allows paths', environment('POSTGRES_PASSWORD_FILE: /run/secrets/password')),
  holds('literal-secret', 'allows files of Tailscale', environment('TS_AUTHKEY: file:/run/secrets/key')),
  holds('literal-secret', 'allows settings about secrets', environment('TOKEN_LIFETIME_MINUTES: 30')),
  holds('literal-secret', 'allows what an entrypoint fills in', environment('DB: postgres://u:{{password}}@h')),
  holds('literal-secret', 'allows a value that is all filled in', environment('API_TOKEN: "{{api_token}}"')),
  holds(
    'literal-secret',
    'allows messages that show what is missing',
    environment('DB: ${DATABASE_URL:?set it (postgres://user:password@host)}'),
  ),
  holds('literal-secret', 'allows public keys', environment('NEXT_PUBLIC_API_KEY: abc')),
  holds(
    'literal-secret',
    'allows passwords of URLs that are variables',
    environment('DB: postgres://u:${PW:?set it}@h'),
  ),
  holds('literal-secret', 'reads no comments', environment('A: b # PASSWORD: hunter2')),
  holds('literal-secret', 'allows names of secrets', text('secrets:\n  api_token:\n    file: ./secrets/api_token\n')),
  fails('literal-secret', 'finds a password', environment('POSTGRES_PASSWORD: hunter2'), {
    file: 'compose.prod.yaml',
    line: 4,
    service: 'api',
    message: 'POSTGRES_PASSWORD is written out',
  }),
  holds(
    'literal-secret',
    'lets a database of development have any password',
    inDevelopment('services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: dev\n      URL: redis://:dev@redis\n'),
  ),
  holds('literal-secret', 'knows what only sounds like one', environment('MARIADB_RANDOM_ROOT_PASSWORD: 1')),
  holds('literal-secret', 'knows a hole to fill in', environment('OPENAI_API_KEY: your-api-key')),
  holds('literal-secret', 'knows a hole with a prefix', environment('OPENAI_API_KEY: sk-xxxx')),
  holds('literal-secret', 'knows that users bring their own', environment('OPENAI_API_KEY: user_provided')),
  holds('literal-secret', 'knows a variable of Ansible', environment('SECRET_KEY: "{{ vault.key | trim }}"')),
  holds('literal-secret', 'knows what is hidden', environment("DB_PASSWORD: '********'")),
  holds('literal-secret', 'knows quotes around nothing', environment('- STEAM_API_KEY="" # see the manual')),
  fails('literal-secret', 'knows a key with a prefix', environment('STRIPE_API_KEY: sk_live_51Hx9QeXx'), {}),
  fails('no-default-secret', 'knows what works', environment('PASSWORD: ${PASSWORD:-secret}'), {}),
  holds('no-default-secret', 'knows a hole to fill in', environment(`STRIPE_API_KEY: \${STRIPE_API_KEY:-sk_test_xxx}`)),
  holds('no-default-secret', 'knows what is off', environment(`MAP_TOKEN: \${MAP_TOKEN:-0}`)),
  fails(
    'literal-secret',
    'finds the key of a service of others in development, too',
    inDevelopment('services:\n  api:\n    environment:\n      STRIPE_API_KEY: sk_live_1\n'),
    { file: 'compose.dev.yaml', line: 4 },
  ),
  fails('literal-secret', 'finds a number', environment('POSTGRES_PASSWORD: 123456'), { line: 4 }),
  fails('literal-secret', 'finds one in a list', environment('- "JWT_SECRET=abc=="'), { line: 4 }),
  fails('literal-secret', 'finds one in a flow mapping', text('services: { a: { environment: { API_KEY: "k" } } }'), {
    service: 'a',
  }),
  fails('literal-secret', 'finds one in an anchor', text('x-env: &env\n  app_key: base64:AAAA\n'), { line: 2 }),
  fails(
    'literal-secret',
    'finds one in a build argument',
    text('services:\n  a:\n    build:\n      args: [NPM_TOKEN=x]'),
    {
      service: 'a',
    },
  ),
  fails('literal-secret', 'finds one in a URL', environment('DATABASE_URL: postgres://app:hunter2@db:5432/app'), {
    message: 'a URL in DATABASE_URL contains a password',
  }),
  fails('literal-secret', 'finds one in the default of a URL', environment('DB: ${DB:-postgres://a:hunter2@db/a}'), {}),
  fails(
    'literal-secret',
    'finds the password of Redis',
    text('services:\n  r:\n    command: redis-server --requirepass hunter2\n'),
    {
      service: 'r',
    },
  ),
  fails(
    'literal-secret',
    'finds the password of Redis in a list',
    text('services:\n  r:\n    command: ["sh", "-c", "redis-server --requirepass hunter2"]\n'),
    { message: 'the command contains a password' },
  ),

  holds('required-variables', 'accepts a message', environment('A: ${A_SECRET:?run openssl rand -hex 32}')),
  holds('required-variables', 'accepts an empty default', environment('A: ${SMTP_PASSWORD:-}')),
  holds(
    'required-variables',
    'accepts a default that is required itself',
    environment('A: ${A_TOKEN:-${B_TOKEN:?set it}}'),
  ),
  holds('required-variables', 'lets other variables have defaults', environment('A: ${PORT:-80}')),
  holds('required-variables', 'leaves variables of the container alone', environment('A: $${A_SECRET}')),
  fails('required-variables', 'wants more than a plain variable', environment('A: ${A_SECRET}'), {
    line: 4,
    message: 'A_SECRET is not required: without it the value is empty',
  }),
  fails('required-variables', 'wants braces', environment('A: $A_SECRET'), { line: 4 }),
  fails('required-variables', 'wants a message', environment('A: ${A_SECRET:?}'), {}),
  fails('required-variables', 'wants the colon', environment('A: ${A_SECRET?set it}'), {}),
  holds('no-default-secret', 'accepts what may be empty', environment('A: ${A_PASSWORD:-}')),
  holds('no-default-secret', 'accepts the default of another variable', environment('A: ${A_PASSWORD:-${B_PASSWORD}}')),
  holds('no-default-secret', 'accepts a path', environment('A: ${A_TOKEN:-/run/secrets/a}')),
  holds('no-default-secret', 'knows what stands for nothing', environment('A: ${API_KEY:-invalid}')),
  holds(
    'no-default-secret',
    'lets development start by itself',
    inDevelopment('services:\n  db:\n    environment:\n      A: ${A_PASSWORD:-dev}\n'),
  ),
  holds(
    'required-variables',
    'lets development start by itself',
    inDevelopment('services:\n  db:\n    environment:\n      A: ${A_PASSWORD}\n'),
  ),
  fails('no-default-secret', 'refuses a default that works', environment('A: ${A_PASSWORD:-postgres}'), {
    message: 'A_PASSWORD has a default that everybody knows',
  }),
  fails('required-variables', 'looks into defaults', environment('A: ${URL:-redis://:${R_PASSWORD}@redis}'), {
    message: 'R_PASSWORD is not required: without it the value is empty',
  }),

  holds('env-declared', 'counts what is commented out', env('# POSTGRES_PASSWORD=\n# REDIS_PASSWORD=\n')),
  holds('env-declared', 'leaves the examples of apps and of development alone', {
    ...good,
    envFiles: [
      ...good.envFiles,
      { path: 'api/.env.example', text: 'LOG_LEVEL=info\n' },
      { path: '.env.dev.example', text: 'LOG_LEVEL=info\n' },
    ],
  }),
  fails('env-declared', 'finds a variable that is not declared', env('POSTGRES_PASSWORD=\n'), {
    file: 'compose.yaml',
    line: lineOf('compose.yaml', 'REDIS_URL'),
    message: 'REDIS_PASSWORD is not in .env.example',
  }),
  fails(
    'env-declared',
    'looks into every example',
    {
      ...good,
      envFiles: [
        ...good.envFiles,
        { path: '.env.production.example', text: 'REDIS_PASSWORD=\n' },
        { path: '.env.staging.example', text: 'REDIS_PASSWORD=\n' },
      ],
    },
    { message: 'POSTGRES_PASSWORD is not in .env.production.example, .env.staging.example' },
  ),
  holds('env-declared', 'lets messages explain what is needed', without('envFiles', '.env.example')),
  fails(
    'env-declared',
    'wants an example',
    { ...text('services:\n  a:\n    image: a:${TAG}-$B\n'), envFiles: [] },
    {
      message: 'TAG, B need a value, and there is no .env.example',
      file: 'compose.prod.yaml',
      line: 3,
    },
  ),
  fails(
    'env-declared',
    'counts a variable that has a default in one place only',
    text('services:\n  a:\n    image: a:${IMAGE_TAG:-x}\n  b:\n    image: a:${IMAGE_TAG:?set it}-${TAG}\n'),
    { file: 'compose.prod.yaml', line: 5, message: 'TAG is not in .env.example' },
  ),

  holds('env-documented', 'asks an example for production only for what production uses', {
    ...good,
    envFiles: [
      ...good.envFiles,
      { path: '.env.production.example', text: '# IMAGE_TAG=\nPOSTGRES_PASSWORD=\nREDIS_PASSWORD=\n' },
    ],
  }),
  holds('env-documented', 'asks an example for development only for what development uses', {
    ...withText(prod, ['restart: "no"', 'restart: "${RESTART:-no}"']),
    envFiles: [
      ...good.envFiles,
      { path: '.env.production.example', text: 'POSTGRES_PASSWORD=\nREDIS_PASSWORD=\n#IMAGE_TAG=\n#RESTART=no\n' },
    ],
  }),
  holds('env-documented', 'counts what is commented out', good),
  fails(
    'env-documented',
    'finds a variable with a default',
    env('# IMAGE_TAG=\nPOSTGRES_PASSWORD=\nREDIS_PASSWORD=\n'),
    { file: 'compose.dev.yaml', line: 8, message: 'API_DEBUG_PORT is not in .env.example' },
  ),

  holds(
    'env-used',
    'knows the variables of Compose',
    withText('.env.example', ['COMPOSE_FILE', 'COMPOSE_PROFILES=x\nCOMPOSE_FILE']),
  ),
  holds('env-used', 'reads scripts', {
    ...withText('.env.example', ['COMPOSE_FILE', 'BACKUP_TARGET=\nCOMPOSE_FILE']),
    scripts: [{ path: 'scripts/backup', text: `${bash}echo "\${BACKUP_TARGET:-}"\n` }],
  }),
  holds('env-used', 'counts a file that a service gets whole', {
    ...withText('.env.example', ['COMPOSE_FILE', 'LOG_LEVEL=\nCOMPOSE_FILE']),
    composeFiles: [
      ...good.composeFiles,
      { path: 'c.yaml', text: 'services:\n  api:\n    env_file:\n      - path: .env\n' },
    ],
  }),
  holds('env-used', 'counts a variable that is passed through', {
    ...withText('.env.example', ['COMPOSE_FILE', 'LOG_LEVEL=\nSENTRY_DSN=\nCOMPOSE_FILE']),
    composeFiles: [
      ...good.composeFiles,
      {
        path: 'c.yaml',
        text: 'services:\n  a:\n    environment: [LOG_LEVEL]\n  b:\n    environment:\n      SENTRY_DSN:\n',
      },
    ],
  }),
  fails(
    'env-used',
    'finds a variable that nothing uses',
    withText('.env.example', ['COMPOSE_FILE', '# LOG_LEVEL=info\nCOMPOSE_FILE']),
    {
      file: '.env.example',
      line: 13,
      message: 'LOG_LEVEL is used nowhere',
    },
  ),

  holds(
    'env-no-working-secret',
    'accepts empty secrets',
    env('POSTGRES_PASSWORD=\nREDIS_PASSWORD="" # openssl rand -hex 32\n'),
  ),
  holds(
    'env-no-working-secret',
    'accepts URLs without a password',
    env('DATABASE_URL=postgres://user:<password>@host/db\n'),
  ),
  holds('env-no-working-secret', 'knows holes to fill in', env('OPENAI_API_KEY=sk-\nMAP_TOKEN=YOUR_TOKEN\n')),
  fails(
    'env-no-working-secret',
    'knows that a secret of your own works whatever it says',
    env('JWT_SECRET=your-secret\n'),
    {
      line: 1,
    },
  ),
  fails('env-no-working-secret', 'finds a password', env('POSTGRES_PASSWORD=changeme\n'), {
    file: '.env.example',
    line: 1,
  }),
  fails('env-no-working-secret', 'finds one in a URL', env("A=1\nDATABASE_URL='postgres://app:app@db/app'\n"), {
    line: 2,
  }),
  fails(
    'env-no-working-secret',
    'looks into the examples of apps',
    { ...good, envFiles: [...good.envFiles, { path: 'api/.env.example', text: 'JWT_SECRET=secret\n' }] },
    { file: 'api/.env.example', line: 1 },
  ),

  holds('env-not-committed', 'accepts settings', {
    ...good,
    committedEnvFiles: [{ path: '.env', text: 'VERSION=8.1\nADMIN_PASSWORD=\n' }],
  }),
  fails(
    'env-not-committed',
    'finds what works',
    { ...good, committedEnvFiles: [{ path: '.env', text: 'VERSION=8.1\nADMIN_PASSWORD=changeme\n' }] },
    { file: '.env', line: 2, message: 'ADMIN_PASSWORD is written out' },
  ),
  holds('env-declared', 'takes a .env in git for the example', {
    ...good,
    envFiles: [],
    committedEnvFiles: [{ path: '.env', text: 'POSTGRES_PASSWORD=a\nREDIS_PASSWORD=b\n' }],
  }),

  holds('dockerignore-present', 'accepts one beside the Dockerfile', {
    ...good,
    dockerignores: [{ path: 'api/Dockerfile.dockerignore', text: '*\n' }],
  }),
  holds(
    'dockerignore-present',
    'needs none where single files are copied',
    withDockerfile('FROM alpine:3.22\nCOPY a.sh /\n'),
  ),
  fails('dockerignore-present', 'wants one where everything is copied', without('dockerignores', 'api/.dockerignore'), {
    file: 'api/Dockerfile',
    message: 'there is no api/.dockerignore',
  }),
  fails(
    'dockerignore-present',
    'knows the other ways to copy everything',
    withDockerfile('FROM alpine:3.22\nCOPY ["./", "/app/"]\n'),
    {},
  ),

  holds(
    'dockerignore-covers',
    'accepts a list of what is let in',
    withText('api/.dockerignore', '**\n!src\n!package*.json\n'),
  ),
  fails('dockerignore-covers', 'wants env files ignored', withText('api/.dockerignore', 'node_modules\n.env\n'), {
    file: 'api/.dockerignore',
    message: 'does not ignore .env.*',
  }),
  holds('dockerignore-bulk', 'accepts packages that are ignored', withText('api/.dockerignore', 'node_modules\n')),
  fails('dockerignore-bulk', 'wants packages of the host ignored', withText('api/.dockerignore', '.env*\n'), {
    message: 'does not ignore node_modules',
  }),
  fails(
    'dockerignore-covers',
    'notices what is let in again',
    withText('api/.dockerignore', ['!**/.env.example', '!.env*']),
    { message: 'does not ignore .env' },
    { message: 'does not ignore .env.*' },
  ),
  fails(
    'dockerignore-bulk',
    'wants packages of all members of a workspace ignored',
    {
      ...withText('api/.dockerignore', '.env*\nnode_modules\n'),
      dockerfiles: [
        {
          path: 'api/Dockerfile',
          context: 'api',
          text: 'FROM node:24 AS a\nCOPY apps/web/package.json apps/web/\nRUN npm ci\nCOPY . .\n',
        },
      ],
    },
    { message: 'does not ignore **/node_modules' },
  ),
  fails(
    'dockerignore-bulk',
    'wants git ignored',
    {
      ...good,
      dockerfiles: [{ path: 'Dockerfile', context: '.', text: 'FROM python:3.14-slim\nCOPY . .\n' }],
      dockerignores: [{ path: '.dockerignore', text: '.venv\n' }],
    },
    { message: 'does not ignore .git' },
  ),
  fails(
    'dockerignore-covers',
    'wants secrets ignored',
    {
      ...withModel('production', (model) => ({
        ...model,
        secrets: {
          a: { file: '/srv/shop/secrets/a' },
          b: { file: '/srv/shop/keys/b' },
          c: { file: '/etc/c' },
          d: { environment: 'D' },
        },
      })),
      dockerfiles: [{ path: 'Dockerfile', context: '.', text: 'FROM python:3.14-slim\nCOPY . .\n' }],
      dockerignores: [{ path: '.dockerignore', text: '.env*\nkeys\n' }],
    },
    { message: 'does not ignore secrets/a' },
  ),

  holds('script-shebang', 'lets files that are sourced be', script('# shellcheck shell=sh\nlog() { echo "$*"; }\n')),
  holds('script-shebang', 'lets what nobody can execute be', {
    ...good,
    scripts: [{ path: 'functions.sh', text: 'log() { :; }\n', mode: 0o100644 }],
  }),
  fails('script-shebang', 'wants a shebang', script('set -eu\n'), { file: 'scripts/backup', line: 1 }),

  holds('script-strict', 'accepts long options', script('#!/bin/bash\nset -o errexit -o nounset -o pipefail\n')),
  holds('script-strict', 'asks sh for less', script('#!/bin/sh\nset -eu\n')),
  holds('script-strict', 'leaves other languages alone', script('#!/usr/bin/env python3\n')),
  fails('script-strict', 'wants all of it', script('#!/usr/bin/env bash\nset -e\n'), {
    message: 'no set -u, set -o pipefail',
  }),
  fails('script-strict', 'wants it in sh, too', script('#!/bin/sh\necho hi\n'), { message: 'no set -e, set -u' }),

  holds('script-executable', 'accepts what the group may write', {
    ...good,
    scripts: [{ path: 'scripts/backup', text: bash, mode: 0o100775 }],
  }),
  holds('script-executable', 'accepts what has no known mode', {
    ...good,
    scripts: [{ path: 'scripts/backup', text: bash }],
  }),
  fails(
    'script-executable',
    'wants the bit',
    { ...good, scripts: [{ path: 's', text: bash, mode: 0o100644 }] },
    {
      file: 's',
      message: 'nobody can execute it: its mode is 0644',
    },
  ),

  holds('script-line-ends', 'accepts LF', script(bash)),
  fails('script-line-ends', 'refuses CRLF', script(`${bash}echo\r\n`), { line: 3 }),

  holds('compose-minimum', 'accepts what is known', text('services:\n  api:\n    develop:\n      watch: []\n')),
  holds('compose-minimum', 'allows the words for services', text('services:\n  gpus:\n    image: a:1\n')),
  fails(
    'compose-minimum',
    'finds newer keys, each once',
    text(
      'services:\n  api:\n    pre_start:\n      - command: a\n      - command: b\n    env_file:\n      - path: a\n        format: raw\n',
    ),
    { service: 'api', line: 3, message: 'pre_start needs Compose 5.3.0' },
    { service: 'api', line: 8, message: 'env_file.format needs Compose 2.30.0' },
  ),

  holds('script-down-profiles', 'asks nothing where there are none', script(`${bash}docker compose down\n`)),
  holds(
    'script-down-profiles',
    'accepts all of them',
    withProfiles(script(`${bash}docker compose --profile '*' down\n`)),
  ),
  fails(
    'script-down-profiles',
    'knows what is left',
    withProfiles(script(`${bash}docker compose -f compose.yaml down\n`)),
    {
      file: 'scripts/backup',
      line: 3,
    },
  ),
  holds(
    'script-down-volumes',
    'accepts a project of its own',
    script(`${bash}docker compose --project-name "$test" down -v\n`),
  ),
  holds('script-down-volumes', 'reads no comments', script(`${bash}# docker compose down -v\n`)),
  fails('script-down-volumes', 'finds the short option', script(`${bash}exec docker-compose down -tv\n`), { line: 3 }),
  fails(
    'script-down-volumes',
    'finds the long one',
    script(`${bash}docker compose down --remove-orphans --volumes\n`),
    { line: 3 },
  ),
];
