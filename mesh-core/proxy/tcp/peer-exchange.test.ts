import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { encodePeerMetadata } from '../telemetry/peer-metadata.ts';
import { encodeGreeting, readGreeting } from './peer-exchange.ts';

const GREETING = encodeGreeting({ encoded: encodePeerMetadata({ workload: 'web-v1', namespace: 'shop', cluster: 'Kubernetes', labels: { app: 'web', version: 'v1' }, serviceAccount: 'web' }), id: 'sidecar~1' });

test('a greeting tells who the peer is, and what comes after it is not part of it', () => {
  const read = readGreeting(Buffer.concat([GREETING, Buffer.from('bytes')]));
  assert.ok(read.kind === 'greeting');
  assert.equal(read.bytes, GREETING.length);
  assert.deepEqual([read.peer?.workload, read.peer?.namespace, read.peer?.canonicalService, read.peer?.version], ['web-v1', 'shop', 'web', 'v1']);
});
test('it begins with the magic number of metadata exchange and its length', () => {
  assert.equal(GREETING.readUInt32BE(0), 0x3d230467);
  assert.equal(GREETING.readUInt32BE(4), GREETING.length - 8);
});
test('pieces are incomplete; other bytes, and lengths nobody needs, are no greeting', () => {
  for (let length = 0; length < GREETING.length; length++) assert.equal(readGreeting(GREETING.subarray(0, length)).kind, 'incomplete');
  assert.equal(readGreeting(Buffer.from('hello')).kind, 'none');
  assert.equal(readGreeting(Buffer.from([0x3d, 0x23, 0x04, 0x67, 1, 0, 0, 0])).kind, 'none');
});
test('metadata that is none leaves the peer unknown, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
      const header = Buffer.from([0x3d, 0x23, 0x04, 0x67, 0, 0, 0, data.length]);
      const read = readGreeting(Buffer.concat([header, data]));
      assert.equal(read.kind, 'greeting');
    }),
    { interruptAfterTimeLimit: 500, numRuns: 5000 },
  );
});
