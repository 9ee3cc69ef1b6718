import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { heatLevel, heatPaths } from './heat-cells.ts';
import { scaleOfEdges, scaleOfExtent } from './latency-scale.ts';
import { durationConditions, outsideCondition, regionParser, roundedBound } from './region.ts';
import { EVERYTHING } from './conditions.ts';
import { withCondition } from './query-edits.ts';
import { writeQuery } from './query-text.ts';

const EDGES = [0, 1000, 10_000, 100_000, 1_000_000];

test('edges stand at equal heights, and what is between them by its logarithm', () => {
  const scale = scaleOfEdges(EDGES);
  assert.deepEqual(EDGES.map(scale.shareOf), [0, 0.25, 0.5, 0.75, 1]);
  assert.ok(Math.abs(scale.shareOf(Math.sqrt(10) * 1000) - 0.375) < 1e-9);
  assert.deepEqual(scale.ticks, [1000, 10_000, 100_000, 1_000_000]);
});

test('a height read back is the duration that stands there', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 999_999, noNaN: true }), fc.boolean(), (nano, byEdges) => {
      const scale = byEdges ? scaleOfEdges(EDGES) : scaleOfExtent(1, 1_000_000);
      assert.ok(Math.abs(scale.nanoAt(scale.shareOf(nano)) - nano) <= nano * 1e-6);
    }),
  );
});

test('one duration alone has a scale around it', () => {
  const { shareOf, ticks } = scaleOfExtent(5_000_000, 5_000_000);
  assert.ok(shareOf(5_000_000) > 0 && shareOf(5_000_000) < 1);
  assert.ok(ticks.length >= 2);
});

test('beyond ten seconds a scale is told in minutes and hours', () => {
  assert.deepEqual(scaleOfExtent(2e9, 2e12).ticks, [10e9, 60e9, 600e9]);
});

test('the fullest cell is darkest, a rare one is still seen', () => {
  assert.deepEqual([heatLevel(1, 10_000), heatLevel(10_000, 10_000), heatLevel(2500, 10_000), heatLevel(1, 1)], [1, 5, 3, 5]);
});

test('cells become one path a colour, and the part that failed stands at the bottom', () => {
  const { levels, errors } = heatPaths({ timeEdges: ['0', '1', '2'], durationEdges: [0, 1, 2], cells: [{ time: 0, duration: 0, count: 10, errors: 5 }, { time: 1, duration: 1, count: 1, errors: 0 }] }, 200, 100);
  assert.deepEqual(levels, [{ level: 2, d: 'M100 0h99.5v49.5h-99.5z' }, { level: 5, d: 'M0 50h99.5v49.5h-99.5z' }]);
  assert.equal(errors, 'M0 74.75h99.5v24.75h-99.5z');
});

test('bounds read off the picture have three digits and never shut out what was marked', () => {
  assert.equal(roundedBound(1_234_567, true), 1_230_000n);
  assert.equal(roundedBound(1_234_567, false), 1_240_000n);
  assert.equal(roundedBound(999, false), 999n);
  assert.equal(roundedBound(0, true), 0n);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e13 }), (nano) => {
      assert.ok(Number(roundedBound(nano, true)) <= nano && Number(roundedBound(nano, false)) >= nano);
    }),
  );
});

test('a region is a condition on its durations, and the rest is what is shorter or longer', () => {
  const region = { fromMs: 1, toMs: 2, minNano: 20_000_000, maxNano: 500_000_000 };
  assert.equal(writeQuery(durationConditions(region, 'spans').reduce(withCondition, EVERYTHING)), '{ span:duration >= 20ms && span:duration <= 500ms }');
  assert.equal(writeQuery(withCondition(EVERYTHING, outsideCondition(region, 'traces'))), '{ trace:duration < 20ms || trace:duration > 500ms }');
  assert.equal(writeQuery(durationConditions({ ...region, minNano: 0 }, 'traces').reduce(withCondition, EVERYTHING)), '{ trace:duration <= 500ms }');
});

test('a region in the URL is read back, and nonsense is none', () => {
  const region = { fromMs: 1_763_750_000_000, toMs: 1_763_750_060_000, minNano: 1_500_000, maxNano: 2_300_000 };
  assert.deepEqual(regionParser.parse(regionParser.serialize(region)), region);
  for (const text of ['', '1-2', '2-1~1-2', '1-2~3-2', 'a-b~c-d', '1-2~1-2~']) assert.equal(regionParser.parse(text), null, text);
});
