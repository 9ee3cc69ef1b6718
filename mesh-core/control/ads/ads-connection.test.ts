import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perResourceType } from '#mesh-core/domain/envoy/per-resource-type.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import type { DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import { AdsConnection } from './ads-connection.ts';
import type { EncodedConfiguration } from './encode-configuration.ts';
import { PushScheduler } from './push-scheduler.ts';
import { NameSets } from './resource-index.ts';
import { sotwChannel } from './type-channel.ts';

type Contents = Partial<Record<ResourceType, Readonly<Record<string, string>>>>;
function configuration(version: string, contents: Contents, changedAt = 10_000): EncodedConfiguration {
  const of = (type: ResourceType) => new Map(Object.entries(contents[type] ?? {}).map(([name, text]) => [name, { typeUrl: TYPE_URLS[type], value: Buffer.from(text), name, version: text }]));
  return { version, changedAt, resources: perResourceType(of) };
}

function connect(initial: EncodedConfiguration) {
  const clock = new ManualClock();
  const log: { type: ResourceType; response: DiscoveryResponse }[] = [];
  const converged: number[] = [];
  const connection = new AdsConnection({ clock, streamId: 's', channel: sotwChannel, names: new NameSets(), send: (type, response) => log.push({ type, response }), onConverged: (seconds) => converged.push(seconds) });
  connection.push(initial);
  /** What was sent since the last call, as `type: contents`. */
  let told = 0;
  const sent = (): string[] => {
    const fresh = log.slice(told).map(({ type, response }) => `${type}: ${response.resources.map((r) => Buffer.from(r.value).toString()).join(' ')}`);
    told = log.length;
    return fresh;
  };
  /** Asks for a type, answering the last response of it if there was one. */
  const answer = (type: ResourceType, names: string[] = [], error?: string): void => {
    const response = log.findLast((entry) => entry.type === type)?.response;
    connection.receive(type, {
      typeUrl: TYPE_URLS[type],
      resourceNames: names,
      responseNonce: response?.nonce ?? '',
      versionInfo: error === undefined ? (response?.versionInfo ?? '') : '',
      ...(error === undefined ? {} : { errorDetail: { message: error } }),
    });
  };
  return { clock, connection, answer, sent, converged };
}

const BEFORE: Contents = { cluster: { a: 'A' }, endpoint: { a: 'EA' }, listener: { l: 'L' }, route: { r: 'to-a' } };

function synced() {
  const peer = connect(configuration('1', BEFORE));
  peer.answer('cluster');
  peer.sent();
  peer.answer('cluster');
  peer.answer('endpoint', ['a']);
  peer.sent();
  peer.answer('endpoint', ['a']);
  peer.answer('listener');
  peer.answer('route', ['r']);
  peer.sent();
  peer.answer('listener');
  peer.answer('route', ['r']);
  return peer;
}

test('a fresh proxy gets clusters, endpoints, listeners and routes, in that order', () => {
  const peer = connect(configuration('1', BEFORE));
  peer.answer('route', ['r']);
  peer.answer('listener');
  peer.answer('cluster');
  peer.answer('endpoint', ['a']);
  const order = peer.sent();
  assert.deepEqual(order.toSorted(), ['cluster: A', 'endpoint: EA', 'listener: L', 'route: to-a']);
});

test('when all is accepted every type is synced and the time to it is told once', () => {
  const peer = synced();
  for (const type of ['cluster', 'endpoint', 'listener', 'route'] as const) assert.deepEqual([type, peer.connection.describe()[type].state, peer.connection.describe()[type].ackedVersion], [type, 'synced', '1']);
  assert.equal(peer.converged.length >= 1, true);
});

test('only the type whose bytes differ is sent, and the others move to the new version', () => {
  const peer = synced();
  peer.connection.push(configuration('2', { ...BEFORE, route: { r: 'to-a-slowly' } }));
  assert.deepEqual(peer.sent(), ['route: to-a-slowly']);
  assert.equal(peer.connection.describe().cluster.ackedVersion, '2');
  assert.deepEqual([peer.connection.describe().route.state, peer.connection.describe().route.ackedVersion], ['stale', '1']);
  peer.answer('route', ['r']);
  assert.deepEqual([peer.connection.describe().route.state, peer.connection.describe().route.ackedVersion], ['synced', '2']);
});

