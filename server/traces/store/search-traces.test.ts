import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { spanMatches } from '#server/traces/core/match-span.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { TraceQuery } from './trace-query.ts';
import { TraceReader } from './read-traces.ts';
import { prepareSchema } from './schema.ts';
import { SpanWriter } from './span-writer.ts';

function storeOf(spans: readonly Span[]): TraceReader {
  const db = new DatabaseSync(':memory:');
  prepareSchema(db);
  new SpanWriter(db).append([spans], 0);
  return new TraceReader(db);
}

const ALL: TraceQuery = { fromUnixNano: '0', toUnixNano: '9000000000000000000', limit: 100 };
const idsOf = (reader: TraceReader, query: Partial<TraceQuery>): string[] => reader.search({ ...ALL, ...query }).traces.map((t) => String(Number(`0x${t.traceId}`)));

const value = fc.constantFrom('a', 'b', 'true', '1');
const arbitrarySpan = fc
  .record({
    trace: fc.integer({ min: 1, max: 6 }),
    service: fc.constantFrom('cart', 'shop'),
    name: fc.constantFrom('GET /', 'POST /'),
    kind: fc.constantFrom('server' as const, 'client' as const),
    status: fc.constantFrom('unset' as const, 'ok' as const, 'error' as const),
    start: fc.integer({ min: 0, max: 20 }),
    duration: fc.integer({ min: -5, max: 20 }),
    own: value,
    shared: value,
    event: fc.option(value, { nil: undefined }),
  })
  .map(({ trace, service, name, kind, status, start, duration, own, shared, event }) =>
    aSpan({
      traceId: traceId(trace),
      name,
      kind,
      status: { code: status },
      start,
      duration,
      attributes: { k: own, error: 'not the status' },
      events: event === undefined ? [] : [{ timeUnixNano: '1', name: 'e', attributes: { k: event } }],
      resource: { 'service.name': service, k: shared },
    }),
  );
/** One condition of a query; a query has few of them, so that most find something. */
const arbitraryCondition: fc.Arbitrary<Partial<TraceQuery>> = fc.oneof(
  fc.constantFrom('cart', 'shop', 'none').map((service) => ({ service })),
  fc.constantFrom('GET /', 'none').map((operation) => ({ operation })),
  fc.constantFrom('unset' as const, 'ok' as const, 'error' as const).map((status) => ({ status })),
  fc.integer({ min: 0, max: 15 }).map((n) => ({ minDurationNano: String(n) })),
  fc.integer({ min: 0, max: 15 }).map((n) => ({ maxDurationNano: String(n) })),
  fc.integer({ min: 0, max: 20 }).map((n) => ({ fromUnixNano: String(n) })),
  fc.integer({ min: 0, max: 20 }).map((n) => ({ toUnixNano: String(n) })),
  fc.dictionary(fc.constantFrom('k', 'resource.k', 'error'), fc.constantFrom('a', 'b', 'true', 'false'), { maxKeys: 2 }).map((tags) => ({ tags })),
  fc.constantFrom({ 'span.kind': 'SERVER' }, { 'span.kind': 'none' }, { 'span.status': 'error', k: 'a' }, { 'scope.name': '' }, { error: 'not the status' }).map((tags) => ({ tags })),
);
const arbitraryQuery = fc.array(arbitraryCondition, { maxLength: 3 }).map((conditions): TraceQuery => Object.assign({}, ALL, ...conditions));

