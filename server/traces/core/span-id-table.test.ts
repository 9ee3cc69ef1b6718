import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { SpanIdTable } from './span-id-table.ts';

test('rows are found by id, those that share one in order, whatever the ids', () => {
  const id = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => bytes.map((b) => b & 1));
  fc.assert(
    fc.property(fc.array(id, { maxLength: 60 }), (ids) => {
      const table = new SpanIdTable(Uint8Array.from(ids.flatMap((bytes) => [...bytes])));
      const groups = Map.groupBy(ids.keys(), (row) => ids[row]!.join());
      for (const bytes of ids) {
        const rows: number[] = [];
        for (let row = table.first(bytes, 0); row !== -1; row = table.next(row)) rows.push(row);
        assert.deepEqual(rows, groups.get(bytes.join()));
      }
      assert.deepEqual(table.shared(), [...groups.values()].filter((rows) => rows.length > 1));
      assert.equal(table.first(new Uint8Array(8).fill(9), 0), -1);
    }),
  );
});
