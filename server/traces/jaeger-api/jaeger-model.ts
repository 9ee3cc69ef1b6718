import { escapePointer } from '#server/traces/otlp/value-types.ts';
import { serviceOf } from '../core/span-service.ts';
import type { AttributeValue, Attributes, Span } from '../trace-backend.ts';

/** A tag, or a field of a log. 64-bit integers and doubles that JSON cannot carry are texts; binary is base64. */
export interface JaegerKeyValue {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}
export interface JaegerReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceId: string;
  readonly spanId: string;
}
export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerKeyValue[];
}
/** What a span has in Jaeger's model besides its ids, name and process. */
export interface JaegerSpan {
  readonly references: readonly JaegerReference[];
  readonly startUnixNano: bigint;
  /** Never negative. */
  readonly durationNano: bigint;
  readonly tags: readonly JaegerKeyValue[];
  readonly logs: readonly { readonly unixNano: bigint; readonly fields: readonly JaegerKeyValue[] }[];
}

type Types = Readonly<Record<string, string>>;

/**
 * A span in the model that Jaeger had before OTLP, which knows less: kind, status and scope are tags; a link is a reference
 * without attributes; an event's name is its field `event`; lists and maps are JSON text. `raw`: attributes stay in their
 * order. Events stay in theirs, where Jaeger orders them by name to find spans that are stored twice. Source: the collector's
 * translator/jaeger (traces_to_jaegerproto.go).
 */
export function jaegerSpan(span: Span, raw: boolean): JaegerSpan {
  const types = span.valueTypes ?? {};
  const startUnixNano = BigInt(span.startUnixNano);
  const length = BigInt(span.endUnixNano) - startUnixNano;
  return {
    references: references(span),
    startUnixNano,
    durationNano: length < 0n ? 0n : length,
    tags: spanTags(span, types, raw),
    logs: span.events.map((event, i) => ({
      unixNano: BigInt(event.timeUnixNano),
      fields: [...(event.name === '' || Object.hasOwn(event.attributes, 'event') ? [] : [text('event', event.name)]), ...keyValues(event.attributes, `/events/${i}/attributes`, types, raw)],
    })),
  };
}

/** Of what a span comes from: its resource, of which the service's name stands alone. */
export function jaegerProcess(span: Span, raw: boolean): JaegerProcess {
  return { serviceName: serviceOf(span), tags: keyValues(span.resource, '/resource', span.valueTypes ?? {}, raw).filter((tag) => tag.key !== 'service.name') };
}

/**
 * What Jaeger says of spans whose parent is missing and of ids that are there twice. Source:
 * jaegerquery/internal/adjuster/clockskew.go.
 */
export function jaegerSpanWarnings(spans: readonly Span[]): (span: Span) => string[] {
  const known = new Map<string, number>();
  for (const { spanId } of spans) known.set(spanId, (known.get(spanId) ?? 0) + 1);
  return (span) => [
    ...(span.parentSpanId !== undefined && !known.has(span.parentSpanId) ? [`parent span ID=${span.parentSpanId} is not in the trace; skipping clock skew adjustment`] : []),
    ...((known.get(span.spanId) ?? 0) > 1 ? ['duplicate span IDs; skipping clock skew adjustment'] : []),
  ];
}

/** The parent first, as those who read references look for it there; a link to the parent only says of what kind it is. */
function references({ traceId, parentSpanId, links }: Span): JaegerReference[] {
  const found: JaegerReference[] = parentSpanId === undefined ? [] : [{ refType: 'CHILD_OF', traceId, spanId: parentSpanId }];
  for (const link of links) {
    const given = link.attributes['opentracing.ref_type'];
    const reference: JaegerReference = { refType: given === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM', traceId: link.traceId, spanId: link.spanId };
    if (parentSpanId !== undefined && link.traceId === traceId && link.spanId === parentSpanId) found[0] = reference;
    else found.push(reference);
  }
  return found;
}

function spanTags(span: Span, types: Types, raw: boolean): JaegerKeyValue[] {
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

function keyValues(attributes: Attributes, pointer: string, types: Types, raw: boolean): JaegerKeyValue[] {
  const entries = Object.entries(attributes);
  if (!raw) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => keyValue(key, value, types[`${pointer}/${escapePointer(key)}`]));
}

function keyValue(key: string, value: AttributeValue, type: string | undefined): JaegerKeyValue {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: type !== 'double' && Number.isSafeInteger(value) ? 'int64' : 'float64', value };
  if (typeof value !== 'string') return text(key, value === null ? '' : JSON.stringify(value));
  // Numbers that JSON cannot carry come as texts.
  return { key, type: type === 'int' ? 'int64' : type === 'double' ? 'float64' : type === 'bytes' ? 'binary' : 'string', value };
}

function text(key: string, value: string): JaegerKeyValue {
  return { key, type: 'string', value };
}
