import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareConfiguration, readOffer, type Offer } from './compare-configuration.ts';
import type { HeldResource } from './read-config-dump.ts';

const held = (type: HeldResource['type'], name: string, resource: object = {}, version: string | null = '1'): HeldResource => ({ type, name, phase: 'active', held: { name, ...resource }, ...(version === null ? {} : { version }) });
const offer = (resources: Partial<Offer['resources']>): Offer => ({ version: '9', resources: { cluster: [], endpoint: [], listener: [], route: [], secret: [], ...resources } });
const offered = (name: string, resource: object = {}): Offer['resources']['cluster'][number] => ({ name, resource: { name, ...resource } });

const CASES: readonly { readonly rule: string; readonly held: readonly HeldResource[] | undefined; readonly offer: Offer | undefined; readonly is: string }[] = [
  { rule: 'fields in another order are the same', held: [held('cluster', 'a', { x: 1, y: { z: [1] } })], offer: offer({ cluster: [offered('a', { y: { z: [1] }, x: 1 })] }), is: 'same' },
  { rule: 'another value is different', held: [held('cluster', 'a', { x: 1 })], offer: offer({ cluster: [offered('a', { x: 2 })] }), is: 'different' },
  { rule: 'a list in another order is different', held: [held('cluster', 'a', { x: [1, 2] })], offer: offer({ cluster: [offered('a', { x: [2, 1] })] }), is: 'different' },
  { rule: 'a cluster that is offered and not there is missing', held: [], offer: offer({ cluster: [offered('a')] }), is: 'missing' },
  { rule: 'a route that is offered and not there was not asked for', held: [], offer: offer({ route: [offered('a')] }), is: 'not-asked' },
  { rule: 'a route that is offered, named by a listener and not there is missing', held: [held('listener', 'l', { filterChains: [{ rds: { routeConfigName: 'a' } }] })], offer: offer({ listener: [offered('l', { filterChains: [{ rds: { routeConfigName: 'a' } }] })], route: [offered('a')] }), is: 'same missing' },
  { rule: 'endpoints that are offered and not there are missing when a cluster finds them by name', held: [held('cluster', 'c', { edsClusterConfig: { serviceName: 'a' } })], offer: offer({ cluster: [offered('c', { edsClusterConfig: { serviceName: 'a' } })], endpoint: [offered('a'), offered('b')] }), is: 'same missing not-asked' },
  { rule: 'a secret is offered only when it was asked for, so without it it is missing', held: [], offer: offer({ secret: [offered('a')] }), is: 'missing' },
  { rule: 'a listener that is there and not offered is left over', held: [held('listener', 'a')], offer: offer({}), is: 'extra' },
  { rule: 'the workload certificate is the proxy\'s own', held: [held('secret', 'default')], offer: offer({}), is: 'own' },
  { rule: 'endpoints that were never received belong to their cluster', held: [held('endpoint', 'inbound|80||', {}, null)], offer: offer({}), is: 'own' },
  { rule: 'endpoints that were received and are no longer offered are left over', held: [held('endpoint', 'a')], offer: offer({}), is: 'extra' },
  { rule: 'without an offer nothing is judged', held: [held('cluster', 'a')], offer: undefined, is: 'unknown' },
  { rule: 'without the proxy nothing is judged', held: undefined, offer: offer({ listener: [offered('a')] }), is: 'unknown' },
];

for (const { rule, held: has, offer: gets, is } of CASES) {
  test(rule, () => {
    assert.deepEqual(compareConfiguration(has, gets).map(({ comparison }) => comparison).join(' '), is);
  });
}

test('the offer is told only where it says something else', () => {
  const compared = compareConfiguration([held('cluster', 'a'), held('cluster', 'b')], offer({ cluster: [offered('b', { x: 1 }), offered('a'), offered('c')] }));
  assert.deepEqual(compared.map(({ name, offered: other }) => [name, other]), [['a', undefined], ['b', { name: 'b', x: 1 }], ['c', { name: 'c' }]]);
});

test('what is no offer is undefined', () => {
  assert.equal(readOffer({ version: '1', resources: {} }), undefined);
  assert.equal(readOffer(null), undefined);
  assert.deepEqual(readOffer(offer({})), offer({}));
});
