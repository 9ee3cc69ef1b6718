import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceModel } from '../model/trace-model.ts';
import { columnsOf } from '../testing/columns-of.ts';
import { boxAt, boxesInTime, boxesMerged } from './flame-boxes.ts';

const model = traceModel(columnsOf([{ duration: 100 }, { parent: 0, start: 10, duration: 20, name: 'a' }, { parent: 0, start: 50, duration: 40, name: 'a' }]));

test('in time order a box is found by level and time', () => {
  const boxes = boxesInTime(model);
  assert.equal(boxes.levels, 2);
  assert.deepEqual([[0, 0.5], [1, 0.15], [1, 0.4], [1, 0.6], [2, 0.5]].map(([level, share]) => boxAt(boxes, level ?? 0, share ?? 0)), [0, 1, -1, 2, -1]);
});
test('merged, spans of one path are one box', () => {
  const boxes = boxesMerged(model);
  assert.deepEqual([boxes.count, boxes.levels], [2, 2]);
  assert.match(boxes.label(1), /a × 2$/);
  assert.equal(boxAt(boxes, 1, 0), 1);
});
