import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ENTRIES, parseEntries, withDuration, withRun, withStar, type HistoryEntry } from './history-entries.ts';

test('a query that is run again moves to the top and keeps its star', () => {
  let entries: readonly HistoryEntry[] = [];
  entries = withStar(withRun(entries, 'up', 1), 'up', true);
  entries = withRun(withRun(entries, 'down', 2), ' up ', 3);
  assert.deepEqual(entries, [{ expr: 'up', at: 3, starred: true }, { expr: 'down', at: 2, starred: false }]);
  assert.equal(withRun(entries, '  ', 4), entries);
});

test('favourites outlive the limit', () => {
  let entries = withStar(withRun([], 'kept', 0), 'kept', true);
  for (let i = 1; i <= MAX_ENTRIES + 10; i += 1) entries = withRun(entries, `q${i}`, i);
  assert.equal(entries.length, MAX_ENTRIES + 1);
  assert.equal(entries.at(-1)?.expr, 'kept');
  assert.equal(entries.at(-2)?.expr, 'q11');
});

test('the first answer of a run gives its time', () => {
  const entries = withDuration(withRun([], 'up', 1), 'up', 12);
  assert.equal(entries[0]?.ms, 12);
  assert.equal(withDuration(entries, 'up', 99), entries);
});

test('what was kept is read back, and what is not an entry left out', () => {
  const entries = withRun([], 'up', 1);
  assert.deepEqual(parseEntries(JSON.stringify([...entries, { expr: 1 }, null, { expr: 'x', at: 1, ms: 'no', starred: false }])), entries);
  for (const broken of [null, '', '{', '{}', '7']) assert.deepEqual(parseEntries(broken), []);
});
