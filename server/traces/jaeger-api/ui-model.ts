import { escapePointer } from '#server/traces/otlp/value-types.ts';
import { serviceOf } from '../core/span-service.ts';
import type { AttributeValue, Attributes, Span, Trace } from '../trace-backend.ts';

/** A tag, or a field of a log. */
export interface UiKeyValue {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}
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
  readonly tags: readonly UiKeyValue[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly UiKeyValue[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}
export interface UiProcess {
  readonly serviceName: string;
  readonly tags: readonly UiKeyValue[];
}
/** A trace as Jaeger's UI got it before API v3 (internal/uimodel/model.go). */
export interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly UiSpan[];
  readonly processes: Readonly<Record<string, UiProcess>>;
  readonly warnings: readonly string[] | null;
}

type Types = Readonly<Record<string, string>>;

/**
 * A trace in Jaeger's JSON model, which knows less than OTLP: times are cut to microseconds; kind, status and scope are
 * tags; a link is a reference without attributes; an event's name is its field `event`; lists and maps are JSON text.
 * `raw`: attributes stay in their order and spans carry no warnings of ours. Sources: uimodel/converter/v1/json and the
 * collector's translator/jaeger (traces_to_jaegerproto.go).
 */
export function uiTrace({ traceId, spans, warnings }: Trace, { raw = false }: { readonly raw?: boolean } = {}): UiTrace {
  const processes: Record<string, UiProcess> = {};
  const idOfProcess = new Map<string, string>();
  const idOfResource = new WeakMap<Attributes, string>();
  const processOf = (span: Span): string => {
    const known = idOfResource.get(span.resource);
    if (known !== undefined) return known;
    const tags = keyValues(span.resource, '/resource', span.valueTypes ?? {}, raw).filter((tag) => tag.key !== 'service.name');
    const process = { serviceName: serviceOf(span), tags };
    const text = JSON.stringify(process);
    const id = idOfProcess.get(text) ?? `p${idOfProcess.size + 1}`;
    idOfProcess.set(text, id);
    processes[id] = process;
    idOfResource.set(span.resource, id);
    return id;
  };
  const known = new Map<string, number>();
  for (const { spanId } of spans) known.set(spanId, (known.get(spanId) ?? 0) + 1);
  const warningsOf = (span: Span): string[] | null => {
    const told = [
      ...(span.parentSpanId !== undefined && !known.has(span.parentSpanId) ? [`parent span ID=${span.parentSpanId} is not in the trace; skipping clock skew adjustment`] : []),
      ...((known.get(span.spanId) ?? 0) > 1 ? ['duplicate span IDs; skipping clock skew adjustment'] : []),
    ];
    return told.length === 0 ? null : told;
  };
  return {
    traceID: uiTraceId(traceId),
    spans: spans.map((span) => uiSpan(span, processOf(span), raw ? null : warningsOf(span), raw)),
    processes,
    warnings: raw || warnings.length === 0 ? null : warnings,
  };
}

function uiSpan(span: Span, processID: string, warnings: string[] | null, raw: boolean): UiSpan {
  const types = span.valueTypes ?? {};
  const start = BigInt(span.startUnixNano);
  const length = BigInt(span.endUnixNano) - start;
  return {
    traceID: uiTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.name,
    references: references(span),
    startTime: Number(start / 1000n),
    duration: length < 0n ? 0 : Number(length / 1000n),
    tags: spanTags(span, types, raw),
    logs: span.events.map((event, i) => ({
      timestamp: Number(BigInt(event.timeUnixNano) / 1000n),
      fields: [...(event.name === '' || Object.hasOwn(event.attributes, 'event') ? [] : [text('event', event.name)]), ...keyValues(event.attributes, `/events/${i}/attributes`, types, raw)],
    })),
    processID,
    warnings,
  };
}

/** The parent first, as those who read references look for it there; a link to the parent only says of what kind it is. */
function references({ traceId, parentSpanId, links }: Span): UiReference[] {
  const found: UiReference[] = parentSpanId === undefined ? [] : [{ refType: 'CHILD_OF', traceID: uiTraceId(traceId), spanID: parentSpanId }];
  for (const link of links) {
    const given = link.attributes['opentracing.ref_type'];
    const reference: UiReference = { refType: given === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM', traceID: uiTraceId(link.traceId), spanID: link.spanId };
    if (parentSpanId !== undefined && link.traceId === traceId && link.spanId === parentSpanId) found[0] = reference;
    else found.push(reference);
  }
  return found;
}

function spanTags(span: Span, types: Types, raw: boolean): UiKeyValue[] {
  const { scope, kind, status, traceState } = span;
  return [
    ...(scope.name === '' ? [] : [text('otel.scope.name', scope.name)]),
    ...(scope.version === undefined ? [] : [text('otel.scope.version', scope.version)]),
    ...keyValues(span.attributes, '/attributes', types, raw),
    ...(kind === 'unspecified' ? [] : [text('span.kind', kind)]),
    ...(status.code === 'unset' ? [] : [text('otel.status_code', status.code.toUpperCase())]),
    ...(status.code === 'error' ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    ...(status.message === undefined ? [] : [text('otel.status_description', status.message)]),
    ...(traceState === undefined ? [] : [text('w3c.tracestate', traceState)]),
  ];
}

function keyValues(attributes: Attributes, pointer: string, types: Types, raw: boolean): UiKeyValue[] {
  const entries = Object.entries(attributes);
  if (!raw) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => keyValue(key, value, types[`${pointer}/${escapePointer(key)}`]));
}

function keyValue(key: string, value: AttributeValue, type: string | undefined): UiKeyValue {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: type !== 'double' && Number.isSafeInteger(value) ? 'int64' : 'float64', value };
  if (typeof value !== 'string') return text(key, value === null ? '' : JSON.stringify(value));
  // Numbers that JSON cannot carry come as texts.
  return { key, type: type === 'int' ? 'int64' : type === 'double' ? 'float64' : type === 'bytes' ? 'binary' : 'string', value };
}

function text(key: string, value: string): UiKeyValue {
  return { key, type: 'string', value };
}

/** Jaeger leaves the upper half of an id away when it is zero. */
function uiTraceId(traceId: string): string {
  return traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId;
}
