import { defineConfig } from 'vitest/config';

/** What takes long, or needs rights that not every machine gives: `npm run test:faults`. One file after the other. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    name: 'faults',
    include: ['test/faults/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
