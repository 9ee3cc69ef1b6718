import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_COMMIT, type Commit } from './commit.ts';
import { Head } from './head.ts';
import type { LabelMatcher, MatchOp } from './storage.ts';

const ALL = { start: -Infinity, end: Infinity };
const m = (name: string, op: MatchOp, value: string): LabelMatcher => ({ name, op, value });

function filled(): Head {
  const head = new Head();
  for (const [job, code] of [['a', '200'], ['a', '500'], ['b', '200'], ['b', undefined]] as const) {
    const labels = { __name__: 'm', job, ...(code === undefined ? {} : { code }) };
    for (let t = 0; t < 300; t++) head.append(labels, t * 1000, t);
  }
  return head;
}

const SELECTIONS: readonly [matchers: readonly LabelMatcher[], found: readonly string[]][] = [
  [[m('job', '=', 'a')], ['a200', 'a500']],
  [[m('job', '!=', 'a')], ['b200', 'b-']],
  [[m('code', '=', '')], ['b-']],
  [[m('code', '!=', '')], ['a200', 'a500', 'b200']],
  [[m('code', '=~', '2..|5..')], ['a200', 'a500', 'b200']],
  [[m('code', '=~', '2')], []],
  [[m('code', '=~', '.*')], ['a200', 'a500', 'b200', 'b-']],
  [[m('code', '!~', '5.*')], ['a200', 'b200', 'b-']],
  [[m('job', '=~', 'a|b'), m('code', '=', '200')], ['a200', 'b200']],
  [[m('nothing', '=', 'x')], []],
];
for (const [matchers, found] of SELECTIONS) {
  test(`{${matchers.map(({ name, op, value }) => `${name}${op}"${value}"`).join(',')}} selects ${found.join(' ') || 'nothing'}`, () => {
    const labels = filled().select(matchers, ALL).map(({ labels: one }) => `${one['job']}${one['code'] ?? '-'}`);
    assert.deepEqual(labels.toSorted(), found.toSorted());
  });
}

test('a selection gives exactly the samples between two times, across sealed and open chunks', () => {
  for (const [start, end, first, count] of [[0, 299_000, 0, 300], [119_000, 121_000, 119, 3], [250_500, 260_000, 251, 10], [100, 900, 0, 0], [299_000, 400_000, 299, 1]] as const) {
    const [series] = filled().select([m('job', '=', 'a'), m('code', '=', '200')], { start, end });
    assert.equal(series?.values.length ?? 0, count, `${start} to ${end}`);
    if (series !== undefined) assert.deepEqual([...series.values], Array.from({ length: count }, (_, i) => first + i));
  }
});

test('an older sample and another value for the same time are refused; a repeated one does no harm', () => {
  const head = new Head();
  const outcomes = [[1000, 1], [1000, 1], [1000, 2], [999, 1], [1001, NaN], [1001, NaN]].map(([time = 0, value = 0]) => head.append({ __name__: 'm' }, time, value).outcome);
  assert.deepEqual(outcomes, ['appended', 'repeated', 'duplicate', 'out-of-order', 'appended', 'repeated']);
});

test('past the series limit new series are refused and known ones go on', () => {
  const head = new Head({ maxSeries: 1 });
  head.append({ __name__: 'a' }, 1, 1);
  assert.equal(head.append({ __name__: 'b' }, 1, 1).outcome, 'series-limit');
  assert.equal(head.append({ __name__: 'a' }, 2, 1).outcome, 'appended');
});

test('old samples go chunk by chunk, and a series without any goes from the index too', () => {
  const head = filled();
  head.append({ __name__: 'fresh' }, 1_000_000, 1);
  assert.equal(head.dropBefore(200_000), 0);
  const [series] = head.select([m('job', '=', 'a'), m('code', '=', '200')], ALL);
  // Chunks hold 120 samples: the first ends at 119 s, the second at 239 s.
  assert.equal(series?.timestamps[0], 120_000);
  assert.equal(head.dropBefore(500_000), 4);
  assert.deepEqual(head.labelNames([], ALL), ['__name__']);
  assert.deepEqual(head.labelValues('__name__', [], ALL), ['fresh']);
  head.append({ __name__: 'm', job: 'a', code: '200' }, 1_000_000, 7);
  assert.equal(head.select([m('job', '=', 'a')], ALL)[0]?.values[0], 7);
});

test('label names and values are those of series with samples in the range', () => {
  const head = filled();
  head.append({ __name__: 'later', only: 'x' }, 900_000, 1);
  assert.deepEqual(head.labelNames([], { start: 0, end: 300_000 }), ['__name__', 'code', 'job']);
  assert.deepEqual(head.labelNames([], { start: 800_000, end: 900_000 }), ['__name__', 'only']);
  assert.deepEqual(head.labelValues('code', [[m('job', '=', 'a')]], ALL), ['200', '500']);
  assert.deepEqual(head.series([[m('only', '=', 'x')], [m('code', '=', '500')]], ALL), [{ __name__: 'later', only: 'x' }, { __name__: 'm', code: '500', job: 'a' }]);
});

/** The times of a series that came in order, by their chunks, and those that came late. */
function kept(head: Head, series: string): { inOrder: number[]; late: number } {
  const [id = -1] = head.matching([m('__name__', '=', series)]);
  return { inOrder: head.encoded(id).map(({ minTime, maxTime }) => [minTime, maxTime]).flat(), late: head.outOfOrder(id)?.count ?? 0 };
}

test('a commit is judged by what was there before it: hours of one series after the other are in order, much older ones later are not', () => {
  const head = new Head({ rangeMs: 10_000 });
  const series = ['a', 'b', 'c'].map((name, i) => ({ ref: i + 1, labels: { __name__: name } }));
  const commit = (rows: readonly (readonly [ref: number, time: number])[]): Commit => ({ ...EMPTY_COMMIT, count: rows.length, refs: Int32Array.from(rows, ([ref]) => ref), timestamps: Float64Array.from(rows, ([, time]) => time), values: new Float64Array(rows.length) });
  head.apply({ ...commit([[1, 1000], [1, 9000], [1, 19_000], [2, 1000], [2, 9000]]), series });
  assert.deepEqual(kept(head, 'b'), { inOrder: [1000, 9000], late: 0 });
  head.apply(commit([[3, 13_000], [3, 15_000], [2, 14_000]]));
  assert.deepEqual([kept(head, 'c'), kept(head, 'b')], [{ inOrder: [15_000, 15_000], late: 1 }, { inOrder: [1000, 9000, 14_000, 14_000], late: 0 }]);
  head.apply(commit([[3, 13_000], [3, 15_000], [9, 20_000]]));
  assert.deepEqual([kept(head, 'c').late, head.sampleCount, head.unknownSamples], [1, 8, 1]);
});

test('the last samples are the same wherever in the chunk they begin, and with whatever came before', () => {
  const head = new Head();
  const values = Array.from({ length: 290 }, (_, i) => (i % 40 < 20 ? 7 : Math.sin(i) * 10 ** (i % 9)));
  values.forEach((value, i) => {
    head.append({ __name__: 'm' }, i * 1000 + (i % 3), value);
    for (const back of [0, 1, 5, 11, 12, 13, 24, 36, 37, 60, 200]) {
      const first = Math.max(0, i - back);
      const [series] = head.select([m('__name__', '=', 'm')], { start: first * 1000, end: i * 1000 + 2 });
      assert.deepEqual(Array.from(series?.values ?? []), values.slice(first, i + 1), `${i} back to ${first}`);
      assert.equal(series?.timestamps[0], first * 1000 + (first % 3));
    }
  });
});
