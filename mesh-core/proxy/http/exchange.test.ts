import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anExchange } from '../testing/an-exchange.ts';
import { composeFilters, localReply } from './exchange.ts';
import type { Filter, ProxyResponse } from './exchange.ts';

test('an exchange ends once, and what was registered last hears of it first', () => {
  const exchange = anExchange();
  const heard: string[] = [];
  exchange.onDone(() => heard.push('outer'));
  exchange.onDone(() => heard.push('inner'));
  exchange.finish();
  exchange.finish();
  assert.deepEqual(heard, ['inner', 'outer']);
});
test('who asks after the client has left is told at once', () => {
  const exchange = anExchange();
  let told = 0;
  exchange.onAbort(() => told++);
  exchange.abort();
  exchange.abort();
  exchange.onAbort(() => told++);
  assert.equal(told, 2);
});
test('a client that leaves after the end aborts nothing', () => {
  const exchange = anExchange();
  exchange.onAbort(() => assert.fail('aborted'));
  exchange.finish();
  exchange.abort();
  assert.equal(exchange.aborted, false);
});
test('the first filter is outermost: first to see the request, last to see the answer', () => {
  const seen: string[] = [];
  const filter = (name: string): Filter => (next) => (exchange, respond) => {
    seen.push(`${name} request`);
    next(exchange, (response) => {
      seen.push(`${name} response`);
      respond(response);
    });
  };
  composeFilters([filter('a'), filter('b')], (_exchange, respond) => respond({ status: 200, headers: {}, body: '' }))(anExchange(), () => {});
  assert.deepEqual(seen, ['a request', 'b request', 'b response', 'a response']);
});
test("the proxy's own answer carries its reason in the record and its length in the headers", () => {
  const exchange = anExchange();
  let answer: ProxyResponse | undefined;
  localReply(exchange, (response) => (answer = response), { status: 503, body: 'no healthy upstream', details: 'no_healthy_upstream', flag: 'UH' });
  assert.deepEqual(answer?.headers, { 'content-length': '19', 'content-type': 'text/plain' });
  assert.deepEqual(exchange.record.flags, ['UH']);
  assert.equal(exchange.record.details, 'no_healthy_upstream');
});
