import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import type { EnvoyFilter } from '#mesh-core/domain/resources/envoy-filter.ts';
import type { RateLimitPolicy, RateLimitPolicySpec } from '#mesh-core/domain/resources/rate-limit-policy.ts';
import { aSidecar } from '#mesh-core/domain/translate/a-proxy.ts';
import { decorationOf } from '#mesh-core/domain/translate/decorate-listeners.ts';
import { EMPTY_SNAPSHOT } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { proxyContext } from '#mesh-core/domain/translate/proxy-context.ts';
import { accessLogLine, call, TestMesh } from './testing/mesh-harness.ts';
import type { Answer, TestProxy } from './testing/mesh-harness.ts';
import { inboundCluster, inboundListener } from './testing/mesh-resources.ts';

/** Rate limits from the resource to the byte. */
const SAMPLE = new URL('../../../shared/corpora/istio/samples/other/local-rate-limit-service.yaml', import.meta.url);
let mesh: TestMesh;
let appPort = 0;

before(async () => {
  mesh = await TestMesh.start();
  appPort = (await mesh.app((_, response) => response.end('app'))).port;
});
after(() => mesh.close());

let servers = 0;
async function serverWith(snapshot: Partial<MeshSnapshot>, labels: Readonly<Record<string, string>> = { app: 'web' }): Promise<TestProxy> {
  const workload = `web${(servers += 1)}-v1`;
  const proxy = await mesh.proxy(workload, { appPort });
  const decoration = decorationOf(proxyContext({ ...EMPTY_SNAPSHOT, ...snapshot }, aSidecar('web', { namespace: 'test', labels })));
  mesh.control.configure(workload, { cluster: [inboundCluster('web', appPort)], listener: decoration.listeners([inboundListener(proxy.ports.inbound, appPort, { mode: 'PERMISSIVE' })]) });
  await proxy.ready;
  return proxy;
}

function limits(spec: RateLimitPolicySpec): Partial<MeshSnapshot> {
  const policy: RateLimitPolicy = { apiVersion: 'binnacle.dev/v1', kind: 'RateLimitPolicy', metadata: { name: 'limits', namespace: 'test' }, spec };
  return { rateLimitPolicies: [policy] };
}

async function statuses(times: number, ask: () => Promise<Answer>): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < times; i++) answers.push((await ask()).status);
  return answers;
}

test('what is over the limit gets 429, flag RL and the headers; other requests do not count', async () => {
  const web = await serverWith(limits({ limits: [{ match: { path: { prefix: '/api' }, method: 'GET' }, requests: 2, per: '1h' }], response: { headers: true } }));
  assert.deepEqual(await statuses(3, () => call(web.ports.inbound, { path: '/api/x?y=1' })), [200, 200, 429]);
  const refused = await call(web.ports.inbound, { path: '/api/last' });
  assert.deepEqual([refused.status, refused.body, refused.headers['content-type']], [429, 'local_rate_limited', 'text/plain']);
  assert.deepEqual([refused.headers['x-ratelimit-limit'], refused.headers['x-ratelimit-remaining'], Number(refused.headers['x-ratelimit-reset']) > 1000], ['2', '0', true]);
  const line = await accessLogLine(web, ({ path }) => path === '/api/last');
  assert.deepEqual([line['response_flags'], line['response_code_details']], ['RL', 'local_rate_limited']);
  assert.deepEqual(await statuses(4, () => call(web.ports.inbound, { path: '/other' })), [200, 200, 200, 200]);
  assert.equal((await call(web.ports.inbound, { method: 'POST', path: '/api/x' })).status, 200);
  const { body } = await call(web.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  assert.match(body, /envoy_http_local_rate_limit_enforced\{envoy_local_http_ratelimit_prefix="test_limits"\} 2\n/);
});

test('a key gives each value a count of its own; leaving it out is no way around', async () => {
  const web = await serverWith(limits({ limits: [{ requests: 1, per: '1h', burst: 2, key: { header: 'X-User' } }] }));
  const as = (user: string | undefined): (() => Promise<Answer>) => () => call(web.ports.inbound, user === undefined ? {} : { headers: { 'x-user': user } });
  assert.deepEqual(await statuses(3, as('ann')), [200, 200, 429]);
  assert.deepEqual(await statuses(3, as('bob')), [200, 200, 429]);
  assert.deepEqual(await statuses(3, as(undefined)), [200, 200, 429]);
});

test('by path and by caller; several limits must all hold', async () => {
  const web = await serverWith(limits({ limits: [{ name: 'each', requests: 1, per: '1h', key: { path: true } }, { name: 'all', requests: 3, per: '1h', key: { principal: true } }] }));
  assert.deepEqual([(await call(web.ports.inbound, { path: '/a?1' })).status, (await call(web.ports.inbound, { path: '/a?2' })).status], [200, 429]);
  assert.deepEqual([(await call(web.ports.inbound, { path: '/b' })).status, (await call(web.ports.inbound, { path: '/c' })).status, (await call(web.ports.inbound, { path: '/d' })).status], [200, 200, 429]);
  const caller = await mesh.client('caller-v1', [web]);
  assert.equal((await call(caller.ports.outbound, { path: '/e' })).status, 200);
});

test('a policy that is tried out refuses nothing; one for other workloads does nothing', async () => {
  const tried = await serverWith(limits({ dryRun: true, limits: [{ requests: 1, per: '1h' }] }));
  assert.deepEqual(await statuses(3, () => call(tried.ports.inbound)), [200, 200, 200]);
  const other = await serverWith(limits({ selector: { matchLabels: { app: 'other' } }, limits: [{ requests: 1, per: '1h' }], response: { status: 503 } }));
  assert.deepEqual(await statuses(3, () => call(other.ports.inbound)), [200, 200, 200]);
  const own = await serverWith(limits({ limits: [{ requests: 1, per: '1h' }], response: { status: 503 } }));
  assert.deepEqual(await statuses(2, () => call(own.ports.inbound)), [200, 503]);
});

test("Istio's sample of an EnvoyFilter limits as it says", { skip: existsSync(SAMPLE) ? false : 'the samples are not here' }, async () => {
  const sample = parse(readFileSync(SAMPLE, 'utf8').replace('"inbound|http|8000"', 'inbound')) as EnvoyFilter;
  const web = await serverWith({ envoyFilters: [sample] }, { app: 'productpage' });
  const answers = await statuses(12, () => call(web.ports.inbound, { path: '/productpage' }));
  assert.deepEqual([answers.filter((status) => status === 200).length, answers.at(-1)], [10, 429]);
  assert.equal((await call(web.ports.inbound, { path: '/productpage' })).headers['x-local-rate-limit'], 'true');
  const others = await statuses(95, () => call(web.ports.inbound, { path: '/other' }));
  assert.ok(others.filter((status) => status === 200).length >= 85 && others.at(-1) === 429, String(others.filter((status) => status === 200).length));
});
