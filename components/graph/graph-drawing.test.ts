import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edgeLabelParts, edgeWidth, errorText } from './edge-label.ts';
import { flattenCurve, pathOf, pointAlong } from './edge-path.ts';
import { diffElements, isSameShape } from './element-diff.ts';
import { namespaceBoxId, sceneElements, type SceneElement } from './graph-elements.ts';
import { aGraph, anEdge, aNode } from './graph-fixtures.ts';
import { nearestNode, readingOrder } from './nearest-node.ts';
import { nameRoom, overlaps, placeLabels } from './place-labels.ts';
import { dotsAt, motionOf, seedOf } from './traffic-motion.ts';

const all = ['rate', 'errors', 'p95', 'throughput', 'share'] as const;
const thin = (text: string): string => text.replaceAll('\u2009', ' ');
const byId = (elements: readonly SceneElement[]): Map<string, SceneElement> => new Map(elements.map((element) => [element.id, element]));
const boxes = { namespaceBoxes: true, appBoxes: true };

test('a label says what is known and leaves out what says nothing', () => {
  assert.deepEqual(edgeLabelParts(anEdge('a', 'b', { rate: 12.34 }), all).map(thin), ['12.3 rps']);
  const busy = anEdge('a', 'b', { rate: 12.34, errorRatio: 0.0312, latencyMs: { p50: 3, p95: 48, p99: 90 }, throughput: { request: 1024, response: 1024 }, shareOfSource: 0.9 });
  assert.deepEqual(edgeLabelParts(busy, all).map(thin), ['12.3 rps', '3.1 % err', '48 ms', '2 KiB/s', '90 %']);
  assert.deepEqual(edgeLabelParts(busy, ['p95']).map(thin), ['48 ms']);
  assert.deepEqual(edgeLabelParts(anEdge('a', 'b', { rate: 2048, protocol: 'tcp' }), all).map(thin), ['2 KiB/s']);
  assert.deepEqual(edgeLabelParts(anEdge('a', 'b', { rate: 0 }), all), []);
});
test('an error share is never rounded to none or to all digits', () => {
  assert.deepEqual([0.0001, 0.004, 0.126, 1].map((r) => thin(errorText(r))), ['< 0.1 %', '0.4 %', '13 %', '100 %']);
});
test('a line is wider for more traffic, within bounds', () => {
  const widths = [0, 1, 10, 1e9].map((rate) => edgeWidth(anEdge('a', 'b', { rate })));
  assert.deepEqual(widths.toSorted((a, b) => a - b), widths);
  assert.equal(widths[3], 5);
});
test('more requests move faster and denser; silence does not move', () => {
  assert.equal(motionOf(anEdge('a', 'b', { rate: 0 })), undefined);
  const [slow, one, fast] = [0.1, 1, 100].map((rate) => motionOf(anEdge('a', 'b', { rate })));
  assert.ok(slow !== undefined && one !== undefined && fast !== undefined);
  assert.ok(slow.speed < one.speed && one.speed < fast.speed);
  assert.equal(one.spacing, one.speed, 'one dot a second at 1 rps');
  assert.ok(fast.spacing < one.spacing);
});
test('a dot keeps its look while it travels and leaves at the end', () => {
  const motion = { speed: 50, spacing: 40, errorRatio: 0.5, shape: 'request' } as const;
  const seed = seedOf('edge');
  const early = dotsAt(motion, 400, 100, seed);
  const later = dotsAt(motion, 410, 100, seed);
  assert.deepEqual(early.map((d) => d.at), [0, 40, 80]);
  assert.deepEqual(later.map((d) => d.at), [10, 50, 90]);
  assert.deepEqual(later.map((d) => d.isError), early.map((d) => d.isError));
  assert.deepEqual(dotsAt(motion, 30, 100, seed).map((d) => d.at), [30], 'nothing was sent before the start');
});
test('as many dots are errors as requests are', () => {
  const motion = { speed: 50, spacing: 1, errorRatio: 0.3, shape: 'request' } as const;
  const dots = dotsAt(motion, 10_000, 10_000, seedOf('x'));
  const share = dots.filter((d) => d.isError).length / dots.length;
  assert.ok(Math.abs(share - 0.3) < 0.03, String(share));
  assert.equal(dotsAt({ ...motion, errorRatio: 0 }, 1000, 1000, 1).some((d) => d.isError), false);
});
test('a point along a bent line is where its length says', () => {
  const path = pathOf([{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 10 }]);
  assert.equal(path.length, 20);
  assert.deepEqual(pointAlong(path, 15), { x: 10, y: 5 });
  assert.deepEqual(pointAlong(path, 99), { x: 10, y: 10 });
});
test('a flattened curve keeps its ends and bulges towards its control', () => {
  const points = flattenCurve({ x: 0, y: 0 }, [{ x: 5, y: 10 }], { x: 10, y: 0 });
  assert.deepEqual([points[0], points.at(-1)], [{ x: 0, y: 0 }, { x: 10, y: 0 }]);
  assert.equal(Math.max(...points.map((p) => p.y)), 5);
});
test('labels never cover a node or each other, and the less important one gives way', () => {
  const line = [{ x: 20, y: 0 }, { x: 80, y: 0 }];
  const label = (id: string, priority: number) => ({ id, points: line, widths: [60], height: 10, priority });
  const placed = placeLabels([label('low', 1), label('high', 2)], []);
  assert.deepEqual([...placed.keys()], ['high']);
  const blocked = placeLabels([label('a', 1)], [{ x: 30, y: -5, width: 40, height: 10 }]);
  assert.equal(blocked.size, 0);
  const forced = placeLabels([{ ...label('a', 1), required: true }], [{ x: 45, y: -5, width: 10, height: 10 }]);
  assert.equal(forced.size, 1);
  const short = placeLabels([{ ...label('a', 1), widths: [20] }], [{ x: 45, y: -5, width: 10, height: 10 }]).get('a');
  assert.ok(short !== undefined && !overlaps(short, { x: 45, y: -5, width: 10, height: 10 }));
});
test('a label without room tries its shorter forms before it gives way', () => {
  const crowded = [{ x: 0, y: -10, width: 40, height: 20 }, { x: 60, y: -10, width: 40, height: 20 }];
  const placed = placeLabels([{ id: 'a', points: [{ x: 40, y: 0 }, { x: 60, y: 0 }], widths: [60, 30, 12], height: 10, priority: 1 }], crowded);
  assert.equal(placed.get('a')?.form, 2);
});
test('a label prefers the stretch of its line that no other line shares', () => {
  const wire = (id: string, y: number) => ({ id, points: [{ x: 0, y: 0 }, { x: 0, y: 50 }, { x: 0, y }, { x: 200, y }], widths: [60], height: 10, priority: 1 });
  const placed = placeLabels([wire('a', 100), wire('b', 160)], []);
  for (const [id, y] of [['a', 100], ['b', 160]] as const) assert.equal((placed.get(id)?.y ?? 0) + 5, y, `${id} stands on its own stretch`);
});
test('neighbouring names share the gap between them, and a short one leaves the rest', () => {
  const at = (id: string, x: number, width: number) => ({ id, x, y: 0, width });
  assert.equal(nameRoom(at('a', 0, 150), [at('a', 0, 150), at('b', 104, 150)], 30), 100);
  assert.equal(nameRoom(at('a', 0, 150), [at('b', 104, 40)], 30), 160);
  assert.equal(nameRoom(at('a', 0, 150), [{ ...at('b', 104, 150), y: 40 }], 30), Infinity);
});
test('arrows step to the nearest node in their direction', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 10 }], ['c', { x: 80, y: 120 }], ['d', { x: 0, y: 90 }]]);
  assert.equal(nearestNode(places, 'a', 'right'), 'b');
  assert.equal(nearestNode(places, 'a', 'down'), 'd');
  assert.equal(nearestNode(places, 'a', 'left'), undefined);
  assert.deepEqual(readingOrder(places), ['a', 'd', 'b', 'c']);
});
test('versions of an app stand in its box, which stands in its namespace', () => {
  const parent = 'box:shop/catalog';
  const graph = aGraph([aNode('v1', { parent }), aNode('v2', { parent }), aNode('x', { namespace: 'unknown', kind: 'unknown' })], [], { boxes: [{ id: parent, kind: 'app', label: 'catalog', namespace: 'shop' }] });
  const elements = byId(sceneElements(graph, boxes));
  assert.equal(elements.get('wl:shop/v1')?.parent, parent);
  assert.equal(elements.get(parent)?.parent, namespaceBoxId('shop'));
  assert.equal(elements.get('wl:shop/x')?.parent, undefined);
  assert.equal(byId(sceneElements(graph, { ...boxes, appBoxes: false })).get('wl:shop/v1')?.parent, namespaceBoxId('shop'));
});
test('a refresh with the same numbers touches nothing; a new status changes one element', () => {
  const before = sceneElements(aGraph([aNode('a'), aNode('b')], [anEdge('a', 'b', { rate: 10 })]), boxes);
  const same = diffElements(byId(before), sceneElements(aGraph([aNode('a'), aNode('b')], [anEdge('a', 'b', { rate: 10.05 })]), boxes));
  assert.deepEqual(same, { removed: [], added: [], changed: [], moved: [] });
  const worse = diffElements(byId(before), sceneElements(aGraph([aNode('a'), aNode('b', { health: { status: 'failing', reason: '' } })], [anEdge('a', 'b', { rate: 10 })]), boxes));
  assert.deepEqual(worse.changed.map((e) => e.id), ['wl:shop/b']);
  assert.ok(isSameShape(worse));
});
test('what goes is removed edges first; what comes is added boxes first', () => {
  const one = sceneElements(aGraph([aNode('a'), aNode('b')], [anEdge('a', 'b')]), boxes);
  const gone = diffElements(byId(one), []);
  assert.deepEqual(gone.removed, ['wl:shop/a>wl:shop/b>http', 'wl:shop/a', 'wl:shop/b', 'ns:shop']);
  assert.deepEqual(diffElements(new Map(), one).added.map((e) => e.group), ['box', 'node', 'node', 'edge']);
  const unboxed = diffElements(byId(one), sceneElements(aGraph([aNode('a'), aNode('b')], [anEdge('a', 'b')]), { ...boxes, namespaceBoxes: false }));
  assert.deepEqual([unboxed.removed, unboxed.moved.map((e) => e.id)], [['ns:shop'], ['wl:shop/a', 'wl:shop/b']]);
});
