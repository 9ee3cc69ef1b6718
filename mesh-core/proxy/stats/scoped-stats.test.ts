import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionBook } from './connection-book.ts';
import { quantileOf } from './quantile.ts';
import { ResponseCodes } from './response-codes.ts';
import { HostStats, ProxyStats } from './scoped-stats.ts';
import { StatScopes } from './stat-scopes.ts';

test('statistics live as long as somebody holds their name', () => {
  const scopes = new StatScopes(() => ({ count: 0 }));
  scopes.hold('a').count++;
  scopes.hold('a').count++;
  scopes.release('a');
  assert.deepEqual(scopes.entries, [['a', { count: 2 }]]);
  scopes.release('a');
  assert.deepEqual(scopes.entries, []);
  assert.equal(scopes.hold('a').count, 0);
});

test('answers are counted by status and by class; interim ones are not complete, none at all is no answer', () => {
  const codes = new ResponseCodes();
  for (const status of [200, 200, 204, 103, 503, 0, 999]) codes.count(status);
  assert.deepEqual(codes.byStatus, [[103, 1], [200, 2], [204, 1], [503, 1]]);
  assert.deepEqual(codes.byClass, [['1xx', 1], ['2xx', 3], ['3xx', 0], ['4xx', 0], ['5xx', 1]]);
  assert.equal(codes.completed, 4);
  codes.reset();
  assert.deepEqual(codes.byStatus, []);
});

test('bytes of open connections and of those closed are summed up; a reset begins with what comes', () => {
  const book = new ConnectionBook();
  const [one, two] = [{ bytesRead: 10, bytesWritten: 1 }, { bytesRead: 5, bytesWritten: 2 }];
  book.opened(one);
  book.opened(two);
  book.closed(one);
  book.closed(one);
  assert.deepEqual([book.active, book.bytesRead, book.bytesWritten], [1, 15, 3]);
  book.reset();
  two.bytesRead += 3;
  assert.deepEqual([book.bytesRead, book.bytesWritten], [3, 0]);
  book.closed(two);
  assert.deepEqual([book.active, book.bytesRead], [0, 3]);
});

test('quantiles lie within their bucket; without observations there are none', () => {
  const series = { bounds: [10, 20], buckets: Float64Array.of(0, 4), count: 4 };
  assert.deepEqual([0, 50, 100].map((percent) => quantileOf(series, percent)), [10, 15, 20]);
  assert.equal(quantileOf({ ...series, buckets: Float64Array.of(0, 0), count: 2 }, 50), 20, 'beyond the last bucket');
  assert.ok(Number.isNaN(quantileOf({ ...series, count: 0 }, 50)));
});

test('a reset sets counters to zero and leaves gauges alone', () => {
  const stats = new ProxyStats();
  const http = stats.http.hold('in');
  http.counters.downstream_rq_total = 3;
  http.requestsActive = 1;
  http.requestTime.observe(4);
  stats.listenerManager.listener_added = 2;
  stats.reset();
  assert.deepEqual([http.counters.downstream_rq_total, http.requestsActive, http.requestTime.series, stats.listenerManager.listener_added], [0, 1, undefined, 0]);
  assert.equal(new HostStats().counters.rq_total, 0);
});
