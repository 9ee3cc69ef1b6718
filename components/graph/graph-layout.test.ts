import assert from 'node:assert/strict';
import { test } from 'node:test';
import ELK from 'elkjs/lib/elk.bundled.js';
import { routeHolds, routeStyle } from './edge-route.ts';
import { sceneElements } from './graph-elements.ts';
import { aGraph, anEdge, aNode } from './graph-fixtures.ts';
import { fromElk, NODE_SIZE, toElk } from './layout-graph.ts';
import { layoutKey, loadLayout } from './layout-store.ts';
import { placeNewNodes, ROW_GAP } from './place-new-nodes.ts';
import { edgeSelector, errorShare, inboundSelector, outboundSelector } from './traffic-queries.ts';

const elk = new ELK();
const parent = 'box:shop/catalog';
const shop = aGraph(
  [aNode('ui'), aNode('v1', { parent }), aNode('v2', { parent }), aNode('inventory'), aNode('cart')],
  [anEdge('ui', 'v1'), anEdge('ui', 'v2'), anEdge('v1', 'inventory'), anEdge('v2', 'inventory'), anEdge('ui', 'cart')],
  { boxes: [{ id: parent, kind: 'app', label: 'catalog', namespace: 'shop' }] },
);

test('callers stand left of callees, no two nodes overlap, and every edge is led from node to node', async () => {
  const elements = sceneElements(shop, { namespaceBoxes: true, appBoxes: true });
  const { places, routes } = fromElk(await elk.layout(toElk(elements, () => ({ width: 80, height: 30 }))), elements);
  assert.equal(places.size, 5);
  for (const edge of shop.edges) {
    const [source, target, route] = [places.get(edge.source), places.get(edge.target), routes.get(edge.id)];
    assert.ok(source !== undefined && target !== undefined && route !== undefined);
    assert.ok(source.x + NODE_SIZE < target.x, `${edge.id} goes right`);
    assert.ok(Math.abs(route.start.x - source.x) <= NODE_SIZE / 2 + 0.5 && Math.abs(route.end.x - target.x) <= NODE_SIZE / 2 + 0.5);
    assert.ok(routeHolds(route, source, target));
    assert.ok(!routeHolds(route, source, { x: target.x + 5, y: target.y }));
  }
  const all = [...places.values()];
  for (const a of all) for (const b of all) if (a !== b) assert.ok(Math.abs(a.x - b.x) >= NODE_SIZE || Math.abs(a.y - b.y) >= NODE_SIZE + 30);
});
test('the corners of a route survive the way into Cytoscape’s terms', () => {
  const at = { x: 0, y: 0 };
  const route = { start: { x: 10, y: 0 }, bends: [{ x: 40, y: 0 }, { x: 40, y: 30 }], end: { x: 70, y: 30 }, sourceAt: at, targetAt: { x: 80, y: 30 } };
  const style = routeStyle(route);
  assert.deepEqual([style.sourceEndpoint, style.targetEndpoint], ['10px 0px', '-10px 0px']);
  const [dx, dy] = [route.end.x - route.start.x, route.end.y - route.start.y];
  const length = Math.hypot(dx, dy);
  const [weights, distances] = [style.weights, style.distances].map((text) => text.split(' ').map(Number));
  // What Cytoscape does with them: the point on the line plus the distance along (−dy, dx).
  const back = route.bends.map((_, i) => ({ x: route.start.x + dx * (weights?.[i] ?? 0) - (dy / length) * (distances?.[i] ?? 0), y: route.start.y + dy * (weights?.[i] ?? 0) + (dx / length) * (distances?.[i] ?? 0) }));
  back.forEach((p, i) => assert.ok(Math.hypot(p.x - (route.bends[i]?.x ?? 0), p.y - (route.bends[i]?.y ?? 0)) < 0.05));
});
test('a newcomer stands right of its caller and moves nobody', () => {
  const known = new Map([['a', { x: 0, y: 0 }], ['b', { x: 170, y: 0 }]]);
  const added = placeNewNodes(known, ['c', 'd', 'e'], [{ source: 'a', target: 'c' }, { source: 'd', target: 'a' }]);
  assert.equal(known.size, 2);
  assert.equal(added.get('c')?.x, 170);
  assert.equal(Math.abs(added.get('c')?.y ?? 0), ROW_GAP, 'beside b, not on it');
  assert.equal(added.get('d')?.x, -170);
  assert.ok((added.get('e')?.y ?? 0) > 0);
});
test('without any known place the fallback is still a graph from left to right', () => {
  const added = placeNewNodes(new Map(), ['c', 'a', 'b'], [{ source: 'a', target: 'b' }, { source: 'b', target: 'c' }, { source: 'c', target: 'a' }]);
  assert.equal(new Set([...added.values()].map((p) => `${p.x},${p.y}`)).size, 3);
});
test('the key of a layout does not depend on the order of namespaces', () => {
  const key = (namespaces: string[]) => layoutKey({ type: 'app', serviceNodes: false, namespaceBoxes: true, appBoxes: true, namespaces, focus: null });
  assert.equal(key(['b', 'a']), key(['a', 'b']));
  assert.notEqual(key(['a']), key([]));
});
test('a stored layout that is not one is none', () => {
  const stored = (text: string) => loadLayout({ getItem: () => text }, 'k');
  for (const text of ['', '{', '[]', '{"places":{"a":{"x":"1","y":2}},"routes":{},"pinned":[]}', '{"places":{},"routes":{"e":{}},"pinned":[]}']) assert.equal(stored(text), undefined);
  assert.deepEqual(stored('{"places":{"a":{"x":1,"y":2}},"routes":{},"pinned":["a"]}')?.pinned, ['a']);
});
test('a chart of an edge asks the caller’s proxies; without a sidecar there, the callee’s', () => {
  const [ui, catalog, unknown] = [aNode('ui-v1'), aNode('catalog-v1'), aNode('unknown', { kind: 'unknown', namespace: 'unknown' })];
  assert.equal(edgeSelector(anEdge('ui-v1', 'catalog-v1'), ui, catalog)?.matchers, 'reporter="source",source_workload="ui-v1",source_workload_namespace="shop",destination_workload="catalog-v1",destination_workload_namespace="shop"');
  assert.match(edgeSelector(anEdge('unknown', 'ui-v1'), unknown, ui)?.matchers ?? '', /^reporter="destination",source_workload="unknown"/);
  assert.equal(edgeSelector(anEdge('ui-v1', 'unknown'), ui, unknown), undefined);
});
test('a chart of a node follows what the node stands for', () => {
  assert.equal(inboundSelector(aNode('x', { kind: 'app', app: 'catalog', version: 'v2' }))?.matchers, 'reporter="destination",destination_canonical_service="catalog",destination_canonical_revision="v2",destination_workload_namespace="shop"');
  assert.equal(inboundSelector(aNode('x', { kind: 'service', service: 'catalog' }))?.matchers, 'reporter="source",destination_service_name="catalog",destination_service_namespace="shop"');
  assert.equal(outboundSelector(aNode('x', { kind: 'service', service: 'catalog' })), undefined);
});
test('a name with quotes stays inside its matcher', () => {
  const selector = inboundSelector(aNode('a"b', { workload: 'a"b' }));
  assert.ok(selector !== undefined);
  assert.match(errorShare(selector, '1m'), /destination_workload="a\\"b"/);
});
