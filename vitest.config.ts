import { configDefaults, defineConfig } from 'vitest/config';
import { onlyForeignRedis, SPECS_WITH_THEIR_OWN_REDIS } from './test/support/stores/redis.js';

const exclude = [...configDefaults.exclude, ...(onlyForeignRedis() ? SPECS_WITH_THEIR_OWN_REDIS : [])];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'library',
          include: ['libs/**/*.spec.ts'],
          exclude,
          // What hangs is found all the same; what starts servers on a busy machine is given the time.
          testTimeout: 20_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['test/**/*.spec.ts', 'apps/**/*.spec.ts'],
          // Those have a command of their own: `npm run test:faults`.
          exclude: [...exclude, 'test/faults/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
