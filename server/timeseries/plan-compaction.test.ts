import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockRanges, planCompaction } from './plan-compaction.ts';
import { planRetention } from './plan-retention.ts';

const RANGES = [20, 60, 180];
type Range = readonly [minTime: number, maxTime: number];

function plan(blocks: readonly Range[]): Range[] {
  return planCompaction(blocks.map(([minTime, maxTime]) => ({ meta: { minTime, maxTime } })), RANGES).map(({ meta }) => [meta.minTime, meta.maxTime]);
}

const PLANS: readonly [what: string, blocks: readonly Range[], planned: readonly Range[]][] = [
  ['nothing to do without blocks', [], []],
  ['one block is left alone', [[0, 20]], []],
  ['a range that is not full waits for the rest', [[0, 20], [20, 40], [40, 60]], []],
  ['a full range is made one once there is a newer block', [[0, 20], [20, 40], [40, 60], [60, 80]], [[0, 20], [20, 40], [40, 60]]],
  ['a range with gaps is made one once nothing more can come into it', [[0, 20], [40, 60], [60, 80]], [[0, 20], [40, 60]]],
  ['a range that misses its end waits as long as the newest older block is in it', [[0, 20], [20, 40], [60, 80]], []],
  ['the same once a newer block is past it', [[0, 20], [20, 40], [60, 80], [80, 100]], [[0, 20], [20, 40]]],
  ['the next longer range comes when the shorter ones are done', [[0, 60], [60, 120], [120, 180], [180, 200]], [[0, 60], [60, 120], [120, 180]]],
  ['a block longer than the range is passed over', [[0, 60], [60, 80], [80, 100], [100, 120], [120, 140]], [[60, 80], [80, 100], [100, 120]]],
  ['overlapping blocks go first, and only those that touch', [[0, 20], [20, 40], [20, 40], [40, 60], [60, 80]], [[20, 40], [20, 40]]],
  ['late samples in a long block', [[0, 180], [20, 40], [60, 80], [180, 200]], [[0, 180], [20, 40], [60, 80]]],
];
for (const [what, blocks, planned] of PLANS) {
  test(what, () => assert.deepEqual(plan(blocks), planned));
}

test('blocks grow threefold up to a tenth of the time that samples are kept', () => {
  const hour = 3_600_000;
  assert.deepEqual(blockRanges(2 * hour, 15 * 24 * hour).map((range) => range / hour), [2, 6, 18]);
  assert.deepEqual(blockRanges(2 * hour, 6 * hour).map((range) => range / hour), [2]);
});

const block = (maxTime: number, bytes: number) => ({ meta: { maxTime, chunkBytes: bytes, indexBytes: 0 } });
const RETENTIONS: readonly [what: string, maxAgeMs: number, maxBytes: number, otherBytes: number, gone: readonly number[]][] = [
  ['everything is kept within both limits', 100, 1000, 0, []],
  ['blocks that ended too long ago go', 40, 1000, 0, [20, 60]],
  ['the oldest go when all take too much', 100, 25, 0, [20]],
  ['the log counts, and the newest block may go too', 100, 25, 20, [20, 60, 100]],
];
for (const [what, maxAgeMs, maxBytes, otherBytes, gone] of RETENTIONS) {
  test(what, () => {
    const found = planRetention([block(20, 10), block(60, 10), block(100, 10)], { maxAgeMs, maxBytes }, 100, otherBytes);
    assert.deepEqual(found.map(({ meta }) => meta.maxTime).toSorted((a, b) => a - b), gone);
  });
}
