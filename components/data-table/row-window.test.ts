import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { rowWindow } from './row-window.ts';

test('every visible row is drawn, and not many more', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 20_000 }), (top, height, count) => {
      const rowHeight = 32;
      const { first, last } = rowWindow({ top, height, rowHeight, count });
      assert.ok(first >= 0 && last < count && first <= last);
      assert.ok(last - first <= height / rowHeight + 35);
      const shownTop = Math.min(top, Math.max(0, count * rowHeight - height));
      assert.ok(first * rowHeight <= shownTop, 'starts above the view');
      assert.ok((last + 1) * rowHeight >= Math.min(count * rowHeight, shownTop + height), 'ends below the view');
    }),
  );
});

test('no rows is an empty window', () => {
  assert.deepEqual(rowWindow({ top: 0, height: 100, rowHeight: 32, count: 0 }), { first: 0, last: -1 });
});
