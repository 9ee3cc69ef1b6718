import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../testing/columns-of.ts';
import { correctClocks, movedNano } from './correct-clocks.ts';

test('a span whose clock runs behind is moved into its caller, and what is stored stays beside it', () => {
  const made = columnsOf([{ service: 'a', start: 50, duration: 100 }, { parent: 0, service: 'b', start: 0, duration: 50 }]);
  const columns = { ...made, sources: made.sources.map((source, i) => ({ ...source, resource: { 'host.name': `host-${i}` } })) };
  const { columns: corrected, stored, moved } = correctClocks(columns);
  assert.equal(moved, 1);
  assert.deepEqual([...corrected.start], [0, 25]);
  assert.equal(corrected.startUnixNano, '1700000000000000050');
  assert.deepEqual([...stored.start], [0, -50]);
  assert.deepEqual([movedNano(corrected, stored, 0), movedNano(corrected, stored, 1), movedNano(columns, undefined, 1)], [0, 75, 0]);
  assert.deepEqual([...columns.start], [50, 0]);
});
