import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { labelsFromEntries, labelsKey } from './labels.ts';
import { SeriesRegistry, StaleRefError, type Admission } from './series-registry.ts';
import { STALE_NAN, type Labels, type SampleBatch } from './storage.ts';

const HOUR = 3_600_000;
const OPTIONS = { maxSeries: Infinity, outOfOrderWindowMs: 0, blockRangeMs: 2 * HOUR };

function batchOf(...samples: readonly (readonly [ref: number, time: number, value: number, histogram?: FloatHistogram])[]): SampleBatch {
  return {
    count: samples.length,
    refs: Int32Array.from(samples, ([ref]) => ref),
    timestamps: Float64Array.from(samples, ([, time]) => time),
    values: Float64Array.from(samples, ([, , value]) => value),
    histograms: new Map(samples.flatMap(([, , , histogram], i) => (histogram === undefined ? [] : [[i, histogram] as const]))),
  };
}
function written({ count, refs, timestamps, values }: Admission): (readonly [number, number, number])[] {
  return Array.from({ length: count }, (_, i) => [refs[i] ?? 0, timestamps[i] ?? 0, values[i] ?? 0]);
}
const histogram = (sum: number, counterResetHint: FloatHistogram['counterResetHint'] = 'unknown'): FloatHistogram => ({ counterResetHint, schema: 0, zeroThreshold: 0, zeroCount: 0, count: 1, sum, positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [], positiveBuckets: [1], negativeBuckets: [], customValues: [] });

test('the same labels in any order, with or without empty values, are one series', () => {
  const registry = new SeriesRegistry(OPTIONS);
  const ref = registry.ref({ __name__: 'm', a: '1', b: '2' });
  assert.equal(registry.ref({ b: '2', a: '1', __name__: 'm', c: '' }), ref);
  assert.notEqual(registry.ref({ __name__: 'm', a: '2', b: '1' }), ref);
  assert.equal(registry.seriesCount, 2);
});

test('a fresh series is defined with the first of its samples that is written, and once', () => {
  const registry = new SeriesRegistry(OPTIONS);
  const ref = registry.ref({ __name__: 'm' });
  assert.equal(registry.isDefined(ref), false);
  const first = registry.admit(batchOf([ref, 1000, 1], [ref, 2000, 2]));
  assert.deepEqual(first.fresh, [{ ref, labels: { __name__: 'm' } }]);
  assert.deepEqual(written(first), [[ref, 1000, 1], [ref, 2000, 2]]);
  assert.deepEqual(registry.admit(batchOf([ref, 3000, 3])).fresh, []);
});

test('what becomes of a second sample, by its time and value', () => {
  const cases: readonly (readonly [what: string, window: number, time: number, value: number, result: Partial<Admission['result']>, count: number])[] = [
    ['newer', 0, 10 * HOUR + 1, 5, { appended: 1 }, 1],
    ['the same again', 0, 10 * HOUR, 1, { appended: 1 }, 0],
    ['another value at the same time', 0, 10 * HOUR, 2, { duplicate: 1 }, 0],
    ['a staleness marker at the same time', 0, 10 * HOUR, STALE_NAN, { duplicate: 1 }, 0],
    ['older', 0, 10 * HOUR - 1, 1, { outOfOrder: 1 }, 0],
    ['as old as can be before it is too old', 0, 9 * HOUR, 1, { outOfOrder: 1 }, 0],
    ['older than half a block', 0, 9 * HOUR - 1, 1, { tooOld: 1 }, 0],
    ['older, within the window', HOUR / 2, 9.5 * HOUR, 1, { appended: 1 }, 1],
    ['older than the window', HOUR / 2, 9.5 * HOUR - 1, 1, { tooOld: 1 }, 0],
    ['older than half a block, within the window', 3 * HOUR, 7 * HOUR, 1, { appended: 1 }, 1],
    ['at no time', 0, NaN, 1, { tooOld: 1 }, 0],
  ];
  for (const [what, outOfOrderWindowMs, time, value, expected, count] of cases) {
    const registry = new SeriesRegistry({ ...OPTIONS, outOfOrderWindowMs });
    const ref = registry.ref({ __name__: 'm' });
    registry.admit(batchOf([ref, 10 * HOUR, 1]));
    const admission = registry.admit(batchOf([ref, time, value]));
    assert.deepEqual(admission.result, { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0, ...expected }, what);
    assert.equal(admission.count, count, what);
  }
});

test('a sample out of order does not move the newest time of its series', () => {
  const registry = new SeriesRegistry({ ...OPTIONS, outOfOrderWindowMs: HOUR });
  const ref = registry.ref({ __name__: 'm' });
  registry.admit(batchOf([ref, 10 * HOUR, 1]));
  registry.admit(batchOf([ref, 9.5 * HOUR, 2]));
  assert.equal(registry.admit(batchOf([ref, 10 * HOUR, 1])).result.appended, 1);
  assert.equal(registry.admit(batchOf([ref, 10 * HOUR, 2])).result.duplicate, 1);
});

test('a new series too is refused samples that blocks were written for', () => {
  const registry = new SeriesRegistry(OPTIONS);
  registry.admit(batchOf([registry.ref({ __name__: 'a' }), 10 * HOUR, 1]));
  assert.equal(registry.admit(batchOf([registry.ref({ __name__: 'b' }), 8.9 * HOUR, 1])).result.tooOld, 1);
  registry.raiseMinValidTime(9.5 * HOUR);
  assert.equal(registry.admit(batchOf([registry.ref({ __name__: 'c' }), 9.4 * HOUR, 1])).result.tooOld, 1);
});

