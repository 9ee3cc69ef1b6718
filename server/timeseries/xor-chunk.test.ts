import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { isStaleMarker } from './stale-marker.ts';
import { STALE_NAN } from './storage.ts';
import { appendXor, decodeXor, emptyXorState, MAX_SAMPLE_BYTES } from './xor-chunk.ts';

interface Point {
  readonly time: number;
  readonly value: number;
  readonly start: number;
}
const bits = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): string {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0).toString(16);
}

function encode(points: readonly Point[], withStarts: boolean): { bytes: Uint8Array; bits: number } {
  const state = emptyXorState(new Uint8Array((points.length + 1) * MAX_SAMPLE_BYTES));
  for (const { time, value, start } of points) appendXor(state, time, value, withStarts, start);
  return { bytes: state.bytes, bits: state.bits };
}
function decode(bytes: Uint8Array, points: readonly Point[], withStarts: boolean, from = -Infinity, to = Infinity): Point[] {
  const out = new SampleBuffer();
  out.begin(points.length);
  decodeXor(new DataView(bytes.buffer, bytes.byteOffset), 0, points.length, points[0]?.time ?? 0, from, to, withStarts, out);
  const samples = out.finish({});
  return Array.from(samples?.timestamps ?? [], (time, i) => ({ time, value: samples?.values[i] ?? 0, start: samples?.startTimestamps?.[i] ?? 0 }));
}

const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, -0, Infinity, -Infinity, 5e-324, Number.MAX_VALUE));
const gap = fc.oneof(fc.constantFrom(1, 5000, 8191, 8192, 8193, 524287, 524288, 524289), fc.integer({ min: 1, max: 2 ** 40 }));
const run = fc.tuple(fc.integer({ min: 0, max: 2 ** 41 }), fc.array(fc.tuple(gap, value, fc.constantFrom(0, 5, 1e12)), { minLength: 1, maxLength: 130 })).map(([first, samples]) => {
  let time = first;
  return samples.map(([distance, one, start]): Point => ({ time: (time += distance), value: one, start }));
});

test('any samples come back as they were, whatever their distance and their bits, with and without start timestamps', () => {
  fc.assert(
    fc.property(run, fc.boolean(), (points, withStarts) => {
      const back = decode(encode(points, withStarts).bytes, points, withStarts);
      assert.deepEqual(back.map((one) => ({ ...one, value: bitsOf(one.value) })), points.map((one) => ({ ...one, value: bitsOf(one.value), start: withStarts ? one.start : 0 })));
    }),
    { numRuns: 300, interruptAfterTimeLimit: 2000 },
  );
});

test('only the samples between two times are given, both included', () => {
  fc.assert(
    fc.property(run, fc.nat(), fc.nat(), (points, a, b) => {
      const from = points[a % points.length]?.time ?? 0;
      const to = (points[b % points.length]?.time ?? 0) - (b % 2);
      const wanted = points.filter(({ time }) => time >= from && time <= to).map(({ time }) => time);
      assert.deepEqual(decode(encode(points, false).bytes, points, false, from, to).map(({ time }) => time), wanted);
    }),
    { numRuns: 200, interruptAfterTimeLimit: 1000 },
  );
});

test('NaN and the staleness marker stay apart', () => {
  const points = [1, STALE_NAN, NaN, STALE_NAN].map((one, i) => ({ time: i, value: one, start: 0 }));
  const back = decode(encode(points, false).bytes, points, false).map((one) => one.value);
  assert.deepEqual(back.map(isStaleMarker), [false, true, false, true]);
  assert.ok(back.slice(1).every(Number.isNaN));
});

test('an idle counter scraped on time costs two bits a sample', () => {
  const points = Array.from({ length: 120 }, (_, i) => ({ time: 1_700_000_000_000 + i * 5000, value: 42, start: 0 }));
  // 64 bits for the first value, then two for each further sample; the first distance takes 15 more.
  assert.equal(encode(points, false).bits, 64 + 119 * 2 + 15);
});
