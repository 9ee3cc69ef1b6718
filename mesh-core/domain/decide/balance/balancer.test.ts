import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster, ClusterLoadAssignment, LbEndpoint } from '../../envoy/resources.ts';
import { Balancer } from './balancer.ts';
import type { PickContext } from './balancer.ts';
import { buildHashRing, hostOnRing } from './hash-ring.ts';
import { endpointKey, hostSets } from './host-sets.ts';
import { buildMaglevTable } from './maglev-table.ts';
import { slowStartFactor } from './slow-start.ts';
import { turnsByWeight } from './turns-by-weight.ts';
import { xxHash64 } from './xxhash64.ts';

/** A generator of numbers in [0, 1) that is the same in every run (Lehmer). */
function numbers(seed = 7): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
function lb(portValue: number, loadBalancingWeight = 1, healthStatus: LbEndpoint['healthStatus'] = 'HEALTHY'): LbEndpoint {
  return { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } }, loadBalancingWeight, healthStatus };
}
const sick = (port: number): LbEndpoint => lb(port, 1, 'UNHEALTHY');
const portOf = (endpoint: LbEndpoint | undefined): number | undefined => endpoint?.endpoint.address.socketAddress.portValue;
const aCluster = (options: Partial<Cluster>): Cluster => ({ name: 'c', ...options });
const priorities = (...levels: (readonly LbEndpoint[])[]): ClusterLoadAssignment => ({ clusterName: 'c', endpoints: levels.map((lbEndpoints, priority) => ({ lbEndpoints, priority })) });
function balancer(options: Partial<Cluster>, assignment: ClusterLoadAssignment | readonly LbEndpoint[], ejected: readonly number[] = []): Balancer {
  return new Balancer(aCluster(options), 'endpoints' in assignment ? assignment : priorities(assignment), (key) => ejected.some((port) => key.endsWith(`:${port}`)));
}
/** How often each port is picked. */
function tally(of: Balancer, times: number, context: Partial<PickContext> = {}): Record<number, number> {
  const random = numbers();
  const counts: Record<number, number> = {};
  for (let i = 0; i < times; i++) {
    const port = portOf(of.pick({ random, nowMs: 0, ...context })) ?? 0;
    counts[port] = (counts[port] ?? 0) + 1;
  }
  return counts;
}
function assertNear(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs((actual ?? 0) - expected) <= tolerance, `${what}: ${actual ?? 0}, expected ${expected} ± ${tolerance}`);
}

test('xxHash64 gives the values of its specification', () => {
  const rows: readonly (readonly [string, bigint, bigint])[] = [
    ['', 0n, 0xef46db3751d8e999n],
    ['a', 0n, 0xd24ec4f1a98c6e5bn],
    ['abc', 0n, 0x44bc2cf5ad770999n],
    ['Nobody inspects the spammish repetition', 0n, 0xfbcea83c8a378bf1n],
  ];
  for (const [text, seed, expected] of rows) assert.equal(xxHash64(text, seed), expected, text);
  assert.notEqual(xxHash64('a', 1n), xxHash64('a'));
});

test('round robin gives each host its weight, spread out', () => {
  assert.deepEqual(tally(balancer({ lbPolicy: 'ROUND_ROBIN' }, [lb(1, 3), lb(2, 1)]), 8), { 1: 6, 2: 2 });
  assert.notDeepEqual(turnsByWeight([3, 1]).slice(0, 4), [0, 0, 0, 1]);
});

test('least request takes the less busy of two; with weights the turns follow weight over busyness', () => {
  const busy = (key: string): number => (key.endsWith(':1') ? 9 : 0);
  const counts = tally(balancer({ lbPolicy: 'LEAST_REQUEST' }, [lb(1), lb(2)]), 1000, { activeRequests: busy });
  assertNear(counts[1], 250, 50, 'the busy one is picked only when it is drawn twice');
  const weighted = tally(balancer({ lbPolicy: 'LEAST_REQUEST' }, [lb(1, 2), lb(2, 1)]), 900);
  assertNear(weighted[1], 600, 5, 'weights when all are idle');
  assertNear(tally(balancer({ lbPolicy: 'LEAST_REQUEST' }, [lb(1, 2), lb(2, 1)]), 1200, { activeRequests: busy })[1], 200, 10, 'weight 2 with ten at once against weight 1');
});

