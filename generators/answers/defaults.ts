/** What an app gets where neither a person nor the repo says it. */
export type Values = Record<string, unknown>;

/** What an existing app gets where it does not tell; `start` of Node and `app` of FastAPI have no safe default. */
export const fallbacks: Readonly<Record<string, Values>> = {
  node: {
    framework: 'none',
    packageManager: 'npm',
    frozen: false,
    version: 24,
    build: 'none',
    scripts: false,
    port: 3000,
    health: 'none',
  },
  fastapi: {
    packageManager: 'pip',
    frozen: false,
    version: '3.13',
    appDir: '.',
    migrate: 'none',
    databaseScheme: 'postgresql',
    port: 8000,
    health: 'none',
  },
};

/** What our own starter apps are; `templates/starter/<stack>` keeps to it. */
export const starterAnswers: Readonly<Record<string, Values>> = {
  node: {
    framework: 'fastify',
    packageManager: 'npm',
    frozen: true,
    version: 24,
    build: 'none',
    start: 'node src/server.js',
    dev: 'node --watch src/server.js',
    scripts: false,
    port: 3000,
    health: '/health',
    uses: ['postgres', 'redis'],
  },
  fastapi: {
    packageManager: 'uv',
    frozen: true,
    version: '3.13',
    app: 'app.main:app',
    appDir: '.',
    migrate: 'alembic',
    databaseScheme: 'postgresql+asyncpg',
    port: 8000,
    health: '/health',
    uses: ['postgres', 'redis'],
  },
};

/** Reasons to show beside a fallback. One without a reason says that something is absent, and nothing follows from it. */
export function assumptionReason(key: string, path: unknown, stack: string): string | undefined {
  const where = path === '.' ? '' : ` in ${path}`;
  const reasons: Readonly<Record<string, string>> = {
    port: `no port was found in the sources${where}`,
    health: `no health route was found${where}: the check only sees that the port is open`,
    version: `no usable ${stack === 'node' ? 'Node' : 'Python'} version is named${where}`,
    packageManager: `no lockfile and no other sign of a package manager was found${where}`,
  };
  return reasons[key];
}
