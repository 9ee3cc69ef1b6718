import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakerLimits, CircuitBreaker } from './circuit-breaker.ts';

const nothing = (): void => {};

test('requests run up to the limit, then wait, then are refused', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxConnections: 2, maxPendingRequests: 1 };
  assert.deepEqual([breaker.enter(nothing), breaker.enter(() => {}), breaker.enter(() => {}), breaker.enter(() => {})], ['running', 'running', 'waiting', 'overflow']);
  assert.deepEqual([breaker.running, breaker.waiting], [2, 1]);
});
test('what is over maxRequests does not wait', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxConnections: 5, maxRequests: 1, maxPendingRequests: 9 };
  assert.equal(breaker.enter(nothing), 'running');
  assert.equal(breaker.enter(() => {}), 'overflow');
});
test('a budget allows retries as a share of the requests, and a few in any case', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxRetries: 0, retryBudget: { budgetPercent: { value: 50 }, minRetryConcurrency: 1 } };
  assert.deepEqual([breaker.enterRetry(), breaker.enterRetry()], [true, false]);
  for (let i = 0; i < 5; i++) breaker.enter(() => {});
  assert.deepEqual([breaker.enterRetry(), breaker.enterRetry()], [true, false]);
});
test('a place that gets free goes to who has waited longest', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxConnections: 1 };
  const started: string[] = [];
  for (const name of ['a', 'b', 'c']) breaker.enter(() => started.push(name));
  breaker.release();
  assert.deepEqual(started, ['a', 'b']);
});
test('who leaves the queue is not started', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxConnections: 1 };
  const leaver = (): void => assert.fail('started');
  breaker.enter(nothing);
  breaker.enter(leaver);
  breaker.leaveQueue(leaver);
  breaker.release();
  assert.deepEqual([breaker.running, breaker.waiting], [0, 0]);
});
test('without limits nothing is refused', () => {
  const breaker = new CircuitBreaker();
  for (let i = 0; i < 1000; i++) assert.equal(breaker.enter(() => {}), 'running');
  assert.equal(breaker.enterRetry(), true);
});
test('retries have a limit of their own', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = { maxRetries: 1 };
  assert.deepEqual([breaker.enterRetry(), breaker.enterRetry()], [true, false]);
  breaker.leaveRetry();
  assert.equal(breaker.enterRetry(), true);
});

test('over HTTP/2 connections do not bound requests, and what is over the limit of requests does not wait', () => {
  const breaker = new CircuitBreaker();
  breaker.limits = breakerLimits({ maxConnections: 1, maxRequests: 2, maxPendingRequests: 10 }, true);
  assert.deepEqual([1, 2, 3].map(() => breaker.enter(() => {})), ['running', 'running', 'overflow']);
});
