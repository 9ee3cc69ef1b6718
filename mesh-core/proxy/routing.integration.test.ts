import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { HeaderValueOption, Route } from '#mesh-core/domain/envoy/resources.ts';
import { accessLogLine, call, eventually, spiffeId, statOf, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, outboundListener, outboundRoutes, routeTo, serviceCluster } from './testing/mesh-resources.ts';

let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start();
});
after(() => mesh.close());

test('a 90/10 split over 2,000 requests lands within two points of it, and reuses its connections', async () => {
  const v1 = await mesh.app((_request, response) => response.end('v1'));
  const v2 = await mesh.app((_request, response) => response.end('v2'));
  const caller = await mesh.proxy('splitter-v1', { random: seededRandom(7) });
  const weighted = { clusters: [{ name: clusterName('web', 'v1'), weight: 90 }, { name: clusterName('web', 'v2'), weight: 10 }] };
  mesh.control.configure('splitter-v1', {
    cluster: [serviceCluster('web', { subset: 'v1' }), serviceCluster('web', { subset: 'v2' })],
    endpoint: [assignment(clusterName('web', 'v1'), [{ port: v1.port }]), assignment(clusterName('web', 'v2'), [{ port: v2.port }])],
    listener: [outboundListener(caller.ports.outbound)],
    route: [outboundRoutes({ web: [{ name: 'split', match: { prefix: '/' }, route: { weightedClusters: weighted, timeout: '0s' } }] })],
  });
  await caller.ready;
  const counts: Record<string, number> = {};
  for (let sent = 0; sent < 2000; sent += 20) {
    for (const { body } of await Promise.all(Array.from({ length: 20 }, () => call(caller.ports.outbound)))) counts[body] = (counts[body] ?? 0) + 1;
  }
  assert.equal((counts['v1'] ?? 0) + (counts['v2'] ?? 0), 2000);
  assert.ok(Math.abs((counts['v1'] ?? 0) / 2000 - 0.9) < 0.02, JSON.stringify(counts));
  assert.ok(v1.connections() + v2.connections() < 100, `${v1.connections() + v2.connections()} upstream connections for 2,000 requests`);
});

test('requests go round robin over the endpoints', async () => {
  const apps = await Promise.all(['a', 'b', 'c'].map((name) => mesh.app((_request, response) => response.end(name))));
  const caller = await mesh.client('robin-v1', apps);
  const bodies: string[] = [];
  for (let i = 0; i < 6; i++) bodies.push((await call(caller.ports.outbound)).body);
  assert.deepEqual(bodies.slice(0, 3).toSorted(), ['a', 'b', 'c']);
  assert.deepEqual(bodies.slice(3), bodies.slice(0, 3));
});

test('a 503 is tried again at another endpoint when the policy says so, with the body sent again', async () => {
  let tries = 0;
  const bad = await mesh.app((request, response) => {
    tries++;
    request.resume();
    response.writeHead(503).end('bad');
  });
  const good = await mesh.app((request, response) => {
    request.pipe(response);
  });
  const retryPolicy = { retryOn: '5xx', numRetries: 2, retryHostPredicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }] };
  const caller = await mesh.client('retrier-v1', [bad, good], { routes: [routeTo(clusterName('web'), { retryPolicy })] });
  for (let i = 0; i < 4; i++) assert.deepEqual((({ status, body }) => ({ status, body }))(await call(caller.ports.outbound, { method: 'POST', body: `payload ${i}` })), { status: 200, body: `payload ${i}` });
  assert.ok(tries >= 1);
});

test('retries that are used up give the last answer and the flag URX', async () => {
  let tries = 0;
  const bad = await mesh.app((_request, response) => {
    tries++;
    response.writeHead(503).end('still bad');
  });
  const caller = await mesh.client('retrier-v2', [bad], { routes: [routeTo(clusterName('web'), { retryPolicy: { retryOn: '5xx', numRetries: 2 } })] });
  const answer = await call(caller.ports.outbound);
  assert.equal(`${answer.status} ${answer.body}`, '503 still bad');
  assert.equal(tries, 3);
  assert.equal((await accessLogLine(caller))['response_flags'], 'URX');
});

