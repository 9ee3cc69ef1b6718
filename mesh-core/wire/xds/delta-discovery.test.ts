import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { decodeDeltaRequest, decodeDeltaResponse, encodeDeltaRequest, encodeDeltaResponse } from './delta-discovery.ts';

const name = fc.string({ maxLength: 12 });
const names = fc.array(name, { maxLength: 4 });

test('any request survives the wire', () => {
  const request = fc.record({
    typeUrl: name,
    resourceNamesSubscribe: names,
    resourceNamesUnsubscribe: names,
    initialResourceVersions: fc.dictionary(name.filter((key) => key !== '__proto__'), name, { maxKeys: 3, noNullPrototype: true }),
    responseNonce: name,
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(request, (one) => {
      assert.deepEqual(decodeDeltaRequest(encodeDeltaRequest(one)), one);
    }),
    { numRuns: 100 },
  );
});

test('any response survives the wire, its resources as the bytes they were', () => {
  const resource = fc.record({ name, version: name, resource: fc.record({ typeUrl: name, value: fc.uint8Array({ maxLength: 8 }) }) });
  const response = fc.record({ typeUrl: name, systemVersionInfo: name, nonce: name, resources: fc.array(resource, { maxLength: 3 }), removedResources: names }, { noNullPrototype: true });
  fc.assert(
    fc.property(response, (one) => {
      const back = decodeDeltaResponse(encodeDeltaResponse(one));
      const plain = { ...back, resources: back.resources.map((r) => ({ ...r, resource: { ...r.resource, value: Uint8Array.from(r.resource.value) } })) };
      assert.deepEqual(plain, { ...one, resources: one.resources.map((r) => ({ ...r, resource: { ...r.resource, value: Uint8Array.from(r.resource.value) } })) });
    }),
    { numRuns: 100 },
  );
});

test('arbitrary bytes never do worse than throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      for (const decode of [decodeDeltaRequest, decodeDeltaResponse]) {
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }
    }),
    { numRuns: 300 },
  );
});
