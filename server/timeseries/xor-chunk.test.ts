import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStaleMarker } from './stale-marker.ts';
import { STALE_NAN } from './storage.ts';
import { decodeChunk, encodeChunk } from './xor-chunk.ts';

const bits = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): string {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0).toString(16);
}
function roundTrip(times: readonly number[], values: readonly number[]): { times: number[]; values: number[]; bytes: number } {
  const chunk = encodeChunk(Float64Array.from(times), Float64Array.from(values), times.length);
  const outTimes = new Float64Array(times.length);
  const outValues = new Float64Array(times.length);
  assert.equal(decodeChunk(chunk, outTimes, outValues, 0), times.length);
  assert.deepEqual([chunk.minTime, chunk.maxTime, chunk.count], [times[0], times.at(-1), times.length]);
  return { times: [...outTimes], values: [...outValues], bytes: chunk.bytes.length };
}

test('any samples come back as they were, whatever their distance and their bits', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, -0, Infinity, -Infinity, 5e-324, Number.MAX_VALUE));
  const gap = fc.oneof(fc.constantFrom(1, 5000, 8191, 8192, 8193, 524287, 524288, 524289), fc.integer({ min: 1, max: 2 ** 40 }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 41 }), fc.array(fc.tuple(gap, value), { minLength: 1, maxLength: 130 }), (start, samples) => {
      let time = start;
      const times = samples.map(([distance]) => (time += distance));
      const back = roundTrip(times, samples.map(([, one]) => one));
      assert.deepEqual(back.times, times);
      assert.deepEqual(back.values.map(bitsOf), samples.map(([, one]) => bitsOf(one)));
    }),
    { numRuns: 300 },
  );
});

test('NaN and the staleness marker stay apart', () => {
  const { values } = roundTrip([1, 2, 3, 4], [1, STALE_NAN, NaN, STALE_NAN]);
  assert.deepEqual(values.map(isStaleMarker), [false, true, false, true]);
  assert.ok(values.slice(1).every(Number.isNaN));
});

test('an idle counter scraped on time costs two bits a sample', () => {
  const times = Array.from({ length: 120 }, (_, i) => 1_700_000_000_000 + i * 5000);
  // 8 bytes for the first value, then 2 bits for each further sample; the first distance takes 16 bits.
  assert.ok(roundTrip(times, times.map(() => 42)).bytes <= 8 + 2 + 30 + 1);
});
