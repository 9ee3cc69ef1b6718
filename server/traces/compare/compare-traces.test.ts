import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { traceGraph } from '#server/traces/core/trace-graph.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { shapedTrace } from '#server/traces/testing/shaped-trace.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';
import { compareTraces, type ComparedPlace, type TraceSide } from './compare-traces.ts';

function side(spans: readonly Span[]): TraceSide {
  const segment = buildSegment(spans);
  return { segment, ...buildTraceColumns(segment) };
}
const compared = (a: string, b: string): ComparedPlace[] => compareTraces(side(traceOf(a)), side(traceOf(b)));
const drawn = (places: readonly ComparedPlace[]): string[] => places.map((p) => `${'·'.repeat(p.depth)}${p.name} ${p.change} ${p.a.count}→${p.b.count}`);

const BASE = 'web load 0+100 k=v\nweb  render 5+20 k=v\ncart  list 30+60 k=v\ndb   select 40+10 k=v';

const CASES: readonly [rule: string, a: string, b: string, places: string[]][] = [
  ['identical traces', BASE, BASE, ['load same 1→1', '·render same 1→1', '·list same 1→1', '··select same 1→1']],
  ['an added leaf', BASE, `${BASE}\ndb   select 60+10 k=v\nweb  log 95+1 k=v`, ['load same 1→1', '·render same 1→1', '·list same 1→1', '··select more 1→2', '·log added 0→1']],
  ['a removed subtree', BASE, 'web load 0+100 k=v\nweb  render 5+20 k=v', ['load same 1→1', '·render same 1→1', '·list removed 1→0', '··select removed 1→0']],
  ['a leaf that makes calls now stays the same place', 'web load 0+100 k=v\ncart  list 30+60 k=v', 'web load 0+100 k=v\ncart  list 30+60 k=v\ndb   select 40+10 k=v', ['load same 1→1', '·list same 1→1', '··select added 0→1']],
  ['a client that only leads to its server is skipped', 'web load 0+100 k=v\ncart  list 30+60 server k=v', 'web load 0+100 k=v\nweb  cart::list 20+75 client k=v\ncart   list 30+60 server k=v', ['load same 1→1', '·list same 1→1']],
  ['a server called like its method has its endpoint', 'web load 0+100 k=v\nweb  cart::/items 1+40 client k=v\ncart   GET 2+30 server http.method=GET', 'web load 0+100 k=v\nweb  cart::/users 1+40 client k=v\ncart   GET 2+30 server http.method=GET', ['load same 1→1', '·GET /items removed 1→0', '·GET /users added 0→1']],
  ['another order makes no difference', 'a root 0+100 k=v\na  x 0+10 k=v\na  y 20+10 k=v', 'a root 0+100 k=v\na  y 0+10 k=v\na  x 20+10 k=v', ['root same 1→1', '·x same 1→1', '·y same 1→1']],
];
for (const [rule, a, b, places] of CASES) test(`compare: ${rule}`, () => assert.deepEqual(drawn(compared(a, b)), places));

test('differences are in durations, own times, errors and time on the critical path', () => {
  const list = compared(BASE, BASE.replace('30+60 k=v', '30+40 k=v !').replace('40+10', '40+25')).find((p) => p.name === 'list');
  assert.deepEqual(list?.difference, { count: 0, errors: 1, total: -20_000, avg: -20_000, self: -35_000, critical: -35_000 });
  assert.deepEqual([list.a.rows, list.b.rows], [[2], [2]]);
});

test("a skipped client's own time counts where its server took its place", () => {
  const list = compared('web load 0+100 k=v\ncart  list 30+60 server k=v', 'web load 0+100 k=v\nweb  cart::list 20+75 client k=v\ncart   list 30+60 server k=v').find((p) => p.name === 'list');
  assert.deepEqual([list?.a.self, list?.b.self, list?.b.critical, list?.b.total], [60_000, 75_000, 75_000, 60_000]);
});

test('attributes that came, went or changed are told, of spans and resources, but not ids', () => {
  const a = traceOf('s op 0+10 same=1 old=x status=200 request.id=1', { resource: { 'service.name': 's', 'service.version': '1' } });
  const b = traceOf('s op 0+10 same=1 new=y status=503 request.id=2', { resource: { 'service.name': 's', 'service.version': '2' } });
  assert.deepEqual(compareTraces(side(a), side(b))[0]?.attributes, [
    { field: 'span.new', change: 'added', a: [], b: ['y'] },
    { field: 'span.old', change: 'removed', a: ['x'], b: [] },
    { field: 'span.status', change: 'changed', a: ['200'], b: ['503'] },
    { field: 'resource.service.version', change: 'changed', a: ['1'], b: ['2'] },
  ]);
});

test('members are those of the graph by path, and a trace compared with itself differs in nothing', () => {
  fc.assert(
    fc.property(arbitraryTrace, arbitraryTrace, (first, second) => {
      const [a, b] = [side(first), side(second)];
      const places = compareTraces(a, b);
      for (const [i, { columns }] of [a, b].entries()) {
        // The graph knows no kinds, so it may hold fewer nodes.
        const graph = traceGraph(columns);
        const counts = (list: readonly { readonly key: string; readonly n: number }[]): Record<string, number> => list.reduce<Record<string, number>>((sum, { key, n }) => ({ ...sum, [key]: (sum[key] ?? 0) + n }), {});
        const path = (list: readonly { readonly parent: number; readonly service: string; readonly name: string }[], at: number): string => (at < 0 ? '' : `${path(list, list[at]!.parent)}/${list[at]!.service} ${list[at]!.name}`);
        assert.deepEqual(
          counts(places.map((p, at) => ({ key: path(places, at), n: (i === 0 ? p.a : p.b).count })).filter(({ n }) => n > 0)),
          counts(graph.map((node, at) => ({ key: path(graph, at), n: node.rows.length }))),
        );
        const self = columns.self.reduce((sum, nano) => sum + nano, 0);
        if (places.length > 0) assert.equal(places.reduce((sum, p) => sum + (i === 0 ? p.a : p.b).self, 0), self);
      }
      for (const place of compareTraces(a, a)) assert.deepEqual([place.change, Object.values(place.difference).every((d) => d === 0), place.attributes], ['same', true, []]);
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

for (const shape of ['wide', 'deep'] as const) {
  test(`100,000 spans ${shape} are compared`, () => {
    const spans = shapedTrace(shape, 100_000, (i) => ({ path: `/items/${i % 500}`, cached: i % 4 === 0 }));
    const trace = side(spans);
    const other = side(spans.map((span, i) => (i % 1000 === 7 ? { ...span, attributes: { ...span.attributes, cached: 'maybe' } } : span)));
    const places = compareTraces(trace, other);
    assert.equal(places.reduce((sum, p) => sum + p.a.count, 0), places.reduce((sum, p) => sum + p.b.count, 0));
    assert.ok(places.some((p) => p.attributes.some((d) => d.field === 'span.cached' && d.b.includes('maybe'))));
  });
}
