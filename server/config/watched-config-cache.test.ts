import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { KubeError, type KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { watchConfig } from './watched-config-cache.ts';

type Watch = Parameters<KubeClient['watch']>;
const map = (name: string, resourceVersion: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', resourceVersion } });
const error = (code: number): KubeError => new KubeError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'refused', reason: 'Unknown', code });

/** A cache of two kinds whose watches the test plays: each is the options and the listener of one `watch` call. */
function watched(fail: Readonly<Record<string, KubeError>> = {}): { cache: ReturnType<typeof watchConfig>; watches: Map<string, Watch> } {
  const watches = new Map<string, Watch>();
  const kube = {
    watch: (...call: Watch) => {
      const failure = fail[call[0].kind];
      if (failure !== undefined) return Promise.reject(failure);
      watches.set(call[0].kind, call);
      return new Promise<void>((resolve) => call[1].signal.addEventListener('abort', () => resolve()));
    },
  };
  // Safe because the cache only watches.
  return { cache: watchConfig(kube as unknown as KubeClient, silentLogger, [servedKind('ConfigMap'), servedKind('Service')]), watches };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('is connected once every kind was listed, and not while one watch is down', (t) => {
  const { cache, watches } = watched();
  t.after(() => cache.close());
  watches.get('ConfigMap')?.[1].onSynced?.();
  assert.equal(cache.connected, false);
  watches.get('Service')?.[1].onSynced?.();
  assert.equal(cache.connected, true);
  watches.get('Service')?.[1].onState?.('disconnected');
  assert.equal(cache.connected, false);
  watches.get('Service')?.[1].onState?.('connected');
  assert.equal(cache.connected, true);
});

test('a kind that the cluster does not serve counts as read; one that is refused does not', async (t) => {
  for (const [code, connected] of [[404, true], [403, false], [500, false]] as const) {
    const { cache, watches } = watched({ Service: error(code) });
    t.after(() => cache.close());
    watches.get('ConfigMap')?.[1].onSynced?.();
    await settled();
    assert.equal(cache.connected, connected, String(code));
  }
});

test('tells each change once with what was there before, and a listener that throws hurts nobody', (t) => {
  const { cache, watches } = watched();
  t.after(() => cache.close());
  const heard: string[] = [];
  cache.onChange(() => {
    throw new Error('a bad listener');
  });
  const stop = cache.onChange(({ type, object, previous }) => heard.push(`${type} ${object.metadata.resourceVersion} after ${previous?.metadata.resourceVersion ?? 'nothing'}`));
  const tell = watches.get('ConfigMap')?.[2];
  tell?.({ type: 'ADDED', object: map('a', '1') });
  tell?.({ type: 'MODIFIED', object: map('a', '1') });
  tell?.({ type: 'MODIFIED', object: map('a', '2') });
  tell?.({ type: 'BOOKMARK', object: map('', '3') });
  assert.equal(cache.get('ConfigMap', 'default', 'a')?.metadata.resourceVersion, '2');
  tell?.({ type: 'DELETED', object: map('a', '4') });
  assert.deepEqual(heard, ['ADDED 1 after nothing', 'MODIFIED 2 after 1', 'DELETED 4 after 2']);
  assert.deepEqual(cache.list('ConfigMap'), []);
  stop();
  tell?.({ type: 'ADDED', object: map('b', '5') });
  assert.equal(heard.length, 3);
});

test('the snapshot is made anew after a change only', (t) => {
  const { cache, watches } = watched();
  t.after(() => cache.close());
  const first = cache.snapshot();
  assert.equal(cache.snapshot(), first);
  watches.get('Service')?.[2]({ type: 'ADDED', object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default', resourceVersion: '1' } } });
  assert.deepEqual(cache.snapshot().services.map((s) => s.metadata.name), ['web']);
});

test('the settings of the mesh are those of its ConfigMap', (t) => {
  const { cache, watches } = watched();
  t.after(() => cache.close());
  assert.equal(cache.snapshot().mesh.outboundTrafficPolicy, 'REGISTRY_ONLY');
  watches.get('ConfigMap')?.[2]({ type: 'ADDED', object: { ...map('istio', '1'), metadata: { name: 'istio', namespace: 'istio-system', resourceVersion: '1' }, data: { mesh: 'trustDomain: td\noutboundTrafficPolicy: {mode: ALLOW_ANY}' } } });
  const { outboundTrafficPolicy, trustDomain } = cache.snapshot().mesh;
  assert.deepEqual([outboundTrafficPolicy, trustDomain], ['ALLOW_ANY', 'td']);
});
