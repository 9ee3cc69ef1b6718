import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { CanaryRollout, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import { kindByWord, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { VirtualService } from '#mesh-core/domain/resources/networking.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { RunningConsole, until, type Answer } from '#server/testing/running-console.ts';

const NETWORKING = 'networking.istio.io/v1';
const HOST = 'web.default.svc.cluster.local';
const TICK_MS = 100;
const REQUESTS_PER_TICK = 20;

let it: RunningConsole;
let kube: KubeClient;
let callers: Server;
/** Requests by `version code`, as callers' proxies would count them. */
const counted = new Map<string, number>();
/** Share (0..1) of v2's answers that are 500. */
let failing = 0;
let stopTraffic = (): void => {};

before(async () => {
  it = await RunningConsole.start();
  kube = it.kube();
  callers = createServer((_request, response) => {
    const lines = [...counted].map(([key, value]) => {
      const [version = '', code = ''] = key.split(' ');
      return `istio_requests_total{reporter="source",source_workload="caller",destination_service="${HOST}",destination_workload="web-${version}",destination_workload_namespace="default",response_code="${code}",request_protocol="http",response_flags="-"} ${value}`;
    });
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve) => callers.listen(0, '127.0.0.1', resolve));
  await kube.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } });
  for (const version of ['v1', 'v2']) await kube.create({ apiVersion: NETWORKING, kind: 'WorkloadEntry', metadata: { name: `web-${version}`, namespace: 'default', annotations: { 'istio.io/autoRegistrationGroup': `web-${version}` } }, spec: { address: '127.0.0.1', labels: { app: 'web', version } } });
  await kube.create({ apiVersion: NETWORKING, kind: 'WorkloadEntry', metadata: { name: 'caller', namespace: 'default', annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String((callers.address() as AddressInfo).port) } }, spec: { address: '127.0.0.1', labels: { app: 'caller' } } });
  await kube.create({ apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: 'web', namespace: 'default' }, spec: { host: 'web', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) } });
  await kube.create({
    apiVersion: NETWORKING,
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'default' },
    spec: { hosts: ['web'], http: [{ name: 'admin', match: [{ uri: { prefix: '/admin' } }], timeout: '3s', route: [{ destination: { host: 'web', subset: 'v1' } }] }, { name: 'primary', retries: { attempts: 2 }, route: [{ destination: { host: 'web', subset: 'v1' }, weight: 100 }, { destination: { host: 'web', subset: 'v2' }, weight: 0 }] }] },
  });
  stopTraffic = startTraffic();
});
after(async () => {
  stopTraffic();
  callers?.closeAllConnections();
  callers?.close();
  await it?.stop();
});

