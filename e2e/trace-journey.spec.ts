import { expect, test } from '@playwright/test';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import { api, endpoints, kubeClient, sendThroughGateway, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

interface Found {
  readonly totalTraces: number;
}

const found = (q: string): Promise<Found> => api<Found>(`/api/traces/search?q=${encodeURIComponent(q)}&from=now-15m&limit=1`);

/** Lets the callers of inventory answer every call with 503 themselves, as a fault rule of a VirtualService does; gives what takes it back. */
async function abortCallsToInventory(): Promise<() => Promise<void>> {
  const kind = kindByApiVersion('networking.istio.io/v1', 'VirtualService');
  if (kind === undefined) throw new Error('VirtualService is a served kind');
  const name = 'inventory-fault';
  await kubeClient().create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop' },
    spec: { hosts: ['inventory'], http: [{ fault: { abort: { percentage: { value: 100 }, httpStatus: 503 } }, route: [{ destination: { host: 'inventory' } }] }] },
  });
  return async () => {
    await kubeClient().delete(kind, name, 'shop');
  };
}

test('an error injected in inventory: three clicks from the search to the failing hop, then its fault and its metrics', async ({ page }) => {
  const takeBack = await abortCallsToInventory();
  try {
    await waitUntil('a request that failed by the fault', async () => {
      await sendThroughGateway('/api/products', 1);
      return (await found('{ span.response_flags = "FI" && status = error }')).totalTraces > 0;
    });
    await signIn(page);
    await page.goto(`${endpoints().console}/traces?sort=most-errors`);
    // One: what failed. Two: the trace with most errors. Three: the hop that failed.
    await page.getByRole('complementary', { name: 'Filters' }).getByRole('button', { name: /^error/ }).first().click();
    await expect.poll(() => new URL(page.url()).searchParams.get('q') ?? '').toContain('error');
    await page.getByRole('table', { name: 'Traces' }).getByRole('row').nth(1).getByRole('link').first().click();
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
    await page.getByRole('treegrid', { name: 'Spans' }).getByRole('row').filter({ hasText: 'inventory' }).last().click();
    const panel = page.getByRole('region', { name: 'Span', exact: true });
    await expect(panel.getByText(/fault injected/i).first()).toBeVisible();
    // From the hop to the rule that did it …
    await panel.getByRole('link', { name: 'Routes' }).click();
    await page.waitForURL(/\/config\?.*VirtualService/);
    await expect(page.getByRole('link', { name: 'inventory-fault' }).first()).toBeVisible();
    // … and to the metrics at that time.
    await page.goBack();
    await panel.getByRole('link', { name: 'Service metrics then' }).click();
    await page.waitForURL(/\/dashboards\/service\?.*inventory/);
  } finally {
    await takeBack();
  }
});

test('versions 2 and 3 of payment are compared, place by place', async ({ page }) => {
  const of = (version: string): string => `{ resource.service.name = "payment.shop" && resource.service.version = "${version}" }`;
  await waitUntil('traces of both versions', async () => (await found(of('v2'))).totalTraces >= 5 && (await found(of('v3'))).totalTraces >= 5);
  await signIn(page);
  await page.goto(`${endpoints().console}/traces/compare?${new URLSearchParams({ qa: of('v2'), qb: of('v3') }).toString()}`);
  for (const side of ['Set A', 'Set B']) await expect(page.getByRole('region', { name: side })).toContainText(/\d traces.*p95/);
  await expect(page.getByRole('treegrid').getByRole('row').filter({ hasText: 'payment.shop' }).first()).toBeVisible();
  // A set may have a range of its own, which a link carries.
  await page.getByRole('button', { name: /^Time range of A/ }).click();
  await page.getByRole('button', { name: /^Just before B/ }).click();
  await expect(page).toHaveURL(/[?&]ra=before(&|$)/);
});

test('services, dependencies and the critical path are read out of spans', async ({ page }) => {
  await waitUntil('traces of the shop', async () => (await found('{ resource.service.name = "inventory.shop" }')).totalTraces > 10);
  await signIn(page);
  await page.goto(`${endpoints().console}/traces/services`);
  await page.getByRole('table', { name: 'Services' }).getByRole('row').filter({ hasText: 'catalog.shop' }).click();
  await expect(page.getByRole('region', { name: 'Service', exact: true }).getByRole('table', { name: 'Operations' })).toContainText('server');
  await page.getByRole('navigation', { name: 'Traces' }).getByRole('link', { name: 'Dependencies' }).click();
  await expect(page.getByTestId('graph')).toHaveAttribute('data-arranged', /[1-9]/);
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const edge = page.getByRole('table', { name: 'Dependencies' }).getByRole('row').filter({ hasText: 'catalog.shop' }).filter({ hasText: 'inventory.shop' });
  // Everything is sampled in the demo: what traces show is what the mesh counts.
  await expect(edge).toContainText(/rps.*rps/);
  await page.getByRole('navigation', { name: 'Traces' }).getByRole('link', { name: 'Critical path' }).click();
  await expect(page.getByRole('table', { name: 'Critical path' }).getByRole('row').filter({ hasText: 'inventory.shop' })).toContainText('%');
});
