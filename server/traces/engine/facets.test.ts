import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver, selecting } from '#server/traces/testing/questions-over.ts';
import type { Attribute, Intrinsic, IntrinsicName } from '#server/traces/traceql/ast.ts';

const events = ['retry', 'retry', 'done'].map((name) => ({ timeUnixNano: '1', name, attributes: { n: 1 } }));
const SPANS = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'shop', name: 'root', attributes: { k: 'a' }, events, resource: { 'service.name': 'shop', k: 'of the resource' } }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', kind: 'client', status: { code: 'error', message: 'no' }, attributes: { k: 'b' }, scope: { name: 'lib', version: '1', attributes: { x: true } } }),
  aSpan({ traceId: traceId(1), spanId: spanId(3), parentSpanId: spanId(1), service: 'cart', kind: 'client', attributes: { k: 1, m: { a: [1] } }, links: [{ traceId: traceId(9), spanId: spanId(9), attributes: { l: 2 } }] }),
  aSpan({ traceId: traceId(2), spanId: spanId(4), service: 'shop', resource: { 'service.name': 'shop', k: 'of the resource' } }),
];
const questions = questionsOver(SPANS);
const intrinsic = (name: IntrinsicName): Intrinsic => ({ kind: 'intrinsic', name });
const attribute = (key: string, scope?: Attribute['scope']): Attribute => ({ kind: 'attribute', key, ...(scope === undefined ? {} : { scope }) });

const FIELDS: readonly [field: Attribute | Intrinsic, text: string, values: [unknown, number][], absent: number][] = [
  [attribute('k'), '.k', [['of the resource', 1], ['a', 1], ['b', 1], [1, 1]], 0],
  [attribute('k', 'span'), 'span.k', [['a', 1], ['b', 1], [1, 1]], 1],
  [attribute('k', 'resource'), 'resource.k', [['of the resource', 2]], 2],
  [attribute('x', 'instrumentation'), 'instrumentation.x', [[true, 1]], 3],
  [attribute('n', 'event'), 'event.n', [[1, 1]], 3],
  [attribute('l', 'link'), 'link.l', [[2, 1]], 3],
  [attribute('m'), '.m', [[{ a: [1] }, 1]], 3],
  [{ ...attribute('k', 'span'), parent: true }, 'parent.span.k', [['a', 2]], 2],
  [intrinsic('span:name'), 'span:name', [['op', 3], ['root', 1]], 0],
  [intrinsic('span:status'), 'span:status', [['unset', 3], ['error', 1]], 0],
  [intrinsic('span:statusMessage'), 'span:statusMessage', [['no', 1]], 3],
  [intrinsic('span:kind'), 'span:kind', [['client', 2], ['internal', 2]], 0],
  [intrinsic('span:duration'), 'span:duration', [[10, 4]], 0],
  [intrinsic('span:childCount'), 'span:childCount', [[0, 3], [2, 1]], 0],
  [intrinsic('span:parentID'), 'span:parentID', [[spanId(1), 2]], 2],
  [intrinsic('trace:rootName'), 'trace:rootName', [['root', 3], ['op', 1]], 0],
  [intrinsic('trace:rootService'), 'trace:rootService', [['shop', 4]], 0],
  [intrinsic('trace:id'), 'trace:id', [[traceId(1), 3], [traceId(2), 1]], 0],
  [intrinsic('event:name'), 'event:name', [['done', 1], ['retry', 1]], 3],
  [intrinsic('link:traceID'), 'link:traceID', [[traceId(9), 1]], 3],
  [intrinsic('instrumentation:name'), 'instrumentation:name', [['', 3], ['lib', 1]], 0],
];
for (const [field, text, values, absent] of FIELDS) {
  test(`counts the values of ${text}`, async () => {
    const { facets, totalSpans } = await questions.facets({ ...selecting('{ }'), fields: [field], limit: 10 });
    const byCount = (a: readonly [unknown, number], b: readonly [unknown, number]): number => b[1] - a[1] || (JSON.stringify(a[0]) < JSON.stringify(b[0]) ? -1 : 1);
    assert.deepEqual(facets[0]?.values.map((v): [unknown, number] => [v.value, v.spans]).sort(byCount), values.toSorted(byCount));
    assert.deepEqual([facets[0]?.field, facets[0]?.absent, facets[0]?.distinct, totalSpans], [text, absent, values.length, 4]);
  });
}

test('errors are counted with each value, and only matching spans', async () => {
  const { facets, totalSpans } = await questions.facets({ ...selecting('{ kind = client }'), fields: [attribute('service.name', 'resource')], limit: 1 });
  assert.deepEqual([facets[0]?.values, totalSpans], [[{ value: 'cart', spans: 2, errors: 1 }], 2]);
});

test('values of a field are found by a part of them, whatever its case', async () => {
  const find = (contains: string) => questions.attributeValues({ field: attribute('k'), contains, limit: 5 });
  assert.deepEqual(await find('THE res'), [{ value: 'of the resource', spans: 1, type: 'string' }]);
  assert.deepEqual(await find('1'), [{ value: 1, spans: 1, type: 'int' }]);
  assert.deepEqual(await questions.attributeValues({ field: intrinsic('span:kind'), limit: 1 }), [{ value: 'client', spans: 2, type: 'keyword' }]);
});

test('the catalogue tells scopes and types', async () => {
  const infos = (await questions.attributes()).filter((a) => a.scope !== 'intrinsic' && a.key !== 'service.name');
  assert.deepEqual(infos.map((a) => [a.scope, a.key, a.types.join()]), [
    ['resource', 'k', 'string'], ['span', 'k', 'int,string'], ['link', 'l', 'int'], ['span', 'm', 'map'], ['event', 'n', 'int'], ['instrumentation', 'x', 'bool'],
  ]);
});

test('a duration stands among the spans of its operation', async () => {
  const spans = Array.from({ length: 200 }, (_, i) => aSpan({ traceId: traceId(i + 1), start: i, duration: i + 1, kind: 'server', name: 'GET', service: 'shop' }));
  const of = questionsOver([...spans, aSpan({ service: 'shop', name: 'GET', kind: 'client', duration: 1 })]);
  const ask = (durationNano: number, from = '0') => of.percentile({ service: 'shop', operation: 'GET', kind: 'server', durationNano, fromUnixNano: from, toUnixNano: '1000' });
  assert.deepEqual(await ask(150), { spans: 200, percentile: 75, p50Nano: 100, p95Nano: 190, p99Nano: 198 });
  assert.equal((await ask(0))?.percentile, 0);
  assert.equal((await ask(1000, '190'))?.spans, 10);
  assert.equal(await of.percentile({ service: 'shop', operation: 'no', kind: 'server', durationNano: 1, fromUnixNano: '0', toUnixNano: '9' }), undefined);
});
