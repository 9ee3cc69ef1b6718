import { expect, test } from '@playwright/test';
import { api, endpoints, promql, servedBy, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

interface GraphAnswer {
  readonly nodes: readonly { readonly id: string; readonly label: string; readonly workload?: string; readonly isOutside: boolean }[];
  readonly edges: readonly { readonly source: string; readonly target: string; readonly rates: { readonly rate: number; readonly errorRatio: number } }[];
}

test('the graph shows at least 12 workloads with traffic, at the rates the applications count themselves', async ({ page }) => {
  const graph = await waitUntil(
    'twelve workloads with traffic',
    async () => {
      const answer = await api<GraphAnswer>('/api/graph?type=workload&duration=30');
      const busy = new Set(answer.edges.filter((edge) => edge.rates.rate > 0).flatMap((edge) => [edge.source, edge.target]));
      return answer.nodes.filter((node) => busy.has(node.id) && node.workload !== undefined).length >= 12 && answer;
    },
    90_000,
  );
  expect(graph.edges.find((edge) => edge.source.includes('rogue') && edge.target.includes('inventory'))?.rates.errorRatio).toBe(1);

  // The same request rate as the application itself has counted, within what 20 requests/s scatter in 20 s.
  const before = await servedBy('ui-v1');
  const started = Date.now();
  await waitUntil('20 s of traffic', () => Date.now() - started > 20_000, 30_000, 500);
  const counted = ((await servedBy('ui-v1')) - before) / ((Date.now() - started) / 1000);
  const [measured] = await promql('sum(rate(istio_requests_total{reporter="destination",destination_workload="ui-v1"}[20s]))');
  expect(Math.abs((measured?.value ?? 0) - counted) / counted).toBeLessThan(0.25);

  await signIn(page);
  await page.goto(`${endpoints().console}/graph`);
  await expect(page.getByText('inventory').first()).toBeVisible({ timeout: 30_000 });
  await page.goto(`${endpoints().console}/`);
  await expect(page.getByText('rogue-v1 is refused by inventory')).toBeVisible();
});

test('a dashboard draws what PromQL answers, and a failing service shows on it', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/dashboards/service?service=ui.shop.svc.cluster.local&from=now-5m`);
  const chart = page.getByRole('figure', { name: /Requests by response/ }).first();
  await expect(chart).toBeVisible();
  await expect(chart.getByText('200').first()).toBeVisible();
  // Keyboard only: the command palette goes to the control plane's dashboard.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('proxies');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/proxies/);
  await expect(page.getByText('ui-v1').first()).toBeVisible();
});
