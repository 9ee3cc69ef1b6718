import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { call, eventually, statOf, TestMesh } from './testing/mesh-harness.ts';
import type { Answer, TestApp, TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, routeTo } from './testing/mesh-resources.ts';

const CLUSTER = clusterName('web');
let mesh: TestMesh;
let app: TestApp;
let web: TestProxy;
let caller: TestProxy;
const get = (proxy: TestProxy, path: string): Promise<Answer> => call(proxy.ports.stats, { path, to: 'admin' });
const post = (proxy: TestProxy, path: string, headers = {}): Promise<Answer> => call(proxy.ports.stats, { path, method: 'POST', to: 'admin', headers });
/** All statistics by name, after everything under way has been counted. */
async function stats(proxy: TestProxy): Promise<Map<string, number>> {
  const { stats: list } = JSON.parse((await get(proxy, '/stats?format=json&type=Counters')).body) as { stats: { name: string; value: number }[] };
  return new Map(list.map(({ name, value }) => [name, value]));
}

before(async () => {
  mesh = await TestMesh.start();
  let failures = 2;
  app = await mesh.app((request, response) => {
    const status = request.url === '/flaky' && failures-- > 0 ? 503 : request.url === '/broken' ? 500 : 200;
    if (request.url === '/reset') request.socket.destroy();
    else if (request.url !== '/hang') response.writeHead(status).end('four');
  });
  web = await mesh.server('web-v1', app.port);
  caller = await mesh.client('caller-v1', [web], { routes: [{ match: { prefix: '/moved' }, name: 'moved', redirect: { pathRedirect: '/new' } }, routeTo(CLUSTER, { timeout: '1s', retryPolicy: { retryOn: '5xx,reset', numRetries: 2 } })] });
});
after(() => mesh.close());

test('counters say what the traffic was: requests, codes, retries, timeouts, resets, connections, bytes', async () => {
  for (let i = 0; i < 20; i++) assert.equal((await call(caller.ports.outbound, { path: `/${i}` })).status, 200);
  assert.equal((await call(caller.ports.outbound, { path: '/flaky' })).status, 200);
  assert.equal((await call(caller.ports.outbound, { path: '/broken' })).status, 500);
  assert.equal((await call(caller.ports.outbound, { path: '/moved' })).status, 301);
  assert.equal((await call(caller.ports.outbound, { path: '/x', to: 'nobody' })).status, 404);
  assert.equal((await call(caller.ports.outbound, { path: '/hang' })).status, 504);
  const of = await stats(caller);
  const cluster = Object.fromEntries([...of].filter(([name]) => name.startsWith(`cluster.${CLUSTER}.`)).map(([name, value]) => [name.slice(`cluster.${CLUSTER}.`.length), value]));
  const { upstream_rq_total, upstream_rq_retry, upstream_rq_retry_success, upstream_rq_retry_limit_exceeded, upstream_rq_200, upstream_rq_2xx, upstream_rq_500, upstream_rq_504, upstream_rq_5xx, upstream_rq_completed, upstream_rq_timeout, upstream_rq_tx_reset, upstream_cx_connect_fail, membership_change } = cluster;
  assert.deepEqual(
    { upstream_rq_total, upstream_rq_retry, upstream_rq_retry_success, upstream_rq_retry_limit_exceeded, upstream_rq_200, upstream_rq_2xx, upstream_rq_500, upstream_rq_504, upstream_rq_5xx, upstream_rq_completed, upstream_rq_timeout, upstream_rq_tx_reset, upstream_cx_connect_fail, membership_change },
    // 20 good, 1 of 3 tries, 1 bad of 3 tries, 1 that hangs.
    { upstream_rq_total: 27, upstream_rq_retry: 4, upstream_rq_retry_success: 1, upstream_rq_retry_limit_exceeded: 1, upstream_rq_200: 21, upstream_rq_2xx: 21, upstream_rq_500: 1, upstream_rq_504: 1, upstream_rq_5xx: 2, upstream_rq_completed: 23, upstream_rq_timeout: 1, upstream_rq_tx_reset: 1, upstream_cx_connect_fail: 0, membership_change: 1 },
  );
  assert.ok((cluster['upstream_cx_rx_bytes_total'] ?? 0) > 21 * 100 && (cluster['upstream_cx_tx_bytes_total'] ?? 0) > 27 * 100, JSON.stringify(cluster));
  assert.equal(cluster['upstream_cx_total'], cluster['upstream_cx_http1_total']);
  const http = (name: string): number | undefined => of.get([...of.keys()].find((key) => key.startsWith('http.') && key.endsWith(`.${name}`)) ?? '');
  assert.deepEqual(['downstream_rq_total', 'downstream_rq_http1_total', 'downstream_rq_2xx', 'downstream_rq_3xx', 'downstream_rq_4xx', 'downstream_rq_5xx', 'rq_redirect', 'no_route'].map(http), [25, 25, 21, 1, 1, 2, 1, 1]);
  assert.equal(of.get(`listener.127.0.0.1_${caller.ports.outbound}.downstream_cx_total`), http('downstream_cx_total'));
  const inbound = await stats(web);
  assert.equal(inbound.get(`cluster.inbound|${app.port}||.upstream_rq_total`), 27);
  assert.equal(inbound.get(`listener.127.0.0.1_${web.ports.inbound}.ssl.handshake`), cluster['upstream_cx_total']);
  assert.equal(inbound.get('http.inbound.downstream_cx_ssl_total'), cluster['upstream_cx_total']);
});

