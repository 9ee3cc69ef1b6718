import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT } from './mesh-snapshot.ts';
import type { ProxyNode } from './mesh-snapshot.ts';
import { proxyContext } from './proxy-context.ts';
import { shareBetweenProxies } from './share-between-proxies.ts';

const node = (fields: Partial<ProxyNode>): ProxyNode => ({ id: 'a', type: 'sidecar', namespace: 'shop', workload: 'web-v1', serviceAccount: 'web', labels: { app: 'web' }, address: '127.0.0.1', ...fields });
const snapshot = { ...EMPTY_SNAPSHOT };

test('what is made is shared by the proxies that agree in what was read, and by no others', () => {
  let made = 0;
  const part = shareBetweenProxies(({ node: { labels } }) => ({ made: ++made, app: labels['app'] }));
  const first = part(proxyContext(snapshot, node({})));
  assert.equal(part(proxyContext(snapshot, node({ id: 'b', address: '10.0.0.1', outboundPort: 7 }))), first);
  assert.deepEqual(part(proxyContext(snapshot, node({ labels: { app: 'api' } }))), { made: 2, app: 'api' });
  assert.equal(part(proxyContext({ ...EMPTY_SNAPSHOT }, node({}))), first, 'nothing was read of the snapshot');
});

test('what is made is kept for the next snapshot when all that was read is the same there, also by a part of it that was shared', () => {
  let made = 0;
  const inner = shareBetweenProxies(({ snapshot: { services } }) => ({ services: services.length }));
  const part = shareBetweenProxies((context) => ({ made: ++made, ...inner(context) }));
  const first = part(proxyContext(snapshot, node({})));
  inner(proxyContext(snapshot, node({})));
  assert.equal(part(proxyContext({ ...snapshot, gateways: [] }, node({}))), first);
  assert.equal(part(proxyContext({ ...snapshot, services: [] }, node({}))).made, 2);
  assert.equal(part(proxyContext({ ...snapshot }, node({}))).made, 3);
});

test('what must be made again is the same object where it is equal', () => {
  const part = shareBetweenProxies(({ snapshot: { services } }) => ({ kept: { a: 1 }, services: services.length }));
  const first = part(proxyContext(snapshot, node({})));
  assert.equal(part(proxyContext({ ...snapshot, services: [] }, node({}))), first);
});

test('what nobody asked for over some snapshots is forgotten', () => {
  let made = 0;
  const part = shareBetweenProxies(({ node: { id } }) => ({ made: ++made, id }));
  part(proxyContext(snapshot, node({ id: 'gone' })));
  for (let i = 0; i < 20; i += 1) part(proxyContext({ ...snapshot }, node({ id: 'here' })));
  assert.equal(made, 2);
  assert.equal(part(proxyContext(snapshot, node({ id: 'gone' }))).made, 3);
});

test('what reads a whole node is shared with equal nodes only', () => {
  const part = shareBetweenProxies((context) => ({ ...context.node }));
  const first = part(proxyContext(snapshot, node({})));
  assert.equal(part(proxyContext(snapshot, node({}))), first);
  assert.equal(part(proxyContext(snapshot, node({ id: 'b' }))).id, 'b');
  assert.equal(part(proxyContext(snapshot, node({ appPort: 7 }))).appPort, 7, 'a field that was absent counts');
});

test('what is made by name is kept apart by name', () => {
  const part = shareBetweenProxies((_context, name) => ({ name }));
  const context = proxyContext(snapshot, node({}));
  assert.deepEqual([part(context, 'x').name, part(context, 'y').name], ['x', 'y']);
});
