import { expect, test } from '@playwright/test';
import { endpoints, promql, readObject, sendThroughGateway, servedBy, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

test('taking a caller off a policy says beforehand whom it hits, and the data plane then refuses exactly those', async ({ page }) => {
  await waitUntil('the catalog\'s calls to be seen', async () => (await promql('sum(rate(istio_requests_total{reporter="destination",destination_workload="inventory-v1",response_code="200"}[30s]))'))[0]?.value);
  await signIn(page);
  await page.goto(`${endpoints().console}/config/authorization/shop/inventory`);
  const before = await readObject('security.istio.io/v1', 'AuthorizationPolicy', 'shop', 'inventory');
  await page.getByRole('button', { name: 'Remove shop/catalog' }).click();
  // A rule without callers is not complete: the claims may come instead.
  await page.getByRole('combobox', { name: 'Add a caller to rule 1' }).fill('claims');
  await page.getByRole('option', { name: /claims/ }).first().click();
  await expect(page.getByText(/2 edges would be refused/i).first()).toBeVisible();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(page.getByText(/All \d+ proxies acknowledged/)).toBeVisible();

  const served = await servedBy('inventory-v1');
  expect(await sendThroughGateway('/api/products', 50)).toEqual({ 502: 50 });
  expect(await servedBy('inventory-v1')).toBe(served);
  // Others are not touched.
  expect(await sendThroughGateway('/api/claims', 20)).toEqual({ 200: 20 });

  await page.getByRole('button', { name: 'Undo' }).first().click();
  await waitUntil('the policy to be as before', async () => JSON.stringify((await readObject('security.istio.io/v1', 'AuthorizationPolicy', 'shop', 'inventory'))?.spec) === JSON.stringify(before?.spec));
  await waitUntil('requests to be served again', async () => (await sendThroughGateway('/api/products', 5))[200] === 5);
  expect(await servedBy('inventory-v1')).toBeGreaterThan(served);
});

test('a new policy written in the editor refuses one path and leaves the others', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/config/authorization/shop/new`);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('no-claims');
  await page.getByRole('combobox', { name: 'Applies to' }).click();
  await page.getByRole('option', { name: /^claims/ }).first().click();
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('combobox', { name: 'Who, rule 1' }).click();
  await page.getByRole('option', { name: 'Anybody' }).click();
  await page.getByRole('textbox', { name: 'Paths of rule 1' }).fill('/claims');
  await page.getByRole('textbox', { name: 'Paths of rule 1' }).press('Enter');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(page.getByText(/All \d+ proxies acknowledged/)).toBeVisible();
  expect(await sendThroughGateway('/api/claims', 20)).toEqual({ 403: 20 });
  expect(await sendThroughGateway('/api/cart', 20)).toEqual({ 200: 20 });
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await waitUntil('claims to be served again', async () => (await sendThroughGateway('/api/claims', 5))[200] === 5);
  expect(await readObject('security.istio.io/v1', 'AuthorizationPolicy', 'shop', 'no-claims')).toBeUndefined();
});
