import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { AttributeValue, Span, SpanKind } from '#server/traces/trace-backend.ts';
import { MAX_NANO, REJECTIONS, type DecodedSpans } from './assemble-spans.ts';
import { OtlpDecodeError } from './decode-error.ts';
import { ProtobufValues } from './protobuf-values.ts';
import { TextCache } from './text-cache.ts';
import { forgetTypes, ValueTypesOfSpans } from './value-types.ts';
import { WireReader } from './wire-reader.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Event = Writable<Span['events'][number]>;
type Link = Writable<Span['links'][number]>;
/** What the spans of a resource share. */
interface OfResource {
  readonly resource: Record<string, AttributeValue>;
  resourceSchemaUrl?: string;
  resourceDroppedAttributesCount?: number;
}
interface Source extends OfResource {
  readonly scope: Span['scope'];
  readonly types: Span['valueTypes'];
}

const ZERO_TRACE = '0'.repeat(32);
const ZERO_SPAN = '0'.repeat(16);

/** Only remembers texts, so all requests may share it. */
const texts = new TextCache();

/**
 * The spans of an ExportTraceServiceRequest in protobuf (opentelemetry-proto trace/v1, whose field numbers stand in the
 * switches below), the same as `assembleSpans` gives for it in JSON; they share the objects of their resource and scope.
 * Written by hand, one pass over the bytes, because receiving is little else. Unknown fields are gone past. Bytes that
 * are no such request are an OtlpDecodeError that says where.
 */
export function decodeProtobufRequest(body: Uint8Array): DecodedSpans {
  return new RequestDecoder(body).decode();
}

class RequestDecoder {
  readonly #r: WireReader;
  readonly #values: ProtobufValues;
  readonly #valueTypes = new ValueTypesOfSpans();
  readonly #spans: Span[] = [];
  readonly #reasons = new Map<string, number>();
  #rejected = 0;
  #place = { resource: -1, scope: -1, span: -1 };
  /** Spans of one trace mostly come one after another. */
  #lastTraceId = '';

  constructor(body: Uint8Array) {
    this.#r = new WireReader(body, texts);
    this.#values = new ProtobufValues(this.#r);
  }

  decode(): DecodedSpans {
    const r = this.#r;
    try {
      while (r.pos < r.limit) {
        const tag = r.tag();
        if (tag === 0x0a) this.#resourceSpans();
        else r.skip(tag, 1);
      }
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      throw new OtlpDecodeError(`not an OTLP protobuf message: ${this.#where()}${error.message}`, { cause: error });
    }
    return { spans: this.#spans, rejected: this.#rejected, reasons: this.#reasons };
  }

  #where(): string {
    const { resource, scope, span } = this.#place;
    return resource < 0 ? '' : `resourceSpans[${resource}]${scope < 0 ? '' : `.scopeSpans[${scope}]${span < 0 ? '' : `.spans[${span}]`}`}: `;
  }

