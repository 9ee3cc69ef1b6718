import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutNotes } from './left-out-notes.ts';

const part = (n: number, reason = `file ${n} is damaged`) => ({ reason, about: { spans: 1234, minStartUnixNano: BigInt(n) * 1_000_000_000n, maxStartUnixNano: 9_000_000_000n } });

test('what cannot be read is named once, with how much of what time it is', () => {
  assert.deepEqual(leftOutNotes([part(1), part(1, 'another page of it')]), ['1,234 stored spans from 1970-01-01T00:00:01Z to 1970-01-01T00:00:09Z cannot be read and are left out: another page of it.']);
  assert.deepEqual(leftOutNotes([{ reason: 'no block' }, { reason: 'no block' }]), ['Stored spans cannot be read and are left out: no block.']);
  assert.deepEqual(leftOutNotes([]), []);
});

test('of many places the first are named', () => {
  const notes = leftOutNotes([1, 2, 3, 4, 5].map((n) => part(n)));
  assert.deepEqual([notes.length, notes[3]], [4, 'The same holds for 2 more places in what is stored.']);
  assert.equal(leftOutNotes([1, 2, 3, 4].map((n) => part(n)))[3], 'The same holds for 1 more place in what is stored.');
});