test('an app that is too slow is answered for with 504 and the flag UT', async () => {
  const slow = await mesh.app(() => {});
  const caller = await mesh.client('impatient-v1', [slow], { routes: [routeTo(clusterName('web'), { timeout: '0.100s' })] });
  const answer = await call(caller.ports.outbound);
  assert.equal(`${answer.status} ${answer.body}`, '504 upstream request timeout');
  const line = await accessLogLine(caller);
  assert.equal(line['response_flags'], 'UT');
  assert.ok(Number(line['duration']) >= 95);
});

test('headers that routes add are filled in from the request and its answer', async () => {
  const app = await mesh.app((request, response) => {
    response.setHeader('x-from-app', 'yes');
    response.end(JSON.stringify(request.headers));
  });
  const headers = (entries: Readonly<Record<string, string>>): HeaderValueOption[] => Object.entries(entries).map(([key, value]) => ({ header: { key, value }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' }));
  const route = routeTo(clusterName('web'), {}, {
    requestHeadersToAdd: headers({ 'x-who': '%REQ(x-user)%/%PROTOCOL%', 'x-share': '50%%', 'x-absent': '%REQ(x-nobody)%', 'x-route': '%ROUTE_NAME%' }),
    responseHeadersToAdd: headers({ 'x-status': '%RESP(x-from-app)% from %UPSTREAM_HOST%' }),
  });
  const caller = await mesh.client('filler-v1', [app], { routes: [route] });
  const answer = await call(caller.ports.outbound, { headers: { 'x-user': 'ann' } });
  const sent = JSON.parse(answer.body) as Record<string, string>;
  assert.deepEqual([sent['x-who'], sent['x-share'], sent['x-absent'], sent['x-route']], ['ann/HTTP/1.1', '50%', undefined, 'default']);
  assert.equal(answer.headers['x-status'], `yes from 127.0.0.1:${app.port}`);
});

test('a caller may shorten the time and ask for retries; the app learns how long it has', async () => {
  let tries = 0;
  const app = await mesh.app((request, response) => {
    if (request.url === '/slow') return;
    tries++;
    if (tries < 3) response.writeHead(502).end();
    else response.end(JSON.stringify(request.headers));
  });
  const caller = await mesh.client('asker-v1', [app], { routes: [routeTo(clusterName('web'), { timeout: '30s' })] });
  const slow = await call(caller.ports.outbound, { path: '/slow', headers: { 'x-envoy-upstream-rq-timeout-ms': '60' } });
  assert.equal(`${slow.status} ${slow.body}`, '504 upstream request timeout');
  const answer = await call(caller.ports.outbound, { headers: { 'x-envoy-retry-on': 'gateway-error', 'x-envoy-max-retries': '3' } });
  assert.deepEqual([answer.status, tries], [200, 3]);
  const sent = JSON.parse(answer.body) as Record<string, string>;
  assert.deepEqual([sent['x-envoy-expected-rq-timeout-ms'], sent['x-envoy-retry-on'], sent['x-envoy-max-retries']], ['30000', undefined, undefined]);
});

test('a mirror gets whole copies, its share of them, and nobody waits for it or sees its answers', async () => {
  const copies: string[] = [];
  const main = await mesh.app((request, response) => request.pipe(response));
  const shadow = await mesh.app((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      copies.push(`${request.method} ${request.headers.host} ${request.url} ${body.length}`);
      response.writeHead(500).end('never seen');
    });
  });
  const caller = await mesh.proxy('mirrored-v1', { random: seededRandom(3) });
  const mirrored = (numerator: number): Partial<NonNullable<Route['route']>> => ({ requestMirrorPolicies: [{ cluster: clusterName('shadow'), runtimeFraction: { defaultValue: { numerator } }, disableShadowHostSuffixAppend: true }, { cluster: clusterName('missing') }] });
  mesh.control.configure('mirrored-v1', {
    cluster: [serviceCluster('web'), serviceCluster('shadow')],
    endpoint: [assignment(clusterName('web'), [main]), assignment(clusterName('shadow'), [shadow])],
    listener: [outboundListener(caller.ports.outbound)],
    route: [outboundRoutes({ web: [{ ...routeTo(clusterName('web'), mirrored(50)), match: { prefix: '/half' } }, routeTo(clusterName('web'), mirrored(100))] })],
  });
  await caller.ready;
  const body = 'x'.repeat(200_000);
  const answer = await call(caller.ports.outbound, { method: 'POST', path: '/whole?a=b', body });
  assert.deepEqual([answer.status, answer.body === body], [200, true]);
  await eventually(() => copies.includes('POST web /whole?a=b 200000') || undefined, 'the copy');
  for (let i = 0; i < 100; i++) assert.equal((await call(caller.ports.outbound, { path: '/half' })).status, 200);
  await eventually(() => copies.length > 30 || undefined, 'copies of about a half');
  assert.ok(copies.length < 72, `${copies.length - 1} copies of 100 requests`);
});

test('an injected delay and abort hit the share of requests they name, at the caller', async () => {
  let reached = 0;
  const app = await mesh.app((_request, response) => {
    reached++;
    response.end('ok');
  });
  const fault = (config: object): { typedPerFilterConfig: Record<string, { '@type': string }> } => ({ typedPerFilterConfig: { 'envoy.filters.http.fault': { '@type': TYPE_URLS.fault, ...config } } });
  const all = { numerator: 100 };
  const routes = [
    { ...routeTo(clusterName('web'), {}, fault({ abort: { httpStatus: 418, percentage: all } })), name: 'abort', match: { prefix: '/abort' } },
    { ...routeTo(clusterName('web'), {}, fault({ delay: { fixedDelay: '0.120s', percentage: all } })), name: 'delay', match: { prefix: '/delay' } },
    { ...routeTo(clusterName('web'), {}, fault({ abort: { httpStatus: 500, percentage: { numerator: 0 } } })), name: 'never', match: { prefix: '/' } },
  ];
  const caller = await mesh.client('faulty-v1', [app], { routes });
  const aborted = await call(caller.ports.outbound, { path: '/abort' });
  assert.equal(`${aborted.status} ${aborted.body}`, '418 fault filter abort');
  assert.equal(reached, 0);
  assert.equal((await accessLogLine(caller, (l) => l['path'] === '/abort'))['response_flags'], 'FI');
  const startedAt = performance.now();
  assert.equal((await call(caller.ports.outbound, { path: '/delay' })).status, 200);
  assert.ok(performance.now() - startedAt >= 115);
  assert.equal((await accessLogLine(caller, (l) => l['path'] === '/delay'))['response_flags'], 'DI');
  assert.equal((await call(caller.ports.outbound)).status, 200);
});

test('an ALLOW policy refuses callers it does not list, by their certificate and not by their headers', async () => {
  let reached = 0;
  const app = await mesh.app((_request, response) => {
    reached++;
    response.end('ok');
  });
  const allow = { action: 'ALLOW' as const, policies: { 'ns[test]-policy[web]-rule[0]': { permissions: [{ header: { name: ':method', stringMatch: { exact: 'GET' } } }], principals: [{ authenticated: { principalName: { exact: spiffeId('friend') } } }] } } };
  const guarded = await mesh.server('web-v1', app.port, { rbac: [allow] });
  const friend = await mesh.client('friend-v1', [guarded]);
  const stranger = await mesh.client('stranger-v1', [guarded]);
  assert.equal((await call(friend.ports.outbound)).status, 200);
  const refused = await call(stranger.ports.outbound, { headers: { 'x-forwarded-client-cert': `URI=${spiffeId('friend')}` } });
  assert.equal(`${refused.status} ${refused.body}`, '403 RBAC: access denied');
  assert.equal((await call(friend.ports.outbound, { method: 'POST', body: '' })).status, 403);
  assert.equal(reached, 1);
  const line = await accessLogLine(guarded, (l) => l['response_code'] === 403);
  assert.match(String(line['response_code_details']), /^rbac_access_denied_matched_policy\[none\]$/);
});

test('DENY comes before ALLOW', async () => {
  const app = await mesh.app((_request, response) => response.end('ok'));
  const any = { permissions: [{ any: true as const }], principals: [{ any: true as const }] };
  const deny = { action: 'DENY' as const, policies: { 'ns[test]-policy[no-admin]-rule[0]': { permissions: [{ urlPath: { path: { prefix: '/admin' } } }], principals: [{ any: true as const }] } } };
  const guarded = await mesh.server('gate-v1', app.port, { rbac: [deny, { action: 'ALLOW', policies: { all: any } }] });
  const caller = await mesh.client('visitor-v1', [guarded]);
  assert.equal((await call(caller.ports.outbound)).status, 200);
  assert.equal((await call(caller.ports.outbound, { path: '/public/../admin/x' })).status, 403);
});

test('no endpoint is 503 UH, no route 404 NR, a missing cluster 503 NC, a dead endpoint 503 UF', async () => {
  const caller = await mesh.proxy('lost-v1');
  const cases = {
    empty: { status: 503, flag: 'UH', body: /no healthy upstream/ },
    missing: { status: 503, flag: 'NC', body: /^$/ },
    dead: { status: 503, flag: 'UF', body: /upstream connect error.*Connection refused/ },
    unknown: { status: 404, flag: 'NR', body: /^$/ },
  };
  mesh.control.configure('lost-v1', {
    cluster: [serviceCluster('empty'), serviceCluster('dead')],
    // Port 1 of loopback: nothing listens there.
    endpoint: [assignment(clusterName('empty'), []), assignment(clusterName('dead'), [{ port: 1 }])],
    listener: [outboundListener(caller.ports.outbound)],
    route: [outboundRoutes({ empty: [routeTo(clusterName('empty'))], missing: [routeTo(clusterName('missing'))], dead: [routeTo(clusterName('dead'))] })],
  });
  await caller.ready;
  for (const [host, expected] of Object.entries(cases)) {
    const answer = await call(caller.ports.outbound, { to: host });
    assert.equal(answer.status, expected.status, host);
    assert.match(answer.body, expected.body, host);
    assert.equal((await accessLogLine(caller, (l) => l['authority'] === host))['response_flags'], expected.flag, host);
  }
});

test('the outbound listener understands Host form, absolute form and CONNECT', async () => {
  const app = await mesh.app((request, response) => response.end(`${request.headers.host} ${request.url}`));
  const caller = await mesh.client('forms-v1', [app]);
  const { outbound } = caller.ports;
  assert.equal((await call(outbound, { path: '/a' })).body, 'web /a');
  assert.equal((await call(outbound, { path: 'http://web/b?c=d', to: 'ignored' })).body, 'web /b?c=d');
  const tunnel = connect(outbound, '127.0.0.1');
  let received = '';
  tunnel.on('data', (chunk) => (received += chunk.toString()));
  tunnel.write('CONNECT web:80 HTTP/1.1\r\nhost: web:80\r\n\r\n');
  await eventually(() => received.includes('200 Connection established') || undefined, 'the tunnel');
  tunnel.write('GET /in-the-tunnel HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n');
  await eventually(() => received.includes('web /in-the-tunnel') || undefined, 'the answer in the tunnel');
  tunnel.destroy();
});

test('a circuit breaker refuses what does not fit, with the flag UO', async () => {
  const waiting: (() => void)[] = [];
  const app = await mesh.app((_request, response) => void waiting.push(() => response.end('ok')));
  const caller = await mesh.client('crowd-v1', [app], { cluster: { circuitBreakers: { thresholds: [{ maxConnections: 1, maxPendingRequests: 1 }] } } });
  const first = call(caller.ports.outbound);
  await eventually(() => waiting.length === 1 || undefined, 'the first request');
  const second = call(caller.ports.outbound);
  await eventually(async () => (await statOf(caller, `cluster.${clusterName('web')}.upstream_rq_pending_active`)) === 1 || undefined, 'the queue');
  const third = await call(caller.ports.outbound);
  assert.equal(third.status, 503);
  assert.equal(third.headers['x-envoy-overloaded'], 'true');
  assert.match(third.body, /reset reason: overflow$/);
  waiting.shift()?.();
  assert.equal((await first).status, 200);
  await eventually(() => waiting.length === 1 || undefined, 'the second request');
  waiting.shift()?.();
  assert.equal((await second).status, 200);
});

test('an endpoint that keeps failing is ejected, and traffic goes to the others', async () => {
  let bad = 0;
  const failing = await mesh.app((_request, response) => {
    bad++;
    response.writeHead(500).end();
  });
  const good = await mesh.app((_request, response) => response.end('ok'));
  const caller = await mesh.client('careful-v1', [failing, good], { cluster: { outlierDetection: { consecutive5xx: 3, interval: '1s', baseEjectionTime: '30s', maxEjectionPercent: 100 } } });
  for (let i = 0; i < 30; i++) await call(caller.ports.outbound);
  assert.equal(bad, 3);
});

test('requests are served from the configuration held while the control plane is away, and its news are taken afterwards', async () => {
  const [one, two] = await Promise.all(['one', 'two'].map((name) => mesh.app((_request, response) => response.end(name))));
  const caller: TestProxy = await mesh.client('steady-v1', [one ?? { port: 0 }]);
  mesh.control.stop();
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(caller.ports.outbound)));
  assert.deepEqual([...new Set(answers.map(({ body }) => body))], ['one']);
  mesh.control.configure('steady-v1', { endpoint: [assignment(clusterName('web'), [{ port: two?.port ?? 0 }])] });
  await mesh.control.start();
  await eventually(async () => (await call(caller.ports.outbound)).body === 'two' || undefined, 'the new endpoint');
});

