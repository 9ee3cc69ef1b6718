import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { ColumnsFormatError, decodeTraceColumns, encodeTraceColumns } from './columns-codec.ts';

const BOUNDED = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;

test('any spans give columns that hold every span once, parents before children, subtrees in one run', () => {
  fc.assert(
    fc.property(arbitraryTrace, (spans) => {
      const columns = columnsOf(spans);
      const ids = Array.from({ length: columns.count }, (_, row) => Buffer.from(columns.spanIds.subarray(row * 8, row * 8 + 8)).toString('hex'));
      assert.deepEqual(ids.toSorted(), spans.map((s) => s.spanId).sort());
      for (let row = 0; row < columns.count; row++) {
        const parent = columns.parent[row]!;
        assert.ok(parent < row);
        assert.equal(columns.depth[row], parent === -1 ? 0 : columns.depth[parent]! + 1);
        const end = row + 1 + columns.descendants[row]!;
        assert.ok(columns.depth.subarray(row + 1, end).every((d) => d > columns.depth[row]!));
        assert.ok(end === columns.count || columns.depth[end]! <= columns.depth[row]!);
        assert.ok(columns.self[row]! >= 0 && columns.self[row]! <= columns.duration[row]!);
      }
    }),
    BOUNDED,
  );
});

test('columns come back equal from their bytes, wherever these lie', () => {
  fc.assert(
    fc.property(arbitraryTrace, fc.nat(9), (spans, offset) => {
      const columns = columnsOf(spans);
      const bytes = encodeTraceColumns(columns);
      const moved = new Uint8Array(bytes.length + offset);
      moved.set(bytes, offset);
      assert.deepEqual(decodeTraceColumns(moved.subarray(offset)), columns);
    }),
    BOUNDED,
  );
});

test('bytes that are cut or changed are refused, or are the columns of some trace', () => {
  fc.assert(
    fc.property(arbitraryTrace, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.option(fc.nat()), (spans, changes, cut) => {
      const bytes = encodeTraceColumns(columnsOf(spans));
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const given = cut === null ? bytes : bytes.slice(0, cut % bytes.length);
      try {
        const columns = decodeTraceColumns(given);
        assert.ok(columns.source.every((s) => columns.services[columns.sources[s]?.service ?? -1] !== undefined));
      } catch (error) {
        assert.ok(error instanceof ColumnsFormatError, String(error));
      }
    }),
    BOUNDED,
  );
});

test('bytes that are something else are refused', () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(64), new TextEncoder().encode('{"columns":[]}')]) assert.throws(() => decodeTraceColumns(bytes), ColumnsFormatError);
});
