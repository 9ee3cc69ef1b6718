import { fc } from '#mesh-core/testing/property.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan, spanId } from './a-span.ts';

const row = fc.record({
  id: fc.integer({ min: 1, max: 20 }),
  parent: fc.nat(24),
  start: fc.nat(60),
  duration: fc.integer({ min: -3, max: 40 }),
  kind: fc.constantFrom(...SPAN_KINDS),
  status: fc.constantFrom(...SPAN_STATUSES),
  service: fc.constantFrom('a', 'b', 'c'),
  name: fc.constantFrom('x', 'y', 'GET /é'),
  attributes: fc.dictionary(fc.constantFrom('component', 'response_flags', 'http.method', '__proto__', 'k'), fc.constantFrom('proxy', 'UH', '-', 7, true, null), { maxKeys: 3 }),
  events: fc.integer({ min: 0, max: 2 }),
});

/** Spans of one trace for property tests: parents missing, in circles and used twice, times backwards. */
export const arbitraryTrace: fc.Arbitrary<Span[]> = fc.array(row, { maxLength: 25 }).map((rows) =>
  rows.map((r) =>
    aSpan({
      spanId: spanId(r.id),
      ...(r.parent === 0 ? {} : { parentSpanId: spanId(r.parent) }),
      start: 1_000_000_000 + r.start,
      duration: r.duration,
      kind: r.kind,
      status: { code: r.status },
      service: r.service,
      name: r.name,
      attributes: r.attributes,
      events: Array.from({ length: r.events }, (_, i) => ({ timeUnixNano: String(1_000_000_000 + r.start + i), name: i === 0 ? 'exception' : 'note', attributes: {} })),
    }),
  ),
);
