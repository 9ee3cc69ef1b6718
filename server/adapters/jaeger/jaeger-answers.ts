import { z } from 'zod';
import { messageOf, ServerError } from '#server/server-error.ts';
import { spansOfUiTrace, UiTraceJson } from '#server/traces/jaeger-api/from-ui-model.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import type { Span } from '#server/traces/trace-backend.ts';

const V3Chunk = z.object({ result: z.object({ resourceSpans: z.array(z.unknown()).default([]) }).default({ resourceSpans: [] }) });
const Envelope = z.object({ data: z.array(UiTraceJson).nullish().transform((data) => data ?? []) });

/**
 * The spans of an answer of API v3: `{result: {resourceSpans}}`, in servers that stream one object after another (1.x,
 * grpc-gateway), where ids are base64. Throws ServerError `upstream` that names the server.
 */
export function readV3Traces(body: Uint8Array, name: string): readonly Span[] {
  return orUpstream(name, () => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return chunksOf(text).flatMap((chunk) => {
      // Checked first, because what is read next takes anything for a request without spans.
      const { result } = V3Chunk.parse(JSON.parse(withHexIds(chunk), keepLongIntegers));
      return decodeTraceRequest(Buffer.from(JSON.stringify(result)), 'json').spans;
    });
  });
}

/** The spans of an answer of the API before v3: `{data: [trace …]}`. Throws ServerError `upstream` that names the server. */
export function readLegacyTraces(body: Uint8Array, name: string): readonly Span[] {
  return orUpstream(name, () => Envelope.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), keepLongIntegers)).data.flatMap(spansOfUiTrace));
}

/** The values of a JSON text that may hold several objects, one after another on lines of their own. */
function chunksOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return /\}\s*\n\s*\{"(result|error)"/.test(trimmed) ? trimmed.split(/\n+(?=\s*\{)/) : [trimmed];
}

/** Ids as hex where they came as base64: 24 characters that end in `==` for a trace, 12 that end in `=` for a span. */
function withHexIds(json: string): string {
  return json.replaceAll(/"(traceId|spanId|parentSpanId)":\s*"([A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{11}=)"/g, (_, key: string, id: string) => `"${key}":"${Buffer.from(id, 'base64').toString('hex')}"`);
}

/** JSON.parse's reviver that keeps integers beyond 2^53 as texts. */
function keepLongIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

function orUpstream<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof OtlpDecodeError) && !(cause instanceof z.ZodError) && !(cause instanceof SyntaxError) && !(cause instanceof TypeError)) throw cause;
    throw new ServerError('upstream', `${name} gave traces that cannot be read: ${cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)}`, { cause });
  }
}
