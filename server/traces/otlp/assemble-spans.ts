import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { readAttributes } from './any-value.ts';
import { OtlpDecodeError } from './decode-error.ts';
import { rawEnum, rawId, rawInt64, rawList, rawMessage, rawText, rawUint32, type RawMessage } from './raw-fields.ts';
import { ValueTypesOfSpans, type ValueTypes } from './value-types.ts';

/** What a request held. Rejected spans are counted by reason; they must not be sent again. */
export interface DecodedSpans {
  readonly spans: readonly Span[];
  readonly rejected: number;
  readonly reasons: ReadonlyMap<string, number>;
}

/** Year 2262: what a signed 64-bit count of nanoseconds holds. */
export const MAX_NANO = 9_223_372_036_854_775_807n;

/** Why a span is rejected, as its sender is told. */
export const REJECTIONS = {
  traceId: 'trace_id is not 16 bytes or is all zero',
  spanId: 'span_id is not 8 bytes or is all zero',
  parentSpanId: 'parent_span_id is not 8 bytes',
  time: 'its time is after the year 2262',
} as const;

type Source = Pick<Span, 'resource' | 'resourceSchemaUrl' | 'resourceDroppedAttributesCount' | 'scope'>;

/**
 * The spans of an ExportTraceServiceRequest in JSON. A span without valid ids, or with a time after 2262, is
 * rejected alone; a field of a wrong type makes the whole request malformed (OtlpDecodeError, with the path).
 * Spans of one scope share their `resource` and `scope` objects.
 */
export function assembleSpans(request: unknown): DecodedSpans {
  const spans: Span[] = [];
  const reasons = new Map<string, number>();
  const valueTypes = new ValueTypesOfSpans();
  each(rawMessage(request, 'the request')['resourceSpans'], 'resourceSpans', (resourceSpans) => {
    const resourceTypes: ValueTypes = new Map();
    const resource = rawMessage(resourceSpans['resource'], 'resource');
    const ofResource = {
      resource: readAttributes(resource['attributes'], '/resource', resourceTypes),
      ...nonEmpty('resourceSchemaUrl', rawText(resourceSpans['schemaUrl'], 'schemaUrl')),
      ...nonZero('resourceDroppedAttributesCount', rawUint32(resource['droppedAttributesCount'], 'droppedAttributesCount')),
    };
    const typesOfResource = valueTypes.join(undefined, resourceTypes);
    each(resourceSpans['scopeSpans'], 'scopeSpans', (scopeSpans) => {
      const scopeTypes: ValueTypes = new Map();
      const source: Source = { ...ofResource, scope: readScope(scopeSpans, scopeTypes) };
      const typesOfSource = valueTypes.join(typesOfResource, scopeTypes);
      each(scopeSpans['spans'], 'spans', (raw) => {
        const result = readSpan(raw, source, (own) => valueTypes.join(typesOfSource, own));
        if (typeof result === 'string') reasons.set(result, (reasons.get(result) ?? 0) + 1);
        else spans.push(result);
      });
    });
  });
  let rejected = 0;
  for (const count of reasons.values()) rejected += count;
  return { spans, rejected, reasons };
}

function readScope(scopeSpans: RawMessage, types: ValueTypes): Span['scope'] {
  const scope = rawMessage(scopeSpans['scope'], 'scope');
  const attributes = readAttributes(scope['attributes'], '/scope/attributes', types);
  return {
    name: rawText(scope['name'], 'scope.name'),
    ...nonEmpty('version', rawText(scope['version'], 'scope.version')),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    ...nonEmpty('schemaUrl', rawText(scopeSpans['schemaUrl'], 'schemaUrl')),
    ...nonZero('droppedAttributesCount', rawUint32(scope['droppedAttributesCount'], 'droppedAttributesCount')),
  };
}

