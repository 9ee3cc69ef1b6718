import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { EMPTY_COMMIT } from './commit.ts';
import { openDatabase } from './open-database.ts';
import type { Labels, Querier, SeriesSamples } from './storage.ts';
import { LogAndDatabase } from './testing/log-and-database.ts';

const RANGE_MS = 1000;
const SERIES = 6;
const OPTIONS = { blockRangeMs: RANGE_MS, retentionMs: RANGE_MS * 100, cacheBytes: 300_000 };
const HISTOGRAM: FloatHistogram = { counterResetHint: 'unknown', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 1, sum: 1, positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [], positiveBuckets: [1], negativeBuckets: [], customValues: [] };

type Step =
  | { readonly kind: 'write'; readonly samples: readonly { readonly series: number; readonly gap: number; readonly value: number; readonly histogram: boolean }[] }
  | { readonly kind: 'snapshot' | 'maintain' | 'restart' }
  | { readonly kind: 'crash'; readonly during: 'maintain' | 'snapshot'; readonly turns: number };

const sample = fc.record({
  series: fc.nat(SERIES - 1),
  // Mostly onwards; now and then back into what came before.
  gap: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: -3000, max: 0 }) }),
  value: fc.integer({ min: 0, max: 1000 }),
  histogram: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('write' as const), samples: fc.array(sample, { minLength: 20, maxLength: 120 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('snapshot' as const, 'maintain' as const, 'maintain' as const, 'restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), during: fc.constantFrom('maintain' as const, 'snapshot' as const), turns: fc.nat(40) }) },
);

/** What must be there: of each series its samples by time, of which the first that came counts. */
class Model {
  readonly #samples = Array.from({ length: SERIES }, () => new Map<number, { value: number; histogram: boolean }>());
  #time = RANGE_MS * 50;

  /** The time of a next sample, as the clock goes on. */
  next(gap: number): number {
    const at = this.#time + gap;
    this.#time = Math.max(this.#time, at);
    return at;
  }
  add(series: number, time: number, value: number, histogram: boolean): boolean {
    const own = this.#samples[series];
    if (own === undefined || own.has(time)) return false;
    own.set(time, { value, histogram });
    return true;
  }
  expected(start: number, end: number): Record<string, (readonly [number, number])[]> {
    const out: Record<string, (readonly [number, number])[]> = {};
    this.#samples.forEach((own, series) => {
      const rows = [...own].filter(([time]) => time >= start && time <= end).sort(([a], [b]) => a - b).map(([time, one]) => [time, one.histogram ? -one.value : one.value] as const);
      if (rows.length > 0) out[String(series)] = rows;
    });
    return out;
  }
  get now(): number {
    return this.#time;
  }
}

function labelsOf(series: number): Labels {
  return { __name__: 'm', series: String(series) };
}
/** A histogram counts as the negative of its count. */
function found(selected: readonly SeriesSamples[]): Record<string, (readonly [number, number])[]> {
  return Object.fromEntries(selected.map((one) => [one.labels['series'] ?? '', Array.from(one.timestamps, (time, i) => [time, one.histograms?.[i] === undefined ? (one.values[i] ?? NaN) : -(one.histograms[i]?.count ?? NaN)] as const)]));
}
function check(querier: Querier, model: Model, what: string): void {
  for (const [start, end] of [[-Infinity, Infinity], [model.now - 700, model.now], [model.now - 5200, model.now - 1300]] as const) {
    const selected = querier.select([{ name: '__name__', op: '=', value: 'm' }], { start, end });
    assert.deepEqual(found(selected), model.expected(start, end), `${what}: ${start} to ${end}`);
    assert.equal(querier.select([{ name: 'series', op: '!~', value: '[0-9]' }], { start, end }).length, 0);
  }
  const names = querier.labelValues('series', [], { start: -Infinity, end: Infinity });
  assert.deepEqual(names, Object.keys(model.expected(-Infinity, Infinity)).sort());
}

/** What the runs have come by: a test in which no block is made would hold nothing. */
const seen = { written: 0, compacted: 0 };

async function run(steps: readonly Step[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'binnacle-model-'));
  const copies: string[] = [];
  try {
    let store = await LogAndDatabase.open(directory, OPTIONS);
    const model = new Model();
    await store.write({ ...EMPTY_COMMIT, series: Array.from({ length: SERIES }, (_, i) => ({ ref: i + 1, labels: labelsOf(i) })) });
    for (const [i, one] of steps.entries()) {
      if (one.kind === 'write') {
        const taken = one.samples.flatMap((each) => {
          const time = model.next(each.gap);
          return model.add(each.series, time, each.value, each.histogram) ? [{ ...each, time }] : [];
        });
        await store.write({
          ...EMPTY_COMMIT,
          count: taken.length,
          refs: Int32Array.from(taken, (each) => each.series + 1),
          timestamps: Float64Array.from(taken, (each) => each.time),
          values: Float64Array.from(taken, (each) => (each.histogram ? NaN : each.value)),
          histograms: new Map(taken.flatMap((each, at) => (each.histogram ? [[at, { ...HISTOGRAM, count: each.value, positiveBuckets: [each.value] }]] : []))),
        });
      } else if (one.kind === 'crash') {
        const work = one.during === 'maintain' ? store.database.maintain(model.now) : store.snapshot();
        for (let turn = 0; turn < one.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        check(store.database.querier, model, `step ${i}, during ${one.during}`);
        const copy = `${directory}-copy-${copies.length}`;
        copies.push(copy);
        // At once, so that the copy is what a crash at this moment leaves.
        cpSync(directory, copy, { recursive: true });
        await work;
        const crashed = await openDatabase({ directory: copy, ...OPTIONS });
        check(crashed.querier, model, `step ${i}, after a crash during ${one.during}`);
        await crashed.close();
      } else if (one.kind === 'snapshot') await store.snapshot();
      else if (one.kind === 'maintain') {
        const report = await store.database.maintain(model.now);
        assert.deepEqual(report.warnings, []);
        seen.written += report.written;
        seen.compacted += report.compacted;
      } else {
        await store.close();
        store = await LogAndDatabase.open(directory, OPTIONS);
      }
      check(store.database.querier, model, `step ${i}, ${one.kind}`);
    }
    await store.close();
  } finally {
    for (const path of [directory, ...copies]) await rm(path, { recursive: true, force: true });
  }
}

test('whatever is written, late or in order, is there through blocks, compactions, snapshots, restarts and crashes', async (t) => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), { numRuns: 60, interruptAfterTimeLimit: 10_000, endOnFailure: false });
  t.diagnostic(`${seen.written} blocks written, ${seen.compacted} compactions`);
  assert.ok(seen.written > 0 && seen.compacted > 0);
});