test('configuration that cannot be run is refused with the reason, and the last good one stays', async () => {
  const app = await mesh.app((_request, response) => response.end('ok'));
  const caller = await mesh.client('stubborn-v1', [app]);
  mesh.control.configure('stubborn-v1', { cluster: [serviceCluster('web', { transportSocket: { name: 'odd', typedConfig: { '@type': TYPE_URLS.downstreamTls } } })] });
  const refusal = await eventually(() => mesh.control.refusals.find(({ workload }) => workload === 'stubborn-v1'), 'the NACK');
  assert.match(refusal.message, /cluster outbound\|80\|\|web\.test\.svc\.cluster\.local: unsupported transport socket odd/);
  assert.equal((await call(caller.ports.outbound)).status, 200);
});

test('an endpoint that leaves and a weight that moves never show as an error under load', async () => {
  const apps = await Promise.all(Array.from({ length: 3 }, () => mesh.app((_request, response) => response.end('ok'))));
  const caller = await mesh.client('busy-v1', apps);
  let stop = false;
  const statuses = new Set<number>();
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stop) statuses.add((await call(caller.ports.outbound)).status);
    }),
  );
  for (let round = 0; round < 30; round++) {
    const some = apps.filter((_, index) => index !== round % 3);
    mesh.control.configure('busy-v1', { endpoint: [assignment(clusterName('web'), some)], route: [outboundRoutes({ web: [routeTo(clusterName('web'), {}, { name: `round-${round}` })] })] });
    await new Promise((resolve) => setImmediate(resolve));
    await call(caller.ports.outbound);
  }
  stop = true;
  await load;
  assert.deepEqual([...statuses], [200]);
});
