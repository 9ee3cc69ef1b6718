import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantSeries, rangeSeries, searchHit, tagScopes, tagValue } from './search-json.ts';

test('a trace that was found, with its spans and what was asked of them', () => {
  const span = { spanId: '01', service: 'cart', name: 'GET', kind: 'server', status: 'error', startUnixNano: '5', durationNano: '6', attributes: { 'span.http.route': '/a', '.b': 1, 'span:kind': 'server', 'resource.service.name': 'cart', 'span."a b"': true } } as const;
  const hit = { traceId: 'ab', rootService: 'shop', rootName: 'GET /', startUnixNano: '1', durationNano: '2999999', spanCount: 2, errorCount: 1, services: [{ name: 'cart', spanCount: 2, errorCount: 1 }, { name: 'shop', spanCount: 1, errorCount: 0 }], incomplete: false, matched: 1, spanSets: [{ attributes: { 'count()': 3 }, matched: 1, spans: [span] }] };
  const set = {
    spans: [
      {
        spanID: '01',
        name: 'GET',
        startTimeUnixNano: '5',
        durationNanos: '6',
        attributes: [
          { key: 'http.route', value: { stringValue: '/a' } },
          { key: 'b', value: { intValue: '1' } },
          { key: 'kind', value: { stringValue: 'server' } },
          { key: 'service.name', value: { stringValue: 'cart' } },
          { key: 'a b', value: { boolValue: true } },
        ],
      },
    ],
    matched: 1,
    attributes: [{ key: 'count()', value: { intValue: '3' } }],
  };
  assert.deepEqual(searchHit(hit), { traceID: 'ab', rootServiceName: 'shop', rootTraceName: 'GET /', startTimeUnixNano: '1', durationMs: 2, spanSet: set, spanSets: [set], serviceStats: { cart: { spanCount: 2, errorCount: 1 }, shop: { spanCount: 1 } } });
});

test('keys by scope, bare intrinsics beside scoped ones, values with types', () => {
  const attributes = [
    { scope: 'span', key: 'b', types: ['int'] },
    { scope: 'span', key: 'a', types: ['int', 'string'] },
    { scope: 'intrinsic', key: 'span:status', types: ['string'] },
    { scope: 'resource', key: 'service.name', types: ['string'] },
  ] as const;
  assert.deepEqual(tagScopes(attributes, undefined, 10), [
    { name: 'resource', tags: ['service.name'] },
    { name: 'span', tags: ['a', 'b'] },
    { name: 'intrinsic', tags: ['span:status', 'status'] },
  ]);
  assert.deepEqual(tagScopes(attributes, 'span', 1), [{ name: 'span', tags: ['a'] }]);
  assert.deepEqual(tagValue({ value: 5, type: 'int' }), { type: 'int', value: '5' });
});

test('series leave out times without a value; an instant is one value', () => {
  const answer = { exact: true, notes: [], timesUnixNano: ['1000000', '2000000', '3000000'], series: [{ labels: { 'resource.service.name': 'a', p: 0.5 }, values: [1.5, null, Number.POSITIVE_INFINITY], exemplars: [{ traceId: 'ab', spanId: '01', timeUnixNano: '1500000', value: 2 }] }] };
  assert.deepEqual(rangeSeries(answer), [
    {
      labels: [{ key: 'resource.service.name', value: { stringValue: 'a' } }, { key: 'p', value: { doubleValue: 0.5 } }],
      samples: [{ timestampMs: '1', value: 1.5 }, { timestampMs: '3', value: 'Infinity' }],
      exemplars: [{ labels: [{ key: 'trace:id', value: { stringValue: 'ab' } }, { key: 'span:id', value: { stringValue: '01' } }], value: 2, timestampMs: '1' }],
    },
  ]);
  assert.deepEqual(instantSeries({ ...answer, series: [{ labels: {}, values: [1, 2, null], exemplars: [] }, { labels: {}, values: [null], exemplars: [] }] }), [{ labels: [], value: 2 }]);
});
