import { availableParallelism } from 'node:os';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Span } from '#server/traces/trace-backend.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { encodeRequest } from './encode-request.ts';
import { createSpanStream } from './spans.ts';

/**
 * What reading an OTLP request costs: `node bench/traces/decode.ts [spans a request]` (500). Prints spans a second of one thread,
 * for spans with eleven attributes, in processor time: protobuf alone, with gzip taken off first, and JSON.
 */
const size = Number(process.argv[2] ?? 500);
const ROUNDS = 400;

const next = createSpanStream({ seed: 7, startUnixNano: 1_795_000_000_000_000_000n, tracesPerSecond: 2_000 });
const batches = Array.from({ length: 20 }, () => {
  const spans: Span[] = [];
  while (spans.length < size) spans.push(...next());
  return spans;
});
const bodies = batches.map(encodeRequest);
const total = batches.reduce((sum, spans) => sum + spans.length, 0);
const perSpan = (list: readonly Uint8Array[]): number => Math.round(list.reduce((sum, body) => sum + body.length, 0) / total);
const packed = bodies.map((body) => gzipSync(body));
const texts = bodies.map((body) => Buffer.from(JSON.stringify(toOtlpJson(decodeTraceRequest(body, 'protobuf').spans))));
const of = (list: readonly Uint8Array[], round: number): Uint8Array => list[round % list.length] ?? new Uint8Array();

function measure(name: string, run: (round: number) => number): void {
  for (let i = 0; i < ROUNDS / 4; i++) run(i);
  const rates: number[] = [];
  for (let part = 0; part < 5; part++) {
    const started = process.cpuUsage();
    let spans = 0;
    for (let i = 0; i < ROUNDS / 5; i++) spans += run(i);
    const { user, system } = process.cpuUsage(started);
    rates.push((spans / (user + system)) * 1e6);
  }
  rates.sort((a, b) => a - b);
  console.log(`${name.padEnd(18)} ${Math.round(rates[2] ?? 0).toLocaleString('en')} spans/s (${Math.round(rates[0] ?? 0).toLocaleString('en')} – ${Math.round(rates[4] ?? 0).toLocaleString('en')})`);
}

console.log(`${availableParallelism()} cores; ${size} spans a request, ${perSpan(bodies)} bytes a span (${perSpan(packed)} with gzip)`);
measure('protobuf', (i) => decodeTraceRequest(of(bodies, i), 'protobuf').spans.length);
measure('protobuf in gzip', (i) => decodeTraceRequest(gunzipSync(of(packed, i)), 'protobuf').spans.length);
measure('JSON', (i) => decodeTraceRequest(of(texts, i), 'json').spans.length);
