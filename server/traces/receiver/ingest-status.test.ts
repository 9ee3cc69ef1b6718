import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan } from '#server/traces/testing/a-span.ts';
import { ingestMetrics } from './ingest-metrics.ts';
import { IngestResponse } from './ingest-routes.ts';
import { IngestStatus } from './ingest-status.ts';
import { spansByHost } from './spans-by-host.ts';

const START = 1_795_000_000_000;
function statusAt() {
  let now = START;
  return { status: new IngestStatus({ now: () => now }), pass: (ms: number) => (now += ms) };
}
/** A span that ended so many milliseconds after the start, on a host. */
const spanOf = (host: string, endMs: number) => aSpan({ service: 'cart', start: BigInt(START + endMs - 1) * 1_000_000n, duration: 1_000_000n, resource: { 'service.name': 'cart', 'host.name': host } });
const of = (...spans: readonly Span[]) => ({ spans: spans.length, hosts: spansByHost(spans) });
const NONE = new Map<string, number>();

test('how late the latest span of a host comes is told, and the least of it', () => {
  const { status, pass } = statusAt();
  pass(5000);
  status.accepted('otlp-http', { bytes: 1, ...of(spanOf('a', 3000), spanOf('a', 4000), spanOf('b', 9000)), reasons: NONE });
  pass(1000);
  status.accepted('otlp-grpc', { bytes: 1, ...of(spanOf('a', 5900)), reasons: NONE });
  pass(1000);
  status.accepted('otlp-grpc', { bytes: 1, ...of(spanOf('a', 6000)), reasons: NONE });
  assert.deepEqual(status.snapshot().hosts, [
    { host: 'a', service: 'cart', spans: 4, lastSpanAtMs: START + 7000, delayMs: 1000, leastDelayMs: 100 },
    { host: 'b', service: 'cart', spans: 1, lastSpanAtMs: START + 5000, delayMs: -4000, leastDelayMs: -4000 },
  ]);
});

test('of many hosts the ones heard of last are kept', () => {
  const { status } = statusAt();
  for (let i = 0; i < 250; i++) status.accepted('zipkin', { bytes: 1, ...of(spanOf(`h${i}`, 0)), reasons: NONE });
  const { hosts } = status.snapshot();
  assert.deepEqual([hosts.length, hosts[0]?.host, hosts.at(-1)?.host], [200, 'h249', 'h50']);
});

test('what is imported tells nothing of clocks', () => {
  const { status } = statusAt();
  status.accepted('import', { bytes: 1, ...of(spanOf('a', 0)), reasons: NONE });
  assert.deepEqual(status.snapshot().hosts, []);
});

test('reasons are bounded, whatever senders think of', () => {
  const { status } = statusAt();
  for (let i = 0; i < 100; i++) status.refused('otlp-http', `reason ${i}`, 'x');
  const refused = status.snapshot().protocols[0]?.refused ?? {};
  assert.deepEqual([Object.keys(refused).length, refused['other']], [51, 50]);
});

test('the counts are told to Prometheus and fit the schema of the API', async () => {
  const { status } = statusAt();
  const registry = new Registry();
  ingestMetrics(status, registry);
  status.listens('otlp-http', '127.0.0.1:4318');
  status.accepted('otlp-http', { bytes: 70, ...of(spanOf('a', 0)), reasons: new Map([['why', 2]]) });
  status.refused('otlp-http', 'malformed', 'no JSON');
  const text = await registry.metrics();
  for (const line of [
    'binnacle_traces_requests_total{protocol="otlp-http"} 1',
    'binnacle_traces_requests_refused_total{protocol="otlp-http",reason="malformed"} 1',
    'binnacle_traces_spans_accepted_total{protocol="otlp-http"} 1',
    'binnacle_traces_spans_rejected_total{protocol="otlp-http",reason="why"} 2',
    'binnacle_traces_bytes_total{protocol="otlp-http"} 70',
  ]) assert.ok(text.includes(`${line}\n`), line);
  assert.deepEqual(IngestResponse.parse(status.snapshot()), status.snapshot());
});
