import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { api, endpoints, signIn } from './running-system.ts';

const PAGES = ['/', '/graph', '/dashboards/mesh', '/dashboards/control-plane', '/explore', '/explore?q=sum+by+(destination_service_name)+(rate(istio_requests_total[1m]))&side=metrics', '/explore?q=up&view=table&side=history', '/explore?q=sum(up&view=graph', '/traces', '/traces/services?service=catalog.shop', '/traces/dependencies', '/traces/dependencies?view=table', '/traces/critical-path', '/traces/compare?qa=%7B+kind+%3D+server+%7D&qb=%7B+kind+%3D+client+%7D', '/traces?rows=spans&col=span.http.status_code&heat=spans&plot=table', '/traces?q=%7B+kind+%3D+server+%7D+%7C+rate()+by(resource.service.name)&edit=query', '/traces?tail=true', '/alerts', '/alerts?state=recording&open=shop-traffic%2Fservice%3Aistio_requests%3Arate1m%2F0', '/services', '/services/shop/catalog', '/workloads', '/workloads/shop/catalog-v1', '/config', '/config/problems', '/config/problems?by=object', '/config/new', '/config/networking.istio.io/v1/shop/virtualservices/catalog', '/config/traffic-split/shop/catalog', '/config/authorization/shop/new', '/try', '/try?who=shop/rogue-v1&host=inventory', '/try?who=shop/ui-v1&host=catalog&headers=x&change=true', '/rollouts', '/rollouts/new', '/rollouts/new?namespace=shop&service=catalog&step=steps', '/proxies', '/certificates', '/targets', '/history'];

/** Looked at in the dark, too: pages that between them use all colours. Of all rules only contrast depends on those. */
const IN_THE_DARK = new Set(['/', '/graph', '/explore?q=up&view=table&side=history', '/traces', '/traces/dependencies?view=table', '/services/shop/catalog', '/config/problems', '/try?who=shop/rogue-v1&host=inventory', '/rollouts/new', '/alerts']);

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 768, height: 1024 };

test('every page passes axe, light and dark, and fits a window of 768 px', async ({ page }) => {
  test.setTimeout(420_000);
  await signIn(page);
  const { traces } = await api<{ traces: { traceId: string }[] }>('/api/traces?limit=1');
  const { proxies } = await api<{ proxies: { proxyId: string }[] }>('/api/proxies');
  const proxy = `/proxies/${encodeURIComponent(proxies.find(({ proxyId }) => proxyId.includes('catalog-v1'))?.proxyId ?? '')}`;
  const waiting = [...PAGES, `/traces/${traces[0]?.traceId ?? ''}`, proxy, `${proxy}?tab=config&resource=listener%2FvirtualInbound`, `${proxy}?tab=config&type=route&resource=route%2Fhttp_proxy`, `${proxy}?tab=config&type=secret&resource=secret%2FROOTCA`, `${proxy}?tab=differences`];
  const found: string[] = [];
  const lookAtAll = async (window: Page): Promise<void> => {
    // Without motion a colour is there at once: what is measured is not on its way to another.
    await window.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) found.push(...(await violationsOf(window, path)), ...(await tooWide(window, path)));
  };
  // Two windows: axe keeps one core busy, and the machine has more.
  await Promise.all([lookAtAll(page), lookAtAll(await page.context().newPage())]);
  expect(found).toEqual([]);
});

async function violationsOf(page: Page, path: string): Promise<string[]> {
  await page.goto(`${endpoints().console}${path}`);
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached', timeout: 15_000 }).catch(() => undefined);
  await page.getByRole('main').first().waitFor();
  const inWords = (theme: string, { violations }: Awaited<ReturnType<AxeBuilder['analyze']>>): string[] => violations.map(({ id, nodes }) => `${path}, ${theme}: ${id} (${nodes.length}) ${nodes[0]?.target.join(' ') ?? ''}${nodes[0]?.failureSummary?.split('\n')[1] ?? ''}`);
  const light = inWords('light', await new AxeBuilder({ page }).analyze());
  if (!IN_THE_DARK.has(path)) return light;
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme="dark"]').waitFor();
  const dark = inWords('dark', await new AxeBuilder({ page }).withRules(['color-contrast']).analyze());
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark];
}

async function tooWide(page: Page, path: string): Promise<string[]> {
  await page.setViewportSize(NARROW);
  // Two frames: what is told of its new size draws itself anew in the next.
  const width = await page.evaluate(() => new Promise<number>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.documentElement.scrollWidth)))));
  await page.setViewportSize(WIDE);
  return width > NARROW.width ? [`${path}: ${width} px wide in a window of ${NARROW.width} px`] : [];
}