test('the hosts of a cluster have their own numbers, in text and in JSON', async () => {
  const lines = (await get(caller, '/clusters')).body.split('\n');
  const host = `${CLUSTER}::127.0.0.1:${web.ports.inbound}::`;
  const own = Object.fromEntries(lines.filter((line) => line.startsWith(host)).map((line) => line.slice(host.length).split('::') as [string, string]));
  assert.deepEqual([own['rq_total'], own['rq_success'], own['rq_error'], own['rq_timeout'], own['health_flags'], own['weight'], own['rq_active']], ['27', '21', '6', '1', 'healthy', '1', '0']);
  assert.ok(lines.includes(`${CLUSTER}::default_priority::max_requests::4294967295`) && lines.includes(`${CLUSTER}::added_via_api::true`));
  const { cluster_statuses } = JSON.parse((await get(caller, '/clusters?format=json')).body) as { cluster_statuses: { name: string; host_statuses: { address: object; stats: { name: string; type?: string; value?: string }[]; health_status: object }[] }[] };
  const [status] = cluster_statuses.find(({ name }) => name === CLUSTER)?.host_statuses ?? [];
  assert.deepEqual(status?.address, { socket_address: { address: '127.0.0.1', port_value: web.ports.inbound } });
  assert.deepEqual(status?.stats.find(({ name }) => name === 'rq_total'), { value: '27', name: 'rq_total' });
  assert.deepEqual(status?.stats.find(({ name }) => name === 'rq_active'), { type: 'GAUGE', name: 'rq_active' });
  assert.deepEqual(status?.health_status, { eds_health_status: 'HEALTHY' });
});

test('a host that does not answer is counted as such, and one that is ejected is flagged', async () => {
  const lost = await mesh.client('lost-v1', [{ port: 1 }], { cluster: { outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 100 } } });
  assert.equal((await call(lost.ports.outbound)).status, 503);
  const of = await stats(lost);
  assert.deepEqual(
    ['upstream_cx_total', 'upstream_cx_connect_fail', 'upstream_rq_total', 'upstream_rq_pending_failure_eject', 'upstream_rq_503', 'outlier_detection.ejections_enforced_total', 'outlier_detection.ejections_enforced_consecutive_5xx'].map((name) => of.get(`cluster.${CLUSTER}.${name}`)),
    [1, 1, 0, 1, 1, 1, 1],
  );
  assert.match((await get(lost, '/clusters')).body, /::health_flags::\/failed_outlier_check\n/);
});

