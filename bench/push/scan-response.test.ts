import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELTA_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/discovery.ts';
import { scanResponse } from './scan-response.ts';

const resource = { typeUrl: 'type', value: new Uint8Array(300) };

test('what is scanned of a response of either protocol is what was put into it', () => {
  const delta = DELTA_AGGREGATED_RESOURCES.responseSerialize({ typeUrl: 'type', systemVersionInfo: '7', nonce: 'n-1', resources: [{ name: 'a', version: 'v', resource }], removedResources: ['b'], controlPlane: { identifier: 'x' } });
  assert.deepEqual(scanResponse(delta), { typeUrl: 'type', nonce: 'n-1', version: '7' });
  const sotw = STREAM_AGGREGATED_RESOURCES.responseSerialize({ typeUrl: 'type', versionInfo: '8', nonce: 'n-2', resources: [resource, resource], controlPlane: { identifier: 'x' } });
  assert.deepEqual(scanResponse(sotw), { typeUrl: 'type', nonce: 'n-2', version: '8' });
});

test('a response that is cut off is refused', () => {
  assert.throws(() => scanResponse(Uint8Array.of(0x0a)), /ends in the middle/);
});
