import { randomBytes } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { api, endpoints, injectFault, sendThroughGateway, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

interface TraceAnswer {
  readonly trace: { readonly spans: readonly { readonly service: string; readonly kind: string; readonly parent: number; readonly durationNano: number; readonly attributes: Record<string, string> }[] };
}

/** Sends one request with a trace id of our own and waits until all its spans are stored. */
async function traced(path: string, spans: number, method = 'GET'): Promise<{ readonly id: string; readonly answer: TraceAnswer }> {
  const id = randomBytes(16).toString('hex');
  await sendThroughGateway(path, 1, { method, headers: { traceparent: `00-${id}-${randomBytes(8).toString('hex')}-01` } });
  const answer = await waitUntil(`${spans} spans of one request`, async () => {
    const found = await api<TraceAnswer>(`/api/traces/${id}`).catch(() => undefined);
    return found !== undefined && found.trace.spans.length >= spans && found;
  });
  return { id, answer };
}

test('a slow request is found by its duration, and drilled down to the service that was slow', async ({ page }) => {
  await injectFault('inventory-v1', { delayMs: 700 });
  await waitUntil('inventory to be slow', async () => {
    const started = Date.now();
    await fetch(`${endpoints().shop['inventory-v1'] ?? ''}/stock/all`);
    return Date.now() - started >= 700;
  });
  const { id, answer } = await traced('/api/products', 6);
  await injectFault('inventory-v1', null);
  // What the data plane did: gateway → ui → catalog → inventory, a client and a server span each, one chain.
  const chain = answer.trace.spans.map((span) => `${span.service.split('.')[0]} ${span.kind}`);
  expect(chain).toEqual(['istio-ingressgateway client', 'ui server', 'ui client', 'catalog server', 'catalog client', 'inventory server']);
  expect(answer.trace.spans.at(-1)?.durationNano).toBeGreaterThan(700e6);

  await signIn(page);
  await page.goto(`${endpoints().console}/traces`);
  await page.getByLabel('Shortest duration').fill('600ms');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.waitForURL(/600ms/);
  await page.locator(`a[href*="${id}"]`).first().click();
  await page.waitForURL(new RegExp(id));
  // A hop is one row: the two proxies of each call are in it.
  const rows = page.getByRole('treegrid', { name: 'Spans' }).getByRole('row');
  await expect(rows).toHaveCount(3);
  await rows.filter({ hasText: 'inventory.shop' }).click();
  const panel = page.getByRole('region', { name: 'Span' });
  await expect(panel.getByText('inventory.shop · server')).toBeVisible();
  await panel.getByRole('tab', { name: 'Access log' }).click();
  await expect(panel.getByText('Access log of inventory-v1')).toBeVisible();
  await expect(panel.getByText('/stock/all').first()).toBeVisible();
  await panel.getByRole('tab', { name: 'Span', exact: true }).click();
  await panel.getByRole('link', { name: 'Workload inventory-v1' }).click();
  await page.waitForURL(/\/workloads\/shop\/inventory-v1/);
});

test('a refused request leads to the reason and the policies', async ({ page }) => {
  const found = await waitUntil('a refused request of rogue', async () => {
    const { traces } = await api<{ traces: { traceId: string; rootService: string; spanCount: number }[] }>('/api/traces?tags=http.status_code%3D403&limit=20');
    return traces.find((trace) => trace.rootService.startsWith('rogue') && trace.spanCount === 2);
  });
  const { trace } = await api<TraceAnswer>(`/api/traces/${found.traceId}`);
  expect(trace.spans.at(-1)?.attributes['response_code_details']).toMatch(/^rbac_access_denied/);
  await signIn(page);
  await page.goto(`${endpoints().console}/traces/${found.traceId}`);
  await page.getByRole('treegrid', { name: 'Spans' }).getByRole('row').last().click();
  await expect(page.getByRole('note')).toContainText('Refused');
  await page.getByRole('note').getByRole('link').click();
  await page.waitForURL(/\/config\?.*AuthorizationPolicy|\/config\/authorization\//);
});
