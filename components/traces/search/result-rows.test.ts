import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanHit, TraceHit } from '#server/traces/trace-questions.ts';
import { columnValues, resultRows, servicesBeside, shortOperation, totalsText } from './result-rows.ts';
import { mergeTail } from './tail-rows.ts';

const aSpan = (spanId: string, attributes: SpanHit['attributes'] = {}): SpanHit => ({ spanId, service: 'a', name: 'GET', kind: 'server', status: 'unset', startUnixNano: '5', durationNano: '1', attributes });
const aTrace = (traceId: string, more: Partial<TraceHit> = {}): TraceHit => ({ traceId, rootService: 'a', rootName: 'GET', startUnixNano: '5', durationNano: '10', spanCount: 4, errorCount: 0, services: [], incomplete: false, matched: 1, spanSets: [], ...more });

test('traces are lines; with spans, each has its own under it, groups named, and says how many are not shown', () => {
  const trace = aTrace('t', { matched: 5, spanSets: [{ attributes: {}, matched: 1, spans: [aSpan('1')] }, { attributes: { 'by(span:name)': 'GET' }, matched: 4, spans: [aSpan('2'), aSpan('3')] }] });
  assert.deepEqual(resultRows([trace], 'traces').map(({ kind }) => kind), ['trace']);
  const rows = resultRows([trace], 'spans');
  assert.deepEqual(rows.map(({ kind }) => kind), ['trace', 'span', 'set', 'span', 'span', 'more']);
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  assert.deepEqual(rows.at(-1), { kind: 'more', key: 't more', trace, hidden: 2 });
});

test('a column has each value of the matching spans once', () => {
  const trace = aTrace('t', { spanSets: [{ attributes: {}, matched: 3, spans: [aSpan('1', { 'span.a': 1 }), aSpan('2', { 'span.a': 2 }), aSpan('3', { 'span.a': 1 })] }] });
  assert.deepEqual(columnValues(trace, 'span.a'), [1, 2]);
  assert.deepEqual(columnValues(trace, 'span.b'), []);
});

test('totals are exact and say which part is shown', () => {
  assert.equal(totalsText({ offset: 0, shown: 50, traces: 12_408, spans: 13_010, tookMs: 44.6 }), '1–50 of 12,408 traces, 13,010 matching spans, 45\u2009ms');
  assert.equal(totalsText({ offset: 50, shown: 1, traces: 51, spans: 51, tookMs: 1 }), '51–51 of 51 traces, 51 matching spans, 1\u2009ms');
});

test('the tail takes what is new on top, renews what has grown, and knows what is fresh', () => {
  const first = mergeTail({ traces: [], fresh: new Set() }, [aTrace('a', { startUnixNano: '10' })]);
  assert.deepEqual([...first.fresh], []);
  const second = mergeTail(first, [aTrace('b', { startUnixNano: '20' }), aTrace('a', { startUnixNano: '10', spanCount: 9 })]);
  assert.deepEqual(second.traces.map(({ traceId, spanCount }) => [traceId, spanCount]), [['b', 4], ['a', 9]]);
  assert.deepEqual([...second.fresh], ['b']);
});

test('a span that a proxy named after its route is told without what all services of a cluster share', () => {
  assert.equal(shortOperation('catalog.shop.svc.cluster.local:80/*'), 'catalog.shop:80/*');
  for (const name of ['GET /items', 'bank.example.com:80/*', 'catalog.shop.svc.cluster.local', '']) assert.equal(shortOperation(name), name);
});

test('services stand beside the root’s, which names the row; alone it is shown', () => {
  const service = (name: string) => ({ name, spanCount: 1, errorCount: 0 });
  const names = (rootService: string, services: readonly string[]): readonly string[] => servicesBeside({ rootService, services: services.map(service) }).map(({ name }) => name);
  assert.deepEqual([names('ui', ['cart', 'ui']), names('ui', ['ui']), names('', ['cart', 'ui'])], [['cart'], ['ui'], ['cart', 'ui']]);
});
