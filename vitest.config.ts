import { defineConfig } from 'vitest/config';

const config = defineConfig({
  test: {
    include: ['{pipeline,ingest,query,web-client,fixtures,scripts}/**/*.test.{ts,tsx}'],
    // The embedded engine crashes in worker threads; in processes of their own it does not.
    pool: 'forks',
    // Two at once: many tests start servers of their own, and more would only wait for each other.
    maxWorkers: 2,
    // Generous, so that a busy machine fails no test: nothing here measures speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: false,
  },
});

export { config as default };
