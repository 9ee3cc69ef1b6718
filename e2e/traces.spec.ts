import { randomBytes } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
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

/** Sends a trace of a root, 412 calls of redis of which three fail, and a call of a bank that records an event; gives its id. */
async function sendManyCalls(): Promise<string> {
  const traceId = randomBytes(16).toString('hex');
  const began = BigInt(Date.now() - 60_000) * 1_000_000n;
  const id = (i: number): string => (i + 1).toString(16).padStart(16, '0');
  const span = (i: number, from: number, to: number, more: object): object => ({ traceId, spanId: id(i), ...(i === 0 ? {} : { parentSpanId: id(0) }), kind: 3, startTimeUnixNano: String(began + BigInt(from) * 1000n), endTimeUnixNano: String(began + BigInt(to) * 1000n), attributes: [{ key: 'order', value: { stringValue: `order-${i}` } }], ...more });
  const service = (name: string, spans: object[]): object => ({ resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] }, scopeSpans: [{ spans }] });
  const redis = Array.from({ length: 412 }, (_, i) => span(i + 1, i * 100, i * 100 + 80, { name: 'GET', ...(i % 150 === 7 ? { status: { code: 2, message: 'refused' } } : {}) }));
  const bank = span(500, 42_000, 49_000, { name: 'charge', events: [{ timeUnixNano: String(began + 45_000_000n), name: 'card checked', attributes: [{ key: 'card', value: { stringValue: 'visa' } }] }] });
  const body = { resourceSpans: [service('checkout', [span(0, 0, 50_000, { name: 'place order', kind: 2 })]), service('redis', redis), service('bank', [bank])] };
  const answer = await fetch(`${endpoints().otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  await waitUntil('the trace', async () => api(`/api/traces/${traceId}/spans?rows=413`).then(() => true, () => undefined));
  return traceId;
}

async function expectNoViolations(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.target.join(' ') ?? ''}`)).toEqual([]);
}

test('many like calls are one row; words, errors and keys lead through the trace', async ({ page }) => {
  const traceId = await sendManyCalls();
  await signIn(page);
  await page.goto(`${endpoints().console}/traces/${traceId}`);
  const grid = page.getByRole('treegrid', { name: 'Spans' });
  await expect(grid.getByRole('row')).toHaveCount(3);
  await expect(grid.getByRole('row').filter({ hasText: '× 412' })).toContainText('3 errors');

  // Finding opens the way to what is found.
  await page.keyboard.press('f');
  await page.getByLabel('Find in trace').fill('order-77');
  await page.getByLabel('Find in trace').press('Enter');
  await expect(page.getByText('1 of 1')).toBeVisible();
  await expect(grid.locator('#span-77')).toBeInViewport();
  await page.getByLabel('Find in trace').press('Escape');
  await page.getByLabel('Find in trace').press('Escape');

  // From there the next error is the 158th call; its details open with Enter and say what went wrong.
  await page.keyboard.press('e');
  await expect(grid).toHaveAttribute('aria-activedescendant', 'span-158');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: 'Span', exact: true });
  await expect(panel.getByText('order-158')).toBeVisible();
  await expect(panel.getByText('error: refused')).toBeVisible();
  await expectNoViolations(page, 'timeline');

  // What is chosen is in the address: it is there again after a reload, and TraceQL finds as words do.
  await page.reload();
  await expect(panel.getByText('order-158')).toBeVisible();
  await page.getByLabel('Find in trace').fill('{ status = error }');
  await expect(page.getByText('3 found')).toBeVisible();
  await page.getByRole('button', { name: 'All spans' }).click();
  await page.getByRole('menuitemcheckbox', { name: /Errors/ }).click();
  await expect(grid.getByRole('row')).toHaveCount(4);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Keys of the trace page');
});

test('a trace is shown as flames, tree, figures, table, critical path and events', async ({ page }) => {
  const traceId = await sendManyCalls();
  await signIn(page);
  await page.goto(`${endpoints().console}/traces/${traceId}`);
  const open = (name: string) => page.getByRole('tab', { name, exact: true }).click();
  await open('Flame graph');
  const flames = page.getByRole('application');
  await flames.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByText(/redis GET · 80/)).toBeVisible();
  await expectNoViolations(page, 'flame graph');
  await open('Graph');
  await expect(page.getByRole('table').getByRole('row').filter({ hasText: 'redis' })).toContainText('412');
  await expectNoViolations(page, 'graph');
  await open('Statistics');
  await expect(page.getByRole('table').getByRole('row').filter({ hasText: 'redis' })).toContainText('412');
  await expectNoViolations(page, 'statistics');
  await open('Spans');
  await page.getByLabel('Filter Spans').fill('error');
  await expect(page.getByText('3 of 414')).toBeVisible();
  await expectNoViolations(page, 'spans');
  await open('Critical path');
  await expect(page.getByRole('table').getByRole('row').filter({ hasText: 'bank' })).toContainText('14 %');
  await expectNoViolations(page, 'critical path');
  await open('Logs');
  await expect(page.getByRole('table').getByRole('row').filter({ hasText: 'card checked' })).toContainText('card=visa');
  await page.getByRole('table').getByRole('row').filter({ hasText: 'card checked' }).click();
  await expect(page.getByRole('region', { name: 'Span', exact: true }).getByText('Events (1)')).toBeVisible();
  await expectNoViolations(page, 'logs');
});
