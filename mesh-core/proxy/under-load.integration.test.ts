import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { RetryPolicy } from '#mesh-core/domain/envoy/resources.ts';
import { sendsHttp2 } from './testing/http2-resources.ts';
import { call, eventually, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, inboundCluster, inboundListener, outboundListener, outboundRoutes, routeTo, serviceCluster } from './testing/mesh-resources.ts';

/** Nothing that an operator does in good order costs a request. */
let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start();
});
after(() => mesh.close());

/** The retries that istiod gives routes without any of their own. */
const DEFAULT_RETRIES: RetryPolicy = { retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes', numRetries: 2, retryHostPredicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }], hostSelectionRetryMaxAttempts: '5', retriableStatusCodes: [503] };
const WORKERS = 8;
/** So many requests, or as many as this time allows on a busy machine. */
const ENOUGH = 3000;
const LIMIT_MS = 10_000;

interface Load {
  readonly answers: Map<string, number>;
  /** Lets the workers end, and gives how many requests they made. */
  end(): Promise<number>;
}

/** Workers that send GET and POST over kept connections until they are told to end; failures count by their message. */
function load(port: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
  const answers = new Map<string, number>();
  let total = 0;
  let ending = false;
  const note = (what: string): void => void answers.set(what, (answers.get(what) ?? 0) + 1);
  const work = async (): Promise<void> => {
    while (!ending) {
      total++;
      const body = `request ${total}`;
      const isPost = total % 4 === 0;
      try {
        const answer = await call(port, { agent, path: `/${total}`, ...(isPost ? { method: 'POST', body } : {}) });
        note(answer.status !== 200 ? `${answer.status} ${answer.body}` : answer.body === (isPost ? body : '') ? 'ok' : 'a wrong body');
      } catch (error) {
        note(String(error));
      }
    }
  };
  const workers = Promise.all(Array.from({ length: WORKERS }, work));
  return {
    answers,
    async end() {
      ending = true;
      await workers;
      agent.destroy();
      return total;
    },
  };
}

async function echoServer(workload: string): Promise<TestProxy & { readonly appPort: number }> {
  const app = await mesh.app((request, response) => request.pipe(response));
  return { ...(await mesh.server(workload, app.port)), appPort: app.port };
}

const endpointsOf = (servers: readonly TestProxy[]): { readonly port: number; readonly workload: string }[] => servers.map(({ ports, workload }) => ({ port: ports.inbound, workload }));

for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
  const suffix = protocol === 'HTTP/2' ? '2' : '1';
  const speaks = protocol === 'HTTP/2' ? sendsHttp2() : {};

  test(`thousands of requests over ${protocol} while routes, clusters, filters, chains and endpoints change: none fails`, async (t) => {
    const servers = [await echoServer(`web${suffix}a-v1`), await echoServer(`web${suffix}b-v1`)];
    const caller = await mesh.client(`changing-v${suffix}`, servers, { cluster: { connectTimeout: '10s', ...speaks } });
    const { answers, end } = load(caller.ports.outbound);
    const latest = Date.now() + LIMIT_MS;
    for (let round = 0; (answers.get('ok') ?? 0) < ENOUGH && Date.now() < latest; round++) {
      const listener = outboundListener(caller.ports.outbound);
      mesh.control.configure(caller.workload, {
        // Another connect time makes the cluster a new one; every fourth round moves traffic to a subset that has just come.
        cluster: [serviceCluster('web', { connectTimeout: `${10 + (round % 3)}s`, ...speaks }), ...(round % 4 === 3 ? [serviceCluster('web', { subset: 'v2', connectTimeout: '10s', ...speaks })] : [])],
        endpoint: [assignment(clusterName('web'), endpointsOf(round % 2 === 0 ? servers : servers.slice(0, 1))), ...(round % 4 === 3 ? [assignment(clusterName('web', 'v2'), endpointsOf(servers.slice(1)))] : [])],
        route: [outboundRoutes({ web: [routeTo(clusterName('web', round % 4 === 3 ? 'v2' : ''), {}, { name: `round-${round}` })] })],
        listener: [round % 5 === 4 ? { ...listener, filterChains: listener.filterChains.map((chain) => ({ ...chain, name: `chain-${round}` })) } : { ...listener, listenerFiltersTimeout: `${1 + round}s` }],
      });
      for (const { workload, ports, appPort } of servers) {
        const allow = { action: 'ALLOW' as const, policies: { [`round-${round}`]: { permissions: [{ any: true as const }], principals: [{ any: true as const }] } } };
        mesh.control.configure(workload, { cluster: [inboundCluster('web', appPort)], listener: [inboundListener(ports.inbound, appPort, { mode: 'STRICT', rbac: round % 2 === 0 ? [allow] : [], filters: round % 3 === 0 ? [{ name: 'envoy.filters.http.cors', typedConfig: { '@type': TYPE_URLS.cors } }] : [] })] });
      }
      const next = (answers.get('ok') ?? 0) + 60;
      while ((answers.get('ok') ?? 0) < next && answers.size < 2 && Date.now() < latest) await delay(5);
    }
    const total = await end();
    assert.deepEqual([...answers.keys()], ['ok'], JSON.stringify([...answers]));
    assert.deepEqual(mesh.control.refusals, []);
    t.diagnostic(`${total} requests`);
  });

  test(`a server that leaves under load over ${protocol} takes no request with it`, async () => {
    const staying = await echoServer(`stay${suffix}-v1`);
    const leaving = await echoServer(`leave${suffix}-v1`);
    const caller = await mesh.client(`loyal-v${suffix}`, [staying, leaving], { cluster: { connectTimeout: '10s', ...speaks }, routes: [routeTo(clusterName('web'), { retryPolicy: DEFAULT_RETRIES })] });
    const { answers, end } = load(caller.ports.outbound);
    await eventually(() => (answers.get('ok') ?? 0) > 200 || undefined, 'the load');
    const closed = leaving.close();
    await eventually(() => mesh.control.health.get(leaving.workload) === false || undefined, 'the news that it leaves');
    mesh.control.configure(caller.workload, { endpoint: [assignment(clusterName('web'), endpointsOf([staying]))] });
    await closed;
    const afterwards = (answers.get('ok') ?? 0) + 200;
    await eventually(() => (answers.get('ok') ?? 0) > afterwards || undefined, 'more load');
    await end();
    assert.deepEqual([...answers.keys()], ['ok'], JSON.stringify([...answers]));
  });
}

test('a proxy that leaves answers what is under way, and asks its clients to go', async () => {
  const held: (() => void)[] = [];
  const app = await mesh.app((request, response) => {
    request.resume();
    held.push(() => response.end('late'));
  });
  const caller = await mesh.client('last-v1', [app]);
  const underWay = Array.from({ length: 50 }, () => call(caller.ports.outbound));
  await eventually(() => held.length === 50 || undefined, 'the requests at the app');
  const closed = caller.close();
  for (const answer of held) answer();
  const answers = await Promise.all(underWay);
  assert.deepEqual([...new Set(answers.map(({ status, body, headers }) => `${status} ${body} ${headers.connection}`))], ['200 late close']);
  await closed;
  await assert.rejects(call(caller.ports.outbound), /ECONNREFUSED/);
});
