import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { openObjectStore } from '../store/object-store.ts';
import { AutoRegistration } from './auto-registration.ts';
import type { IntroducedProxy } from './read-proxy-node.ts';

const ENTRY = servedKind('WorkloadEntry');
const PROXY: IntroducedProxy = {
  node: { id: 'sidecar~127.0.0.1~catalog-v1.default~default.svc.cluster.local', type: 'sidecar', namespace: 'default', workload: 'catalog-v1', serviceAccount: 'catalog', labels: { app: 'catalog', version: 'v1' }, address: '127.0.0.1', inboundPort: 4711, statsPort: 4712, appPort: 4713 },
  autoRegisterGroup: 'catalog-v1',
  version: '1.0',
};
const NAME = 'catalog-v1-127.0.0.1-4711';

function setUp(t: TestContext) {
  const store = openObjectStore({ file: ':memory:' });
  const clock = new ManualClock();
  t.after(() => store.close());
  const registration = new AutoRegistration({ store, clock, log: silentLogger, isListening: () => Promise.resolve(false) });
  const entry = (): WorkloadEntry | undefined => store.get(ENTRY, NAME, 'default') as WorkloadEntry | undefined;
  return { clock, store, registration, entry };
}

test('a proxy that joins gets a WorkloadEntry with its address, port, labels, account and scrape annotations', (t) => {
  const { registration, entry } = setUp(t);
  assert.deepEqual(registration.join('s1', PROXY), { ok: true });
  assert.deepEqual(entry()?.spec, {
    address: '127.0.0.1',
    ports: { http: 4711 },
    labels: { app: 'catalog', version: 'v1', 'service.istio.io/canonical-name': 'catalog', 'service.istio.io/canonical-revision': 'v1', 'security.istio.io/tlsMode': 'istio' },
    serviceAccount: 'catalog',
  });
  assert.deepEqual(entry()?.metadata.labels, entry()?.spec?.labels);
  assert.deepEqual(entry()?.metadata.annotations, {
    'istio.io/autoRegistrationGroup': 'catalog-v1',
    'proxy.istio.io/id': PROXY.node.id,
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '4712',
    'prometheus.io/path': '/stats/prometheus',
  });
});

test('an entry stays 10 s after a broken stream and 2 s after an orderly leave', (t) => {
  const { clock, registration, entry } = setUp(t);
  registration.join('s1', PROXY);
  registration.leave('s1', false);
  clock.advance(9_999);
  assert.ok(entry());
  clock.advance(1);
  assert.equal(entry(), undefined);
  registration.join('s2', PROXY);
  registration.leave('s2', true);
  clock.advance(1_999);
  assert.ok(entry());
  clock.advance(1);
  assert.equal(entry(), undefined);
});

test('a proxy that is back within the grace period keeps its entry, the very same object', (t) => {
  const { clock, registration, entry } = setUp(t);
  registration.join('s1', PROXY);
  const { uid, resourceVersion } = entry()?.metadata ?? {};
  registration.leave('s1', false);
  clock.advance(5000);
  registration.join('s2', PROXY);
  clock.advance(60_000);
  assert.deepEqual({ uid: entry()?.metadata.uid, resourceVersion: entry()?.metadata.resourceVersion }, { uid, resourceVersion });
});

test('the end of an old stream does not remove the entry of a proxy that has opened another', (t) => {
  const { clock, registration, entry } = setUp(t);
  registration.join('s1', PROXY);
  registration.join('s2', PROXY);
  registration.leave('s1', false);
  clock.advance(60_000);
  assert.ok(entry());
});

/** A registration that starts on the entry of an earlier run, whose proxy's stats port answers or not. */
function afterRestart(t: TestContext, listening: boolean) {
  const { clock, store, registration, entry } = setUp(t);
  registration.join('s1', PROXY);
  const next = new AutoRegistration({ store, clock, log: silentLogger, isListening: (address, port) => Promise.resolve(listening && address === '127.0.0.1' && port === 4712) });
  next.adoptStale();
  /** Lets time pass and what waits on the probe finish. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { next, entry, pass };
}

test('the entry of a proxy that is gone is removed one grace period after a restart', async (t) => {
  const { entry, pass } = afterRestart(t, false);
  await pass(9_999);
  assert.ok(entry());
  await pass(1);
  assert.equal(entry(), undefined);
});

test('the entry of a proxy that still listens waits one grace period more, because it may be backing off', async (t) => {
  const { entry, pass } = afterRestart(t, true);
  await pass(10_000);
  await pass(9_999);
  assert.ok(entry());
  await pass(1);
  assert.equal(entry(), undefined);
});

test('an entry of an earlier run that its proxy claims is kept', async (t) => {
  const { next, entry, pass } = afterRestart(t, false);
  await pass(9000);
  next.join('s2', PROXY);
  await pass(60_000);
  assert.ok(entry());
});

test('an entry that a person wrote is neither taken over nor removed', (t) => {
  const { clock, store, registration, entry } = setUp(t);
  store.create(ENTRY, { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: NAME, namespace: 'default' }, spec: { address: '10.0.0.1' } });
  registration.adoptStale();
  const joined = registration.join('s1', PROXY);
  assert.ok(!joined.ok && joined.reason.includes('somebody else'));
  registration.leave('s1', true);
  clock.advance(60_000);
  assert.deepEqual(entry()?.spec, { address: '10.0.0.1' });
});

test('a proxy of a namespace that does not exist, or with labels that are none, is refused with the reason', (t) => {
  const { registration } = setUp(t);
  const elsewhere = registration.join('s1', { ...PROXY, node: { ...PROXY.node, namespace: 'nowhere' } });
  assert.ok(!elsewhere.ok && elsewhere.reason.includes('namespace "nowhere" does not exist'));
  const mislabelled = registration.join('s2', { ...PROXY, node: { ...PROXY.node, labels: { app: 'not a label!' } } });
  assert.ok(!mislabelled.ok && /label/.test(mislabelled.reason), JSON.stringify(mislabelled));
});

test('health is a condition whose time moves only when the verdict does', (t) => {
  const { clock, registration, entry } = setUp(t);
  registration.join('s1', PROXY);
  registration.reportHealth('s1', { healthy: false, message: 'connection refused' });
  const condition = entry()?.status?.conditions?.[0];
  assert.deepEqual({ type: condition?.type, status: condition?.status, message: condition?.message }, { type: 'Healthy', status: 'False', message: 'connection refused' });
  clock.advance(5000);
  registration.reportHealth('s1', { healthy: false, message: 'timed out' });
  assert.equal(entry()?.status?.conditions?.[0]?.message, 'timed out');
  assert.equal(entry()?.status?.conditions?.[0]?.lastTransitionTime, condition?.lastTransitionTime);
  registration.reportHealth('s1', { healthy: true, message: '' });
  assert.equal(entry()?.status?.conditions?.[0]?.status, 'True');
  assert.notEqual(entry()?.status?.conditions?.[0]?.lastTransitionTime, condition?.lastTransitionTime);
});

test('when the control plane ends, who left orderly is removed and who is only disconnected stays', (t) => {
  const { registration, store, entry } = setUp(t);
  const other = { ...PROXY, node: { ...PROXY.node, inboundPort: 5000 } };
  registration.join('s1', PROXY);
  registration.join('s2', other);
  registration.leave('s1', true);
  registration.leave('s2', false);
  registration.close();
  assert.equal(entry(), undefined);
  assert.ok(store.get(ENTRY, 'catalog-v1-127.0.0.1-5000', 'default'));
});
