import { expect, test } from '@playwright/test';
import { api, endpoints, promql, sendThroughGateway, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

const POLICY = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'no-claims-tried', namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'ui' } }, action: 'DENY', rules: [{ to: [{ operation: { paths: ['/api/claims'] } }] }] } };

test('a request that would be refused is told with the rule that does not let it in, and so it goes in the data plane', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/try?who=shop/rogue-v1&host=inventory`);
  const result = page.getByRole('list', { name: 'What the client sees' });
  await expect(result).toContainText('403 Forbidden');
  await expect(result).toContainText('RBAC: access denied');
  const rules = page.getByRole('group', { name: 'Rules asked' });
  await expect(rules.getByRole('row').nth(1)).toContainText("the caller's identity is another");
  await waitUntil('the data plane to refuse the same caller', async () => (await promql('sum(rate(istio_requests_total{reporter="destination",source_workload="rogue-v1",destination_workload="inventory-v1",response_code="403"}[1m]))'))[0]?.value);
  expect(await promql('sum(rate(istio_requests_total{source_workload="rogue-v1",destination_workload="inventory-v1",response_code="200"}[1m])) > 0')).toEqual([]);
  // Who may call is answered otherwise at once; the address holds the request.
  await page.getByRole('combobox', { name: 'From' }).fill('catalog-v1');
  await page.getByRole('option', { name: 'shop/catalog-v1' }).click();
  await expect(result).toContainText('Answered by shop/inventory-v1');
  await expect(page).toHaveURL(/who=shop\/catalog-v1/);
  const rule = rules.getByRole('link', { name: 'shop/inventory rule 1' });
  await expect(rule).toHaveAttribute('href', /authorizationpolicies\/inventory\?at=spec\.rules%5B0%5D/);
  await rule.click();
  // The editor opens with its cursor in the rule.
  await expect(page.getByRole('textbox', { name: 'YAML of AuthorizationPolicy inventory' })).toBeVisible();
  await expect(page.locator('.cm-activeLine')).toContainText('- ');
});

test('a change is tried before it is written: what the page says with it is what the data plane does after', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/try?who=istio-system/istio-ingressgateway&host=shop.example.com&path=/api/claims`);
  await expect(page.getByRole('list', { name: 'What the client sees' })).toContainText('Answered by shop/ui-v1');
  await page.getByRole('switch', { name: 'Try with a change' }).click();
  await page.getByRole('textbox', { name: 'YAML of the change' }).fill(JSON.stringify(POLICY));
  await expect(page.getByRole('list', { name: 'Now' })).toContainText('Answered by shop/ui-v1');
  await expect(page.getByRole('list', { name: 'With the change' })).toContainText('403 Forbidden');
  await expect(page.getByRole('row').filter({ hasText: 'decides' })).toContainText('shop/no-claims-tried rule 1');
  expect(await sendThroughGateway('/api/claims', 10)).toEqual({ 200: 10 });

  const { applied } = await api<{ applied: { auditId: string; resourceVersion: string }[] }>('/api/config/apply', { method: 'POST', body: { yaml: JSON.stringify(POLICY) } });
  try {
    await waitUntil('all proxies to have taken the policy', async () => {
      const { total, acknowledged } = await api<{ total: number; acknowledged: number }>(`/api/config/acks?resourceVersion=${applied[0]?.resourceVersion ?? ''}`);
      return total > 0 && acknowledged === total;
    });
    expect(await sendThroughGateway('/api/claims', 20)).toEqual({ 403: 20 });
    await expect(page.getByRole('list', { name: 'Now' })).toContainText('403 Forbidden');
    await expect(page.getByText('The change makes no difference to what the client sees.')).toBeVisible();
  } finally {
    await api('/api/config/undo', { method: 'POST', body: { auditId: applied[0]?.auditId ?? '' } });
  }
  await waitUntil('claims to be served again', async () => (await sendThroughGateway('/api/claims', 5))[200] === 5);
});

test('the editor hands over what is not saved yet', async ({ page, context }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/config/new`);
  await page.getByRole('textbox', { name: 'YAML' }).first().fill(JSON.stringify(POLICY));
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Try with this change' }).click();
  const tried = await opened;
  await tried.getByRole('combobox', { name: 'From' }).fill('ingressgateway');
  await tried.getByRole('option', { name: /through istio-system\/istio-ingressgateway/ }).click();
  await tried.getByRole('combobox', { name: 'Host' }).fill('shop.example.com');
  await tried.getByRole('textbox', { name: 'Path' }).fill('/api/claims');
  await expect(tried.getByRole('list', { name: 'With the change' })).toContainText('403 Forbidden');
  await expect(tried.getByRole('list', { name: 'Now' })).toContainText('Answered by shop/ui-v1');
});