test('a search finds exactly the traces of which one span matches', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(arbitrarySpan, { minLength: 3, maxLength: 25 }), fc.array(arbitraryQuery, { minLength: 5, maxLength: 15 }), (spans, queries) => {
      const reader = storeOf(spans);
      for (const query of queries) {
        const expected = new Set(spans.filter((s) => spanMatches(s, query)).map((s) => s.traceId));
        const result = reader.search(query);
        assert.deepEqual(new Set(result.traces.map((t) => t.traceId)), expected, JSON.stringify(query));
        assert.equal(result.total, expected.size);
        found += expected.size;
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(found > 300, 'the queries must not all miss');
});

const sorted = storeOf([
  aSpan({ traceId: traceId(1), start: 100, duration: 5 }),
  aSpan({ traceId: traceId(2), start: 200, duration: 50, status: { code: 'error' } }),
  aSpan({ traceId: traceId(2), start: 210, duration: 10, status: { code: 'error' } }),
  aSpan({ traceId: traceId(3), start: 300, duration: 1 }),
  aSpan({ traceId: traceId(3), start: 300, duration: 1 }),
  aSpan({ traceId: traceId(3), start: 300, duration: 1, status: { code: 'error' } }),
]);
const ORDERS = { newest: '3 2 1', oldest: '1 2 3', longest: '2 1 3', shortest: '3 1 2', 'most-spans': '3 2 1', 'most-errors': '2 3 1', sample: '1 2 3' } as const;
for (const [sort, order] of Object.entries(ORDERS) as [keyof typeof ORDERS, string][]) {
  test(`${sort} sorts all matches, not the page`, () => {
    assert.equal(idsOf(sorted, { sort }).join(' '), order);
    const pages = [0, 1, 2].flatMap((offset) => idsOf(sorted, { sort, limit: 1, offset }));
    assert.equal(pages.join(' '), order);
  });
}

test('the total counts all matches, on every page and past the last', () => {
  for (const offset of [0, 2, 3, 10]) assert.equal(sorted.search({ ...ALL, limit: 1, offset }).total, 3);
});

test('two spans of one trace do not match together', () => {
  const reader = storeOf([aSpan({ traceId: traceId(1), attributes: { a: '1' } }), aSpan({ traceId: traceId(1), attributes: { b: '2' } })]);
  assert.deepEqual(idsOf(reader, { tags: { a: '1' } }), ['1']);
  assert.deepEqual(idsOf(reader, { tags: { a: '1', b: '2' } }), []);
});

test('a stored span comes back with everything it had', () => {
  const span = aSpan({
    traceId: traceId(7),
    spanId: 'ffeeddccbbaa9988',
    parentSpanId: spanId(5),
    traceState: 'a=1',
    flags: 257,
    start: 1_795_000_000_123_456_789n,
    duration: 1n,
    kind: 'consumer',
    status: { code: 'error', message: 'no' },
    attributes: { n: 1, list: [1, 'a'], deep: { x: true }, nothing: null },
    events: [{ timeUnixNano: '1795000000123456789', name: 'e', attributes: { k: 'v' }, droppedAttributesCount: 1 }],
    links: [{ traceId: traceId(1), spanId: spanId(1), attributes: {} }],
    resourceSchemaUrl: 'https://example.org/1',
    resourceDroppedAttributesCount: 2,
    scope: { name: 'lib', version: '1', attributes: { s: 's' } },
    droppedAttributesCount: 1,
    droppedEventsCount: 2,
    droppedLinksCount: 3,
    valueTypes: { '/attributes/n': 'double' },
  });
  assert.deepEqual(storeOf([span]).get(span.traceId)?.spans, [span]);
  assert.equal(storeOf([span]).get(traceId(8)), undefined);
});

test('services, operations and keys are those of the stored spans', () => {
  const reader = storeOf([aSpan({ service: 'b', name: 'y', kind: 'client', attributes: { 'http.method': 'GET' } }), aSpan({ service: 'b', name: 'x' }), aSpan({ service: 'a' })]);
  assert.deepEqual(reader.services(), ['a', 'b']);
  assert.deepEqual(reader.operations('b'), [{ name: 'x', kind: 'internal' }, { name: 'y', kind: 'client' }]);
  assert.deepEqual(reader.operations('c'), []);
  assert.ok(reader.attributeKeys().includes('http.method') && reader.attributeKeys().includes('resource.service.name'));
});