test('random follows weights', () => {
  assertNear(tally(balancer({ lbPolicy: 'RANDOM' }, [lb(1, 3), lb(2, 1)]), 2000)[1], 1500, 60, 'three quarters');
});

test('a hashed key stays on its host when others come or go, and all hosts get their share of keys', () => {
  const all = [lb(1), lb(2), lb(3), lb(4)];
  for (const lbPolicy of ['RING_HASH', 'MAGLEV'] as const) {
    const random = numbers();
    const full = balancer({ lbPolicy }, all);
    const less = balancer({ lbPolicy }, all, [4]);
    const counts: Record<number, number> = {};
    let moved = 0;
    for (let key = 0; key < 2000; key++) {
      const before = portOf(full.pick({ random, nowMs: 0, hashKey: `user-${key}` })) ?? 0;
      const after = portOf(less.pick({ random, nowMs: 0, hashKey: `user-${key}` }));
      counts[before] = (counts[before] ?? 0) + 1;
      if (before !== 4 && after !== before) moved++;
    }
    for (const port of [1, 2, 3, 4]) assertNear(counts[port], 500, 120, `${lbPolicy} ${port}`);
    // The ring keeps its size: hosts that stay get more points, which take some keys from others that stay.
    assert.ok(moved <= (lbPolicy === 'RING_HASH' ? 225 : 60), `${lbPolicy}: ${moved} of 1500 keys moved between hosts that stayed`);
  }
});

test('ring and table have the sizes asked for, divided by weight', () => {
  const hosts = [{ key: 'a', share: 0.25 }, { key: 'b', share: 0.75 }];
  const ring = buildHashRing(hosts, 100);
  assert.deepEqual([ring.points.length, ring.hosts.filter((host) => host === 0).length], [100, 25]);
  assert.ok(ring.points.every((point, index) => index === 0 || point >= (ring.points[index - 1] ?? 0n)));
  assert.equal(hostOnRing(ring, 0xffff_ffff_ffff_ffffn), ring.hosts[0], 'past the last point it goes on at the first');
  assert.equal(hostOnRing({ points: new BigUint64Array(), hosts: new Uint32Array() }, 1n), undefined);
  const table = buildMaglevTable(hosts, 1009);
  assertNear(table.filter((host) => host === 0).length, 252, 2, 'a quarter of the places');
  assert.deepEqual(table, buildMaglevTable(hosts, 1009));
});

test('a retry avoids the hosts that were tried while others remain', () => {
  const hosts = [lb(1), lb(2)];
  for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] as const) {
    const of = balancer({ lbPolicy }, hosts);
    const pick = (...tried: number[]): number | undefined => portOf(of.pick({ random: numbers(), nowMs: 0, hashKey: 'k', avoid: new Set(tried.map((port) => endpointKey(lb(port)))) }));
    assert.deepEqual([pick(1), pick(2)], [2, 1], lbPolicy);
    assert.ok([1, 2].includes(pick(1, 2) ?? 0), lbPolicy);
  }
});

