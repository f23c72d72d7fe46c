import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** One project after the other: the machine is small, and end-to-end tests look at the clock. */
const inOrder = (groupOrder: number) => ({ sequence: { groupOrder } });

/** Calls of one injection point that fail, in one way, where storage is made to fail: KEDGE_FAULTS=all for every one. */
const faultsPerPoint = process.env.KEDGE_FAULTS === 'all' ? 1e9 : Number(process.env.KEDGE_FAULTS ?? (process.env.CI ? 2 : 1));

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'node', environment: 'node', include: ['test/node/**/*.test.ts'], ...inOrder(0) },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { KEDGE_TOKEN: 'read-write', KEDGE_READONLY_TOKEN: 'read-only', KEDGE_DEBUG: '1' } },
          }),
        ],
        test: {
          name: 'workers',
          // An eviction waits for the object's idle checkpoint.
          testTimeout: 30_000,
          provide: { faultsPerPoint },
          include: ['test/workers/**/*.test.ts'],
          ...inOrder(1),
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          ...inOrder(2),
        },
      },
    ],
  },
});
