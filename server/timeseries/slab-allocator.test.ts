import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { SlabAllocator } from './slab-allocator.ts';

const MIB = 1024 * 1024;
const size = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 2000 }) }, { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 3 * MIB }) });

test('pieces are zeroed, never share a byte, and are given again after they were freed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 80 }), (steps) => {
      const slab = new SlabAllocator();
      const live: { address: number; size: number; mark: number }[] = [];
      const piece = (address: number, length: number): Uint8Array => slab.bytes(address).subarray(slab.offset(address), slab.offset(address) + length);
      steps.forEach(([length, freeOne], i) => {
        const address = slab.allocate(length);
        const bytes = piece(address, SlabAllocator.capacityOf(length));
        assert.equal(bytes.length, SlabAllocator.capacityOf(length));
        assert.ok(bytes.every((byte) => byte === 0));
        bytes.fill(i + 1);
        live.push({ address, size: length, mark: (i + 1) & 255 });
        if (!freeOne) return;
        const [gone] = live.splice(i % live.length, 1);
        if (gone !== undefined) slab.free(gone.address, gone.size);
      });
      for (const one of live) assert.ok(piece(one.address, one.size).every((byte) => byte === one.mark));
      assert.equal(slab.usedBytes, live.reduce((sum, one) => sum + SlabAllocator.capacityOf(one.size), 0));
    }),
    { numRuns: 60, interruptAfterTimeLimit: 1500 },
  );
});

test('what is freed is used again instead of more memory', () => {
  const slab = new SlabAllocator();
  for (let round = 0; round < 50; round++) {
    const pieces = Array.from({ length: 1000 }, (_, i) => ({ size: 40 + (i % 7) * 16, address: slab.allocate(40 + (i % 7) * 16) }));
    for (const one of pieces) slab.free(one.address, one.size);
  }
  assert.equal(slab.usedBytes, 0);
  assert.ok(slab.reservedBytes <= MIB + 8);
});
