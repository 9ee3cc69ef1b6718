import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { readTraceQl } from './check.ts';
import { createEvaluator, evaluatePipeline } from './evaluate.ts';

/** The spans each spanset of the answer has, by the number in their id, and what is noted of the set. */
function ask(query: string, spans: readonly Span[]): { readonly spans: number[]; readonly attributes: object }[] {
  const read = readTraceQl(query, 'search');
  assert.ok(read.ok, read.ok ? '' : read.faults[0]?.message);
  const segment = buildSegment(spans);
  const result = evaluatePipeline(read.query.pipeline, segment);
  const sets = new Map<number, number[]>();
  for (const [row, set] of result.spanset.entries()) {
    if (set < 0) continue;
    const id = Number(`0x${Buffer.from(segment.spanIds.subarray(row * 8, row * 8 + 8)).toString('hex')}`);
    sets.set(set, [...(sets.get(set) ?? []), id].sort((a, b) => a - b));
  }
  return [...sets].map(([set, ids]) => ({ spans: ids, attributes: result.attributesOf(set) }));
}

/*
 * 1 ─┬─ 2 ── 4 ── 5
 *    └─ 3
 * 99 (not there) ─┬─ 6
 *                 └─ 7
 */
const numbered = (n: number, parent: number | undefined, over: Parameters<typeof aSpan>[0] = {}): Span =>
  aSpan({ traceId: traceId(0xabc), spanId: spanId(n), ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }), start: n * 1000, duration: n * 1_000_000, name: `s${n}`, ...over });
const TRACE: readonly Span[] = [
  numbered(1, undefined, { kind: 'server', status: { code: 'error', message: 'boom' }, attributes: { i: 5, f: 2.5, t: 5, str: 'b', yes: true, no: false, arr: ['a', 'b'], ia: [1, 2] }, valueTypes: { '/attributes/t': 'double' }, resource: { 'service.name': 'root', rk: 'rv', dup: 'res', i: 9 } }),
  numbered(2, 1, {
    attributes: { str: '5', dup: 'span', a: true, neg: -3, arr: ['b', 'c'], big: '9007199254740993', raw: 'AQI=' },
    valueTypes: { '/attributes/big': 'int', '/attributes/raw': 'bytes' },
    resource: { 'service.name': 'x', dup: 'res' },
    events: [
      { timeUnixNano: '3000', name: 'e1', attributes: { x: 1 } },
      { timeUnixNano: '4000', name: 'e2', attributes: { x: 2, y: 'q' } },
    ],
    scope: { name: 'lib', version: '1', attributes: { lang: 'java' } },
  }),
  numbered(3, 1, { kind: 'client', status: { code: 'ok' }, attributes: { c: true, b: true, n: 10 }, links: [{ traceId: traceId(7), spanId: spanId(8), attributes: { lk: 'v' } }] }),
  numbered(4, 2, { attributes: { a: true, b: false, n: 20 } }),
  numbered(5, 4, { attributes: { n: 30, b: true, c: true } }),
  numbered(6, 99),
  numbered(7, 99),
];
const ALL = [1, 2, 3, 4, 5, 6, 7];

