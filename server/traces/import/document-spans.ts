import type { Span } from '#server/traces/trace-backend.ts';
import { spansOfUiTrace, UiTraceJson } from '#server/traces/jaeger-api/from-ui-model.ts';
import { assembleSpans, MAX_NANO, REJECTIONS, type DecodedSpans } from '#server/traces/otlp/assemble-spans.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { spansOfZipkin } from '#server/traces/zipkin/decode-zipkin.ts';
import { detectFormat, type TraceFileFormat } from './detect-format.ts';
import { lenientOtlp } from './lenient-otlp.ts';

/** What a JSON document held. */
export interface DocumentSpans extends DecodedSpans {
  readonly format: TraceFileFormat;
}

/**
 * The spans of one JSON document of any format that `detectFormat` knows. Spans that cannot be stored are counted by
 * reason. Throws OtlpDecodeError, with the path, for a document that is none of them or has a field of a wrong type.
 */
export function spansOfDocument(document: unknown, nowMicro: number): DocumentSpans {
  const format = detectFormat(document);
  switch (format) {
    case 'otlp':
      return { format, ...assembleSpans(lenientOtlp(document)) };
    case 'jaeger':
      return { format, ...spansOfJaeger(document) };
    case 'zipkin':
      // Zipkin's API gives a list of traces, which are lists of spans; its senders a list of spans.
      return { format, ...spansOfZipkin((Array.isArray(document) ? document : [document]).flat(), nowMicro) };
    case 'none':
      return { format, spans: [], rejected: 0, reasons: new Map() };
    case undefined:
      throw new OtlpDecodeError('it is neither OTLP (resourceSpans) nor Jaeger (traceID and spans, or data) nor Zipkin (a list of spans with traceId and id)');
  }
}

function spansOfJaeger(document: unknown): DecodedSpans {
  const { list, place } = tracesOfJaeger(document);
  const spans: Span[] = [];
  const reasons = new Map<string, number>();
  let rejected = 0;
  for (const [i, item] of list.entries()) {
    const trace = UiTraceJson.safeParse(item);
    if (!trace.success) {
      const [issue] = trace.error.issues;
      const path = (issue?.path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
      throw new OtlpDecodeError(`${place(i)}${path}: ${issue?.message ?? 'it is no trace of Jaeger'}`);
    }
    for (const span of spansOfUiTrace(trace.data)) {
      const reason = unusable(span);
      if (reason === undefined) spans.push(span);
      else {
        rejected += 1;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
  }
  return { spans, rejected, reasons };
}

/** One trace, a list of them, or the answer of Jaeger's API. */
function tracesOfJaeger(document: unknown): { readonly list: readonly unknown[]; readonly place: (index: number) => string } {
  if (Array.isArray(document)) return { list: document, place: (i) => `[${i}]` };
  if (typeof document === 'object' && document !== null && 'data' in document) return { list: Array.isArray(document.data) ? document.data : [document.data], place: (i) => `data[${i}]` };
  return { list: [document], place: () => '' };
}

/** Why a span of Jaeger, whose reader pads ids, cannot be stored. */
function unusable({ traceId, spanId, parentSpanId, startUnixNano, endUnixNano }: Span): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(traceId) || /^0+$/.test(traceId)) return REJECTIONS.traceId;
  if (!/^[0-9a-f]{16}$/.test(spanId) || /^0+$/.test(spanId)) return REJECTIONS.spanId;
  if (parentSpanId !== undefined && !/^[0-9a-f]{16}$/.test(parentSpanId)) return REJECTIONS.parentSpanId;
  const outside = (nano: string): boolean => BigInt(nano) < 0n || BigInt(nano) > MAX_NANO;
  return outside(startUnixNano) || outside(endUnixNano) ? 'its time is before 1970 or after the year 2262' : undefined;
}
