import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import { decodeSample, encodeSample } from '#server/traces/store/block/sample-page.ts';
import { arbitrarySpan } from '#server/traces/testing/arbitrary-spans.ts';
import { hashOfSpan, hashOfTrace, HASHES } from './span-hash.ts';
import { sampleRows, type SpanSample } from './span-sample.ts';

/** What a sample says of its rows, by field: the values of each row, in any order. */
function contentOf({ rows, fields }: SpanSample): unknown {
  return {
    rows: [...rows],
    fields: Object.fromEntries(
      fields.map(({ field, key, codes, first, valueOf }) => [
        field,
        [key, ...Array.from(rows, (_, i) => [...codes.subarray(first?.[i] ?? i, first?.[i + 1] ?? i + 1)].filter((code) => code !== 0).map((code) => JSON.stringify(valueOf(code).value)).sort())],
      ]),
    ),
  };
}

const spans = fc.array(arbitrarySpan, { minLength: 1, maxLength: 15 });

test('a sample has what the columns say of its rows, also when it was stored', () => {
  fc.assert(
    fc.property(spans, fc.infiniteStream(fc.boolean()), (list, chosen) => {
      const segment = buildSegment(list);
      const rows = Uint32Array.from({ length: segment.spanCount }, (_, row) => row).filter(() => chosen.next().value === true);
      const sample = sampleRows(segment, rows);
      assert.deepEqual(contentOf(decodeSample(encodeSample(sample))), contentOf(sample));
      const durable = contentOf(sample) as { fields: Record<string, unknown[]> };
      for (const [i, row] of rows.entries()) {
        assert.deepEqual(durable.fields['span:name']?.[i + 1] ?? [], segment.name.values[segment.name.codes[row] ?? 0] === '' ? [] : [JSON.stringify(segment.name.values[segment.name.codes[row] ?? 0])]);
        for (const key of segment.attributeKeys('span')) {
          const column = segment.attribute('span', key);
          const code = column?.codes[row] ?? 0;
          const field = sample.fields.find((one) => one.key === key && one.field.startsWith('span.'));
          assert.deepEqual((field && durable.fields[field.field]?.[i + 1]) ?? [], code === 0 ? [] : [JSON.stringify(column?.values[code - 1]?.value)]);
        }
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 1500 },
  );
});

test('hashes of spans do not depend on where their traces lie, and are spread evenly', () => {
  const hashesOf = (segment: Segment): Map<string, number> => {
    const hashes = new Map<string, number>();
    for (let trace = 0; trace < segment.traceCount; trace++) {
      const from = segment.firstRow[trace] ?? 0;
      for (let row = from; row < (segment.firstRow[trace + 1] ?? 0); row++) hashes.set(`${hexOf(segment.traceIds, trace * 16, 16)} ${row - from}`, hashOfSpan(hashOfTrace(segment.traceIds, trace), row - from));
    }
    return hashes;
  };
  fc.assert(
    fc.property(spans, (list) => {
      const ids = [...new Set(list.map((span) => span.traceId))];
      const apart = ids.map((id) => buildSegment(list.filter((span) => span.traceId === id)));
      const together = hashesOf(mergeSegments(apart.map((segment) => ({ segment }))));
      for (const segment of apart) for (const [span, hash] of hashesOf(segment)) assert.equal(together.get(span), hash);
    }),
    { numRuns: 100, interruptAfterTimeLimit: 1000 },
  );
  const buckets = new Uint32Array(64);
  for (let trace = 0; trace < 2000; trace++) {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(12, trace);
    for (let index = 0; index < 16; index++) {
      const bucket = Math.floor((hashOfSpan(hashOfTrace(id, 0), index) / HASHES) * 64);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
  }
  // 500 are expected in each; seven standard deviations.
  for (const [bucket, count] of buckets.entries()) assert.ok(Math.abs(count - 500) < 155, `${bucket}: ${count}`);
});
