import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { readTraceQl } from './check.ts';
import { evaluatePipeline } from './evaluate.ts';
import { lowerToTempo } from './lower-to-tempo.ts';
import { printPipeline } from './print.ts';
import { someCondition, someSpans } from './testing/arbitrary-spans.ts';

const CASES: readonly (readonly [query: string, asked: string, here?: readonly string[]])[] = [
  ['{ .a = 1 && name =~ "x.*" } >> { status = error } | by(.a) | count() > 2', '{ .a = 1 && span:name =~ "x.*" } >> { span:status = error } | by(.a) | count() > 2'],
  ['{ .a } | select(.b)', '{ .a = true }'],
  ['{ !.a }', '{ .a = false }'],
  ['{ 3 < .a && nil != .b }', '{ .a > 3 && .b != nil }'],
  ['{ !(.a = 1) && .b = 2 }', '{ .b = 2 }', ['!(.a = 1)']],
  ['{ .a = 1 || !(.b = 1) }', '{ }', ['!(.b = 1)']],
  ['{ parent.a = 1 && .b = 2 }', '{ .b = 2 }', ['parent.a = 1']],
  ['{ span:parentID = nil }', '{ }', ['span:parentID = nil']],
  ['{ span:id = "00000000000000a1" }', '{ }', ['span:id = "00000000000000a1"']],
  ['{ span:id = "a1b2c3d4e5f60718" }', '{ span:id = "a1b2c3d4e5f60718" }'],
  ['{ .a / .b > 1 && .c / 2 > 1 }', '{ .c / 2 > 1 }', ['.a / .b > 1']],
  ['{ event.a = 1 && event:name = "x" }', '{ event.a = 1 && event:name = "x" }'],
  ['{ event.a = 1 || .b = 2 }', '{ event.a != nil || .b = 2 }', ['event.a = 1']],
  ['{ event:name = "x" || event:name = "y" || .b = 2 }', '{ event:name != nil || .b = 2 }', ['event:name = "x"', 'event:name = "y"']],
  ['{ event:timeSinceStart > 1ms || .b = 2 }', '{ }', ['event:timeSinceStart > 1ms']],
  ['{ event.a = 1 } | count() > 1', '{ event.a != nil }', ['event.a = 1', 'count() > 1']],
  ['{ parent.a = 1 } !> { .b = 2 }', '{ .b = 2 }', ['parent.a = 1']],
  ['{ parent.a = 1 && .c = 1 } > { .b = 2 }', '{ .c = 1 } > { .b = 2 }', ['parent.a = 1']],
  ['{ .a = 1 } | max(.b) - min(.b) > 3 | count() > 1', '{ .a = 1 }', ['max(.b) - min(.b) > 3', 'count() > 1']],
  ['{ .a = 1 } | 2 < count()', '{ .a = 1 } | count() > 2'],
  ['{ parent.a = 1 } | count() < 3', '{ }', ['parent.a = 1', 'count() < 3']],
  ['({ .a = 1 } | count() > 1) && { .b = 1 }', '{ .a = 1 } && { .b = 1 }', ['stages within an expression']],
  ['count() > 5', 'count() > 5'],
];
for (const [query, asked, here = []] of CASES) {
  test(`${query} is asked as ${asked}`, () => {
    const read = readTraceQl(query, 'search');
    assert.ok(read.ok, read.ok ? '' : read.faults[0]?.message);
    const lowered = lowerToTempo(read.query.pipeline);
    assert.deepEqual([printPipeline(lowered.pipeline), lowered.here], [asked, here]);
  });
}

test('what is asked finds every trace that was meant', () => {
  const stage = fc.constantFrom('', ' | count() > 1', ' | by(name) | count() > 1', ' | min(.n) + 1 > 1 | count() < 3', ' | by(parent.k) | count() = 1 | { .k != nil }');
  let wider = 0;
  fc.assert(
    fc.property(someSpans, someCondition, someCondition, fc.constantFrom('&&', '||', '>', '>>', '!<', '!>>', '&~'), stage, (spans, left, right, operator, tail) => {
      const read = readTraceQl(`{ ${left} } ${operator} { ${right} }${tail}`, 'search');
      if (!read.ok) return;
      const segment = buildSegment(spans);
      const traces = (pipeline: typeof read.query.pipeline): Set<number> => {
        const { spanset, trace } = evaluatePipeline(pipeline, segment);
        return new Set([...spanset].filter((set) => set >= 0).map((set) => trace[set] ?? -1));
      };
      const { pipeline, here } = lowerToTempo(read.query.pipeline);
      const [meant, asked] = [traces(read.query.pipeline), traces(pipeline)];
      assert.deepEqual([...meant].filter((trace) => !asked.has(trace)), [], printPipeline(pipeline));
      if (here.length === 0) assert.deepEqual(asked, meant);
      if (asked.size > meant.size) wider += 1;
    }),
    { numRuns: 3000, interruptAfterTimeLimit: 2000 },
  );
  assert.ok(wider > 0);
});
