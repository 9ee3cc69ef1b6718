import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { compress } from 'snappyjs';
import { SnappyError, snappyLength, unpackSnappy } from './snappy-block.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

test('elements of every kind', () => {
  const rows: readonly [what: string, block: number[], unpacked: string][] = [
    ['nothing', [0], ''],
    ['a short literal', [3, 2 << 2, 97, 98, 99], 'abc'],
    ['a literal with a length of one byte', [3, 60 << 2, 2, 97, 98, 99], 'abc'],
    ['a literal with a length of four bytes', [3, 63 << 2, 2, 0, 0, 0, 97, 98, 99], 'abc'],
    ['a copy with an offset of one byte', [7, 2 << 2, 97, 98, 99, 1, 3], 'abcabca'],
    ['a copy with an offset of two bytes', [5, 2 << 2, 97, 98, 99, (1 << 2) | 2, 3, 0], 'abcab'],
    ['a copy with an offset of four bytes', [5, 2 << 2, 97, 98, 99, (1 << 2) | 3, 2, 0, 0, 0], 'abcbc'],
    ['a copy of what it makes itself', [6, 0, 97, 1 | (1 << 2), 1], 'aaaaaa'],
  ];
  for (const [what, block, unpacked] of rows) assert.equal(text(unpackSnappy(Uint8Array.from(block))), unpacked, what);
});

test('damaged blocks are refused with the reason', () => {
  const rows: readonly [block: number[], reason: RegExp][] = [
    [[], /length at its start/],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 1], /length at its start/],
    [[0xff, 0xff, 0xff, 0xff, 0x7f], /length at its start/],
    [[1], /ends before/],
    [[2, 4, 97], /beyond the end/],
    [[1, 4, 97, 98], /more than the stated length/],
    [[1, 61 << 2, 0], /no length/],
    [[5, 0, 97, 1], /no offset/],
    [[5, 0, 97, 1, 2], /before the beginning/],
    [[5, 0, 97, 1, 0], /before the beginning/],
    [[3, 0, 97, 1, 1], /more than the stated length/],
    // The length of this literal is negative where it is read as a signed number.
    [[33, 252, 220, 39, 108, 218, 174, 163, 52], /beyond the end/],
  ];
  for (const [block, reason] of rows) assert.throws(() => unpackSnappy(Uint8Array.from(block)), (error) => error instanceof SnappyError && reason.test(error.message), JSON.stringify(block));
});

test('what another implementation packed comes back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.array(fc.constantFrom('istio_requests_total', 'reporter', 'a', '\0'), { maxLength: 400 }).map((words) => Uint8Array.from(Buffer.from(words.join(''))))), (bytes) => {
      assert.deepEqual(unpackSnappy(compress(bytes)), bytes);
    }),
    { interruptAfterTimeLimit: 1000 },
  );
});

test('whatever the bytes are, they are unpacked or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5000), (bytes, length) => {
      const block = Uint8Array.from([(length & 0x7f) | 0x80, length >>> 7, ...bytes]);
      try {
        assert.equal(unpackSnappy(block).length, snappyLength(block).length);
      } catch (error) {
        assert.ok(error instanceof SnappyError, String(error));
      }
    }),
    { numRuns: 50_000, interruptAfterTimeLimit: 1000 },
  );
});