/** Counts requests by the weights that the route has now, as proxies that follow it would. */
function startTraffic(): () => void {
  let weights = { v1: 100, v2: 0 };
  const stop = new AbortController();
  void kube.watch<VirtualService>(kindOf('VirtualService'), { namespace: 'default', signal: stop.signal }, ({ object }) => {
    if (object.metadata.name === 'web') weights = weightsOf(object);
  });
  const add = (key: string, n: number): void => void counted.set(key, (counted.get(key) ?? 0) + n);
  for (const key of ['v1 200', 'v2 200', 'v2 500']) add(key, 0);
  const timer = setInterval(() => {
    const toV2 = Math.round((REQUESTS_PER_TICK * weights.v2) / 100);
    const bad = Math.round(toV2 * failing);
    add('v1 200', REQUESTS_PER_TICK - toV2);
    add('v2 200', toV2 - bad);
    add('v2 500', bad);
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}

function kindOf(word: string): KindInfo {
  const kind = kindByWord(word);
  if (kind === undefined) throw new Error(`${word} is not a served kind`);
  return kind;
}
function weightsOf(object: VirtualService): { v1: number; v2: number } {
  const route = object.spec?.http?.find((http) => http.name === 'primary')?.route ?? [];
  const of = (subset: string): number => route.find((r) => r.destination.subset === subset)?.weight ?? 0;
  return { v1: of('v1'), v2: of('v2') };
}
const route = async (): Promise<VirtualService> => kube.get<VirtualService>(kindOf('VirtualService'), 'web', 'default');
const status = async (name: string): Promise<CanaryRolloutStatus> => (await kube.get<CanaryRollout>(kindOf('CanaryRollout'), name, 'default')).status ?? {};

async function startRollout(name: string, minSeconds: number): Promise<void> {
  const answer = await askForRollout(name, minSeconds);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

async function act(name: string, action: string): Promise<void> {
  const answer = await it.ask(`/api/rollouts/default/${name}/actions`, { method: 'POST', body: { action } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

function askForRollout(name: string, minSeconds: number): Promise<Answer> {
  return it.ask('/api/rollouts', {
    method: 'POST',
    body: {
      namespace: 'default',
      name,
      spec: {
        host: 'web',
        stable: { subset: 'v1', labels: { version: 'v1' } },
        canary: { subset: 'v2', labels: { version: 'v2' } },
        virtualService: 'web',
        routeName: 'primary',
        destinationRule: 'web',
        steps: [{ weight: 30, minSeconds }, { weight: 60, minSeconds: 1 }, { weight: 100, minSeconds: 1 }],
        analysis: { intervalSeconds: 1, alpha: 0.01, beta: 0.05, errors: { floor: 0.02, maxRatio: 2 }, onInconclusive: 'hold' },
      },
    },
  });
}

async function resetRoute(): Promise<void> {
  const object = await route();
  const http = (object.spec?.http ?? []).map((one) => (one.name === 'primary' ? { ...one, route: (one.route ?? []).map((r) => ({ ...r, weight: r.destination.subset === 'v1' ? 100 : 0 })) } : one));
  await kube.update({ ...object, spec: { ...object.spec, hosts: object.spec?.hosts ?? [], http } });
}

test('a good canary is promoted step by step, and routes of others stay as they were', async () => {
  const foreign = (await route()).spec?.http?.find((http) => http.name === 'admin');
  await startRollout('good', 1);
  await until('the promotion', async () => (await status('good')).phase === 'Promoted', 60_000);
  const { history = [] } = await status('good');
  assert.deepEqual([...new Set(history.map((entry) => entry.weight))], [30, 60, 100]);
  const after_ = await route();
  assert.deepEqual(weightsOf(after_), { v1: 0, v2: 100 });
  assert.deepEqual(after_.spec?.http?.find((http) => http.name === 'admin'), foreign);
  assert.deepEqual(after_.spec?.http?.find((http) => http.name === 'primary')?.retries, { attempts: 2 });
});

test('a crash of the server resumes at the same step and never leaves it early', async () => {
  await resetRoute();
  await startRollout('crashed', 5);
  await until('the first step', async () => (await status('crashed')).weight === 30);
  const before_ = await status('crashed');
  await it.killServer();
  await it.startServer();
  await until('the second step', async () => (await status('crashed')).step !== 0, 60_000);
  const after_ = await status('crashed');
  const left = Date.parse(after_.history?.find((entry) => entry.weight === 60)?.time ?? '');
  assert.ok(left - Date.parse(before_.stepStartedAt ?? '') >= 5000, `left after ${left - Date.parse(before_.stepStartedAt ?? '')} ms`);
  assert.equal(after_.startedAt, before_.startedAt);
  await act('crashed', 'abort');
  await until('the abort', async () => (await status('crashed')).phase === 'RolledBack');
});

test('a paused rollout stays where it is however good the canary is, and a resumed one goes on', async () => {
  await resetRoute();
  await startRollout('paused', 1);
  await until('the first step', async () => (await status('paused')).weight === 30);
  await act('paused', 'pause');
  await until('the pause', async () => (await status('paused')).phase === 'Paused');
  const { lastTickAt = '', weight } = await status('paused');
  await until('three further judgements', async () => Date.parse((await status('paused')).lastTickAt ?? '') >= Date.parse(lastTickAt) + 3000);
  const held = await status('paused');
  assert.deepEqual([held.phase, held.weight, held.step], ['Paused', weight, 0]);
  assert.equal(held.checks?.[0]?.verdict, 'ok', 'it was held by the pause, not for want of a verdict');
  await act('paused', 'resume');
  await until('the next step', async () => (await status('paused')).step === 1);
  await act('paused', 'abort');
  await until('the abort', async () => (await status('paused')).phase === 'RolledBack');
  assert.equal(weightsOf(await route()).v2, 0);
});

test('a rollout of a route that somebody also sends elsewhere is refused', async () => {
  const object = await route();
  const http = (object.spec?.http ?? []).map((one) => (one.name === 'primary' ? { ...one, route: [...(one.route ?? []), { destination: { host: 'elsewhere' }, weight: 25 }] } : one));
  await kube.update<KubeObject>({ ...object, spec: { ...object.spec, http } });
  const refused = await until('the console to know the route', async () => {
    const answer = await askForRollout('refused', 1);
    if (answer.status === 200) await kube.delete(kindOf('CanaryRollout'), 'refused', 'default');
    return answer.status === 422;
  }).then(() => askForRollout('refused', 1));
  assert.match(JSON.stringify(refused.body), /also sends 20 % to elsewhere/);
  await kube.update<KubeObject>({ ...(await route()), spec: object.spec });
});

test('a bad canary is taken back to nothing by itself', async () => {
  await resetRoute();
  failing = 0.5;
  await startRollout('bad', 1);
  await until('the end', async () => (await status('bad')).phase === 'RolledBack', 60_000);
  failing = 0;
  assert.deepEqual(weightsOf(await route()), { v1: 100, v2: 0 });
  assert.match((await status('bad')).message ?? '', /worse/);
  const history = (await it.ask('/api/config/history?kind=CanaryRollout&name=bad')).body as { entries: { action: string }[] };
  assert.ok(history.entries.some((entry) => entry.action === 'rollout RolledBack'));
});

test('a weight that somebody else sets stops the rollout until a person decides', async () => {
  await resetRoute();
  await startRollout('drifted', 600);
  await until('the first step on the route', async () => weightsOf(await route()).v2 === 30 && (await status('drifted')).appliedWeight === 30);
  const object = await route();
  const http = (object.spec?.http ?? []).map((one) => (one.name === 'primary' ? { ...one, route: (one.route ?? []).map((r) => ({ ...r, weight: r.destination.subset === 'v1' ? 55 : 45 })) } : one));
  await kube.update<KubeObject>({ ...object, spec: { ...object.spec, http } });
  await until('the drift to be noticed', async () => (await status('drifted')).phase === 'Drifted');
  assert.equal(weightsOf(await route()).v2, 45);
  assert.equal((await it.ask('/api/rollouts/default/drifted/actions', { method: 'POST', body: { action: 'restore' } })).status, 200);
  await until('the weight to be restored', async () => weightsOf(await route()).v2 === 30);
  assert.equal((await it.ask('/api/rollouts/default/drifted/actions', { method: 'POST', body: { action: 'abort' } })).status, 200);
  await until('the abort', async () => (await status('drifted')).phase === 'RolledBack');
  assert.equal(weightsOf(await route()).v2, 0);
});
