import { randomBytes } from 'node:crypto';
import { expect, test, type Page } from '@playwright/test';
import { api, endpoints, sendThroughGateway, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

interface SearchAnswer {
  readonly totalTraces: number;
}

const open = async (page: Page, q: string, more = ''): Promise<void> => {
  await page.goto(`${endpoints().console}/traces?q=${encodeURIComponent(q)}&from=now-1h&refresh=off${more}`);
  await expect(page.getByTestId('totals')).toBeVisible();
};

/** The query in the URL. */
const query = (page: Page): string => new URL(page.url()).searchParams.get('q') ?? '';

test('a search goes from a facet over the form to the editor and back, all of it in the URL', async ({ page }) => {
  await waitUntil('traces of the shop', async () => (await api<SearchAnswer>(`/api/traces/search?q=${encodeURIComponent('{ resource.service.name = "catalog.shop" }')}&from=now-1h&limit=1`)).totalTraces > 20);
  await signIn(page);
  // A link of old means the same as ever.
  await page.goto(`${endpoints().console}/traces?service=catalog.shop&min=1us&from=now-1h&refresh=off`);
  await expect.poll(() => query(page)).toBe('{ resource.service.name = "catalog.shop" && span:duration >= 1us }');
  await expect(page.getByRole('combobox', { name: 'Service' })).toHaveValue('catalog.shop');

  const filters = page.getByRole('complementary', { name: 'Filters' });
  await filters.getByRole('button', { name: /^server/ }).click();
  await expect.poll(() => query(page)).toContain('span:kind = server');
  await expect(page.getByRole('combobox', { name: 'Kind' })).toHaveText(/server/);
  // The other services stay in sight, and a press with Alt leaves one out.
  await filters.getByRole('button', { name: /^ui\.shop/ }).click({ modifiers: ['Alt'] });
  await expect.poll(() => query(page)).toContain('resource.service.name != "ui.shop"');

  await page.getByRole('button', { name: 'TraceQL', exact: true }).click();
  const editor = page.getByRole('textbox', { name: 'Query' });
  await editor.fill('{ span:kind = sever }');
  await expect(editor).toHaveAttribute('aria-invalid', 'true');
  await editor.fill('{ kind = server } | count() >= 2');
  await editor.press('Enter');
  await expect.poll(() => query(page)).toBe('{ kind = server } | count() >= 2');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(page.getByLabel('Fewest matching spans')).toHaveValue('2');
});

test('a part of the picture is marked: what differs is ranked, and the search narrows to it', async ({ page }) => {
  await signIn(page);
  await open(page, '{ }', '&heat=spans');
  const plot = page.getByTestId('latency-plot');
  await plot.focus();
  await page.keyboard.press('ArrowUp');
  await expect(plot.getByRole('status')).toContainText('spans');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('plot-region')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What differs' })).toBeVisible();
  await expect(page.getByRole('list', { name: /Attributes that differ/ })).toBeVisible();
  await page.getByRole('button', { name: 'Show these spans' }).click();
  await expect.poll(() => query(page)).toContain('span:duration <= ');
  await expect(page.getByTestId('totals')).toBeVisible();
});

test('rows are walked by keys, show spans and columns, and two are chosen to be compared', async ({ page }) => {
  await signIn(page);
  await open(page, '{ resource.service.name = "catalog.shop" }', '&rows=spans&col=span.http.status_code&sort=longest');
  const table = page.getByRole('table', { name: 'Traces' });
  await expect(table.getByRole('columnheader', { name: 'Duration' })).toHaveAttribute('aria-sort', 'descending');
  await expect(table.getByRole('columnheader', { name: 'http.status_code' })).toBeVisible();
  await expect(table.locator('tbody tr').nth(1)).toContainText('catalog.shop');
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press('x');
  await table.getByRole('checkbox', { name: /^Choose / }).nth(2).click();
  await expect(page.getByRole('link', { name: 'Compare the two' })).toHaveAttribute('href', /\/traces\/compare\?.*a=[0-9a-f]{32}&b=[0-9a-f]{32}/);
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
});

test('the live tail takes in a request as it happens', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/traces?tail=true`);
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  const id = randomBytes(16).toString('hex');
  await sendThroughGateway('/api/products', 1, { headers: { traceparent: `00-${id}-${randomBytes(8).toString('hex')}-01` } });
  await expect(page.getByRole('table', { name: 'Traces' }).locator(`a[href*="${id}"]`)).toBeVisible();
});
