import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { shapedTrace } from '#server/traces/testing/shaped-trace.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { buildTraceColumns } from './build-columns.ts';
import { MARKS, type TraceColumns } from './trace-columns.ts';

const shown = (spans: readonly Span[]): string[] => rowsOf(columnsOf(spans));
const rowsOf = (c: TraceColumns): string[] => Array.from(c.depth, (depth, row) => `${c.names[c.name[row]!]}:${depth}`);
const marked = (c: TraceColumns, mark: number): number[] => [...c.marks.keys()].filter((row) => (c.marks[row]! & mark) !== 0);

test('rows are depth first, siblings by start, whatever the order of arrival', () => {
  const spans = [
    aSpan({ parentSpanId: spanId(2), name: 'leaf', start: 55 }),
    aSpan({ spanId: spanId(2), parentSpanId: spanId(1), name: 'late', start: 50 }),
    aSpan({ spanId: spanId(1), name: 'root', start: 0, duration: 100 }),
    aSpan({ spanId: spanId(3), parentSpanId: spanId(1), name: 'early', start: 10 }),
  ];
  const columns = columnsOf(spans);
  assert.deepEqual(rowsOf(columns), ['root:0', 'early:1', 'late:1', 'leaf:2']);
  assert.deepEqual([[...columns.parent], [...columns.descendants], [...columns.start]], [[-1, 0, 0, 2], [3, 0, 1, 0], [0, 10, 50, 55]]);
});

test('a span whose parent is missing is a root and marked', () => {
  const columns = columnsOf([aSpan({ parentSpanId: spanId(9) }), aSpan({ parentSpanId: spanId(9) }), aSpan({ parentSpanId: spanId(8) })]);
  assert.deepEqual(marked(columns, MARKS.orphan), [0, 1, 2]);
  assert.match(columns.warnings[0] ?? '', /^2 parent spans are missing/);
});

test('spans that share an id are all kept, and the earliest keeps the children', () => {
  const columns = columnsOf([aSpan({ spanId: spanId(1), name: 'second', start: 5 }), aSpan({ spanId: spanId(1), name: 'first', start: 1 }), aSpan({ parentSpanId: spanId(1), name: 'child', start: 6 })]);
  assert.deepEqual(rowsOf(columns), ['first:0', 'child:1', 'second:0']);
  assert.deepEqual(marked(columns, MARKS.duplicateId), [0, 2]);
  assert.match(columns.warnings[0] ?? '', /^1 span ids are used by more than one span/);
});

test('the two halves of a call that share their id are a caller and its callee, of which nothing is said', () => {
  const half = (kind: 'client' | 'server', start: number) => aSpan({ spanId: spanId(2), parentSpanId: spanId(1), kind, name: kind, start });
  const columns = columnsOf([aSpan({ spanId: spanId(1), name: 'root', start: 0 }), half('client', 1), half('server', 2), aSpan({ parentSpanId: spanId(2), name: 'child', start: 3 })]);
  assert.deepEqual(rowsOf(columns), ['root:0', 'client:1', 'server:2', 'child:3']);
  assert.deepEqual([marked(columns, MARKS.duplicateId), columns.warnings], [[], []]);
});

test('a circle of parents is cut at its earliest span, and what hangs off it stays below', () => {
  const a = aSpan({ spanId: spanId(1), parentSpanId: spanId(2), name: 'a', start: 10 });
  const b = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), name: 'b', start: 5 });
  const columns = columnsOf([a, b, aSpan({ parentSpanId: spanId(1), name: 'tail', start: 1 })]);
  assert.deepEqual(rowsOf(columns), ['b:0', 'a:1', 'tail:2']);
  assert.deepEqual(marked(columns, MARKS.cutCycle), [0]);
  assert.deepEqual(shown([aSpan({ spanId: spanId(3), parentSpanId: spanId(3), name: 'self' })]), ['self:0']);
});

test('own time is what no child covers', () => {
  const spans = [
    aSpan({ spanId: spanId(1), start: 0, duration: 100 }),
    ...[[10, 20], [20, 30], [90, 50], [-5, 7]].map(([start, duration], i) => aSpan({ spanId: spanId(10 + i), parentSpanId: spanId(1), start: 1000 + start!, duration: duration! })),
  ];
  const shifted = columnsOf([{ ...spans[0]!, startUnixNano: '1000', endUnixNano: '1100' }, ...spans.slice(1)]);
  const root = [...shifted.parent].indexOf(-1);
  assert.equal(shifted.self[root], 100 - 40 - 10 - 2);
});

