import { gzipSync } from 'node:zlib';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { elevenAttributes, shapedTrace, type TraceShape } from '#server/traces/testing/shaped-trace.ts';

/** A request's limit is 16 MiB; 10,000 spans with eleven attributes are about 9. */
const SPANS_PER_REQUEST = 10_000;

/**
 * Sends one trace of `count` spans, eleven attributes each, to an OTLP/HTTP receiver in gzipped JSON, and gives its id.
 * Its last span ended `ago` ms before `nowMs`, so that pages take it for complete. Throws when a request is not accepted.
 */
export async function sendTrace(otlpUrl: string, shape: TraceShape, count: number, { traceId, nowMs, ago = 120_000 }: { readonly traceId: string; readonly nowMs: number; readonly ago?: number }): Promise<void> {
  const made = shapedTrace(shape, count, elevenAttributes);
  const latest = made.reduce((most, span) => (BigInt(span.endUnixNano) > most ? BigInt(span.endUnixNano) : most), 0n);
  const shift = BigInt(nowMs - ago) * 1_000_000n - latest;
  const at = (nano: string): string => String(BigInt(nano) + shift);
  const spans = made.map((span) => ({ ...span, traceId, startUnixNano: at(span.startUnixNano), endUnixNano: at(span.endUnixNano), events: span.events.map((event) => ({ ...event, timeUnixNano: at(event.timeUnixNano) })) }));
  for (let from = 0; from < spans.length; from += SPANS_PER_REQUEST) {
    const body = gzipSync(JSON.stringify(toOtlpJson(spans.slice(from, from + SPANS_PER_REQUEST))), { level: 1 });
    const answer = await fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body });
    if (!answer.ok) throw new Error(`The receiver at ${otlpUrl} answered ${answer.status}: ${await answer.text()}`);
  }
}
