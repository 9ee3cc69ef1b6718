import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { aSpan } from '#server/traces/testing/a-span.ts';
import type { Attributes, AttributeValue, Span } from '#server/traces/trace-backend.ts';
import { readTraceQl } from './check.ts';
import { evaluatePipeline } from './evaluate.ts';
import { mayMatch, type SegmentFacts } from './prune.ts';
import { someCondition, someSpans } from './testing/arbitrary-spans.ts';

/** The facts by their definition: as exact as they may be. */
function factsOf(spans: readonly Span[], segment: Segment): SegmentFacts {
  const has = (attributes: Attributes | undefined, key: string, value: AttributeValue | undefined): boolean => {
    if (attributes === undefined || !Object.hasOwn(attributes, key)) return false;
    const stored = attributes[key] ?? null;
    if (value === undefined) return true;
    return (Array.isArray(stored) ? stored : [stored]).some((item) => String(item) === String(value));
  };
  return {
    minDuration: Math.min(...segment.duration),
    maxDuration: Math.max(...segment.duration),
    services: segment.sources.map((s) => s.service),
    mayContain: (owner, key, value) =>
      spans.some((span) => {
        switch (owner) {
          case 'span':
            return has(span.attributes, key, value);
          case 'event':
            return span.events.some((e) => has(e.attributes, key, value));
          case 'link':
            return span.links.some((l) => has(l.attributes, key, value));
          case 'resource':
            return has(span.resource, key, value);
          case 'scope':
            return has(span.scope.attributes, key, value);
          case 'name':
            return span.name === value;
          case 'status-message':
            return (span.status.message ?? '') === value;
          case 'event-name':
            return span.events.some((e) => e.name === value);
        }
      }),
  };
}

test('a segment is passed over only when nothing of it matches', () => {
  let [passed, matched] = [0, 0];
  fc.assert(
    fc.property(someSpans, someCondition, someCondition, fc.constantFrom('', '&&', '||', '>', '>>', '!<', '&~', '|'), (spans, left, right, operator) => {
      const read = readTraceQl(operator === '' ? `{ ${left} }` : `{ ${left} } ${operator} { ${right} }`, 'search');
      if (!read.ok) return;
      const segment = buildSegment(spans);
      const some = evaluatePipeline(read.query.pipeline, segment).spanset.some((set) => set >= 0);
      const may = mayMatch(read.query.pipeline, factsOf(spans, segment));
      if (some) matched += 1;
      if (!may) passed += 1;
      assert.ok(may || !some);
    }),
    { numRuns: 4000, interruptAfterTimeLimit: 2000 },
  );
  // Else this test says nothing.
  assert.ok(passed > 5 && matched > 5, `${passed} ${matched}`);
});

/** A segment with `http.status_code` 200 and `route` "/a", of 1 to 5 ms, and what may be in it. */
const CASES: readonly (readonly [string, boolean])[] = [
  ['{ span.route = "/a" }', true],
  ['{ .route = "/b" }', false],
  ['{ resource.route = "/a" }', false],
  ['{ .route =~ "/b|/a" }', true],
  ['{ .route =~ "/b|/c" }', false],
  ['{ .route =~ "/b.*" }', true],
  ['{ .nope != "x" }', false],
  ['{ .nope = nil }', true],
  ['{ .http.status_code = 200.0 }', true],
  ['{ .http.status_code = 500 }', false],
  ['{ .http.status_code >= 500 }', true],
  ['{ duration > 4ms }', true],
  ['{ duration > 5ms }', false],
  ['{ 5ms < duration }', false],
  ['{ duration = 10ms }', false],
  ['{ duration < 1ms || name = "nope" }', false],
  ['{ name = "op" && .route = "/b" }', false],
  ['{ trace:rootService = "shop" }', true],
  ['{ trace:rootService = "nope" }', false],
  ['{ !(.route = "/a") }', true],
  ['{ .route = "/b" } || { }', true],
  ['{ .route = "/b" } >> { }', false],
  ['{ .route = "/b" } !>> { }', true],
  ['{ } !>> { .route = "/b" }', false],
  ['{ } | { .route = "/b" }', false],
  ['({ .route = "/b" } | count() > 1) && { }', false],
  ['count() > 5', true],
];
for (const [query, may] of CASES) {
  test(`${query} ${may ? 'must be looked for' : 'cannot be there'}`, () => {
    const spans = [aSpan({ duration: 1_000_000, attributes: { route: '/a', 'http.status_code': 200 } }), aSpan({ duration: 5_000_000 })];
    const read = readTraceQl(query, 'search');
    assert.ok(read.ok);
    assert.equal(mayMatch(read.query.pipeline, factsOf(spans, buildSegment(spans))), may);
  });
}
