import { SPAN_KINDS, SPAN_STATUSES } from '../segment/span-words.ts';
import { toOtlpJson } from '../otlp/encode-json.ts';
import type { Span } from '../trace-backend.ts';

type Json = Readonly<Record<string, unknown>>;

/** The resourceSpans of a trace as Tempo's jsonpb writes them: ids in base64, enums by name; the rest is OTLP JSON. */
export function tempoResourceSpans(spans: readonly Span[]): object[] {
  return toOtlpJson(spans).resourceSpans.map((resourceSpans) => ({
    ...resourceSpans,
    scopeSpans: list(object(resourceSpans)['scopeSpans']).map((scopeSpans) => ({ ...scopeSpans, spans: list(scopeSpans['spans']).map(tempoSpan) })),
  }));
}

function tempoSpan(span: Json): object {
  return {
    ...withBase64(span),
    ...(span['kind'] === undefined ? {} : { kind: `SPAN_KIND_${(SPAN_KINDS[Number(span['kind'])] ?? 'unspecified').toUpperCase()}` }),
    status: statusByName(object(span['status'])),
    links: list(span['links']).map(withBase64),
  };
}

/** `TraceByIDResponse { Trace trace = 1 }` around a trace's bytes (pkg/tempopb/tempo.proto). */
export function traceByIdProtobuf(trace: Uint8Array): Uint8Array {
  const head = [0x0a];
  for (let rest = trace.length; ; rest = Math.floor(rest / 128)) {
    head.push(rest > 127 ? (rest % 128) | 0x80 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from(head), trace]);
}

function withBase64(message: Json): Json {
  return { ...message, ...Object.fromEntries(['traceId', 'spanId', 'parentSpanId'].flatMap((key) => (typeof message[key] === 'string' ? [[key, Buffer.from(message[key], 'hex').toString('base64')]] : []))) };
}

function statusByName(status: Json): Json {
  return status['code'] === undefined ? status : { ...status, code: `STATUS_CODE_${(SPAN_STATUSES[Number(status['code'])] ?? 'unset').toUpperCase()}` };
}

// Both are safe because toOtlpJson was just called: it says less of its result's type than it makes.
function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
