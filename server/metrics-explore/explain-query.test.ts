import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError, type QueryRequest } from '#server/promql/metrics-backend.ts';
import { explainQuery } from './explain-query.ts';

const signal = new AbortController().signal;
const part = { parent: -1, text: 'up', span: { start: 0, end: 2 }, kind: 'vector-selector', series: 2, samples: 4, milliseconds: 0.5 };

test('hands a range on whole, and asks at one moment when there is no step', async () => {
  const asked: QueryRequest[] = [];
  const metrics = { explain: async (request: QueryRequest) => (asked.push(request), [part]) };
  assert.deepEqual(await explainQuery({ metrics, signal, input: { query: 'up', start: 10, end: 20, step: 5 } }), { parts: [part] });
  await explainQuery({ metrics, signal, input: { query: 'up', start: 10, end: 20 } });
  assert.deepEqual(asked.map(({ signal: _, ...rest }) => rest), [{ query: 'up', start: 10, end: 20, step: 5 }, { query: 'up', start: 10 }]);
});

for (const [input, message] of [
  [{ query: 'up', start: 20, end: 10, step: 1 }, /ends before it starts/],
  [{ query: 'up', start: 0, end: 11_001, step: 1 }, /more than 11,000 points/],
] as const) {
  test(`refuses a range that ${message.source.replaceAll('.*', ' ')} without asking`, async () => {
    const metrics = { explain: () => assert.fail('asked') };
    await assert.rejects(explainQuery({ metrics, signal, input }), { code: 'bad-request', message });
  });
}

for (const [errorType, code] of [['bad_data', 'bad-request'], ['execution', 'invalid'], ['timeout', 'timeout'], ['unavailable', 'not-found']] as const) {
  test(`passes the text of ${errorType} on as ${code}`, async () => {
    const metrics = { explain: async () => Promise.reject(new QueryError(errorType, '1:5: parse error: why')) };
    await assert.rejects(explainQuery({ metrics, signal, input: { query: 'up', start: 1 } }), { name: 'ServerError', code, message: '1:5: parse error: why' });
  });
}
