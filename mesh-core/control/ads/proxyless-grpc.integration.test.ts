import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServerUnaryCall, sendUnaryData, ServiceError } from '@grpc/grpc-js';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { startXdsRelay } from '#mesh-core/wire/xds/xds-relay.ts';
import type { XdsRelay } from '#mesh-core/wire/xds/xds-relay.ts';
import { startControlProcess, temporaryDirectory, until } from '../control-harness.ts';
import type { ControlProcess } from '../control-harness.ts';

/**
 * A client that nobody here wrote: gRPC's own xDS library resolves `xds:///…` against the control plane, as a program without a
 * sidecar does.
 */
const TARGET = 'xds:///hello.default.svc.cluster.local:50051';
const PATH = '/test.Hello/Say';
const asIs = (bytes: Buffer): Buffer => bytes;
const closers: (() => unknown)[] = [];
const context = { after: (fn: () => unknown) => void closers.push(fn) };

interface Backend {
  readonly port: number;
  /** Answers UNAVAILABLE while set. */
  isBroken: boolean;
}
let control: ControlProcess;
let relay: XdsRelay;
let client: Client;

before(async () => {
  // Safe because the harness only registers what is to be done at the end.
  const t = context as Parameters<typeof startControlProcess>[0];
  control = await startControlProcess(t, temporaryDirectory(t));
  await control.kube.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hello', namespace: 'default' }, spec: { selector: { app: 'hello' }, ports: [{ name: 'grpc', port: 50_051, targetPort: 'grpc' }] } });
  await control.kube.create({ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'hello', namespace: 'default' }, spec: rule({ outlierDetection: { consecutive5xxErrors: 5, interval: '1s', baseEjectionTime: '60s', maxEjectionPercent: 50 } }) });
  const token = await control.kube.createServiceAccountToken('default', 'caller');
  relay = await startXdsRelay(() => Promise.resolve({ address: control.endpoints.xds, rootPem: control.rootPem, token }));
  closers.push(() => relay.close());
  process.env['GRPC_XDS_BOOTSTRAP_CONFIG'] = JSON.stringify({
    xds_servers: [{ server_uri: `127.0.0.1:${relay.port}`, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] }],
    node: { id: 'sidecar~127.0.0.1~caller.default~default.svc.cluster.local', cluster: 'caller', locality: { region: '', zone: '', sub_zone: '' }, metadata: { GENERATOR: 'grpc', NAMESPACE: 'default', SERVICE_ACCOUNT: 'caller', WORKLOAD_NAME: 'caller' } },
  });
  const { register } = await import('@grpc/grpc-js-xds');
  register();
});
after(async () => {
  client?.close();
  for (const close of closers.toReversed()) await close();
});

function rule(trafficPolicy: object): object {
  return { host: 'hello', trafficPolicy, subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) };
}

async function backend(version: string): Promise<Backend> {
  const state = { isBroken: false };
  const server = new Server();
  server.addService(
    { say: { path: PATH, requestStream: false, responseStream: false, requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs } },
    { say: (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => (state.isBroken ? reply({ code: status.UNAVAILABLE, details: 'broken' }) : reply(null, Buffer.from(version))) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, taken) => (error === null ? resolve(taken) : reject(error)));
  });
  closers.push(() => server.forceShutdown());
  await control.kube.create({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: `hello-${port}`, namespace: 'default' }, spec: { address: '127.0.0.1', labels: { app: 'hello', version }, ports: { grpc: port } } });
  return Object.assign(state, { port });
}

