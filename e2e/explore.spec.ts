import { expect, test, type Page } from '@playwright/test';
import { api, endpoints, promql, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

const RATES = 'sum by (destination_service_name) (rate(istio_requests_total{reporter="source"}[30s]))';

async function open(page: Page, params: readonly (readonly [string, string])[] = []): Promise<void> {
  await signIn(page);
  await page.goto(`${endpoints().console}/explore?${new URLSearchParams(params.map(([key, value]) => [key, value])).toString()}`);
  await expect(page.getByLabel('PromQL of query A')).toBeVisible();
}

/** Requests per second as the table's row of a service has them. */
async function shownRate(page: Page, service: string): Promise<number> {
  const row = page.getByRole('table', { name: 'Result' }).getByRole('row').filter({ hasText: service });
  return Number.parseFloat(await row.getByRole('cell').last().innerText());
}

test('a query that is typed with completion is drawn, listed, and its link shows the same again', async ({ page }) => {
  await waitUntil('the shop has traffic in the metrics', async () => ((await promql(RATES)).find(({ metric }) => metric['destination_service_name'] === 'ui')?.value ?? 0) > 5, 90_000);
  await open(page);
  await page.getByLabel('PromQL of query A').click();
  await page.keyboard.type('sum by (destination_service_name) (rate(istio_requests_t');
  // By the pointer: in its first moments the list leaves Enter to the editor, so that what one types is not replaced unseen.
  await page.getByRole('option', { name: /istio_requests_total/ }).click();
  await page.keyboard.type('{reporter="source"}[30s');
  // Completion of durations may be open; the query is run without it.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');

  await expect(page.getByRole('figure', { name: /^Graph of \d+ series, up to / })).toBeVisible();
  const legend = page.getByRole('table', { name: 'Series of the graph' });
  await expect(legend.getByRole('row').filter({ hasText: 'ui' }).getByRole('cell').nth(1)).toHaveText(/^[1-9][\d.]*\u2009rps$/);
  expect(new URL(page.url()).searchParams.getAll('q')).toEqual([RATES]);

  await page.getByRole('tab', { name: 'Table' }).click();
  await expect.poll(() => shownRate(page, 'ui')).toBeGreaterThan(5);
  const rate = (await promql(RATES)).find(({ metric }) => metric['destination_service_name'] === 'ui')?.value ?? 0;
  expect(Math.abs((await shownRate(page, 'ui')) - rate) / rate).toBeLessThan(0.25);

  const link = page.url();
  await page.goto(`${endpoints().console}/`);
  await page.goto(link);
  await expect(page.getByRole('tab', { name: 'Table' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByLabel('PromQL of query A')).toHaveText(RATES);
  await expect.poll(() => shownRate(page, 'ui')).toBeGreaterThan(5);

  await page.getByRole('button', { name: 'History', exact: true }).click();
  await expect(page.getByRole('region', { name: 'History' }).getByText(/took \d/)).toBeVisible();
});

test('a query with a fault says what is wrong and marks the place', async ({ page }) => {
  await open(page, [['q', 'sum(up) +\n  foo(up)']]);
  await expect(page.getByRole('alert').filter({ hasText: '2:3: parse error: unknown function with name "foo"' })).toBeVisible();
  await expect(page.getByLabel('PromQL of query A')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('.cm-lintRange-error', { hasText: 'foo' }).first()).toBeVisible();
  // The other query is answered all the same.
  await page.getByRole('button', { name: 'Add a query' }).click();
  await page.getByLabel('PromQL of query B').click();
  await page.keyboard.type('vector(7)');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Table' }).click();
  await expect(page.getByRole('table', { name: 'Result' }).getByRole('cell', { name: '7', exact: true })).toBeVisible();
});

test('a metric is found by its help, narrowed by a label, and added as a query', async ({ page }) => {
  await open(page, [['side', 'metrics']]);
  await page.getByLabel('Search metrics by name, type and help').fill('istio_requests');
  await page.getByRole('button', { name: /^istio_requests_total/ }).click();
  await page.getByRole('button', { name: 'reporter', exact: true }).click();
  await page.getByRole('checkbox', { name: 'source' }).click();
  await page.getByRole('button', { name: 'Use: Sum of rates' }).click();
  await expect(page.getByLabel('PromQL of query A')).toHaveText('sum(rate(istio_requests_total{reporter="source"}[1m]))');
  await expect(page.getByRole('figure', { name: /^Graph of 1 series, up to / })).toBeVisible();
});

test('explain shows the tree of the query, and a part of it runs alone', async ({ page }) => {
  const now = Math.floor(Date.now() / 1000);
  const { parts } = await api<{ parts: readonly { readonly text: string }[] }>(`/api/metrics/explain?${new URLSearchParams({ query: RATES, start: String(now - 60), end: String(now), step: '5' }).toString()}`);
  expect(parts.length).toBeGreaterThan(1);
  await open(page, [['q', RATES], ['view', 'explain']]);
  const tree = page.getByRole('table', { name: 'Parts of the query' });
  await expect(tree.getByRole('row')).toHaveCount(parts.length + 1);
  await tree.getByRole('row').filter({ hasText: /^rate\(/ }).hover();
  await expect(page.locator('.cm-pointedPart').first()).toContainText('rate');
  await tree.getByRole('link', { name: /^rate\(/ }).click();
  await expect(page.getByLabel('PromQL of query A')).toHaveText('rate(istio_requests_total{reporter="source"}[30s])');
  await expect(page.getByRole('table', { name: 'Result' })).toBeVisible();
});

test('a chart of a dashboard opens in Explore with its queries and time', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/dashboards/mesh?from=now-5m`);
  await expect(page.getByRole('figure', { name: /Requests by response/ }).first()).toBeVisible({ timeout: 45_000 });
  await page.getByRole('button', { name: 'Show the query' }).first().click();
  await page.getByRole('link', { name: 'Open in Explore' }).click();
  await page.waitForURL(/\/explore\?/);
  expect(new URL(page.url()).searchParams.get('from')).toBe('now-5m');
  await expect(page.getByLabel('PromQL of query A')).toContainText('istio_requests_total');
});
