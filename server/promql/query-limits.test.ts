import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LazySelection, Querier, SeriesSamples } from '#server/timeseries/storage.ts';
import { runInstantQuery, runRangeQuery } from './engine.ts';
import { QueryError } from './metrics-backend.ts';

const SAMPLES = 1_000_000;
const times = Float64Array.from({ length: SAMPLES }, (_, i) => i * 1000);
const values = Float64Array.from({ length: SAMPLES }, (_, i) => i);

/** A store of as many series of a million samples each as one likes: they share their arrays, as if read from disk each time. */
function hugeStore(series: number, onRead: () => void = () => undefined): Querier {
  function* each(): Generator<SeriesSamples> {
    for (let i = 0; i < series; i++) {
      onRead();
      yield { labels: { __name__: 'x_total', i: String(i) }, timestamps: times, values };
    }
  }
  return {
    select: () => {
      throw new Error('this many samples must not be read at once');
    },
    selectLazily: (): LazySelection => ({ atMost: series * SAMPLES, series: each() }),
    labelNames: () => [],
    labelValues: () => [],
    series: () => [],
  };
}

test('a query over 10^8 samples reads them series by series', () => {
  let read = 0;
  const answer = runInstantQuery(hugeStore(100, () => read++), 'sum(increase(x_total[100s]))', (SAMPLES - 1) * 1000);
  assert.equal(read, 100);
  assert.deepEqual(answer.value, { resultType: 'vector', result: [{ metric: {}, value: [SAMPLES - 1, 100 * 100] }] });
});

test('a query whose windows or results would be more samples than it may hold is refused, before they are made', () => {
  const refused = { name: 'QueryError', errorType: 'execution', message: 'query processing would load too many samples into memory in query execution' } as const;
  const end = (SAMPLES - 1) * 1000;
  assert.throws(() => runInstantQuery(hugeStore(1), 'sum_over_time(x_total[11d])', end, { maxSamples: 500_000 }), refused);
  let read = 0;
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => runRangeQuery(hugeStore(100_000, () => read++), 'x_total', { start: 0, end: 10_000_000, step: 1000 }, { maxSamples: 5_000_000 }), refused);
  assert.ok(read < 1000, `${read} series were read`);
  assert.ok(process.memoryUsage().arrayBuffers - before < 200e6);
});

test('a query can be stopped within one huge series and within one huge aggregation', () => {
  const canceled = new QueryError('canceled', 'query was canceled in expression evaluation');
  const stopAfter = (calls: number): (() => void) => () => {
    if (calls-- <= 0) throw canceled;
  };
  // Each window holds half a million samples, so that a hundred steps are a lot of work for a single series.
  const times = { start: 500_000_000, end: 900_000_000, step: 4_000_000 };
  let steps = 0;
  assert.throws(() => runRangeQuery(hugeStore(1), 'sum_over_time(x_total[500000s])', times, { checkpoint: () => stopAfter(20 - steps++)() }), canceled);
  assert.equal(steps, 21);
  assert.throws(() => runInstantQuery(hugeStore(100_000), 'count(x_total)', 0, { checkpoint: stopAfter(50) }), canceled);
});

test('patterns that would explode in a backtracking engine are matched in linear time', () => {
  const bomb = `${'a'.repeat(5000)}!`;
  const store: Querier = { ...hugeStore(0), select: () => [{ labels: { __name__: 'x', v: bomb }, timestamps: Float64Array.of(0), values: Float64Array.of(1) }] };
  delete store.selectLazily;
  const answer = runInstantQuery(store, 'label_replace(x, "w", "$1", "v", "(a+)+")', 0);
  assert.deepEqual(answer.value.resultType === 'vector' && answer.value.result.map(({ metric }) => Object.keys(metric)), [['__name__', 'v']]);
  assert.throws(() => runInstantQuery(store, 'x{v=~"(?=a)"}', 0), { errorType: 'bad_data', message: '1:3: parse error: error parsing regexp: invalid or unsupported Perl syntax: `(?=`' });
});
