import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { groupTraces, planMerge } from '#server/traces/segment/merge-plan.ts';
import { mergePlanned, mergeSegments } from '#server/traces/segment/merge-segments.ts';
import { createSpanReader, hexOf } from '#server/traces/segment/span-at.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { arbitrarySpan } from '#server/traces/testing/arbitrary-spans.ts';
import { openBlockBytes } from './block-file.ts';
import { extractTraces, locateTrace, traceKeyOf } from './locate-trace.ts';
import { openGroup } from './open-group.ts';
import { ByteCache } from './page-cache.ts';
import { blockBytes } from './write-block.ts';

/** What a segment says, with what does not matter put in order: of spans that start at once with one id, either may be first. */
function contentOf(segment: Segment): string[] {
  const { spanAt } = createSpanReader(segment);
  const { parentRow, firstRow } = segment;
  return Array.from({ length: segment.spanCount }, (_, row) => {
    const span = spanAt(row);
    const parent = parentRow[row] ?? -1;
    const trace = [...firstRow].findLastIndex((first) => first <= row);
    return JSON.stringify([trace, span, parent < 0 ? parent : hexOf(segment.spanIds, parent * 8, 8)], (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value,
    );
  }).sort();
}

const parts = fc.array(fc.array(arbitrarySpan, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });

test('segments put together are the segment of all their spans', () => {
  fc.assert(
    fc.property(parts, (lists) => {
      const merged = mergeSegments(lists.map((spans) => ({ segment: buildSegment(spans) })));
      const whole = buildSegment(lists.flat());
      assert.deepEqual(contentOf(merged), contentOf(whole));
      assert.deepEqual([...merged.firstRow], [...whole.firstRow]);
      assert.deepEqual(Buffer.from(merged.traceIds), Buffer.from(whole.traceIds));
      assert.deepEqual(Buffer.from(merged.spanIds), Buffer.from(whole.spanIds));
      for (const owner of ['span', 'event', 'link'] as const) assert.deepEqual(merged.attributeKeys(owner), whole.attributeKeys(owner));
    }),
    { numRuns: 150, interruptAfterTimeLimit: 2000 },
  );
});

test('spans come back from a block equal, all of them and trace by trace', () => {
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 20 }), (lists, groupSpans) => {
      const from = lists.map((spans) => ({ segment: buildSegment(spans) }));
      const groups = groupTraces(planMerge(from), groupSpans).map((planned) => mergePlanned(from, planned));
      const bytes = blockBytes({ groups, minStoredMs: 1, maxStoredMs: 2, isSplit: (id) => id.endsWith('1'), level: 1 });
      const block = openBlockBytes(bytes, 'b', new ByteCache(1e6));
      const whole = buildSegment(lists.flat());
      const read = block.meta.groups.map((_, group) => ({ segment: openGroup(block, group).segment }));
      assert.deepEqual(contentOf(mergeSegments(read)), contentOf(whole));
      for (let t = 0; t < whole.traceCount; t++) {
        const id = hexOf(whole.traceIds, t * 16, 16);
        const place = locateTrace(block, traceKeyOf(id));
        assert.ok(place !== undefined);
        assert.deepEqual(contentOf(extractTraces(block, place.group, [place.trace])), contentOf(buildSegment(lists.flat().filter((span) => span.traceId === id))));
      }
      assert.equal(locateTrace(block, traceKeyOf('f'.repeat(32))), undefined);
      assert.equal(block.meta.spanCount, whole.spanCount);
      assert.deepEqual(block.meta.operations.reduce((sum, operation) => sum + operation[3], 0), whole.spanCount);
    }),
    { numRuns: 150, interruptAfterTimeLimit: 2000 },
  );
});