/** One call: who answered, or the status code. */
function say(): Promise<string> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(PATH, asIs, asIs, Buffer.from('?'), new Metadata(), { deadline: Date.now() + 5000 }, (error: ServiceError | null, answer?: Buffer) => resolve(error === null ? String(answer) : `${status[error.code]} ${error.details}`));
  });
}
async function tally(calls: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let i = 0; i < calls; i += 1) {
    const answer = await say();
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return counts;
}
function virtualService(http: object): KubeObject {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'hello', namespace: 'default' }, spec: { hosts: ['hello'], http: [http] } };
}
const split = (v1: number, v2: number, more: object = {}): object => ({ route: [{ destination: { host: 'hello', subset: 'v1' }, weight: v1 }, { destination: { host: 'hello', subset: 'v2' }, weight: v2 }], ...more });
/** Writes, and waits until the client has accepted what came of it. */
async function write(change: Promise<KubeObject>): Promise<void> {
  const { metadata } = await change;
  await until(async () => {
    const [state] = await control.syncz();
    const types = Object.values(state?.types ?? {}).filter((type) => type.state !== 'not-sent');
    return types.length > 0 && types.every((type) => type.state === 'synced' && Number(type.ackedVersion) >= Number(metadata.resourceVersion)) ? true : undefined;
  }, 'the client to accept the change');
}
const patch = async (kind: string, spec: object): Promise<KubeObject> => (await control.kube.patch(servedKind(kind), 'hello', 'default', 'merge', { spec })).object;
/** Five standard deviations of a binomial share: missed once in two million runs. */
const bound = (calls: number, share: number): number => 5 * Math.sqrt(calls * share * (1 - share));

test('a foreign client resolves a service, follows a split live, sees a fault and an ejection, and its refusal is recorded', { timeout: 90_000 }, async (t) => {
  const v1 = await backend('v1');
  await backend('v2');
  await control.kube.create(virtualService(split(90, 10)));
  client = new Client(TARGET, credentials.createInsecure(), { 'grpc.enable_retries': 0 });

  await t.test('90 of 100 calls go to v1', async () => {
    let last = '';
    await until(async () => ((last = await say()) === 'v1' ? true : undefined), 'the first answer', () => last);
    const counts = await tally(1000);
    t.diagnostic(`90/10: ${JSON.stringify([...counts])}`);
    assert.deepEqual([...counts.keys()].toSorted((a, b) => a.localeCompare(b)), ['v1', 'v2']);
    assert.ok(Math.abs((counts.get('v2') ?? 0) - 100) < bound(1000, 0.1));
  });

  await t.test('the split is changed and the calls follow', async () => {
    await write(patch('VirtualService', { http: [split(30, 70)] }));
    const counts = await tally(1000);
    t.diagnostic(`30/70: ${JSON.stringify([...counts])}`);
    assert.ok(Math.abs((counts.get('v2') ?? 0) - 700) < bound(1000, 0.7));
  });

  await t.test('an injected fault aborts its share of the calls', async () => {
    // The weights change too: this library does not notice a change that only adds keys to a map.
    await write(patch('VirtualService', { http: [split(50, 50, { fault: { abort: { httpStatus: 503, percentage: { value: 40 } } } })] }));
    const counts = await tally(500);
    const aborted = [...counts].filter(([answer]) => answer.startsWith('UNAVAILABLE')).reduce((sum, [, count]) => sum + count, 0);
    t.diagnostic(`fault of 40 %: ${JSON.stringify([...counts])}`);
    assert.ok(Math.abs(aborted - 200) < bound(500, 0.4));
  });

  await t.test('an endpoint that fails is ejected, and the calls go to the other', async () => {
    const twin = await backend('v1');
    await write(patch('VirtualService', { http: [split(100, 0)] }));
    twin.isBroken = true;
    await until(async () => ((await say()).startsWith('UNAVAILABLE broken') ? true : undefined), 'the broken endpoint to be called');
    await until(async () => {
      const counts = await tally(60);
      return counts.get('v1') === 60 ? true : undefined;
    }, 'the broken endpoint to be ejected');
    assert.equal(v1.isBroken, false);
  });

  await t.test('what the client cannot run is refused and recorded, and what it had goes on', async () => {
    await patch('DestinationRule', rule({ loadBalancer: { consistentHash: { httpHeaderName: 'user', maglev: { tableSize: 101 } } } }));
    const refused = await until(async () => (await control.syncz())[0]?.types.cluster.error, 'the refusal');
    t.diagnostic(refused);
    assert.match(refused, /unsupported lb_policy: MAGLEV/);
    assert.ok(await control.metric(/^pilot_total_xds_rejects\{type="cds"\} [1-9]/m));
    assert.equal(await say(), 'v1');
    await write(patch('DestinationRule', { trafficPolicy: { loadBalancer: { consistentHash: null, simple: 'ROUND_ROBIN' } } }));
    assert.equal((await control.syncz())[0]?.types.cluster.error, undefined);
  });
});
