import type { Attributes, Span, Trace } from '../trace-backend.ts';
import { jaegerProcess, jaegerSpan, jaegerSpanWarnings, type JaegerKeyValue, type JaegerProcess } from './jaeger-model.ts';
import { withOwnIds } from './own-ids.ts';

export interface UiReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}
/** Times are Unix microseconds, durations microseconds. */
export interface UiSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly UiReference[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly JaegerKeyValue[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerKeyValue[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}
/** A trace as Jaeger's UI got it before API v3 (internal/uimodel/model.go). */
export interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly UiSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: readonly string[] | null;
}

/**
 * A trace in Jaeger's model as JSON, where times are cut to microseconds. `raw`: attributes stay in their order, spans that
 * share an id do so, and none carries warnings of ours. Source: uimodel/converter/v1/json.
 */
export function uiTrace({ traceId, spans: stored, warnings }: Trace, { raw = false }: { readonly raw?: boolean } = {}): UiTrace {
  const spans = raw ? stored : withOwnIds(stored);
  const processes: Record<string, JaegerProcess> = {};
  const idOfProcess = new Map<string, string>();
  const idOfResource = new WeakMap<Attributes, string>();
  const processOf = (span: Span): string => {
    const known = idOfResource.get(span.resource);
    if (known !== undefined) return known;
    const process = jaegerProcess(span, raw);
    const text = JSON.stringify(process);
    const id = idOfProcess.get(text) ?? `p${idOfProcess.size + 1}`;
    idOfProcess.set(text, id);
    processes[id] = process;
    idOfResource.set(span.resource, id);
    return id;
  };
  const warningsOf = jaegerSpanWarnings(spans);
  return {
    traceID: uiTraceId(traceId),
    spans: spans.map((span) => uiSpan(span, processOf(span), raw ? [] : warningsOf(span), raw)),
    processes,
    warnings: raw || warnings.length === 0 ? null : warnings,
  };
}

function uiSpan(span: Span, processID: string, warnings: readonly string[], raw: boolean): UiSpan {
  const { references, startUnixNano, durationNano, tags, logs } = jaegerSpan(span, raw);
  return {
    traceID: uiTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.name,
    references: references.map(({ refType, traceId, spanId }) => ({ refType, traceID: uiTraceId(traceId), spanID: spanId })),
    startTime: Number(startUnixNano / 1000n),
    duration: Number(durationNano / 1000n),
    tags,
    logs: logs.map(({ unixNano, fields }) => ({ timestamp: Number(unixNano / 1000n), fields })),
    processID,
    warnings: warnings.length === 0 ? null : warnings,
  };
}

/** Jaeger leaves the upper half of an id away when it is zero. */
function uiTraceId(traceId: string): string {
  return traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId;
}
