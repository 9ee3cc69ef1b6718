import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { decodePeerMetadata, encodePeerMetadata, PeerMetadataCache } from './peer-metadata.ts';

const own = { workload: 'web-v1', namespace: 'shop', cluster: 'Kubernetes', serviceAccount: 'web', labels: { app: 'web', version: 'v1' } };

test('what one proxy writes into the header another one reads', () => {
  const peer = decodePeerMetadata(encodePeerMetadata(own));
  assert.deepEqual([peer?.workload, peer?.namespace, peer?.app, peer?.version, peer?.cluster], ['web-v1', 'shop', 'web', 'v1', 'Kubernetes']);
});
test('a header that is none, or too long, is as if there were none', () => {
  for (const header of ['', 'AAAA', '%%%', 'x'.repeat(9000)]) assert.equal(decodePeerMetadata(header), undefined);
  fc.assert(fc.property(fc.base64String(), (header) => void decodePeerMetadata(header)));
});
test('the cache gives the same peer for the same header and stays small', () => {
  const cache = new PeerMetadataCache(2);
  const header = encodePeerMetadata(own);
  assert.equal(cache.read(header), cache.read(header));
  assert.equal(cache.read(undefined), undefined);
  for (let i = 0; i < 5; i++) cache.read(encodePeerMetadata({ ...own, workload: `w-${i}` }));
  assert.equal(cache.read(header)?.workload, 'web-v1');
});
