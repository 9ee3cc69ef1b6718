import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { buildSegment } from './build-segment.ts';
import { mergeSegments } from './merge-segments.ts';
import type { Segment } from './segment.ts';
import { createSpanReader } from './span-at.ts';

function roundTrip(spans: readonly Span[]): Span[] {
  const segment = buildSegment(spans);
  const { spanAt } = createSpanReader(segment);
  return Array.from({ length: segment.spanCount }, (_, row) => spanAt(row));
}

test('spans come back equal, with everything they carry', () => {
  const span: Span = {
    ...aSpan({ traceId: traceId(1), spanId: spanId(1), start: 1_700_000_000_123_456_789n, duration: 1_500_000_001 }),
    parentSpanId: spanId(9),
    traceState: 'th=8',
    flags: 0x301,
    kind: 'client',
    status: { code: 'error', message: 'no route' },
    attributes: { text: 'a', whole: 2, half: 0.5, yes: true, none: null, list: [1, 'b', [2]], map: { 'a/b': 'x' }, price: 3, 'big/~': '9007199254740993', raw: 'AQI=' },
    events: [{ timeUnixNano: '1700000000123456790', name: 'retry', attributes: { n: 1 }, droppedAttributesCount: 2 }, { timeUnixNano: '0', name: '', attributes: { n: 7 } }],
    links: [{ traceId: traceId(7), spanId: spanId(8), traceState: 'a=b', flags: 1, attributes: { why: 'batch' }, droppedAttributesCount: 1 }],
    resource: { 'service.name': 'shop', shard: 4 },
    resourceSchemaUrl: 'urn:r',
    resourceDroppedAttributesCount: 5,
    scope: { name: 'lib', version: '1', attributes: { k: 'v' }, schemaUrl: 'urn:s', droppedAttributesCount: 6 },
    droppedAttributesCount: 1,
    droppedEventsCount: 2,
    droppedLinksCount: 3,
    valueTypes: { '/attributes/price': 'double', '/attributes/big~1~0': 'int', '/attributes/raw': 'bytes', '/attributes/list/0': 'double', '/events/1/attributes/n': 'double', '/resource/shard': 'double' },
  };
  assert.deepEqual(roundTrip([span]), [span]);
});

test('traces are in order of their start, the spans of a trace together and in order of theirs', () => {
  const early = [aSpan({ traceId: traceId(2), start: 5 }), aSpan({ traceId: traceId(2), start: 50 })];
  const late = [aSpan({ traceId: traceId(1), start: 10 })];
  const segment = buildSegment([early[1]!, late[0]!, early[0]!]);
  assert.deepEqual([...segment.firstRow], [0, 2, 3]);
  assert.deepEqual(roundTrip([early[1]!, late[0]!, early[0]!]), [early[0], early[1], late[0]]);
});

test('a parent is found within its trace only; one that is named and not there is told from none', () => {
  const other = aSpan({ traceId: traceId(2), spanId: spanId(1), start: 100 });
  const root = aSpan({ traceId: traceId(1), spanId: spanId(2), start: 1 });
  const child = aSpan({ traceId: traceId(1), spanId: spanId(3), parentSpanId: spanId(2), start: 2 });
  const orphan = aSpan({ traceId: traceId(1), spanId: spanId(4), parentSpanId: spanId(1), start: 3 });
  assert.deepEqual([...buildSegment([other, root, child, orphan]).parentRow], [-1, 0, -2, -1]);
});

test('of parents that share an id it is the earliest that is not the span itself', () => {
  const spans = [1, 2, 3].map((start) => aSpan({ spanId: spanId(1), parentSpanId: spanId(1), start }));
  assert.deepEqual([...buildSegment(spans).parentRow], [1, 0, 0]);
});

test('the called half of a call that shares its id hangs below the calling half, and has the children, in whatever order and pieces they come', () => {
  const root = aSpan({ spanId: spanId(1), kind: 'server', start: 1 });
  const client = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), kind: 'client', start: 2, name: 'calls' });
  const server = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), kind: 'server', start: 3, name: 'is called' });
  const child = aSpan({ spanId: spanId(3), parentSpanId: spanId(2), start: 4 });
  const parents = (segment: Segment): number[] => [...segment.parentRow];
  assert.deepEqual(parents(buildSegment([root, client, server, child])), [-1, 0, 1, 2]);
  const pieces = [[child, server], [client, root]].map((spans) => ({ segment: buildSegment(spans) }));
  assert.deepEqual(parents(mergeSegments(pieces)), [-1, 0, 1, 2]);
  // A clock behind puts the called half first; a call from outside has no parent.
  const early = aSpan({ spanId: spanId(2), kind: 'server', start: 1 });
  const top = aSpan({ spanId: spanId(2), kind: 'client', start: 2 });
  assert.deepEqual(parents(buildSegment([early, top, child])), [1, -1, 0]);
});

test('times far from all others, and negative durations, stay exact', () => {
  const spans = [
    aSpan({ start: 0, duration: 1_700_000_000_000_000_123n }),
    aSpan({ start: 1_700_000_000_000_000_001n, duration: -5 }),
    aSpan({ start: 1_700_000_000_000_000_003n, duration: 7 }),
    aSpan({ start: 9_223_372_036_854_775_000n, duration: 7 }),
  ];
  const segment = buildSegment(spans);
  assert.equal(segment.wideTimes.size, 2);
  assert.equal(segment.duration[1], -5);
  assert.deepEqual(roundTrip(spans), spans);
});

test('a value of another type is another value, and __proto__ is a key like others', () => {
  const spans = [aSpan({ attributes: JSON.parse('{"__proto__":"x","n":1}') }), aSpan({ attributes: { n: '1' } }), aSpan({ attributes: { n: 1 }, valueTypes: { '/attributes/n': 'double' } }), aSpan({ attributes: { n: true } })];
  assert.equal(buildSegment(spans).attribute('span', 'n')?.values.length, 4);
  assert.deepEqual(roundTrip(spans), spans);
});

test('equal resources and scopes are one source, whichever objects they are', () => {
  const segment = buildSegment([aSpan({ service: 'a' }), aSpan({ service: 'a' }), aSpan({ service: 'b' })]);
  assert.deepEqual(segment.sources.map((s) => s.service), ['a', 'b']);
  assert.deepEqual([...segment.source].length, 3);
});

test('no spans make an empty segment', () => {
  const segment = buildSegment([]);
  assert.deepEqual([segment.spanCount, segment.traceCount, [...segment.firstRow], segment.events.count], [0, 0, [0], 0]);
});
