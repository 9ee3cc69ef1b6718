import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HASHES, STORED_SAMPLE } from '#server/traces/derived/span-hash.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { openBlockBytes } from '#server/traces/store/block/block-file.ts';
import { ByteCache } from '#server/traces/store/block/page-cache.ts';
import { blockBytes } from '#server/traces/store/block/write-block.ts';
import { blockHandles } from '#server/traces/store/segment-handles.ts';
import type { SegmentHandle } from '#server/traces/store/segment-source.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { selecting } from '#server/traces/testing/questions-over.ts';
import { evaluatePart } from './evaluate-part.ts';

test('differences told from the sample that was stored are those that the columns tell', () => {
  const resource = ['cart', 'shop'].map((name) => ({ 'service.name': name }));
  const spans = Array.from({ length: 8000 }, (_, i) => aSpan({ traceId: traceId(1 + (i % 900)), spanId: spanId(i + 1), start: i, duration: i % 3 === 0 ? 500 : 5, resource: resource[i % 2] ?? {}, attributes: { n: i % 50, ...(i % 7 === 0 ? { mark: `m${i % 4}` } : {}) }, events: i % 5 === 0 ? [{ timeUnixNano: String(i), name: `e${i % 2}`, attributes: { k: i % 3 } }] : [] }));
  const block = openBlockBytes(blockBytes({ groups: [buildSegment(spans)], minStoredMs: 1, maxStoredMs: 2, isSplit: () => false, level: 1 }), 'b', new ByteCache(1e7));
  const stored = blockHandles(block, new Map());
  const { sample: _, ...withoutSample } = stored[0] ?? assert.fail('a block has a row group');
  const ask = (handles: readonly SegmentHandle[], q: string, inside: number, outside: number): unknown =>
    evaluatePart(handles, { verb: 'delta-values', query: selecting(q).query, fromUnixNano: 0n, toUnixNano: 2n ** 60n, region: { of: 'spans', minDurationNano: '100' }, bounds: { inside, outside } }, () => false);
  for (const q of ['{ }', '{ span.n > 10 }', '{ resource.service.name = "cart" }']) {
    for (const [inside, outside] of [[STORED_SAMPLE, STORED_SAMPLE / 3], [HASHES, STORED_SAMPLE], [STORED_SAMPLE, HASHES / 10]] as const) {
      const expected = ask([withoutSample], q, inside, outside) as { readonly sampled: { readonly inside: number; readonly outside: number } };
      assert.deepEqual(ask(stored, q, inside, outside), expected);
      assert.ok(expected.sampled.inside > 5 && expected.sampled.outside > 5, `${q} ${JSON.stringify(expected.sampled)}`);
    }
  }
});
