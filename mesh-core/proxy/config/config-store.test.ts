import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { assignment, clusterName, outboundListener, outboundRoutes, routeTo, serviceCluster } from '../testing/mesh-resources.ts';
import { backoffMs } from './ads-client.ts';
import { ConfigStore } from './config-store.ts';
import type { ConfigTarget } from './config-store.ts';
import type { Refusal } from './xds-protocol.ts';

class ManualClock implements Clock {
  time = 0;
  #timers: { at: number; fn: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.time + ms, fn };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((t) => t !== timer));
  }
  every(): () => void {
    return () => {};
  }
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((t) => t !== next);
      this.time = next.at;
      next.fn();
    }
    this.time = end;
  }
  #next(end: number): { at: number; fn: () => void } | undefined {
    return this.#timers.filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}

function aStore(): { store: ConfigStore; clock: ManualClock; seen: string[] } {
  const seen: string[] = [];
  const target: ConfigTarget = {
    cluster: ({ name }, a) => seen.push(`cluster ${short(name)} ${a?.endpoints[0]?.lbEndpoints.length ?? '-'}`),
    removeCluster: (name) => seen.push(`remove ${short(name)}`),
    routes: ({ name }) => seen.push(`routes ${name}`),
    removeRoutes: (name) => seen.push(`remove routes ${name}`),
    listener: ({ name }) => seen.push(`listener ${name}`),
    removeListener: (name) => seen.push(`remove ${name}`),
  };
  const clock = new ManualClock();
  return { store: new ConfigStore(target, { put: ({ name }) => seen.push(`secret ${name}`), remove: (name) => seen.push(`remove secret ${name}`) }, clock), clock, seen };
}
const short = (name: string): string => name.split('|')[3]?.split('.')[0] ?? name;
const web = clusterName('web');
const apply = (store: ConfigStore, type: ResourceType, resources: readonly unknown[]): Refusal | undefined => store.replace(type, resources.map((resource) => ({ version: '1', resource })));

test('nothing is in force before what it refers to', () => {
  const { store, seen } = aStore();
  apply(store, 'cluster', [serviceCluster('web')]);
  apply(store, 'listener', [outboundListener(1)]);
  apply(store, 'route', [outboundRoutes({ web: [routeTo(web)] })]);
  assert.deepEqual(seen, []);
  assert.equal(store.complete, false);
  assert.deepEqual([store.wanted('endpoint'), store.wanted('route')], [[web], ['http_proxy']]);
  apply(store, 'endpoint', [assignment(web, [{ port: 1 }])]);
  assert.deepEqual(seen, ['cluster web 1', 'routes http_proxy', 'listener 127.0.0.1_1']);
  assert.equal(store.complete, true);
});
test('what never comes is waited for no longer than five seconds', () => {
  const { store, clock, seen } = aStore();
  apply(store, 'cluster', [serviceCluster('web')]);
  apply(store, 'listener', []);
  clock.advance(4900);
  assert.deepEqual(seen, []);
  clock.advance(600);
  assert.deepEqual(seen, ['cluster web -']);
});
test('a cluster that an active route still names stays until the route is gone', () => {
  const { store, seen } = aStore();
  apply(store, 'cluster', [serviceCluster('web'), serviceCluster('new')]);
  apply(store, 'endpoint', [assignment(web, []), assignment(clusterName('new'), [])]);
  apply(store, 'listener', [outboundListener(1)]);
  apply(store, 'route', [outboundRoutes({ web: [routeTo(web)] })]);
  seen.length = 0;
  apply(store, 'cluster', [serviceCluster('new')]);
  assert.equal(seen.includes('remove web'), false);
  apply(store, 'route', [outboundRoutes({ web: [routeTo(clusterName('new'))] })]);
  assert.ok(seen.indexOf('routes http_proxy') < seen.indexOf('remove web'));
});
test('a refused resource keeps its last good version, and the others of the answer are taken', () => {
  const { store, seen } = aStore();
  apply(store, 'cluster', [serviceCluster('web')]);
  apply(store, 'endpoint', [assignment(web, [])]);
  seen.length = 0;
  const refusal = apply(store, 'cluster', [{ ...serviceCluster('web'), lbPolicy: 'ODD' }, serviceCluster('other')]);
  assert.match(refusal?.problem ?? '', /unsupported lb_policy ODD/);
  assert.deepEqual(refusal?.refused, [web]);
  apply(store, 'endpoint', [assignment(clusterName('other'), [])]);
  assert.deepEqual(seen, ['cluster other 0']);
  assert.equal(store.contents().clusters.active.length, 2);
});
test('the waits between attempts grow from 200 ms to 15 s', () => {
  assert.deepEqual([0, 1, 2, 10, 1000].map((attempt) => backoffMs(attempt, 0.5)), [200, 400, 800, 15_000, 15_000]);
  assert.equal(backoffMs(0, 0), 150);
});