test('statistics can be chosen, and are refused for a question that is none', async () => {
  const { body } = await get(caller, '/stats?usedonly&filter=upstream_rq_(200|timeout)$');
  assert.deepEqual(body.trim().split('\n'), [`cluster.${CLUSTER}.upstream_rq_200: 21`, `cluster.${CLUSTER}.upstream_rq_timeout: 1`]);
  assert.equal((await get(caller, '/stats?filter=(')).status, 400);
  assert.equal((await get(caller, '/stats?format=xml')).status, 400);
  assert.match((await get(caller, '/stats?type=Histograms')).body, /upstream_rq_time: P0\(nan,/);
  const scraped = (await get(caller, '/stats/prometheus')).body;
  assert.match(scraped, /^istio_requests_total\{/m);
  assert.ok(scraped.includes(`envoy_cluster_upstream_rq{response_code="200",cluster_name="${CLUSTER}"} 21\n`));
  assert.doesNotMatch(scraped, /upstream_rq_per_try_timeout|upstream_rq_time_bucket/);
  const families = scraped.match(/^# TYPE \S+/gm) ?? [];
  assert.equal(new Set(families).size, families.length, 'each family once');
});

test('server, listeners and memory are told', async () => {
  assert.deepEqual([(await get(caller, '/ready')).status, (await get(caller, '/ready')).body], [200, 'LIVE\n']);
  const info = JSON.parse((await get(caller, '/server_info')).body) as { state: string; node: { id: string }; uptime_current_epoch: string };
  assert.deepEqual([info.state, info.node.id], ['LIVE', caller.nodeId]);
  assert.match(info.uptime_current_epoch, /^\d+s$/);
  assert.match((await get(caller, '/listeners')).body, new RegExp(`^\\S+::127\\.0\\.0\\.1:${caller.ports.outbound}\\n$`));
  assert.ok(Number((JSON.parse((await get(caller, '/memory')).body) as { allocated: string }).allocated) > 1_000_000);
  assert.match((await get(caller, '/help')).body, /\/quitquitquit \(POST\)/);
  assert.match((await get(caller, '/')).body, /<form action="\/quitquitquit" method="post">/);
});

test('what changes something takes POST, and not from the pages of others', async () => {
  for (const path of ['/quitquitquit', '/healthcheck/fail', '/healthcheck/ok', '/reset_counters', '/drain_listeners', '/logging']) {
    assert.equal((await get(caller, path)).status, 405, path);
    assert.equal((await post(caller, path, { origin: 'http://evil.example' })).status, 403, path);
  }
  assert.equal((await call(caller.ports.stats, { path: '/stats', method: 'DELETE', to: 'admin' })).status, 405);
  assert.equal((await get(caller, '/ready')).status, 200);
});

test('the level of the log can be read and set', async () => {
  const log: Logger & { level: string } = { ...silentLogger, level: 'info' };
  const proxy = await mesh.client('chatty-v1', [web], { log });
  assert.match((await post(proxy, '/logging')).body, /proxy: info/);
  for (const [query, level] of [['level=debug', 'debug'], ['proxy=warning', 'warn'], ['paths=proxy:error', 'error']]) {
    assert.equal((await post(proxy, `/logging?${query}`)).status, 200);
    assert.equal(log.level, level);
  }
  assert.equal((await post(proxy, '/logging?level=loud')).status, 400);
  assert.equal(log.level, 'error');
});

test('a workload whose health is failed by hand leaves, and comes back when that is taken back', async () => {
  await eventually(() => mesh.control.health.get('web-v1'), 'the app to be healthy');
  assert.equal((await post(web, '/healthcheck/fail')).body, 'OK\n');
  await eventually(() => mesh.control.health.get('web-v1') === false, 'the control plane to hear of it');
  assert.deepEqual([(await get(web, '/ready')).status, (await get(web, '/ready')).body], [503, 'DRAINING\n']);
  assert.equal((await call(caller.ports.outbound)).status, 200, 'what still comes is served');
  await post(web, '/healthcheck/ok');
  await eventually(() => mesh.control.health.get('web-v1'), 'the app to be healthy again');
  assert.equal((await get(web, '/ready')).status, 200);
});

test('counters can be set to zero; what is open stays', async () => {
  assert.ok((await statOf(caller, `cluster.${CLUSTER}.upstream_rq_total`)) > 0);
  assert.equal((await post(caller, '/reset_counters')).status, 200);
  assert.equal(await statOf(caller, `cluster.${CLUSTER}.upstream_rq_total`), 0);
  assert.doesNotMatch((await get(caller, '/stats/prometheus')).body, /^istio_requests_total\{.* [1-9]\d*$/m);
  assert.equal(await statOf(caller, `cluster.${CLUSTER}.membership_total`), 1);
});

test('listeners drain on demand: no new connections, the admin port stays', async () => {
  const proxy = await mesh.client('drained-v1', [web]);
  assert.equal((await call(proxy.ports.outbound)).status, 200);
  assert.equal((await post(proxy, '/drain_listeners?inboundonly')).status, 200);
  assert.equal((await call(proxy.ports.outbound)).status, 200, 'it has no inbound listener');
  assert.equal((await post(proxy, '/drain_listeners?graceful')).status, 200);
  const answer = await call(proxy.ports.outbound);
  assert.deepEqual([answer.status, answer.headers.connection], [200, 'close'], 'it still accepts, but asks to go elsewhere');
  await post(proxy, '/drain_listeners');
  await eventually(() => call(proxy.ports.outbound).then(() => undefined, (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' || undefined), 'the port to be closed');
  assert.equal((await get(proxy, '/listeners')).body, '');
});

test('a proxy that is told to quit ends without a failed request', async () => {
  const [one, two] = [await mesh.server('pair-v1', app.port), await mesh.server('pair-v2', app.port)];
  const client = await mesh.client('steady-v1', [one, two], { routes: [routeTo(CLUSTER)] });
  const answers: (number | string)[] = [];
  let running = true;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (running) answers.push(await call(client.ports.outbound).then(({ status }) => status, String));
    }),
  );
  await eventually(() => answers.length > 50 || undefined, 'traffic');
  // As the control plane does when a workload says that it leaves.
  const leaves = eventually(() => mesh.control.health.get('pair-v1') === false, 'the farewell').then(() => mesh.control.configure('steady-v1', { endpoint: [endpointsOf([two])] }));
  assert.equal((await post(one, '/quitquitquit')).status, 200);
  await leaves;
  await eventually(() => get(one, '/ready').then(() => undefined, () => true), 'the proxy to end');
  const before = answers.length;
  await eventually(() => answers.length > before + 50 || undefined, 'traffic afterwards');
  running = false;
  await load;
  assert.deepEqual(answers.filter((answer) => answer !== 200), []);
});

function endpointsOf(proxies: readonly TestProxy[]): ReturnType<typeof assignment> {
  return assignment(CLUSTER, proxies.map(({ ports, workload }) => ({ port: ports.inbound, workload })));
}
