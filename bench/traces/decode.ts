import { availableParallelism } from 'node:os';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { traceRequest } from './trace-request.ts';

/**
 * What reading an OTLP request costs: `node bench/traces/decode.ts [spans a request]` (500). Prints spans a second of one thread,
 * for spans with eleven attributes, in processor time: protobuf alone, with gzip taken off first, and JSON.
 */
const size = Number(process.argv[2] ?? 500);
const ROUNDS = 400;

const bodies = Array.from({ length: 20 }, (_, seed) => traceRequest(size, seed));
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

console.log(`${availableParallelism()} cores; ${size} spans a request, ${Math.round((bodies[0]?.length ?? 0) / size)} bytes a span (${Math.round((packed[0]?.length ?? 0) / size)} with gzip)`);
measure('protobuf', (i) => decodeTraceRequest(of(bodies, i), 'protobuf').spans.length);
measure('protobuf in gzip', (i) => decodeTraceRequest(gunzipSync(of(packed, i)), 'protobuf').spans.length);
measure('JSON', (i) => decodeTraceRequest(of(texts, i), 'json').spans.length);