  /** Fields come in any order, so the scopes wait until the resource is known. */
  #resourceSpans(): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    this.#place = { resource: this.#place.resource + 1, scope: -1, span: -1 };
    this.#values.types.clear();
    const scopes: number[] = [];
    const source: OfResource = { resource: {} };
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) this.#resource(source);
      else if (tag === 0x12) {
        scopes.push(r.pos);
        r.pos = r.end();
      } else if (tag === 0x1a) setText(source, 'resourceSchemaUrl', r.text());
      else r.skip(tag, 3);
    }
    const types = this.#valueTypes.join(undefined, this.#values.types);
    for (const start of scopes) {
      r.pos = start;
      this.#scopeSpans(source, types);
    }
    r.pos = end;
    r.limit = outer;
  }

  #resource(source: OfResource): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) this.#values.keyValue(source.resource, '/resource', 0);
      else if (tag === 0x10) setCount(source, 'resourceDroppedAttributesCount', r.uint32());
      else r.skip(tag, 2);
    }
    r.limit = outer;
  }

  #scopeSpans(ofResource: OfResource, typesOfResource: Span['valueTypes']): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    this.#place.scope += 1;
    this.#place.span = -1;
    this.#values.types.clear();
    const spans: number[] = [];
    const scope: Writable<Span['scope']> = { name: '' };
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) this.#scope(scope);
      else if (tag === 0x12) {
        spans.push(r.pos);
        r.pos = r.end();
      } else if (tag === 0x1a) setText(scope, 'schemaUrl', r.text());
      else r.skip(tag, 3);
    }
    const source: Source = { ...ofResource, scope, types: this.#valueTypes.join(typesOfResource, this.#values.types) };
    for (const start of spans) {
      this.#place.span += 1;
      r.pos = start;
      this.#span(source);
    }
    r.pos = end;
    r.limit = outer;
  }

  #scope(scope: Writable<Span['scope']>): void {
    const r = this.#r;
    const attributes: Record<string, AttributeValue> = { ...scope.attributes };
    const outer = r.limit;
    const end = (r.limit = r.end());
    while (r.pos < end) {
      const tag = r.tag();
      switch (tag) {
        case 0x0a:
          scope.name = r.text();
          break;
        case 0x12:
          setText(scope, 'version', r.text());
          break;
        case 0x1a:
          this.#values.keyValue(attributes, '/scope/attributes', 0);
          break;
        case 0x20:
          setCount(scope, 'droppedAttributesCount', r.uint32());
          break;
        default:
          r.skip(tag, 4);
      }
    }
    if (Object.keys(attributes).length > 0) scope.attributes = attributes;
    r.limit = outer;
  }

  #span(source: Source): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    this.#values.types.clear();
    let traceId = '';
    let spanId = '';
    let parentSpanId = '';
    let traceState = '';
    let flags = 0;
    let name = '';
    let kind: SpanKind = 'unspecified';
    let start = 0n;
    let finish = 0n;
    let droppedAttributes = 0;
    let droppedEvents = 0;
    let droppedLinks = 0;
    let unusableLinks = 0;
    const attributes: Record<string, AttributeValue> = {};
    const events: Event[] = [];
    const links: Link[] = [];
    const status: Writable<Span['status']> = { code: 'unset' };
    while (r.pos < end) {
      const tag = r.tag();
      switch (tag) {
        case 0x0a:
          traceId = r.hex();
          break;
        case 0x12:
          spanId = r.hex();
          break;
        case 0x1a:
          traceState = r.text();
          break;
        case 0x22:
          parentSpanId = r.hex();
          break;
        case 0x2a:
          name = r.text();
          break;
        case 0x30:
          kind = SPAN_KINDS[r.int32()] ?? 'unspecified';
          break;
        case 0x39:
          start = r.fixed64();
          break;
        case 0x41:
          finish = r.fixed64();
          break;
        case 0x4a:
          this.#values.keyValue(attributes, '/attributes', 0);
          break;
        case 0x50:
          droppedAttributes = r.uint32();
          break;
        case 0x5a:
          events.push(this.#event(events.length));
          break;
        case 0x60:
          droppedEvents = r.uint32();
          break;
        case 0x6a: {
          const link = this.#link(links.length);
          if (link === undefined) unusableLinks += 1;
          else links.push(link);
          break;
        }
        case 0x70:
          droppedLinks = r.uint32();
          break;
        case 0x7a:
          this.#status(status);
          break;
        case 0x85:
          flags = r.fixed32();
          break;
        default:
          r.skip(tag, 16);
      }
    }
    r.limit = outer;
    const refused = refusal(traceId, spanId, parentSpanId, start, finish);
    if (refused !== undefined) {
      this.#rejected += 1;
      this.#reasons.set(refused, (this.#reasons.get(refused) ?? 0) + 1);
      return;
    }
    if (traceId === this.#lastTraceId) traceId = this.#lastTraceId;
    else this.#lastTraceId = traceId;
    const span: Writable<Span> = { traceId, spanId, name, kind, startUnixNano: String(start), endUnixNano: String(finish), attributes, status, events, links, resource: source.resource, scope: source.scope };
    if (parentSpanId !== '' && parentSpanId !== ZERO_SPAN) span.parentSpanId = parentSpanId;
    if (traceState !== '') span.traceState = traceState;
    if (flags !== 0) span.flags = flags;
    if (source.resourceSchemaUrl !== undefined) span.resourceSchemaUrl = source.resourceSchemaUrl;
    if (source.resourceDroppedAttributesCount !== undefined) span.resourceDroppedAttributesCount = source.resourceDroppedAttributesCount;
    if (droppedAttributes !== 0) span.droppedAttributesCount = droppedAttributes;
    if (droppedEvents !== 0) span.droppedEventsCount = droppedEvents;
    if (droppedLinks + unusableLinks !== 0) span.droppedLinksCount = droppedLinks + unusableLinks;
    const types = this.#valueTypes.join(source.types, this.#values.types);
    if (types !== undefined) span.valueTypes = types;
    this.#spans.push(span);
  }

  #event(index: number): Event {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    let time = 0n;
    const attributes: Record<string, AttributeValue> = {};
    const event: Event = { timeUnixNano: '0', name: '', attributes };
    while (r.pos < end) {
      const tag = r.tag();
      switch (tag) {
        case 0x09:
          time = r.fixed64();
          break;
        case 0x12:
          event.name = r.text();
          break;
        case 0x1a:
          this.#values.keyValue(attributes, `/events/${index}/attributes`, 0);
          break;
        case 0x20:
          event.droppedAttributesCount = r.uint32();
          break;
        default:
          r.skip(tag, 4);
      }
    }
    r.limit = outer;
    event.timeUnixNano = String(time);
    if (event.droppedAttributesCount === 0) delete event.droppedAttributesCount;
    return event;
  }

  /** Undefined for a link that leads nowhere, because its ids are not valid. */
  #link(index: number): Link | undefined {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    const pointer = `/links/${index}/attributes`;
    let traceState = '';
    let flags = 0;
    let dropped = 0;
    const attributes: Record<string, AttributeValue> = {};
    const link: Link = { traceId: '', spanId: '', attributes };
    while (r.pos < end) {
      const tag = r.tag();
      switch (tag) {
        case 0x0a:
          link.traceId = r.hex();
          break;
        case 0x12:
          link.spanId = r.hex();
          break;
        case 0x1a:
          traceState = r.text();
          break;
        case 0x22:
          this.#values.keyValue(attributes, pointer, 0);
          break;
        case 0x28:
          dropped = r.uint32();
          break;
        case 0x35:
          flags = r.fixed32();
          break;
        default:
          r.skip(tag, 6);
      }
    }
    r.limit = outer;
    if (!isId(link.traceId, ZERO_TRACE) || !isId(link.spanId, ZERO_SPAN)) {
      forgetTypes(this.#values.types, pointer, attributes);
      return undefined;
    }
    if (traceState !== '') link.traceState = traceState;
    if (flags !== 0) link.flags = flags;
    if (dropped !== 0) link.droppedAttributesCount = dropped;
    return link;
  }

  #status(status: Writable<Span['status']>): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x12) setText(status, 'message', r.text());
      else if (tag === 0x18) status.code = SPAN_STATUSES[r.int32()] ?? 'unset';
      // Number 1 was another code long ago, and may be of any type now.
      else if (tag >>> 3 === 1) r.skip(tag, 0);
      else r.skip(tag, 3);
    }
    r.limit = outer;
  }
}

/** Why a span is refused, of the ids and times it was sent with. */
function refusal(traceId: string, spanId: string, parentSpanId: string, start: bigint, finish: bigint): string | undefined {
  if (!isId(traceId, ZERO_TRACE)) return REJECTIONS.traceId;
  if (!isId(spanId, ZERO_SPAN)) return REJECTIONS.spanId;
  if (parentSpanId !== '' && parentSpanId.length !== ZERO_SPAN.length) return REJECTIONS.parentSpanId;
  return start > MAX_NANO || finish > MAX_NANO ? REJECTIONS.time : undefined;
}

function isId(hex: string, zero: string): boolean {
  return hex.length === zero.length && hex !== zero;
}

function setText<K extends string>(into: { [P in K]?: string }, key: K, text: string): void {
  if (text === '') delete into[key];
  else into[key] = text;
}

function setCount<K extends string>(into: { [P in K]?: number }, key: K, count: number): void {
  if (count === 0) delete into[key];
  else into[key] = count;
}