test('a span that ends before it starts has no duration, is marked and told of', () => {
  const columns = columnsOf([aSpan({ start: 10, duration: -5 })]);
  assert.deepEqual([columns.duration[0], marked(columns, MARKS.backwards)], [0, [0]]);
  assert.match(columns.warnings[0] ?? '', /^1 spans end before they start/);
});

test('clocks that differ are told of, unless the spans share one or are consumers', () => {
  const parent = aSpan({ spanId: spanId(1), service: 'a', start: 2_000_000 });
  const child = aSpan({ parentSpanId: spanId(1), service: 'b', start: 500_000 });
  assert.deepEqual(columnsOf([parent, child]).warnings, ['1 spans of b start up to 1.5 ms before their parent in a: the clocks of their hosts differ.']);
  const host = (span: Span): Span => ({ ...span, resource: { ...span.resource, 'host.name': 'one' } });
  assert.deepEqual(columnsOf([host(parent), host(child)]).warnings, []);
  assert.deepEqual(columnsOf([parent, { ...child, kind: 'consumer' }]).warnings, []);
});

test('texts that rows need come along: the first key that a span has counts', () => {
  const { texts } = columnsOf([
    aSpan({ start: 1, attributes: { 'http.status_code': 200, 'http.response.status_code': 503, response_flags: '-' }, status: { code: 'error', message: 'no' } }),
    aSpan({ start: 2, attributes: { 'http.status_code': 200, response_flags: 'UH,URX' } }),
  ]);
  const read = (key: keyof typeof texts): (string | undefined)[] => Array.from(texts[key]?.codes ?? [], (code) => texts[key]?.values[code - 1]);
  assert.deepEqual([read('httpStatus'), read('responseFlags'), read('statusMessage'), read('grpcStatus')], [['503', '200'], [undefined, 'UH,URX'], ['no', undefined], []]);
});

test('proxies, events, exceptions and links are marked', () => {
  const columns = columnsOf([
    aSpan({ start: 1, attributes: { component: 'proxy' } }),
    aSpan({ start: 2, attributes: { node_id: 'waypoint~10.0.0.1~w~x' } }),
    aSpan({ start: 3, attributes: { node_id: 'other' }, events: [{ timeUnixNano: '4', name: 'exception', attributes: {} }] }),
    aSpan({ start: 4, events: [{ timeUnixNano: '4', name: 'note', attributes: {} }], links: [{ traceId: traceId(1), spanId: spanId(1), attributes: {} }] }),
  ]);
  assert.deepEqual([MARKS.proxy, MARKS.hasEvents, MARKS.hasException, MARKS.hasLinks].map((mark) => marked(columns, mark)), [[0, 1], [2, 3], [2], [3]]);
});

test('a trace among others in a segment takes only what is its own', () => {
  const segment = buildSegment([
    aSpan({ traceId: traceId(1), service: 'other', name: 'x', start: 1, attributes: { response_flags: 'UF' } }),
    aSpan({ traceId: traceId(2), spanId: spanId(1), service: 'a', name: 'y', start: 1_000_000_000 }),
    aSpan({ traceId: traceId(2), parentSpanId: spanId(1), service: 'a', name: 'z', start: 1_000_000_005, attributes: { response_flags: 'UH' } }),
  ]);
  const { columns, segmentRows } = buildTraceColumns(segment, 1);
  assert.deepEqual([columns.traceId, columns.services, columns.names, columns.texts.responseFlags?.values, columns.startUnixNano, columns.durationNano], [traceId(2), ['a'], ['y', 'z'], ['UH'], '1000000000', 15]);
  assert.deepEqual([[...segmentRows], [...columns.parent], columns.newestEndMs], [[1, 2], [-1, 0], 1000]);
});

test('times far apart neither break the offsets of the others nor turn negative', () => {
  const columns = columnsOf([aSpan({ start: 0 }), aSpan({ start: 1_700_000_000_000_000_000n }), aSpan({ start: 1_700_000_000_000_000_512n })]);
  assert.deepEqual([...columns.start], [0, 1_700_000_000_000_000_000, 1_700_000_000_000_000_512]);
});

test('nothing gives no rows', () => assert.deepEqual([columnsOf([]).count, columnsOf([]).warnings], [0, []]));

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape} have their rows`, () => {
    const columns = columnsOf(shapedTrace(shape, 100_000));
    assert.deepEqual([columns.count, columns.descendants[0], columns.depth.reduce((most, depth) => Math.max(most, depth), 0)], [100_000, 99_999, { wide: 1, deep: 99_999, '8-ary': 6 }[shape]]);
  });
}