/** Conditions and the spans they take. Checked against a running Tempo but for those marked with what it does instead. */
const CONDITIONS: readonly (readonly [string, readonly number[]])[] = [
  ['', ALL],
  ['true', ALL],
  ['false', []],
  ['1 = 1', ALL],
  // && and || bind alike, from the left.
  ['name = "s3" || name = "s4" && name = "s9"', []],
  ['name = "s3" || (name = "s4" && name = "s9")', [3]],
  // What is missing, or of another type, compares with nothing.
  ['span.missing != "x"', []],
  ['span.missing !~ "x"', []],
  ['span.missing = nil', ALL],
  ['span.str != nil', [1, 2]],
  ['nil != span.str', [1, 2]],
  ['span.str != "b"', [2]],
  ['span.str != 5', []],
  ['span.i != "b"', []],
  ['span.missing = span.missing2', []],
  ['span.raw != "x"', []],
  ['span.raw != nil', [2]],
  // Numbers compare by value. (Tempo reads columns of one type only where a literal is compared.)
  ['span.i = 5.0', [1]],
  ['span.t = 5', [1]],
  ['span.i > 4.5', [1]],
  ['span.i = 5ns', [1]],
  ['span.big = 9007199254740993', [2]],
  ['span.big = 9007199254740992', []],
  ['duration > 3000000', [4, 5, 6, 7]],
  ['duration > 2.5ms', [3, 4, 5, 6, 7]],
  ['3ms >= duration', [1, 2, 3]],
  ['duration != 3ms', [1, 2, 4, 5, 6, 7]],
  ['span.str > "3"', [1, 2]],
  // True and false.
  ['span.yes', [1]],
  ['span.no', []],
  ['span.no = false', [1]],
  ['!span.no', [1]],
  ['!span.yes', []],
  ['span.str', []],
  ['span.i && span.yes', []],
  // Everything for which it does not hold. (Tempo finds nothing here.)
  ['!(span.str = "b")', [2, 3, 4, 5, 6, 7]],
  ['!(name = "s1" || name = "s2")', [3, 4, 5, 6, 7]],
  // Lists: some element, for != and !~ none. (Tempo takes != and !~ of some element too, against its documentation.)
  ['span.arr = "b"', [1, 2]],
  ['"b" = span.arr', [1, 2]],
  ['span.arr =~ "a|z"', [1]],
  ['span.arr > "b"', [2]],
  ['span.arr = "a" && span.arr = "b"', [1]],
  ['span.arr != "b"', []],
  ['span.arr != "c"', [1]],
  ['span.arr !~ "[a]"', [2]],
  ['span.arr != "zzz"', [1, 2]],
  ['span.ia > 1', [1]],
  ['span.ia != 5', [1]],
  // Where an attribute is looked for.
  ['.dup = "res"', [1]],
  ['.dup = "span"', [2]],
  ['.rk = "rv"', [1]],
  ['.x = 1', []],
  ['.lang = "java"', []],
  ['instrumentation.lang = "java"', [2]],
  ['span.i < resource.i', [1]],
  ['resource.nope = nil', ALL],
  // Events and links: some one of them; with && the same one.
  ['event.x = 1', [2]],
  ['event.x != 1', [2]],
  ['event.x > 5', []],
  ['event.x = nil', []],
  ['event.y = nil', [2]],
  ['event:name != "e1"', [2]],
  ['event:name = "e1" && event.y = "q"', []],
  ['event:name = "e2" && name = "s2" && event.y = "q"', [2]],
  ['event.x = 1 && event.x = 2', []],
  ['event.x = event.x && (event.x = 2 || event.x = 7)', [2]],
  ['!(event.x = 1)', [1, 3, 4, 5, 6, 7]],
  ['event:timeSinceStart >= 2us', [2]],
  ['event:timeSinceStart > 2us', []],
  ['event.x < span:childCount + 1', [2]],
  ['link.lk = "v"', [3]],
  ['link:spanID = "8"', [3]],
  ['link:traceID = "0000000000000007"', [3]],
  ['link:traceID != "7"', []],
  // Intrinsics.
  ['instrumentation:name = "lib"', [2]],
  ['instrumentation:version = nil', [1, 3, 4, 5, 6, 7]],
  ['statusMessage = ""', [2, 3, 4, 5, 6, 7]],
  ['statusMessage != "boom"', [2, 3, 4, 5, 6, 7]],
  ['status = error', [1]],
  ['kind != internal', [1, 3]],
  ['span:id =~ "0*1"', [1]],
  ['span:id = "1"', [1]],
  ['span:id != "0000000000000001"', [2, 3, 4, 5, 6, 7]],
  ['span:parentID = nil', [1]],
  ['span:parentID = "1"', [2, 3]],
  ['trace:id = "abc"', ALL],
  ['trace:id = "000000000000000000000abc0"', []],
  ['span:childCount > 0', [1, 2, 4]],
  ['nestedSetLeft > 0', [1, 2, 3, 4, 5]],
  ['nestedSetParent < 0', [1]],
  ['nestedSetParent = 0', [6, 7]],
  ['nestedSetLeft = 2 && nestedSetRight = 7', [2]],
  ['trace:rootName = "s1" && trace:rootService = "root" && trace:duration > 6ms', ALL],
  ['name =~ "s(1|2)"', [1, 2]],
  ['name =~ "S1"', []],
  ['name !~ "s1"', [2, 3, 4, 5, 6, 7]],
  ['name = `s1`', [1]],
  // Arithmetic.
  ['span.i + 1 = 6', [1]],
  ['span.i / 2 = 2', [1]],
  ['span.i / 2 = 2.5', []],
  ['span.i / 0 > 1', []],
  ['span.f / 0 > 1', [1]],
  ['span.i % 3 = 2', [1]],
  ['span.i ^ 2 = 25', [1]],
  ['-span.i = -5', [1]],
  ['span.neg / 2 = -1 && span.neg % 2 = -1', [2]],
  ['2 ^ 3 ^ 2 = 64 && -2 ^ 2 = -4 && 7 / 2 = 3 && 1 + 2 * 3 = 7', ALL],
  ['duration * 2 > 9ms', [5, 6, 7]],
  ['duration + 1 > 5ms', [5, 6, 7]],
  ['duration / 2 = 1ms', [2]],
  ['duration - duration = 0', ALL],
  // The span's parent, which Tempo does not have.
  ['parent.a', [4, 5]],
  ['parent.span:name = "s1"', [2, 3]],
  ['parent.resource.dup = "res" && parent.span:duration < 2ms', [2, 3]],
  ['parent.span:name = nil', [1, 6, 7]],
];
for (const [condition, spans] of CONDITIONS) {
  test(`{ ${condition} }`, () => {
    assert.deepEqual(ask(`{ ${condition} }`, TRACE).flatMap((set) => set.spans), spans);
  });
}

