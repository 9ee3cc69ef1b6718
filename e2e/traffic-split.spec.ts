import { expect, test } from '@playwright/test';
import { endpoints, readObject, sendThroughGateway, servedBy, signIn } from './running-system.ts';

interface Routes {
  readonly http: readonly { readonly name?: string; readonly timeout?: string; readonly match?: unknown; readonly route: readonly { readonly destination: { readonly subset?: string }; readonly weight?: number }[] }[];
}

/** Share (0..1) of `count` requests that v1 of the catalog answered, counted by the applications themselves. */
async function shareOfV1(count: number): Promise<number> {
  const [v1, v2] = [await servedBy('catalog-v1'), await servedBy('catalog-v2')];
  expect(await sendThroughGateway('/api/products', count)).toEqual({ 200: count });
  const [v1More, v2More] = [(await servedBy('catalog-v1')) - v1, (await servedBy('catalog-v2')) - v2];
  expect(v1More + v2More).toBeGreaterThanOrEqual(count);
  return v1More / (v1More + v2More);
}

test('a 90/10 split set in the editor is what the applications measure, within seconds; undo takes it back', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/config/traffic-split/shop/catalog`);
  const v2 = page.getByRole('textbox', { name: 'Share of v2, typed' });
  const before = Number(await v2.inputValue());
  await v2.fill('10');
  await v2.press('Tab');
  await expect(page.getByRole('textbox', { name: 'Share of v1, typed' })).toHaveValue('90');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  const clicked = Date.now();
  await expect(page.getByText(/All \d+ proxies acknowledged/)).toBeVisible({ timeout: 5000 });
  const acknowledgedMs = Date.now() - clicked;
  const share = await shareOfV1(1000);
  console.log(`acknowledged ${acknowledgedMs} ms after the click; 1,000 requests then: ${(share * 100).toFixed(1)} % to v1`);
  expect(Math.abs(share - 0.9)).toBeLessThanOrEqual(0.03);
  const object = await readObject('networking.istio.io/v1', 'VirtualService', 'shop', 'catalog');
  const spec = object?.spec as Routes | undefined;
  expect(spec?.http[0]?.route.map(({ destination, weight }) => [destination.subset, weight])).toEqual([['v1', 90], ['v2', 10]]);

  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(v2).toHaveValue(String(before));
  await expect(page.getByText(/All \d+ proxies acknowledged/)).toBeVisible();
  const after = await shareOfV1(400);
  expect(Math.abs(after - (1 - before / 100))).toBeLessThanOrEqual(0.08);
});

test('requests with a header go to the version that a match rule names, and all others to their shares', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/config/traffic-split/shop/catalog`);
  const before = await readObject('networking.istio.io/v1', 'VirtualService', 'shop', 'catalog');
  await page.getByRole('button', { name: /Add (a )?rule/ }).click();
  await page.getByRole('textbox', { name: 'Rule 1, condition 1: name' }).fill('end-user');
  await page.getByRole('textbox', { name: 'Rule 1, condition 1: value' }).fill('tester');
  await page.getByRole('combobox', { name: 'Version for rule 1' }).click();
  await page.getByRole('option', { name: 'v2' }).click();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(page.getByText(/All \d+ proxies acknowledged/)).toBeVisible();
  const v2 = await servedBy('catalog-v2');
  expect(await sendThroughGateway('/api/products', 100, { headers: { 'end-user': 'tester' } })).toEqual({ 200: 100 });
  expect((await servedBy('catalog-v2')) - v2).toBeGreaterThanOrEqual(100);
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(async () => (await readObject('networking.istio.io/v1', 'VirtualService', 'shop', 'catalog'))?.spec).toEqual(before?.spec);
});
