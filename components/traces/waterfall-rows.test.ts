import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanView } from '#server/traces/schemas.ts';
import { ancestorKeys, findSpans, keysFromDepth, nextMatch, placeSpan, visibleRows } from './waterfall-rows.ts';

const span = (spanId: string, parent: number, depth: number, descendants: number, more: Partial<SpanView> = {}): SpanView => ({ spanId, parent, depth, descendants, service: 'ui.shop', name: 'op', kind: 'server', status: 'unset', startUnixNano: '0', endUnixNano: '0', startOffsetNano: 0, durationNano: 10, selfNano: 10, orphan: false, duplicateId: false, source: 0, attributes: {}, events: [], links: [], ...more });
const SPANS = [
  span('a', -1, 0, 4),
  span('b', 0, 1, 2),
  span('c', 1, 2, 1),
  span('d', 2, 3, 0, { status: 'error', service: 'bank.shop', attributes: { 'http.status_code': '503' } }),
  span('e', 0, 1, 0),
];

test('a collapsed span hides its subtree and counts the errors in it', () => {
  assert.deepEqual(visibleRows(SPANS, new Set(['b'])), [
    { index: 0, collapsed: false, hiddenErrors: 0 },
    { index: 1, collapsed: true, hiddenErrors: 1 },
    { index: 4, collapsed: false, hiddenErrors: 0 },
  ]);
});
test('a leaf cannot be collapsed', () => {
  assert.equal(visibleRows(SPANS, new Set(['e'])).length, 5);
});
test('a trace as deep as it is long is drawn without recursion', () => {
  const deep = Array.from({ length: 50_000 }, (_, i) => span(String(i), i - 1, i, 49_999 - i));
  assert.equal(visibleRows(deep, new Set()).length, 50_000);
  assert.equal(visibleRows(deep, new Set(['10'])).length, 11);
  assert.equal(ancestorKeys(deep, 49_999).length, 49_999);
});
test('collapsing from a depth keeps what is above it', () => {
  assert.deepEqual([...keysFromDepth(SPANS, 1)], ['b', 'c']);
});
test('every word must be found, in any of the span\'s texts', () => {
  assert.deepEqual(findSpans(SPANS, 'bank 503'), [3]);
  assert.deepEqual(findSpans(SPANS, 'error'), [3]);
  assert.deepEqual(findSpans(SPANS, 'bank 200'), []);
  assert.deepEqual(findSpans(SPANS, ' '), []);
});
test('walking matches wraps at both ends', () => {
  assert.deepEqual([nextMatch([1, 3], undefined, 1), nextMatch([1, 3], 3, 1), nextMatch([1, 3], 1, -1), nextMatch([], 1, 1)], [1, 1, 3, undefined]);
});
test('a span is placed within the zoomed range and cut at its edges', () => {
  const range = { from: 100, to: 200 };
  assert.deepEqual(placeSpan({ startOffsetNano: 50, durationNano: 100 }, range), { left: 0, width: 0.5 });
  assert.deepEqual(placeSpan({ startOffsetNano: 150, durationNano: 500 }, range), { left: 0.5, width: 0.5 });
  assert.equal(placeSpan({ startOffsetNano: 300, durationNano: 5 }, range), undefined);
  assert.deepEqual(placeSpan({ startOffsetNano: 0, durationNano: 0 }, { from: 0, to: 0 }), { left: 0, width: 1 });
});
