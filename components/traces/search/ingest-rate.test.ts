import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngestSnapshot } from '#server/traces/receiver/ingest-status.ts';
import { ingestMark, ingestRate, notTaken } from './ingest-rate.ts';

const way = (protocol: 'otlp-http' | 'zipkin', spans: number, refused: Record<string, number> = {}, rejected: Record<string, number> = {}) => ({ protocol, requests: 1, refused, spans, rejected, bytes: 1 });
const snapshot = (...protocols: IngestSnapshot['protocols']): IngestSnapshot => ({ sinceMs: 1000, protocols, hosts: [] });

test('the rate is of what came between two looks, and since the start at first', () => {
  const first = ingestMark(snapshot(way('otlp-http', 10), way('zipkin', 10)), 3000);
  assert.deepEqual(first, { atMs: 3000, spans: 20 });
  assert.equal(ingestRate(undefined, first, 1000), 10);
  assert.equal(ingestRate(first, { atMs: 5000, spans: 26 }, 1000), 3);
  assert.equal(ingestRate(first, { atMs: 5000, spans: 4 }, 4000), 4);
  assert.equal(ingestRate(first, first, 1000), 0);
});

test('what was not taken is told by why, over all ways in', () => {
  assert.deepEqual(notTaken(snapshot(way('otlp-http', 1, { 'too large': 2 }, { 'zero id': 5 }), way('zipkin', 1, { 'too large': 4 }))), [
    { what: 'requests', reason: 'too large', count: 6 },
    { what: 'spans', reason: 'zero id', count: 5 },
  ]);
});
