import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExemplarRing } from './exemplar-ring.ts';
import { LabelSets } from './label-sets.ts';
import type { Exemplar } from './storage.ts';

const ALL = { start: -Infinity, end: Infinity };
const exemplar = (timestamp: number, value = 1, trace = 't'): Exemplar => ({ labels: { trace_id: trace }, value, timestamp });

function ringOf(capacity: number): { ring: ExemplarRing; a: number; b: number; times: (name: string) => number[] } {
  const sets = new LabelSets();
  const ring = new ExemplarRing(sets, capacity);
  const times = (name: string): number[] => ring.exemplars([[{ name: '__name__', op: '=', value: name }]], ALL).flatMap((one) => one.exemplars.map(({ timestamp }) => timestamp));
  return { ring, a: sets.intern({ __name__: 'a' }), b: sets.intern({ __name__: 'b' }), times };
}

const OFFERS: readonly [what: string, offered: Exemplar, taken: boolean][] = [
  ['a newer one', exemplar(11), true],
  ['the same one', exemplar(10, 5), false],
  ['an older one', exemplar(9), false],
  ['another value that is higher, at the same time', exemplar(10, 6), true],
  ['another value that is lower, at the same time', exemplar(10, 4), false],
  ['another trace at the same time and value', exemplar(10, 5, 'z'), true],
  ['labels of more than 128 characters', exemplar(11, 1, 'x'.repeat(121)), false],
  ['labels of 128 characters', exemplar(11, 1, 'x'.repeat(120)), true],
];
for (const [what, offered, taken] of OFFERS) {
  test(`${what} is ${taken ? 'taken' : 'left out'}`, () => {
    const { ring, a } = ringOf(10);
    assert.equal(ring.add(a, exemplar(10, 5)), true);
    assert.equal(ring.add(a, offered), taken);
  });
}

test('when it is full the oldest of all goes for each new one', () => {
  const { ring, a, b, times } = ringOf(3);
  for (const [series, time] of [[a, 1], [b, 2], [a, 3], [a, 4], [b, 5]] as const) ring.add(series, exemplar(time));
  assert.deepEqual([times('a'), times('b'), ring.size], [[3, 4], [5], 3]);
  for (let time = 6; time < 20; time++) ring.add(a, exemplar(time));
  assert.deepEqual([times('a'), times('b'), ring.has(b)], [[17, 18, 19], [], false]);
});

test('a query gives the exemplars of matching series between two times, by their labels', () => {
  const { ring, a, b } = ringOf(10);
  for (let time = 1; time < 5; time++) for (const series of [b, a]) ring.add(series, exemplar(time));
  const found = ring.exemplars([], { start: 2, end: 3 });
  assert.deepEqual(found.map((one) => [one.seriesLabels['__name__'], one.exemplars.map(({ timestamp }) => timestamp)]), [['a', [2, 3]], ['b', [2, 3]]]);
});
