import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { openBlockBytes } from '#server/traces/store/block/block-file.ts';
import { ByteCache } from '#server/traces/store/block/page-cache.ts';
import { blockBytes } from '#server/traces/store/block/write-block.ts';
import { blockHandles } from '#server/traces/store/segment-handles.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { trafficPart } from './traffic-part.ts';
import { encodeTraffic } from './traffic-codec.ts';
import { summarizeTraffic } from './traffic-summary.ts';

const SEGMENT = buildSegment(
  Array.from({ length: 20 }, (_, i) => [
    aSpan({ traceId: traceId(i), spanId: spanId(1), service: 'a', kind: 'client', start: i * 10e9, duration: 5e6 + i }),
    aSpan({ traceId: traceId(i), spanId: spanId(2), parentSpanId: spanId(1), service: 'b', kind: 'server', start: i * 10e9, duration: 4e6, status: { code: i % 3 === 0 ? 'error' : 'unset' } }),
  ]).flat(),
);

function handlesOf(id: string, skipped: readonly number[] = []) {
  const block = openBlockBytes(blockBytes({ groups: [SEGMENT], minStoredMs: 1, maxStoredMs: 2, isSplit: () => false, level: 1 }), id, new ByteCache(1e6));
  return blockHandles(block, new Map(skipped.length === 0 ? [] : [[0, Uint32Array.from(skipped)]]));
}
const ALL = { fromMinute: 0, toMinute: 99 };
const look = (): void => undefined;

test('a block knows its traffic without its spans being read', () => {
  const handles = handlesOf('x').map((handle) => ({ ...handle, open: () => assert.fail('the spans were read') }));
  assert.deepEqual(encodeTraffic(trafficPart(handles, ALL, look)), encodeTraffic(summarizeTraffic(SEGMENT)));
});

test('when some of its traces are whole elsewhere, they are left out', () => {
  const skipped = Uint32Array.of(0, 7, 19);
  assert.deepEqual(encodeTraffic(trafficPart(handlesOf('y', [...skipped]), ALL, look)), encodeTraffic(summarizeTraffic(SEGMENT, skipped)));
  assert.equal([...trafficPart(handlesOf('y', [...skipped]), ALL, look).values()].reduce((sum, bucket) => sum + bucket.spans, 0), 34);
});

test('only the minutes asked for count', () => {
  assert.deepEqual([...trafficPart(handlesOf('z'), { fromMinute: 1, toMinute: 2 }, look).keys()], [1, 2]);
});
