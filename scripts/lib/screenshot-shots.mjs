/**
 * The pictures of the README, in the order of its tour. `open` gives the path to visit, or undefined when the running
 * system has nothing to show for it; `act` does what a person would do before the picture is taken. Both get `api`, a GET
 * against the console's HTTP API. Paths follow components/api/paths.ts.
 */
export const SHOTS = [
  { name: 'overview', open: () => '/' },
  { name: 'graph-light', open: () => '/graph?ns=shop', ready: '[data-testid="graph"]:not([data-arranged="0"])' },
  { name: 'graph-dark', theme: 'dark', open: () => '/graph?ns=shop', ready: '[data-testid="graph"]:not([data-arranged="0"])' },
  { name: 'graph-panel', open: refusedEdge, ready: '[data-testid="graph"]:not([data-arranged="0"])' },
  { name: 'dashboard', open: () => '/dashboards/service?service=catalog.shop.svc.cluster.local&from=now-15m', ready: 'svg.recharts-surface' },
  { name: 'explore', open: () => `/explore?${new URLSearchParams(EXPLORED.map(([key, value]) => [key, value]))}`, ready: 'main figure svg' },
  { name: 'traces', open: () => '/traces?from=now-15m', ready: 'main svg' },
  { name: 'trace', open: async (api) => pathOf((await traces(api, 'service=membership.shop&limit=20'))[0]) },
  { name: 'trace-refused', open: refusedSpan },
  { name: 'config', open: () => '/config?ns=shop' },
  { name: 'traffic-split', theme: 'dark', open: () => '/config/traffic-split/shop/catalog', act: shiftTraffic },
  { name: 'authorization', open: () => '/config/authorization/shop/inventory', act: swapCaller },
  { name: 'rollout-wizard', open: () => '/rollouts/new?namespace=shop&service=payment&step=steps' },
  { name: 'rollout', theme: 'dark', open: someRollout },
  { name: 'proxies', open: () => '/proxies' },
];

/** Requests by service, and how long the slowest take: two queries in one picture would need two axes, so one is off. */
const EXPLORED = [
  ['q', 'sum by (destination_service_name) (rate(istio_requests_total{reporter="source"}[30s]))'],
  ['q', 'histogram_quantile(0.95, sum by (le, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[30s])))'],
  ['off', 'B'],
  ['from', 'now-5m'],
];

/** 90 % to the first version, typed and not applied: the difference shows beside it. */
async function shiftTraffic(page) {
  const share = page.getByLabel('Share of v1, typed');
  await share.fill('90');
  await share.press('Enter');
  await page.getByText('90 % to v1').first().waitFor();
}

/** The callers that inventory has, replaced by one it has not, and not applied: the preview says who would be refused. */
async function swapCaller(page) {
  await page.getByLabel('Add a caller to rule 1', { exact: true }).fill('ui');
  await page.getByRole('option', { name: 'shop/ui' }).click();
  await page.getByRole('button', { name: 'Remove shop/catalog' }).click();
  await page.getByText(/would be refused/).first().waitFor();
}

async function refusedEdge(api) {
  const { edges } = await api('/api/graph?namespaces=shop');
  const edge = edges.find((e) => e.source.includes('/rogue/') && e.target.includes('/inventory/')) ?? edges[0];
  return edge === undefined ? undefined : `/graph?ns=shop&select=${encodeURIComponent(edge.id)}`;
}

/** The server's span of a refused request, chosen: its panel names the policy. */
async function refusedSpan(api) {
  // Both sides' spans must have arrived: asking for the callee's leaves out traces that are not whole yet.
  const [newest] = await traces(api, `service=inventory.shop&tags=${encodeURIComponent('http.status_code=403')}&limit=1`);
  if (newest === undefined) return undefined;
  const { trace } = await api(`/api/traces/${newest.traceId}`);
  const refused = trace.spans.find((s) => s.kind === 'server' && s.attributes['http.status_code'] === '403');
  return refused === undefined ? undefined : `${pathOf(newest)}?span=${refused.spanId}`;
}

/** A rollout that is under way tells most; otherwise the newest. */
async function someRollout(api) {
  const { rollouts } = await api('/api/rollouts');
  const active = rollouts.find((r) => ['Progressing', 'Holding', 'Baking', 'Paused'].includes(r.status?.phase)) ?? rollouts[0];
  return active === undefined ? undefined : `/rollouts/${active.metadata.namespace}/${active.metadata.name}`;
}

async function traces(api, query) {
  return (await api(`/api/traces?${query}`)).traces;
}

function pathOf(trace) {
  return trace === undefined ? undefined : `/traces/${trace.traceId}`;
}