/** Pipelines and their spansets. */
const PIPELINES: readonly (readonly [string, readonly (readonly number[])[], object?])[] = [
  ['{.c} || {.a} && {.nope = 1}', []],
  ['{.nope = 1} && {.a} || {.c}', [[3, 5]]],
  ['{.a} && {.c}', [[2, 3, 4, 5]]],
  ['{.a} > {.b}', [[5]]],
  ['{.a} >> {}', [[4, 5]]],
  ['{} << {.c}', []],
  ['{.c} << {}', [[1, 2, 4]]],
  ['{.n > 5} < {}', [[1, 2, 4]]],
  ['{} ~ {}', [[2, 3]]],
  ['{name = "s2"} ~ {}', [[3]]],
  ['{} !> {}', [[1, 6, 7]]],
  ['{} !>> {}', [[1, 6, 7]]],
  ['{} !< {}', [[3, 5, 6, 7]]],
  ['{} !<< {}', [[3, 5, 6, 7]]],
  ['{} !~ {}', [[1, 4, 5, 6, 7]]],
  ['{.nope = 1} !>> {.c}', [[3, 5]]],
  ['{} !> {.nope = 1}', []],
  ['{.a} &> {.b}', [[4, 5]]],
  ['{.a} &>> {}', [[2, 4, 5]]],
  ['{.c} &<< {}', [[1, 2, 3, 4, 5]]],
  ['{} &~ {}', [[2, 3]]],
  ['{name = "s1"} > {} >> {.c}', [[5]]],
  ['{name = "s1"} > ({} >> {.c})', [[3]]],
  ['{} | by(.a)', [[1, 3, 5, 6, 7], [2, 4]], { 'by(.a)': null }],
  ['{} | by(kind)', [[1], [2, 4, 5, 6, 7], [3]], { 'by(span:kind)': 'server' }],
  ['{} | by(resource.service.name) | count() > 2', [[3, 4, 5, 6, 7]], { 'by(resource.service.name)': 'shop', 'count()': 5 }],
  ['{} | by(kind) | by(.a)', [[1], [2, 4], [3], [5, 6, 7]], { 'by(span:kind)': 'server', 'by(.a)': null }],
  ['{} | by(.a) | coalesce()', [ALL], {}],
  ['{} | by(kind) | {.a} && {.b}', [[2, 4, 5]], { 'by(span:kind)': 'internal' }],
  ['{} | by(kind) | {.a} >> {.n = 30}', [[5]], { 'by(span:kind)': 'internal' }],
  ['{} | by(kind) | {} ~ {}', []],
  ['{} | by(.arr) | count() = 1', [[1], [2]], { 'by(.arr)': ['a', 'b'], 'count()': 1 }],
  ['{} | by(duration > 5ms)', [[1, 2, 3, 4, 5], [6, 7]], { 'by(span:duration > 5ms)': false }],
  ['count() = 7', [ALL], { 'count()': 7 }],
  ['{} | count() > 7', []],
  ['{} | avg(duration) > 3ms', [ALL], { 'avg(span:duration)': '4ms' }],
  ['{} | sum(.n) = 60 | avg(.n) = 20 | min(.n) < 11', [ALL], { 'sum(.n)': 60, 'avg(.n)': 20, 'min(.n)': 10 }],
  ['{} | max(.n) - min(.n) = 20', [ALL], { 'max(.n) - min(.n)': 20 }],
  ['{} | 7 <= count() * 2 / 2', [ALL], { 'count() * 2 / 2': 7 }],
  ['{} | max(.str) = 1', []],
  ['{} | sum(.nope) = 0', []],
  ['{} | avg(.f) = 2.5', [ALL], { 'avg(.f)': 2.5 }],
  ['{} | min(duration) = 1000000', [ALL], { 'min(span:duration)': '1ms' }],
  ['{.a} | {.b = false} | count() = 1', [[4]], { 'count()': 1 }],
  ['({.a} | count() = 2) && {.c}', [[2, 3, 4, 5]]],
  ['({.a} | count() = 3) && {.c}', []],
  ['({.a} | count() = 3) || {.c}', [[3, 5]]],
  ['({} | by(kind) | count() > 1) > {}', [[4, 5]]],
  ['{.a} | select(.n, name)', [[2, 4]]],
];
for (const [query, sets, attributes] of PIPELINES) {
  test(query, () => {
    const answer = ask(query, TRACE);
    assert.deepEqual(answer.map((s) => s.spans).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)), sets);
    if (attributes !== undefined) assert.deepEqual(answer.toSorted((a, b) => (a.spans[0] ?? 0) - (b.spans[0] ?? 0))[0]?.attributes, attributes);
  });
}

