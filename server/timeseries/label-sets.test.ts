import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { LabelSets } from './label-sets.ts';
import { labelsFromEntries, labelsKey } from './labels.ts';

const name = fc.constantFrom('__name__', 'a', 'b', 'le', '__proto__', 'constructor', 'toString');
const labels = fc.array(fc.tuple(name, fc.constantFrom('', '1', '2', 'x', 'valueOf')), { maxLength: 6 }).map((pairs) => Object.fromEntries(pairs));

test('equal label sets, and only those, have one id and one object', () => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 60 }), (all) => {
      const sets = new LabelSets();
      const ids = new Map<string, number>();
      for (const one of all) {
        const id = sets.intern(one);
        const key = labelsKey(one);
        assert.equal(id, ids.get(key) ?? id);
        ids.set(key, id);
        assert.equal(labelsKey(sets.labels(id)), key);
        assert.equal(sets.labels(id), sets.labels(sets.intern({ ...sets.labels(id), empty: '' })));
      }
      assert.equal(new Set(ids.values()).size, ids.size);
      assert.equal(sets.size, ids.size);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 1500 },
  );
});

test('sets that nobody uses are released, the others keep their ids and objects', () => {
  const sets = new LabelSets();
  const ids = Array.from({ length: 5000 }, (_, i) => sets.intern({ __name__: 'm', i: String(i) }));
  const kept = ids.filter((id) => id % 3 === 0).map((id) => ({ id, labels: sets.labels(id) }));
  assert.equal(sets.retain((id) => id % 3 === 0), 5000 - kept.length);
  for (const one of kept) assert.equal(sets.labels(sets.intern({ i: one.labels['i'] ?? '', __name__: 'm' })), one.labels);
  assert.equal(sets.size, kept.length);
  for (let i = 0; i < 5000; i++) sets.intern({ __name__: 'other', i: String(i) });
  assert.equal(sets.limit, kept.length + 5000);
  assert.throws(() => new LabelSets().labels(3), RangeError);
});

test('names and values are sorted by name and equal strings are shared', () => {
  const sets = new LabelSets();
  assert.deepEqual(Object.keys(sets.labels(sets.intern({ z: '1', __name__: 'm', a: '2' }))), ['__name__', 'a', 'z']);
  assert.deepEqual(sets.labels(sets.intern({})), labelsFromEntries([]));
});
