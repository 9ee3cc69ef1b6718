import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { selecting } from '#server/traces/testing/questions-over.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { TraceQuestions } from '#server/traces/trace-questions.ts';
import { createQuestions } from './create-questions.ts';
import { memorySource } from './memory-source.ts';

const QUERIES = ['{ }', '{ status = error }', '{ span.k = "a" }', '{ resource.service.name = "cart" && duration > 5ns }', '{ .k =~ "a|b" }', '{ name = "x" || span.n >= 2 }', '{ } | count() > 2', '{ name = "x" } >> { status = error }', '{ } | by(.k) | avg(duration) > 5ns', '{ parent.span.k = "a" } || { event:name = "e1" }', '{ span:childCount > 0 } | select(span.n)'];
const METRICS = ['rate() by (resource.service.name)', 'quantile_over_time(duration, .5, .9) by (.k)', 'max_over_time(span.n)', 'count_over_time() by (resource.service.name, span.n)', 'histogram_over_time(duration)', 'compare({ status = error })'];
const SORTS = ['newest', 'oldest', 'longest', 'shortest', 'most-spans', 'fewest-spans', 'most-errors', 'fewest-errors', 'name', 'sample'] as const;

const arbitrarySpan = fc.record({
  trace: fc.integer({ min: 1, max: 8 }),
  parent: fc.nat(6),
  start: fc.nat(40),
  duration: fc.integer({ min: -2, max: 30 }),
  error: fc.boolean(),
  service: fc.constantFrom('cart', 'shop', 'pay'),
  name: fc.constantFrom('x', 'y'),
  k: fc.constantFrom('a', 'b', 'c', undefined),
  n: fc.constantFrom(1, 2, 3, undefined),
  events: fc.nat(2),
});
/** Span ids are unique, as a store keeps them: by their number in the list. */
const arbitrarySpans: fc.Arbitrary<Span[]> = fc.array(arbitrarySpan, { maxLength: 30 }).map((all) =>
  all.map(({ trace, parent, start, duration, error, service, name, k, n, events }, i) =>
    aSpan({
      traceId: traceId(trace),
      spanId: spanId(i + 1),
      ...(parent === 0 ? {} : { parentSpanId: spanId(parent) }),
      start,
      duration,
      service,
      name,
      status: { code: error ? 'error' : 'unset' },
      attributes: { ...(k === undefined ? {} : { k }), ...(n === undefined ? {} : { n }) },
      events: Array.from({ length: events }, (_, e) => ({ timeUnixNano: String(start + e), name: `e${e}`, attributes: {} })),
    }),
  ),
);

/** Asks every verb the same of some spans. */
async function answers(questions: TraceQuestions, { q, sort, from, to, limit, offset }: { readonly q: string; readonly sort: (typeof SORTS)[number]; readonly from: number; readonly to: number; readonly limit: number; readonly offset: number }): Promise<unknown> {
  const selection = selecting(q, { from: BigInt(from), to: BigInt(to) });
  const k = { kind: 'attribute', key: 'k' } as const;
  const eventName = { kind: 'intrinsic', name: 'event:name' } as const;
  return {
    search: await questions.search({ ...selection, sort, limit, offset, spansPerTrace: 3, columns: [k] }),
    traces: await questions.heatmap({ ...selection, of: 'traces', timeBuckets: 7, durationBuckets: 5 }),
    spans: await questions.heatmap({ ...selection, of: 'spans', timeBuckets: 7, durationBuckets: 5 }),
    facets: await questions.facets({ ...selection, fields: [k, eventName, { kind: 'intrinsic', name: 'trace:rootName' }, { kind: 'attribute', key: 'k', parent: true }], limit: 5 }),
    deltas: await questions.deltas({ ...selection, region: { of: 'spans', minDurationNano: '10' }, limit: 10 }),
    deltasOfTraces: await questions.deltas({ ...selection, region: { of: 'traces', maxDurationNano: '20', fromUnixNano: '10' }, limit: 10 }),
    metrics: await Promise.all(METRICS.map((m) => questions.metrics({ ...selection, query: selecting(`${q} | ${m}`, {}, 'metrics').query, stepNano: '9', exemplars: 3 }))),
    attributes: await questions.attributes(),
    values: await questions.attributeValues({ field: k, selection, limit: 10 }),
    percentile: await questions.percentile({ service: 'cart', operation: 'x', kind: 'internal', durationNano: 12, fromUnixNano: String(from), toUnixNano: String(to) }),
  };
}

test('answers do not depend on how spans are spread over segments', async () => {
  const of = (parts: readonly (readonly Span[])[]): TraceQuestions => {
    const source = memorySource(parts.map((spans) => buildSegment(spans)));
    return createQuestions(async () => ({ source, exact: true, notes: [] }));
  };
  const asked = fc.record({ q: fc.constantFrom(...QUERIES), sort: fc.constantFrom(...SORTS), from: fc.nat(15), to: fc.integer({ min: 15, max: 60 }), limit: fc.integer({ min: 1, max: 4 }), offset: fc.constantFrom(0, 1, 2, 200) });
  await fc.assert(
    fc.asyncProperty(arbitrarySpans, fc.infiniteStream(fc.nat(3)), asked, async (spans, places, question) => {
      const parts: Span[][] = [[], [], [], []];
      for (const span of spans) parts[places.next().value ?? 0]?.push(span);
      const inParts = of(parts);
      const expected = await answers(of([spans]), question);
      assert.deepEqual(await answers(inParts, question), expected);
      // What was kept of the first answers gives the same, also for another range and page.
      const next = { ...question, from: 0, to: 60, offset: 0 };
      assert.deepEqual([await answers(inParts, next), await answers(inParts, question)], [await answers(of([spans]), next), expected]);
    }),
    { interruptAfterTimeLimit: 1800, numRuns: 1000 },
  );
});