test('each trace is on its own', () => {
  const two = [...TRACE, aSpan({ traceId: traceId(0xdef), spanId: spanId(20), attributes: { a: true } }), aSpan({ traceId: traceId(0xdef), spanId: spanId(21), parentSpanId: spanId(1), attributes: { c: true } })];
  assert.deepEqual(ask('{.a} && {.c}', two).map((s) => s.spans), [[20, 21], [2, 3, 4, 5]]);
  assert.deepEqual(ask('{name = "s1"} >> {}', two).map((s) => s.spans), [[2, 3, 4, 5]]);
  assert.deepEqual(ask('{.a} | count() > 1', two).map((s) => s.spans), [[2, 4]]);
});

test('durations beyond 2^53 ns compare exactly', () => {
  const long = [aSpan({ spanId: spanId(1), duration: 9_007_199_254_740_993n }), aSpan({ spanId: spanId(2), duration: 9_007_199_254_740_992n })];
  assert.deepEqual(ask('{ duration > 9007199254740992ns }', long).map((s) => s.spans), [[1]]);
  assert.deepEqual(ask('{ trace:duration = 9007199254740993ns }', long).map((s) => s.spans), [[1, 2]]);
});

test('values of fields are given as answers carry them', () => {
  const segment = buildSegment(TRACE);
  const evaluator = createEvaluator(segment);
  const value = (key: string, row: number) => evaluator.value({ kind: 'attribute', scope: 'span', key }, row);
  assert.deepEqual([value('i', 0), value('arr', 0), value('raw', 1), value('nope', 0)], [5, ['a', 'b'], 'AQI=', undefined]);
  assert.equal(evaluator.value({ kind: 'intrinsic', name: 'span:duration' }, 0), '1ms');
  assert.equal(evaluator.value({ kind: 'intrinsic', name: 'span:kind' }, 0), 'server');
});
