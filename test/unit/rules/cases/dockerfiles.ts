import { good, withDockerfile, withText } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const file = (...lines: readonly string[]) => withDockerfile(`${lines.join('\n')}\n`);
const node = (...lines: readonly string[]) => file('FROM node:24-slim AS a', ...lines);
const run = (command: string) => node(`RUN ${command}`);
const edit = (before: string, after: string) => withText('api/Dockerfile', [before, after]);

export const dockerfileCases: readonly Case[] = [
  holds('multi-stage', 'asks nothing where nothing is installed', file('FROM alpine:3.22', 'COPY a /a')),
  fails('multi-stage', 'wants the tools left behind', node('RUN npm ci'), { file: 'tool/Dockerfile', line: 1 }),
  holds('stage-names', 'accepts short names', file('FROM node:24 AS Dev', 'RUN npm ci', 'FROM node:24 AS prod')),
  holds('stage-names', 'asks nothing where nobody develops in containers', node('RUN npm ci')),
  fails('stage-names', 'wants both', withText('api/Dockerfile', 'FROM node:24\nRUN npm ci\n'), {
    message: 'no stage is named development or production',
  }),

  holds('image-non-root', 'accepts an entrypoint that changes the user', node('RUN apt-get install gosu')),
  holds(
    'image-non-root',
    'accepts images that change it themselves',
    file('FROM postgres:18-trixie', 'RUN apt-get install x'),
  ),
  holds('image-non-root', 'accepts a number in an argument', node('ARG UID=1001', 'USER ${UID}')),
  holds('image-non-root', 'asks nothing of what only developers run', {
    ...good,
    dockerfiles: [{ path: 'api/Dockerfile.dev', context: 'api', text: 'FROM node:24.19\n', development: true }],
  }),
  holds('pinned-base', 'knows systems by the names of their releases', file('FROM debian:trixie-slim')),
  fails('pinned-base', 'wants more than the name of a system', file('FROM debian:stable-slim'), {}),
  holds('image-non-root', 'does not guess other images', file('FROM acme/base:1')),
  fails('image-non-root', 'wants a user', edit('USER 1001:1001\n', ''), {
    file: 'api/Dockerfile',
    line: 18,
    message: 'runs as root: no USER',
  }),
  fails('image-non-root', 'counts the last user', node('USER node', 'USER root'), { line: 3 }),
  fails('image-non-root', 'fills in arguments', node('ARG UID=0', 'USER $UID'), { line: 3, message: 'runs as 0' }),

  holds('image-user-fixed', 'accepts users of the base', node('USER node')),
  holds('image-user-fixed', 'accepts short options', node('RUN adduser -D -u 1001 app', 'USER app')),
  holds('image-user-fixed', 'accepts joined options', node('RUN adduser -Du 1001 app', 'USER app')),
  fails('image-user-fixed', 'wants a number', node('RUN groupadd app && useradd -r -g app app', 'USER app'), {
    line: 2,
  }),

  holds('exec-form', 'accepts exec in a shell', node('CMD ["sh", "-c", "exec node $FILE"]')),
  holds('exec-form', 'counts the last one', node('CMD npm start', 'CMD ["node", "a.js"]')),
  fails('exec-form', 'refuses the shell form', node('CMD node server.js'), {
    line: 2,
    message: 'CMD is in the shell form',
  }),
  fails('exec-form', 'refuses JSON that is none', node("CMD ['node', 'server.js']"), {}),
  fails('exec-form', 'refuses npm', edit('CMD ["node", "server.js"]', 'CMD ["npm", "start"]'), {
    message: 'CMD starts npm, which starts the program',
  }),
  fails('exec-form', 'refuses a shell that stays', node('ENTRYPOINT ["/bin/sh", "-c", "node a.js"]'), {}),

  holds(
    'no-secret-in-image',
    'accepts paths and settings',
    node('ENV TOKEN_FILE=/run/secrets/t TOKEN_TTL=5 PGPASSWORD=/x'),
  ),
  holds('no-secret-in-image', 'accepts secret mounts', run('--mount=type=secret,id=npm_token npm ci')),
  fails('no-secret-in-image', 'refuses arguments', node('ARG NPM_TOKEN'), { line: 2, message: 'ARG NPM_TOKEN' }),
  fails('no-secret-in-image', 'refuses variables', node('ENV A=1 \\', '  # why', '  DB_PASSWORD="x y"'), { line: 2 }),
  fails('no-secret-in-image', 'knows the old form', node('ENV SECRET_KEY a b'), {}),

  holds('no-syntax-line', 'accepts other comments', file('# The app', '# syntax=docker/dockerfile:1', 'FROM node:24')),
  fails(
    'no-syntax-line',
    'finds the line',
    file('# check=error=true', '# syntax=docker/dockerfile:1', 'FROM node:24'),
    {
      line: 2,
      severity: 'info',
    },
  ),

  holds(
    'deps-before-sources',
    'accepts the second install of uv',
    node('RUN uv sync --locked --no-install-project', 'COPY . .', 'RUN uv sync --locked'),
  ),
  holds('deps-before-sources', 'accepts what comes from other stages', node('COPY --from=b . .', 'RUN npm ci')),
  fails('deps-before-sources', 'refuses sources first', node('COPY . .', 'RUN npm ci'), {
    line: 3,
    message: 'npm ci comes after the sources (line 2)',
  }),
  fails('deps-before-sources', 'follows stages', file('FROM node:24 AS a', 'COPY ./ /app', 'FROM a', 'RUN npm ci'), {
    line: 4,
  }),

  ...[
    'npm ci --omit=dev',
    'npm install --global pnpm@10',
    'npm run build',
    'pnpm install --prod --frozen-lockfile',
    'pnpm fetch',
    'yarn install --immutable',
    'yarn build',
    'yarn workspaces focus --all --production',
    'bun install --frozen-lockfile',
    'pip install --no-cache-dir -r requirements.txt',
    'python -m pip install --requirement=requirements.txt',
    'pip install --upgrade pip setuptools',
    'pip install poetry==2.5.1 "uv==0.12.5"',
    'pip install --no-index /wheels/*.whl',
    'pip install --no-deps .',
    'uv sync --locked --no-dev',
    'pipenv sync',
    'pipenv install --system --deploy',
    'go mod download',
    'constructor install',
    'npm install --no-save dd-trace@5.109.0',
    'pnpm add -g turbo',
    'pnpm add prisma@6.1.0 @prisma/client@$PRISMA',
    'bun add sharp@0.34.1',
  ].map((command) => holds('frozen-lockfile', `accepts ${command}`, run(command))),
  holds('frozen-lockfile', 'accepts CI for pnpm', node('ENV CI=true', 'RUN pnpm install')),
  holds('frozen-lockfile', 'accepts UV_LOCKED', node('ENV UV_LOCKED=1', 'RUN uv sync')),
  holds(
    'frozen-lockfile',
    'accepts a lockfile of poetry that is there',
    node('COPY pyproject.toml poetry.lock* ./', 'RUN poetry install'),
  ),
  holds(
    'frozen-lockfile',
    'accepts a lockfile that is mounted',
    run('--mount=type=bind,source=composer.lock,target=composer.lock composer install'),
  ),
  ...[
    'npm install',
    'npm i --omit=dev',
    'npm install express',
    'npm install express @scope/a@1.0.0',
    'pnpm add express',
    'yarn add express',
    'pnpm install',
    'pnpm i --no-frozen-lockfile',
    'corepack pnpm install --prod',
    'yarn',
    'yarn install --production',
    'bun install',
    'pip install fastapi uvicorn',
    'pip install .',
    'pip install -e ".[dev]"',
    'uv sync',
    'uv pip install --system fastapi',
    'poetry install',
    'poetry update',
    'pipenv install --skip-lock',
    'composer update',
    'sh -c "cd /app && npm install"',
  ].map((command) => fails('frozen-lockfile', `refuses ${command}`, run(command), { line: 2 })),
  fails('frozen-lockfile', 'reads heredocs', node('RUN <<EOF', 'npm install', 'EOF', 'RUN npm ci'), { line: 2 }),
  fails('frozen-lockfile', 'reads continued lines', node('RUN apt-get update \\', ' # comment', ' && npm install'), {
    line: 2,
  }),

  holds('cache-mount', 'accepts a mount', run('--mount=type=cache,target=/root/.npm npm ci')),
  holds('cache-mount', 'asks nothing for tools', run('npm install --global pnpm@10')),
  fails('cache-mount', 'wants one', node('', 'RUN --mount=type=bind,source=a,target=a npm ci'), {
    line: 3,
    message: 'npm ci has no cache mount',
  }),

  holds('no-missing-corepack', 'accepts older images', file('FROM node:24-slim', 'RUN corepack enable')),
  holds(
    'no-missing-corepack',
    'accepts corepack that is installed',
    file('FROM node:26', 'RUN npm install -g corepack@0.34', 'RUN corepack enable'),
  ),
  fails(
    'no-missing-corepack',
    'knows since when it is gone',
    file('FROM node:26.7-slim AS a', 'FROM a', 'RUN corepack enable && pnpm -v'),
    { line: 3 },
  ),

  holds(
    'apt-clean',
    'accepts both',
    run('apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*'),
  ),
  holds(
    'apt-clean',
    'accepts cache mounts',
    run('--mount=type=cache,target=/var/lib/apt,sharing=locked apt-get install --no-install-recommends curl'),
  ),
  holds(
    'apt-clean',
    'leaves build stages alone',
    node('RUN apt-get update && apt-get install gcc', 'FROM node:24-slim', 'COPY --from=a /x /x'),
  ),
  fails(
    'apt-clean',
    'wants both',
    run('apt-get update && apt-get install -y curl'),
    { line: 2, message: 'no --no-install-recommends' },
    {
      line: 2,
      message: 'the package lists stay in the image',
    },
  ),

  holds(
    'no-add-for-copy',
    'accepts what only ADD can do',
    node('ADD https://example.com/a /a', 'ADD rootfs.tar.gz /', 'ADD git@github.com:a/b.git#v1 /b'),
  ),
  fails('no-add-for-copy', 'wants COPY', node('ADD --chown=1 src /src'), { line: 2 }),

  holds(
    'no-pipe-to-shell',
    'accepts downloads that are checked',
    run('curl -fsSO https://x/y && sha256sum -c y.sum && sh y'),
  ),
  holds('no-pipe-to-shell', 'accepts archives', run('curl -fsS https://x/y.tar.gz | tar -xz')),
  fails(
    'no-pipe-to-shell',
    'refuses a pipe',
    run('set -o pipefail && curl -fsS https://x/install.sh | bash -s -- -y'),
    { line: 2 },
  ),
  fails('no-pipe-to-shell', 'follows pipes', run('wget -qO- https://x | sed s/a/b/ | sudo sh'), { line: 2 }),
  fails('no-pipe-to-shell', 'refuses substitutions', run('bash -c "$(curl -fsSL https://x)"'), { line: 2 }),

  holds(
    'no-opcache-install',
    'accepts it in earlier versions',
    file('FROM php:8.4-fpm', 'RUN docker-php-ext-install opcache'),
  ),
  holds(
    'no-opcache-install',
    'accepts other extensions',
    file('FROM php:8.5-fpm', 'RUN docker-php-ext-install pdo_pgsql'),
  ),
  fails(
    'no-opcache-install',
    'knows that it is built in',
    file('FROM php:8.5.9-fpm', 'RUN docker-php-ext-install -j2 gd opcache'),
    { line: 2 },
  ),
  fails(
    'no-opcache-install',
    'knows FrankenPHP',
    file('FROM dunglas/frankenphp:1-php8.5', 'RUN docker-php-ext-install opcache'),
    {},
  ),

  holds(
    'builtin-frontend',
    'accepts a frontend that knows it',
    file('# syntax=docker/dockerfile:1.20', 'FROM node:24', 'COPY --parents a/b /c'),
  ),
  fails('builtin-frontend', 'finds newer options', node('COPY --exclude=*.md --chown=1:1 . .'), {
    line: 2,
    message: 'COPY --exclude needs a newer frontend',
  }),

  holds(
    'run-pipefail',
    'accepts a shell with it',
    node('SHELL ["/bin/bash", "-o", "pipefail", "-c"]', 'RUN curl x | tar x'),
  ),
  holds('run-pipefail', 'accepts it in the script', run('set -o pipefail; curl x | tar x')),
  holds('run-pipefail', 'tells or from a pipe', run('a || b')),
  fails('run-pipefail', 'finds a pipe without', run('curl -fsS x | tar x'), { line: 2 }),
];
