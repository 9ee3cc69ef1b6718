import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { ageText } from './printer-columns.ts';
import { tableOf } from './table-output.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');

const AGES: readonly (readonly [number, string])[] = [
  [0, '0s'], [119, '119s'], [120, '2m'], [200, '3m20s'], [600, '10m'], [10_799, '179m'], [10_800, '3h'], [12_000, '3h20m'], [172_800, '2d'], [180_000, '2d2h'], [864_000, '10d'], [63_072_000 + 35 * 86_400, '2y35d'],
];
for (const [seconds, expected] of AGES) {
  test(`an age of ${seconds} s prints as ${expected}`, () => assert.equal(ageText('2026-01-01T00:00:00Z', AT + seconds * 1000), expected));
}

test('an object without a time, or from the future, has no negative age', () => {
  assert.equal(ageText(undefined, AT), '<unknown>');
  assert.equal(ageText('2027-01-01T00:00:00Z', AT), '0s');
});

test('a table prints an object of every kind even when its spec is missing or of the wrong type', () => {
  for (const kind of KINDS) {
    for (const spec of [undefined, 5, [], { hosts: 'x', ports: [null, 1], servers: [{}], selector: [] }]) {
      const object = { apiVersion: 'v1', kind: kind.kind, metadata: { name: 'x' }, spec };
      const table = tableOf(kind, [object], {}, 'Metadata', AT) as { columnDefinitions: unknown[]; rows: { cells: unknown[] }[] };
      assert.equal(table.rows[0]?.cells.length, table.columnDefinitions.length);
      assert.ok(table.rows[0]?.cells.every((cell) => typeof cell === 'string' || typeof cell === 'number'));
    }
  }
});
