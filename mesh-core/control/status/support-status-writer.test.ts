import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { openObjectStore } from '../store/object-store.ts';
import { writeSupportStatus } from './support-status-writer.ts';

const PROXY_CONFIG = servedKind('ProxyConfig');

test('an object says what of it is not obeyed, as long as that is so, in one write', (t) => {
  const clock = new ManualClock();
  const store = openObjectStore({ file: ':memory:', clock });
  t.after(() => store.close());
  store.create(PROXY_CONFIG, { apiVersion: 'networking.istio.io/v1beta1', kind: 'ProxyConfig', metadata: { name: 'a', namespace: 'default' }, spec: { concurrency: 2 } });
  let writes = 0;
  store.subscribe(() => (writes += 1));
  const stop = writeSupportStatus({ store, clock, log: silentLogger });
  const conditions = (): unknown => (store.get(PROXY_CONFIG, 'a', 'default')?.status as { readonly conditions?: unknown } | undefined)?.conditions;
  assert.match(JSON.stringify(conditions()), /"type":"Supported","status":"False","reason":"NotSupported","message":"spec\.concurrency: /);
  clock.advance(5000);
  assert.equal(writes, 1);
  const stored = store.get(PROXY_CONFIG, 'a', 'default');
  assert.ok(stored !== undefined);
  store.update(PROXY_CONFIG, { ...stored, spec: {} });
  clock.advance(5000);
  assert.deepEqual(conditions(), []);
  stop();
  assert.equal(writes, 3);
});
