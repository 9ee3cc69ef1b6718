import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layeredPlaces } from './layered-places.ts';

test('callers stand left of what they call', () => {
  const { x } = layeredPlaces(4, [[0, 1], [1, 2], [0, 2], [2, 3]]);
  assert.ok(x[0]! < x[1]! && x[1]! < x[2]! && x[2]! < x[3]!);
});

test('circles, calls to oneself and nodes without edges have a place too', () => {
  const { x, y } = layeredPlaces(5, [[0, 1], [1, 0], [2, 2], [3, 0]]);
  assert.equal(new Set(Array.from(x, (at, i) => `${at} ${y[i]}`)).size, 5);
  assert.ok(x[3]! < x[0]!);
});

test('neighbours come to stand beside each other', () => {
  // Two trees whose nodes are numbered crosswise.
  const { y } = layeredPlaces(6, [[0, 3], [0, 5], [1, 2], [1, 4]]);
  const mean = (nodes: number[]) => nodes.reduce((sum, n) => sum + y[n]!, 0) / nodes.length;
  assert.equal(Math.sign(mean([3, 5]) - mean([2, 4])), Math.sign(y[0]! - y[1]!));
});

test('no two of a thousand nodes share a place, and a chain of ten thousand is no trouble', () => {
  const edges = Array.from({ length: 4000 }, (_, i): [number, number] => [(i * 7919) % 1200, (i * 104729 + 13) % 1200]);
  const { x, y } = layeredPlaces(1200, edges);
  assert.equal(new Set(Array.from(x, (at, i) => `${at} ${y[i]}`)).size, 1200);
  const chain = layeredPlaces(10_000, Array.from({ length: 9_999 }, (_, i): [number, number] => [i, i + 1]));
  assert.ok(chain.x[9_999]! > chain.x[9_998]!);
});
