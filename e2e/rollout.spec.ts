import { expect, test, type Page } from '@playwright/test';
import { endpoints, injectFault, readObject, sendThroughGateway, servedBy, signIn } from './running-system.ts';

/** Steady traffic while a rollout runs: the judge needs requests. Ends when told to. */
function keepSending(path: string, method: string): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      await sendThroughGateway(path, 40, { atOnce: 4, method });
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

/** Fills the wizard for a service as a person does, with short steps and bounds that this traffic can prove, and starts it. */
async function startRollout(page: Page, service: string, shares: readonly number[]): Promise<void> {
  await page.goto(`${endpoints().console}/rollouts/new`);
  await page.getByRole('radio', { name: new RegExp(`^${service}\\b`) }).click();
  await expect(page.getByLabel('Name of the rollout')).toHaveValue(new RegExp(`^${service}-v`));
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Quick' }).click();
  for (const [index, share] of shares.entries()) {
    await page.getByLabel(`Share of step ${index + 1} (percent)`).fill(String(share));
    await page.getByLabel(`Least time of step ${index + 1} (seconds)`).fill('4');
  }
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Looks every').fill('2');
  await page.getByLabel('Never taken back at or below').first().fill('4');
  await page.getByRole('switch', { name: 'Check latency' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('Objects it will write')).toBeVisible();
  await page.getByRole('button', { name: 'Start rollout' }).click();
  await page.waitForURL(/\/rollouts\/shop\//);
}

/** Weights of the service's route, by subset. */
async function weightsOf(service: string): Promise<Record<string, number>> {
  const object = await readObject('networking.istio.io/v1', 'VirtualService', 'shop', service);
  const spec = object?.spec as undefined | { http: { name?: string; route: { destination: { subset: string }; weight?: number }[] }[] };
  const route = spec?.http.find((http) => http.name === 'primary') ?? spec?.http[0];
  return Object.fromEntries((route?.route ?? []).map(({ destination, weight }) => [destination.subset, weight ?? 0]));
}

test('the wizard promotes a good version, and the data plane then sends everything to it', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  const stop = keepSending('/api/checkout', 'POST');
  try {
    await startRollout(page, 'payment', [20, 50, 100]);
    await expect(page.getByText('Canary share').first()).toBeVisible();
    await expect(page.getByLabel('Breadcrumb').locator('..').getByText('Promoted')).toBeVisible({ timeout: 180_000 });
  } finally {
    await stop();
  }
  expect(await weightsOf('payment')).toEqual({ v2: 0, v3: 100 });
  const [v2Before, v3Before] = [await servedBy('payment-v2'), await servedBy('payment-v3')];
  expect(await sendThroughGateway('/api/checkout', 200, { method: 'POST' })).toEqual({ 200: 200 });
  expect(await servedBy('payment-v2')).toBe(v2Before);
  expect((await servedBy('payment-v3')) - v3Before).toBeGreaterThanOrEqual(200);
});

test('a failing version is taken back by itself, and the data plane then sends nothing to it', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  await injectFault('catalog-v2', { errorPercent: 60 });
  const stop = keepSending('/api/products', 'GET');
  try {
    await startRollout(page, 'catalog', [30, 60, 100]);
    await expect(page.getByLabel('Breadcrumb').locator('..').getByText('Rolled back')).toBeVisible({ timeout: 180_000 });
    await expect(page.getByText('Worse than stable').first()).toBeVisible();
  } finally {
    await stop();
  }
  expect(await weightsOf('catalog')).toEqual({ v1: 100, v2: 0 });
  const served = await servedBy('catalog-v2');
  expect(await sendThroughGateway('/api/products', 200)).toEqual({ 200: 200 });
  expect(await servedBy('catalog-v2')).toBe(served);
  await injectFault('catalog-v2', null);
});
