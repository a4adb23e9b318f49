import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      // Without Docker, in seconds.
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,merge}/**/*.test.ts', 'test/golden/*.test.ts'],
          globalSetup: 'test/support/programs.ts',
          setupFiles: 'test/support/seed.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // With `docker compose config`.
      {
        test: {
          name: 'matrix',
          include: ['test/matrix/**/*.test.ts'],
          globalSetup: 'test/support/programs.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // Boots stacks; what is big is built by two at a time.
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/support/programs.ts',
          // A busy machine may take five times as long; a new one builds without any cache.
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