/** Healthy of all hosts by priority, panic threshold → percent of the traffic by priority. From Envoy's documentation of priorities. */
const LOADS: readonly (readonly [levels: readonly (readonly [healthy: number, all: number])[], threshold: number, loads: readonly number[]])[] = [
  [[[100, 100], [100, 100]], 50, [100, 0]],
  [[[72, 100], [100, 100]], 50, [100, 0]],
  [[[71, 100], [100, 100]], 50, [99, 1]],
  [[[50, 100], [100, 100]], 50, [70, 30]],
  [[[25, 100], [100, 100]], 50, [35, 65]],
  [[[25, 100], [25, 100]], 0, [50, 50]],
  [[[0, 100], [100, 100]], 50, [0, 100]],
  [[[72, 100], [72, 100], [100, 100]], 50, [100, 0, 0]],
  [[[50, 100], [72, 100], [100, 100]], 50, [70, 30, 0]],
  [[[20, 100], [20, 100], [100, 100]], 50, [28, 28, 44]],
  // Too few are left everywhere: health is ignored, and hosts count alike.
  [[[5, 100], [0, 100]], 50, [50, 50]],
  [[[0, 1]], 50, [100]],
  [[[0, 1]], 0, [0]],
];
for (const [levels, panicThreshold, loads] of LOADS) {
  test(`traffic of priorities with ${levels.map(([healthy, all]) => `${healthy}/${all}`).join(', ')} healthy and panic at ${panicThreshold} %: ${loads.join(', ')} %`, () => {
    const assignment = priorities(...levels.map(([healthy, all], level) => Array.from({ length: all }, (_, i) => (i < healthy ? lb(level * 1000 + i + 1) : sick(level * 1000 + i + 1)))));
    const sets = hostSets(assignment, { isEjected: () => false, panicThreshold, byLocality: false });
    assert.deepEqual(levels.map((_, priority) => sets.find((set) => set.priority === priority)?.load ?? 0), loads);
  });
}

test('unhealthy, draining and ejected hosts get nothing, unless too few remain', () => {
  assert.deepEqual(Object.keys(tally(balancer({}, [lb(1), sick(2), lb(3, 1, 'DRAINING'), lb(4)]), 20)), ['1', '4']);
  assert.deepEqual(Object.keys(tally(balancer({}, [lb(1), sick(2), sick(3)]), 20)), ['1', '2', '3']);
  assert.equal(balancer({ commonLbConfig: { healthyPanicThreshold: { value: 0 } } }, [lb(1)], [1]).pick({ random: numbers(), nowMs: 0 }), undefined);
});

test('localities with weights get their share, as far as their healthy hosts can bear it', () => {
  const locality = (zone: string, loadBalancingWeight: number, ...lbEndpoints: LbEndpoint[]): ClusterLoadAssignment['endpoints'][number] => ({ locality: { zone }, loadBalancingWeight, lbEndpoints });
  const of = (...endpoints: ClusterLoadAssignment['endpoints'][number][]): Record<number, number> => tally(balancer({ commonLbConfig: { localityWeightedLbConfig: {} } }, { clusterName: 'c', endpoints }), 1000);
  const even = of(locality('a', 80, lb(1), lb(2)), locality('b', 20, lb(3)));
  assertNear(even[3], 200, 5, 'a fifth');
  assertNear((even[1] ?? 0) - (even[2] ?? 0), 0, 1, 'hosts of a locality share alike');
  // Half of a is left, which bears 70 % of its weight: 56 against 20.
  const weakened = of(locality('a', 80, lb(1), sick(2)), locality('b', 20, lb(3)));
  assertNear(weakened[3], Math.round((20 / 76) * 1000), 5, 'more than before');
});

test('a host that has just come is spared while it warms up', () => {
  const config = { slowStartWindow: '10s' };
  assert.deepEqual([0, 500, 1000, 5000, 10_000].map((age) => slowStartFactor(config, age)), [0.1, 0.1, 0.1, 0.5, 1]);
  assert.equal(slowStartFactor({ ...config, aggression: { defaultValue: 2, runtimeKey: '' }, minWeightPercent: { value: 0 } }, 2500), 0.5);
  for (const options of [{ lbPolicy: 'ROUND_ROBIN', roundRobinLbConfig: { slowStartConfig: config } }, { lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig: { slowStartConfig: config } }] as const) {
    const bornMs = (key: string): number => (key.endsWith(':2') ? 100_000 : 0);
    const of = balancer(options, [lb(1), lb(2)]);
    assertNear(tally(of, 1100, { nowMs: 101_000, bornMs })[2], 100, 10, 'a tenth of the other at the beginning');
    assertNear(tally(of, 1100, { nowMs: 111_000, bornMs })[2], 550, 60, 'as much as the other when warm');
  }
});
