import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../testing/columns-of.ts';
import { formatRange, moveRange, ownPieces, parseRange, pathByRow, pixelsOf } from './bar-pieces.ts';

test('a span worked itself while no child ran', () => {
  const columns = columnsOf([{ duration: 100 }, { parent: 0, start: 10, duration: 20 }, { parent: 1, start: 12, duration: 80 }, { parent: 0, start: 25, duration: 10 }, { parent: 0, start: 90, duration: 50 }]);
  assert.deepEqual(ownPieces(columns, columns, 0, 0), [0, 10, 35, 90]);
  assert.deepEqual(ownPieces(columns, columns, 0, 20), [35, 90], 'what would not be seen is left out');
  assert.deepEqual(ownPieces(columns, columns, 2, 0), [12, 92]);
});
test('a child that began before its parent covers its beginning', () => {
  const columns = columnsOf([{ start: 10, duration: 100 }, { parent: 0, start: 0, duration: 50 }]);
  assert.deepEqual(ownPieces(columns, columns, 0, 0), [50, 110]);
});
test('sections of the critical path are found by row', () => {
  const path = pathByRow(3, { rows: [0, 2, 0], starts: [0, 10, 20], ends: [10, 20, 30] });
  assert.deepEqual([[...path.offsets], [...path.starts], [...path.ends]], [[0, 2, 2, 3], [0, 20, 10], [10, 30, 20]]);
});
test('time is placed within the range and cut at its edges', () => {
  const range = { from: 100, to: 200 };
  assert.deepEqual(pixelsOf(50, 150, range, 1000), { x: 0, width: 500 });
  assert.deepEqual(pixelsOf(150, 650, range, 1000), { x: 500, width: 500 });
  assert.equal(pixelsOf(300, 305, range, 1000), undefined);
  assert.deepEqual(pixelsOf(0, 0, { from: 0, to: 0 }, 1000), { x: 0, width: 1000 });
});
test('a range goes to the URL and back', () => {
  assert.deepEqual(parseRange(formatRange({ from: 5, to: 90 })), { from: 5, to: 90 });
  for (const text of ['', '5', '9-5', '-1-5', 'a-b', '5-5']) assert.equal(parseRange(text), null, text);
});
test('a range stays within the trace when it is moved or zoomed', () => {
  assert.deepEqual(moveRange({ from: 0, to: 1000 }, 10_000, { shift: 0.5 }), { from: 500, to: 1500 });
  assert.deepEqual(moveRange({ from: 9500, to: 10_000 }, 10_000, { shift: 1 }), { from: 9500, to: 10_000 });
  assert.deepEqual(moveRange({ from: 0, to: 1000 }, 10_000, { factor: 0.5, at: 0.5 }), { from: 250, to: 750 });
  assert.deepEqual(moveRange({ from: 0, to: 1000 }, 1000, { factor: 2 }), { from: 0, to: 1000 });
  assert.deepEqual(moveRange({ from: 0, to: 1000 }, 1000, { factor: 1e-9 }), { from: 450, to: 550 });
});
