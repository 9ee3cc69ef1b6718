import { uiTrace } from '#server/traces/jaeger-api/ui-model.ts';
import { joinChunks, modelChunks, otlpChunks } from '#server/traces/jaeger-grpc/span-chunks.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { toOtlpProtobuf } from '#server/traces/otlp/encode-protobuf.ts';
import { tempoResourceSpans, traceByIdProtobuf } from '#server/traces/tempo-api/trace-json.ts';
import type { Trace } from '#server/traces/trace-backend.ts';
import { traceView } from '#server/traces/trace-view.ts';

/** What a trace is to be written as, in words that can go to another thread. */
export type TraceEncoding =
  /** One OTLP document; with `line` as a line of a file of many. */
  | { readonly as: 'otlp-json'; readonly line?: boolean }
  /** OTLP's TracesData. */
  | { readonly as: 'otlp-protobuf' }
  /** The items of OTLP's `resourceSpans` with commas between, for a list that has those of several traces. */
  | { readonly as: 'resource-spans' }
  /** A trace of Jaeger's API before v3 (jaeger-api/ui-model.ts). */
  | { readonly as: 'jaeger'; readonly raw: boolean; readonly indent?: number }
  /** Messages of Jaeger's gRPC API, each behind its length (jaeger-grpc/span-chunks.ts). */
  | { readonly as: 'jaeger-grpc'; readonly version: 'v2' | 'v3'; readonly raw: boolean }
  /** An answer of Tempo's API, in its first or second version. */
  | { readonly as: 'tempo-json' | 'tempo-protobuf'; readonly version: 1 | 2 }
  /** The answer of `GET /api/traces/:id`. */
  | { readonly as: 'view' };

/** A trace as bytes. Seconds of work for 100,000 spans: see trace-work.ts. */
export function encodeTrace(trace: Trace, encoding: TraceEncoding): Uint8Array<ArrayBuffer> {
  switch (encoding.as) {
    case 'otlp-json':
      return utf8(`${JSON.stringify(toOtlpJson(trace.spans))}${encoding.line === true ? '\n' : ''}`);
    case 'otlp-protobuf':
      return toOtlpProtobuf(trace.spans);
    case 'resource-spans':
      return utf8(JSON.stringify(toOtlpJson(trace.spans).resourceSpans).slice(1, -1));
    case 'jaeger':
      return utf8(JSON.stringify(uiTrace(trace, { raw: encoding.raw }), null, encoding.indent));
    case 'jaeger-grpc':
      return joinChunks(encoding.version === 'v2' ? modelChunks(trace, encoding.raw) : otlpChunks(trace));
    case 'tempo-json': {
      const resourceSpans = tempoResourceSpans(trace.spans);
      return utf8(JSON.stringify(encoding.version === 1 ? { batches: resourceSpans } : { trace: { resourceSpans }, metrics: {} }));
    }
    case 'tempo-protobuf': {
      const bytes = toOtlpProtobuf(trace.spans);
      return encoding.version === 1 ? bytes : new Uint8Array(traceByIdProtobuf(bytes));
    }
    case 'view':
      return utf8(JSON.stringify({ trace: traceView(trace), otlpUrl: `/api/traces/${trace.traceId}/otlp` }));
  }
}

/** Not TextEncoder: what it gives may be a part of a larger buffer, and this is given away whole. */
function utf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.byteLength(text));
  Buffer.from(bytes.buffer).write(text);
  return bytes;
}