/** The span, or why it is rejected. */
function readSpan(raw: RawMessage, source: Source, withTypesOfSource: (own: ValueTypes) => Span['valueTypes']): Span | string {
  const traceId = rawId(raw['traceId'], 16, 'traceId');
  if (traceId === undefined || traceId === null) return REJECTIONS.traceId;
  const spanId = rawId(raw['spanId'], 8, 'spanId');
  if (spanId === undefined || spanId === null) return REJECTIONS.spanId;
  const parentSpanId = rawId(raw['parentSpanId'], 8, 'parentSpanId');
  if (parentSpanId === null) return REJECTIONS.parentSpanId;
  const start = rawInt64(raw['startTimeUnixNano'], 'startTimeUnixNano', false);
  const end = rawInt64(raw['endTimeUnixNano'], 'endTimeUnixNano', false);
  if (start > MAX_NANO || end > MAX_NANO) return REJECTIONS.time;

  const types: ValueTypes = new Map();
  const status = rawMessage(raw['status'], 'status');
  const attributes = readAttributes(raw['attributes'], '/attributes', types);
  const events = rawList(raw['events'], 'events').map((item, i) => readEvent(rawMessage(item, 'an event'), `/events/${i}/attributes`, types));
  const { links, unusable } = readLinks(raw['links'], types);
  const valueTypes = withTypesOfSource(types);
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...nonEmpty('traceState', rawText(raw['traceState'], 'traceState')),
    ...nonZero('flags', rawUint32(raw['flags'], 'flags')),
    name: rawText(raw['name'], 'name'),
    kind: rawEnum(raw['kind'], SPAN_KINDS, 'SPAN_KIND_', 'kind', 'unspecified'),
    startUnixNano: String(start),
    endUnixNano: String(end),
    attributes,
    status: { code: rawEnum(status['code'], SPAN_STATUSES, 'STATUS_CODE_', 'status.code', 'unset'), ...nonEmpty('message', rawText(status['message'], 'status.message')) },
    events,
    links,
    ...source,
    ...nonZero('droppedAttributesCount', rawUint32(raw['droppedAttributesCount'], 'droppedAttributesCount')),
    ...nonZero('droppedEventsCount', rawUint32(raw['droppedEventsCount'], 'droppedEventsCount')),
    ...nonZero('droppedLinksCount', rawUint32(raw['droppedLinksCount'], 'droppedLinksCount') + unusable),
    ...(valueTypes === undefined ? {} : { valueTypes }),
  };
}

function readEvent(raw: RawMessage, pointer: string, types: ValueTypes): Span['events'][number] {
  return {
    timeUnixNano: String(rawInt64(raw['timeUnixNano'], 'timeUnixNano', false)),
    name: rawText(raw['name'], 'event name'),
    attributes: readAttributes(raw['attributes'], pointer, types),
    ...nonZero('droppedAttributesCount', rawUint32(raw['droppedAttributesCount'], 'droppedAttributesCount')),
  };
}

/** Links that lead nowhere (invalid ids) are counted as dropped. */
function readLinks(value: unknown, types: ValueTypes): { links: Span['links'][number][]; unusable: number } {
  const links: Span['links'][number][] = [];
  let unusable = 0;
  for (const item of rawList(value, 'links')) {
    const raw = rawMessage(item, 'a link');
    const traceId = rawId(raw['traceId'], 16, 'link.traceId');
    const spanId = rawId(raw['spanId'], 8, 'link.spanId');
    if (traceId === undefined || traceId === null || spanId === undefined || spanId === null) {
      unusable += 1;
      continue;
    }
    links.push({
      traceId,
      spanId,
      ...nonEmpty('traceState', rawText(raw['traceState'], 'link.traceState')),
      ...nonZero('flags', rawUint32(raw['flags'], 'link.flags')),
      attributes: readAttributes(raw['attributes'], `/links/${links.length}/attributes`, types),
      ...nonZero('droppedAttributesCount', rawUint32(raw['droppedAttributesCount'], 'droppedAttributesCount')),
    });
  }
  return { links, unusable };
}

/** Reads every message of a list; a failure in one gets its place in front. */
function each(value: unknown, field: string, read: (message: RawMessage) => void): void {
  for (const [i, item] of rawList(value, field).entries()) {
    try {
      read(rawMessage(item, 'it'));
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      throw new OtlpDecodeError(`${field}[${i}]${/^\w+\[/.test(error.message) ? '.' : ': '}${error.message}`, { cause: error });
    }
  }
}

function nonEmpty<K extends string>(key: K, value: string): { [P in K]?: string } {
  // Safe because the computed key is K.
  return value === '' ? {} : ({ [key]: value } as { [P in K]: string });
}

function nonZero<K extends string>(key: K, value: number): { [P in K]?: number } {
  // Safe because the computed key is K.
  return value === 0 ? {} : ({ [key]: value } as { [P in K]: number });
}
