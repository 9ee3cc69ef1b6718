import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListSnapshots } from './list-snapshots.ts';

test('a list is kept for five minutes after its last use, and the 64 used last are kept', () => {
  let now = 0;
  const snapshots = new ListSnapshots({ now: () => now });
  const objects = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }];
  snapshots.keep('ConfigMap/', '1', objects);
  now = 4 * 60_000;
  assert.equal(snapshots.at('ConfigMap/', '1'), objects);
  assert.equal(snapshots.at('ConfigMap/', '2'), undefined);
  assert.equal(snapshots.at('Secret/', '1'), undefined);
  now = 8 * 60_000;
  assert.equal(snapshots.at('ConfigMap/', '1'), objects);
  now = 14 * 60_000;
  assert.equal(snapshots.at('ConfigMap/', '1'), undefined);
  for (let version = 1; version <= 65; version += 1) snapshots.keep('ConfigMap/', String(version), objects);
  assert.deepEqual([snapshots.at('ConfigMap/', '1'), snapshots.at('ConfigMap/', '2'), snapshots.at('ConfigMap/', '65')], [undefined, objects, objects]);
});