test('a route to a new cluster waits until the proxy has the cluster and its endpoints', () => {
  const peer = synced();
  peer.connection.push(configuration('2', { ...BEFORE, cluster: { a: 'A', b: 'B' }, endpoint: { a: 'EA', b: 'EB' }, route: { r: 'to-b' } }));
  assert.deepEqual(peer.sent(), ['cluster: A B']);
  peer.answer('cluster');
  assert.deepEqual(peer.sent(), []);
  peer.answer('endpoint', ['a', 'b']);
  assert.deepEqual(peer.sent(), ['endpoint: EA EB']);
  peer.answer('endpoint', ['a', 'b']);
  assert.deepEqual(peer.sent(), ['route: to-b']);
});

test('a proxy that never answers for its clusters gets its routes all the same, after a while', () => {
  const peer = synced();
  peer.connection.push(configuration('2', { ...BEFORE, cluster: { a: 'A', b: 'B' }, endpoint: { a: 'EA', b: 'EB' }, route: { r: 'to-b' } }));
  assert.deepEqual(peer.sent(), ['cluster: A B']);
  peer.clock.advance(499);
  assert.deepEqual(peer.sent(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.sent(), ['route: to-b']);
});

test('a removed cluster is withdrawn only after the routes that used it', () => {
  const peer = synced();
  peer.connection.push(configuration('2', { cluster: { b: 'B' }, endpoint: { b: 'EB' }, listener: { l: 'L' }, route: { r: 'to-b' } }));
  assert.deepEqual(peer.sent(), ['cluster: B A']);
  peer.answer('cluster');
  peer.answer('endpoint', ['a', 'b']);
  assert.deepEqual(peer.sent(), ['endpoint: EA EB']);
  peer.answer('endpoint', ['a', 'b']);
  assert.deepEqual(peer.sent(), ['route: to-b']);
  assert.equal(peer.connection.describe().cluster.ackedVersion, '1');
  peer.answer('route', ['r']);
  assert.deepEqual(peer.sent(), ['cluster: B']);
  peer.answer('cluster');
  assert.deepEqual([peer.connection.describe().cluster.state, peer.connection.describe().cluster.ackedVersion], ['synced', '2']);
});

test('a refusal of clusters does not hold the routes back', () => {
  const peer = synced();
  peer.connection.push(configuration('2', { ...BEFORE, cluster: { a: 'bad' }, route: { r: 'new' } }));
  assert.deepEqual(peer.sent(), ['cluster: bad']);
  peer.answer('cluster', [], 'cannot run it');
  assert.deepEqual(peer.sent(), ['route: new']);
  assert.equal(peer.connection.describe().cluster.error, 'cannot run it');
});

test('a stream that cannot take more is sent the newest configuration when it can', () => {
  const peer = synced();
  peer.connection.pause(true);
  peer.connection.push(configuration('2', { ...BEFORE, route: { r: 'second' } }));
  peer.connection.push(configuration('3', { ...BEFORE, route: { r: 'third' } }));
  assert.deepEqual(peer.sent(), []);
  peer.connection.pause(false);
  assert.deepEqual(peer.sent(), ['route: third']);
});

test('changes in a burst become one push, and an endless burst is cut after a second', () => {
  const clock = new ManualClock();
  const pushes: number[] = [];
  const scheduler = new PushScheduler({ clock, quietMs: 50, longestMs: 1000, run: () => pushes.push(clock.now() - 10_000) });
  scheduler.note();
  clock.advance(30);
  scheduler.note();
  clock.advance(200);
  assert.deepEqual(pushes, [80]);
  for (let i = 0; i < 60; i += 1) {
    scheduler.note();
    clock.advance(20);
  }
  assert.equal(pushes[1], 1230);
  assert.equal(pushes.length, 2);
});
