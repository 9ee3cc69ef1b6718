import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { hide, matchesOf, neighbourhood } from './find-and-hide.ts';
import { aGraph, anEdge, aNode } from './graph-fixtures.ts';
import { parseExpression, type Expression } from './graph-expression.ts';

const parsed = (text: string): Expression => {
  const result = parseExpression(text);
  assert.ok(result.ok && result.expression !== undefined, `${text}: ${result.ok ? 'empty' : result.error.message}`);
  return result.expression;
};
const refused = (text: string) => {
  const result = parseExpression(text);
  assert.ok(!result.ok, `${text} should be refused`);
  return result.error;
};

const graph = aGraph(
  [aNode('ui-v1', { isRoot: true }), aNode('catalog-v1', { app: 'catalog', version: 'v1', badges: ['virtual-service'] }), aNode('catalog-v2', { app: 'catalog', version: 'v2', health: { status: 'failing', reason: '' } }), aNode('lonely', { isIdle: true, health: { status: 'idle', reason: '' } })],
  [
    anEdge('ui-v1', 'catalog-v1', { rate: 9, latencyMs: { p50: 5, p95: 80, p99: 120 }, mtls: 1 }),
    anEdge('ui-v1', 'catalog-v2', { rate: 1, errorRatio: 0.2, status: 'failing', latencyMs: { p50: 100, p95: 1500, p99: 2000 }, mtls: 0.5 }),
  ],
);
const found = (text: string): string[] => {
  const { nodes, edges } = matchesOf(graph, parsed(text));
  return [...nodes, ...edges].map((id) => id.replaceAll('wl:shop/', '').replace('>http', ''));
};

for (const [text, expected] of [
  ['name contains CATALOG', ['catalog-v1', 'catalog-v2']],
  ['name *= catalog and version = v2', ['catalog-v2']],
  ['name not contains catalog', ['ui-v1', 'lonely']],
  ['name !$= v1', ['catalog-v2', 'lonely']],
  ['rps > 5', ['ui-v1>catalog-v1']],
  ['rps = 9', ['ui-v1>catalog-v1']],
  ['error > 1%', ['ui-v1>catalog-v2']],
  ['error = 0', ['ui-v1>catalog-v1']],
  ['p95 >= 1.5s', ['ui-v1>catalog-v2']],
  ['rt > 1000', ['ui-v1>catalog-v2']],
  ['failing', ['catalog-v2', 'ui-v1>catalog-v2']],
  ['! healthy', ['catalog-v2', 'lonely', 'ui-v1>catalog-v2']],
  ['node.healthy', ['ui-v1', 'catalog-v1']],
  ['has vs', ['catalog-v1']],
  ['mtls', ['ui-v1>catalog-v1']],
  ['edge.p95 > 500 and target.version = "v2"', ['ui-v1>catalog-v2']],
  ['from = ui-v1 and (to contains v2 or rps > 5)', ['ui-v1>catalog-v1', 'ui-v1>catalog-v2']],
  ['code = 503', ['ui-v1>catalog-v2']],
  ['idle || root', ['ui-v1', 'lonely']],
] as const) {
  test(`finds by: ${text}`, () => assert.deepEqual(found(text).toSorted(), [...expected].toSorted()));
}
test('OR binds looser than AND', () => assert.deepEqual(found('root or name = catalog-v1 and version = v9'), ['ui-v1']));
test('a question that does not apply to an element is neither true nor false of it', () => assert.deepEqual(found('not p95 > 100'), ['ui-v1>catalog-v1']));
test('the empty text asks for nothing', () => assert.deepEqual(parseExpression('   '), { ok: true, expression: undefined }));
for (const [text, message, start] of [
  ['catalog', /name contains catalog/, 0],
  ['heal', /Did you mean “healthy”/, 0],
  ['rps >', /value is missing/, 4],
  ['rps > many', /not a number such as 5/, 6],
  ['rps contains 5', /is a number/, 4],
  ['name > a', /is a text/, 5],
  ['name', /Compare it/, 0],
  ['healthy = yes', /yes or no/, 8],
  ['(healthy', /never closed/, 0],
  ['healthy)', /never opened/, 7],
  ['healthy idle', /AND or OR/, 8],
  ['healthy and', /condition is missing/, 10],
  ['name = "x', /quotation mark/, 7],
  ['edge.namespace = shop', /An edge has no/, 0],
] as const) {
  test(`refuses ${text} and says where`, () => {
    const error = refused(text);
    assert.match(error.message, message);
    assert.equal(error.start, start);
  });
}
test('never throws and points into the text, whatever is typed', () => {
  const pieces = fc.constantFrom('name', 'rps', '>', '5', '(', ')', 'and', 'or', 'not', '!', 'healthy', '"', 'x.y', ' ', '%', '&', '*=', 'contains');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(pieces, { maxLength: 9 }).map((p) => p.join(' '))), (text) => {
      const result = parseExpression(text);
      return result.ok || (result.error.start >= 0 && result.error.end <= text.length && result.error.start <= result.error.end);
    }),
    { numRuns: 500 },
  );
});
test('hiding a node hides its edges and what is left without any, but not what was idle', () => {
  assert.deepEqual(hide(graph, parsed('root')).nodes.map((n) => n.label), ['lonely']);
  assert.deepEqual(hide(graph, parsed('edge.healthy')).nodes.map((n) => n.label), ['ui-v1', 'catalog-v2', 'lonely']);
});
test('hiding what is healthy keeps a failing call and both its ends', () => {
  const hidden = hide(graph, parsed('healthy'));
  assert.deepEqual([hidden.edges.length, hidden.nodes.map((n) => n.label)], [1, ['ui-v1', 'catalog-v2', 'lonely']]);
});
test('a neighbourhood follows calls up and down but not back', () => {
  const chain = aGraph(['a', 'b', 'c', 'd'].map((n) => aNode(n)), [anEdge('a', 'b'), anEdge('b', 'c'), anEdge('a', 'd')]);
  assert.deepEqual(neighbourhood(chain, 'wl:shop/b', Infinity).nodes.map((n) => n.label), ['a', 'b', 'c']);
  assert.deepEqual(neighbourhood(chain, 'wl:shop/c', 1).nodes.map((n) => n.label), ['b', 'c']);
});
