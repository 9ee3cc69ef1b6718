import { test } from 'node:test';
import assert from 'node:assert/strict';
import { errorFromAnswer } from './api-error.ts';
import { urlOf } from './http-client.ts';
import { promqlAnyOf, promqlString, readInstant, readRange, sampleValue } from './prometheus.ts';

test('a matrix becomes series in milliseconds with NaN as no data', () => {
  const answer = readRange({ data: { resultType: 'matrix', result: [{ metric: { app: 'ui' }, values: [[10, '1.5'], [20, 'NaN'], [30, '+Inf']] }] }, warnings: ['slow'] });
  assert.deepEqual(answer, { series: [{ labels: { app: 'ui' }, points: [{ t: 10_000, v: 1.5 }, { t: 20_000, v: null }, { t: 30_000, v: Number.POSITIVE_INFINITY }] }], warnings: ['slow'] });
});

test('a vector of two rows is not taken for a scalar, and a scalar is one sample without labels', () => {
  const vector = readInstant({ data: { resultType: 'vector', result: [{ metric: { a: '1' }, value: [10, '1'] }, { metric: { a: '2' }, value: [10, '2'] }] } });
  assert.deepEqual(vector.samples.map((s) => s.v), [1, 2]);
  assert.deepEqual(readInstant({ data: { resultType: 'scalar', result: [10, '7'] } }).samples, [{ labels: {}, t: 10_000, v: 7 }]);
});

test('an empty value is no data, not zero', () => {
  assert.equal(sampleValue(''), null);
  assert.equal(sampleValue('0'), 0);
});

test('label values are quoted so that they cannot end a matcher', () => {
  assert.equal(promqlString('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(promqlAnyOf(['shop', 'a.b']), '"shop|a\\\\.b"');
});

test('a problem document keeps its code, hint, request id and causes', () => {
  const error = errorFromAnswer(422, { code: 'invalid', message: 'Bad weight', hint: 'Use 0..100', requestId: 'r1', causes: [{ message: 'negative', field: 'spec.http[0]' }, 'junk'] }, null);
  assert.equal(error.code, 'invalid');
  assert.equal(error.requestId, 'r1');
  assert.deepEqual(error.causes, [{ message: 'negative', field: 'spec.http[0]' }]);
});

test('an error in Prometheus’ own shape is read by its status', () => {
  const error = errorFromAnswer(400, { status: 'error', errorType: 'bad_data', error: 'parse error at char 3' }, 'r2');
  assert.equal(error.code, 'bad-request');
  assert.equal(error.message, 'parse error at char 3');
  assert.equal(error.requestId, 'r2');
});

test('query parameters repeat arrays and leave empty values out', () => {
  assert.equal(urlOf('/api/x', { ns: ['a', 'b'], q: '', limit: 5, flag: undefined }), '/api/x?ns=a&ns=b&limit=5');
});
