import { defineConfig } from '@playwright/test';

const browser = process.env['BINNACLE_BROWSER'];

/** One mesh for all specs: they change its configuration, so they run one after another. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  globalSetup: './global-setup.ts',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  projects: [
    { name: 'console', testIgnore: '**/resilience.spec.ts' },
    // Kills parts of the system, so it goes last.
    { name: 'resilience', testMatch: '**/resilience.spec.ts', dependencies: ['console'] },
  ],
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
    launchOptions: browser === undefined || browser === '' ? {} : { executablePath: browser },
  },
});