test('histograms repeat when they are equal, whatever they say about resets, and never equal a number', () => {
  const registry = new SeriesRegistry(OPTIONS);
  const ref = registry.ref({ __name__: 'm' });
  const first = registry.admit(batchOf([ref, 1000, NaN, histogram(1)]));
  assert.deepEqual([...first.histograms], [[0, histogram(1)]]);
  assert.deepEqual(registry.admit(batchOf([ref, 1000, NaN, histogram(1, 'not-reset')])).result.appended, 1);
  assert.equal(registry.admit(batchOf([ref, 1000, NaN, histogram(2)])).result.duplicate, 1);
  assert.equal(registry.admit(batchOf([ref, 1000, NaN])).result.duplicate, 1);
  registry.admit(batchOf([ref, 2000, NaN]));
  assert.equal(registry.admit(batchOf([ref, 2000, NaN])).result.appended, 1, 'a number followed it');
});

test('beyond the limit there is no ref, and samples without one are counted', () => {
  const registry = new SeriesRegistry({ ...OPTIONS, maxSeries: 2 });
  const refs = ['a', 'b', 'c'].map((name) => registry.ref({ __name__: name }));
  assert.equal(refs[2], 0);
  assert.deepEqual(registry.admit(batchOf([refs[0] ?? 0, 1, 1], [0, 1, 1])).result, { appended: 1, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 1 });
});

test('an undone batch leaves nothing behind', () => {
  const registry = new SeriesRegistry(OPTIONS);
  const known = registry.ref({ __name__: 'known' });
  registry.admit(batchOf([known, 1000, 1]));
  const fresh = registry.ref({ __name__: 'fresh' });
  const first = registry.admit(batchOf([known, 2000, 2], [fresh, 2000, 2], [known, 2500, 3]));
  const second = registry.admit(batchOf([known, 3000, 4], [fresh, 3000, 4]));
  second.undo();
  first.undo();
  assert.equal(registry.maxTime, 1000);
  assert.equal(registry.isDefined(fresh), false);
  const again = registry.admit(batchOf([known, 1000, 1], [known, 1500, 2], [fresh, 1500, 2]));
  assert.deepEqual(again.fresh.map(({ ref }) => ref), [fresh]);
  assert.deepEqual(again.result, { appended: 3, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 });
});

test('dropped series are gone with their refs; the others stay, also when everything is built anew', () => {
  const registry = new SeriesRegistry(OPTIONS);
  const labels = Array.from({ length: 5000 }, (_, i): Labels => ({ __name__: 'm', i: String(i), even: String(i % 2 === 0) }));
  const refs = labels.map((one) => registry.ref(one));
  registry.admit(batchOf(...refs.map((ref, i) => [ref, i % 5 === 0 ? 10_000 : 1000, i] as const)));
  const epoch = registry.epoch;
  assert.equal(registry.dropBefore(5000).length, 4000);
  assert.equal(registry.seriesCount, 1000);
  assert.ok(registry.epoch > epoch);
  for (const [i, one] of labels.entries()) assert.equal(registry.ref(one) === refs[i], i % 5 === 0);
  assert.throws(() => registry.admit(batchOf([refs[1] ?? 0, 20_000, 1])), StaleRefError);
  const back = registry.admit(batchOf([registry.ref(labels[1] ?? {}), 20_000, 1]));
  assert.deepEqual(back.fresh.map((one) => one.labels), [labels[1]]);
});

test('a series without samples is dropped only at the second time', () => {
  const registry = new SeriesRegistry(OPTIONS);
  registry.ref({ __name__: 'm' });
  assert.deepEqual([...registry.dropBefore(Infinity)], []);
  assert.equal(registry.seriesCount, 1);
  assert.deepEqual([...registry.dropBefore(Infinity)], [], 'the log never heard of it');
  assert.equal(registry.seriesCount, 0);
});

test('restored series go on where they were', () => {
  const registry = new SeriesRegistry(OPTIONS, 100);
  registry.restore(7, { __name__: 'm' }, 5000, 3);
  assert.equal(registry.ref({ __name__: 'm' }), 7);
  assert.deepEqual(registry.admit(batchOf([7, 5000, 3], [7, 4000, 1], [7, 6000, 4])).result, { appended: 2, duplicate: 0, outOfOrder: 1, tooOld: 0, seriesLimit: 0 });
  assert.equal(registry.ref({ __name__: 'n' }), 100);
});

test('identity is that of the labels, whatever they are called', () => {
  const text = fc.oneof(fc.constantFrom('', 'a', 'constructor', '__proto__', 'ä', '☺', '\ud800'), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(fc.array(fc.tuple(text, text), { maxLength: 4 }), { maxLength: 40 }), (sets) => {
      const registry = new SeriesRegistry(OPTIONS);
      const known = new Map<string, number>();
      for (const entries of sets) {
        const labels = labelsFromEntries(entries);
        const ref = registry.ref(labels);
        assert.equal(ref, known.get(labelsKey(labels)) ?? ref);
        known.set(labelsKey(labels), ref);
        const { fresh } = registry.admit(batchOf([ref, registry.maxTime + 1, 1]));
        for (const one of fresh) assert.equal(labelsKey(one.labels), labelsKey(labels));
      }
      assert.equal(new Set(known.values()).size, known.size);
      assert.equal(registry.seriesCount, known.size);
    }),
    { interruptAfterTimeLimit: 800 },
  );
});
