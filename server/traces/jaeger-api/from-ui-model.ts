import { escapePointer } from '#server/traces/otlp/value-types.ts';
import { z } from 'zod';
import type { Attributes, AttributeValue, Span, SpanKind, SpanStatus } from '../trace-backend.ts';

const KeyValue = z.object({ key: z.string(), type: z.string().optional(), value: z.unknown() });
type KeyValue = z.infer<typeof KeyValue>;
const keyValues = z.array(KeyValue).nullish().transform((list) => list ?? []);
const hex = z.string().regex(/^[0-9a-fA-F]{1,32}$/);
const Process = z.object({ serviceName: z.string().default(''), tags: keyValues });
const UiSpanJson = z.object({
  traceID: hex,
  spanID: hex,
  parentSpanID: z.string().optional(),
  flags: z.number().optional(),
  operationName: z.string().default(''),
  references: z.array(z.object({ refType: z.string().default('CHILD_OF'), traceID: hex, spanID: hex })).nullish().transform((list) => list ?? []),
  startTime: z.number(),
  duration: z.number().default(0),
  tags: keyValues,
  logs: z.array(z.object({ timestamp: z.number(), fields: keyValues })).nullish().transform((list) => list ?? []),
  processID: z.string().optional(),
  process: Process.optional(),
});
/** A trace in Jaeger's JSON model, as far as it is read here. */
export const UiTraceJson = z.object({ traceID: hex.optional(), spans: z.array(UiSpanJson), processes: z.record(z.string(), Process).nullish().transform((map) => map ?? {}) });
export type UiTraceJson = z.infer<typeof UiTraceJson>;

const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];
/** Tags that are parts of a span in OTLP. */
const PARTS = new Set(['span.kind', 'otel.status_code', 'otel.status_description', 'w3c.tracestate', 'otel.scope.name', 'otel.scope.version', 'otel.library.name', 'otel.library.version']);

/**
 * The spans of a trace in Jaeger's JSON model: tags that stand for kind, status, scope and trace state become those again,
 * the first reference within the trace the parent, other references links. Times are whole microseconds, as the model has
 * no more. The reverse of `uiTrace`. Source: the collector's translator/jaeger (jaegerproto_to_traces.go).
 */
export function spansOfUiTrace({ spans, processes }: UiTraceJson): Span[] {
  const read = new Map<string, Pick<Span, 'resource'> & { readonly types: ValueTypes }>();
  const resourceOf = (id: string | undefined, process: z.infer<typeof Process> | undefined) => {
    const key = id ?? JSON.stringify(process);
    const known = read.get(key);
    if (known !== undefined) return known;
    const given = (id === undefined ? process : processes[id]) ?? { serviceName: '', tags: [] };
    const types: ValueTypes = {};
    const tags = attributesOf(given.tags, '/resource', types);
    const resource = given.serviceName === '' ? tags : { 'service.name': given.serviceName, ...tags };
    const made = { resource, types };
    read.set(key, made);
    return made;
  };
  return spans.map((span) => readSpan(span, resourceOf(span.processID, span.process)));
}

type ValueTypes = Record<string, 'int' | 'double' | 'bytes'>;
type UiSpanJson = z.infer<typeof UiSpanJson>;

function readSpan(span: UiSpanJson, { resource, types: ofResource }: { readonly resource: Attributes; readonly types: ValueTypes }): Span {
  const traceId = span.traceID.toLowerCase().padStart(32, '0');
  const types: ValueTypes = { ...ofResource };
  const text = (key: string): string | undefined => {
    const value = span.tags.find((tag) => tag.key === key)?.value;
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const status = statusOf(span.tags, text);
  const references = span.references.map((r) => ({ follows: r.refType === 'FOLLOWS_FROM', traceId: r.traceID.toLowerCase().padStart(32, '0'), spanId: r.spanID.toLowerCase().padStart(16, '0') }));
  const parent = references.find((r) => r.traceId === traceId && !r.follows) ?? references.find((r) => r.traceId === traceId);
  const parentSpanId = parent?.spanId ?? (/^0*$/.test(span.parentSpanID ?? '') ? undefined : span.parentSpanID?.toLowerCase().padStart(16, '0'));
  const start = BigInt(Math.round(span.startTime)) * 1000n;
  const version = text('otel.scope.version') ?? text('otel.library.version');
  const traceState = text('w3c.tracestate');
  const kind = KINDS.find((k) => k === text('span.kind')?.toLowerCase());
  const attributes = attributesOf(span.tags.filter((tag) => !PARTS.has(tag.key) && !(tag.key === 'error' && status.fromError)), '/attributes', types);
  return {
    traceId,
    spanId: span.spanID.toLowerCase().padStart(16, '0'),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(traceState === undefined ? {} : { traceState }),
    name: span.operationName,
    kind: kind ?? 'unspecified',
    startUnixNano: String(start),
    endUnixNano: String(start + BigInt(Math.round(span.duration)) * 1000n),
    attributes,
    status: { code: status.code, ...(status.message === undefined ? {} : { message: status.message }) },
    events: span.logs.map((log, i) => {
      const name = log.fields.find((field) => field.key === 'event' && typeof field.value === 'string');
      return { timeUnixNano: String(BigInt(Math.round(log.timestamp)) * 1000n), name: String(name?.value ?? ''), attributes: attributesOf(log.fields.filter((field) => field !== name), `/events/${i}/attributes`, types) };
    }),
    links: references.filter((r) => r !== parent).map((r) => ({ traceId: r.traceId, spanId: r.spanId, attributes: { 'opentracing.ref_type': r.follows ? 'follows_from' : 'child_of' } })),
    resource,
    scope: { name: text('otel.scope.name') ?? text('otel.library.name') ?? '', ...(version === undefined ? {} : { version }) },
    ...(Object.keys(types).length === 0 ? {} : { valueTypes: types }),
  };
}

/** `error` alone makes a span an error; beside a status it says the same again. */
function statusOf(tags: readonly KeyValue[], text: (key: string) => string | undefined): { readonly code: SpanStatus; readonly message?: string; readonly fromError: boolean } {
  const given = text('otel.status_code')?.toLowerCase();
  const message = text('otel.status_description');
  const failed = tags.some((tag) => tag.key === 'error' && (tag.value === true || tag.value === 'true'));
  const code: SpanStatus = given === 'error' || given === 'ok' ? given : failed ? 'error' : 'unset';
  return { code, ...(message === undefined ? {} : { message }), fromError: failed && code === 'error' };
}

function attributesOf(tags: readonly KeyValue[], pointer: string, types: ValueTypes): Attributes {
  return Object.fromEntries(
    tags.map(({ key, type, value }): [string, AttributeValue] => {
      const at = `${pointer}/${escapePointer(key)}`;
      if (type === 'binary') types[at] = 'bytes';
      else if (type === 'float64' && (Number.isInteger(value) || typeof value === 'string')) types[at] = 'double';
      else if (type === 'int64' && typeof value === 'string') return [key, integer(value, at, types)];
      return [key, typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : value === null || value === undefined ? null : JSON.stringify(value)];
    }),
  );
}

function integer(text: string, at: string, types: ValueTypes): AttributeValue {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  types[at] = 'int';
  return text;
}
