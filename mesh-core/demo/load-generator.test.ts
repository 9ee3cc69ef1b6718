import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickRoute, ROUTE_MIX } from './load-generator.ts';

test('picks routes in proportion to their weights', () => {
  const counts = new Map<string, number>();
  const n = 22_000;
  for (let i = 0; i < n; i++) {
    const { method, path } = pickRoute((i + 0.5) / n);
    counts.set(`${method} ${path}`, (counts.get(`${method} ${path}`) ?? 0) + 1);
  }
  const total = ROUTE_MIX.reduce((sum, r) => sum + r.weight, 0);
  for (const route of ROUTE_MIX) assert.ok(Math.abs((counts.get(`${route.method} ${route.path}`) ?? 0) / n - route.weight / total) < 0.001);
});
test('never runs out at the ends', () => {
  assert.equal(pickRoute(0).path, '/');
  assert.equal(pickRoute(0.9999999999999999).path, '/api/claims');
});
