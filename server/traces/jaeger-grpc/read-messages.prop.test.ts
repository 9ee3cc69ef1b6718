import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { isServerError } from '#server/http/respond.ts';
import { readDependenciesRequest, readFindRequest, readOperationsRequest, readTraceRequest } from './read-messages.ts';

test('any bytes are read or refused with what is wrong', () => {
  const good = Buffer.from('0a3d0a046361727412046c6973741a0d0a056572726f72120474727565220808b0f1f5d70610072a0808c08df6d7061007320808011080cab5ee013a004014', 'hex');
  const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(good).fill(byte, at, at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (input) => {
      for (const read of [readTraceRequest, readFindRequest, readOperationsRequest, readDependenciesRequest]) {
        try {
          read(input);
        } catch (error) {
          assert.ok(isServerError(error) && error.code === 'bad-request', String(error));
        }
      }
    }),
    { interruptAfterTimeLimit: 1500 },
  );
});
