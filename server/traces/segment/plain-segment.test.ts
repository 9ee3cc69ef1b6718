import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, traceId } from '#server/traces/testing/a-span.ts';
import { buildSegment } from './build-segment.ts';
import { fromPlainSegment, toPlainSegment } from './plain-segment.ts';
import { createSpanReader } from './span-at.ts';

test('a segment crosses threads whole', () => {
  const spans = [
    aSpan({ start: 5, attributes: { a: 1, b: ['x'] }, events: [{ timeUnixNano: '7', name: 'e', attributes: { n: true }, droppedAttributesCount: 1 }] }),
    aSpan({ start: 6, links: [{ traceId: traceId(3), spanId: '00000000000000aa', attributes: { why: 'batch' }, flags: 1 }], traceState: 'a=b', valueTypes: { '/links/0/attributes/none': 'int' } }),
  ];
  const there = fromPlainSegment(structuredClone(toPlainSegment(buildSegment(spans))));
  const { spanAt } = createSpanReader(there);
  assert.deepEqual([spanAt(0), spanAt(1)], [spans[0], { ...spans[1], valueTypes: undefined }].map((span) => JSON.parse(JSON.stringify(span))));
  assert.deepEqual(there.attributeKeys('span'), ['a', 'b']);
  assert.equal(there.attribute('event', 'none'), undefined);
});
