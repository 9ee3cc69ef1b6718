import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import { criticalPath, criticalTimes } from './critical-path.ts';
import { traceGraph, type GraphNode } from './trace-graph.ts';

const graph = (text: string, options: Parameters<typeof traceGraph>[1] = {}): readonly GraphNode[] => traceGraph(columnsOf(traceOf(text)), options);
/** `service name×rows`, below each other by more dots. */
function drawn(nodes: readonly GraphNode[]): string[] {
  const depth = (i: number): number => (i < 0 ? -1 : depth(nodes[i]!.parent) + 1);
  return nodes.map((n, i) => `${'·'.repeat(depth(i))}${n.service} ${n.name}×${n.rows.length}`);
}

// TraceGraph/testTrace.json and the numbers of calculateTraceDagEV.test.js: count, errors, total, own time.
const TEST_TRACE = `
  service1 op1 0+390000 server k=v
  service1  op2 125000+33000 client k=v !
  service1  op2 250000+37000 client k=v
  service1  op3 180000+66000 client k=v
  service2   op1 200000+20000 server k=v
  service2    op2 201000+18000 k=v
  service1  op4 300000+20000 producer k=v
  service2   op3 800000+200000 consumer k=v
  service1  op6 330000+10000 k=v
  service1   op7 331000+9000 k=v
  service1   op7 332000+8000 k=v`;

test('calls along one path are one node, with their errors and times', () => {
  const nodes = graph(TEST_TRACE, { splitLeaves: true });
  assert.deepEqual(
    nodes.map((n) => [n.service, n.name, n.rows.length, n.errors, n.total / 1e6, n.self / 1e6]),
    [
      ['service1', 'op1', 1, 0, 390, 224],
      ['service1', 'op2', 2, 1, 70, 70],
      ['service1', 'op3', 1, 0, 66, 46],
      ['service2', 'op1', 1, 0, 20, 2],
      ['service2', 'op2', 1, 0, 18, 18],
      ['service1', 'op4', 1, 0, 20, 20],
      ['service2', 'op3', 1, 0, 200, 200],
      ['service1', 'op6', 1, 0, 10, 1],
      ['service1', 'op7', 2, 0, 17, 17],
    ],
  );
  assert.deepEqual(nodes.map((n) => n.nonBlocking), [false, false, false, false, false, false, true, false, false]);
});

const ADJUSTED: readonly [rule: string, trace: string, nodes: string[]][] = [
  ['a client whose only child is the server it names is skipped', 'web load 0+50\nweb  cart::get 1+40 client k=v\ncart   get 2+30 server k=v', ['web load×1', '·cart get×1']],
  ['by its peer too', 'web load 0+50\nweb  call 1+40 client peer.service=cart\ncart   get 2+30 server k=v', ['web load×1', '·cart get×1']],
  ['a client that names another is not', 'web load 0+50\nweb  user::get 1+40 client k=v\ncart   get 2+30 server k=v', ['web load×1', '·web user::get×1', '··cart get×1']],
  ['a server called like its method takes the endpoint', 'web load 0+50 k=v\nweb  cart::/items 1+40 client k=v\ncart   GET 2+30 server http.method=GET', ['web load×1', '·cart GET /items×1']],
  ['a row without attributes between two is skipped', 'web load 0+50 k=v\nweb  note 1+40\nweb   work 2+30 k=v', ['web load×1', '·web work×1']],
  ['not when its caller is another service', 'web load 0+50 k=v\ncart  note 1+40\ncart   work 2+30 k=v', ['web load×1', '·cart note×1', '··cart work×1']],
  ['a client above a client is skipped', 'web load 0+50 k=v\nweb  call 1+40 client k=v\nweb   http 2+30 client k=v', ['web load×1', '·web http×1']],
  ['a leaf takes the name of what it calls', 'web redis::get 0+50 k=v\nweb  get 1+40 client peer.service=redis', ['web redis::get×1', '·redis get×1']],
];
for (const [rule, trace, nodes] of ADJUSTED) test(`graph: ${rule}`, () => assert.deepEqual(drawn(graph(trace)), nodes));

test('a call that made calls and one that made none are one node, unless told as Jaeger has it', () => {
  const trace = 'a root 0+50 k=v\na  get 1+5 k=v\na  get 10+20 k=v\nb   load 11+5 k=v';
  assert.deepEqual(drawn(graph(trace)), ['a root×1', '·a get×2', '··b load×1']);
  assert.deepEqual(drawn(graph(trace, { splitLeaves: true })), ['a root×1', '·a get×1', '·a get×1', '··b load×1']);
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape} make a graph that holds each once`, () => {
    const columns = bigColumns(shape);
    const critical = criticalTimes(criticalPath(columns), columns.count);
    const nodes = traceGraph(columns, { critical });
    assert.equal(nodes.reduce((sum, n) => sum + n.rows.length, 0), 100_000);
    assert.equal(nodes.reduce((sum, n) => sum + n.critical, 0), columns.duration[0]);
  });
}
