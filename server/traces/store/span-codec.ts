import { createHash } from 'node:crypto';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';
import { termsOfSource, termsOfSpan, type SearchTerm } from '#server/traces/core/search-terms.ts';

/** What columns do not hold of a span. Plain JSON; fields that are empty are left out. */
type SpanRest = Partial<Pick<Span, 'parentSpanId' | 'traceState' | 'flags' | 'attributes' | 'events' | 'links' | 'droppedAttributesCount' | 'droppedEventsCount' | 'droppedLinksCount' | 'valueTypes'>> & { readonly statusMessage?: string };

/** What many spans share. */
export type SpanSource = Pick<Span, 'resource' | 'scope'> & Partial<Pick<Span, 'resourceSchemaUrl' | 'resourceDroppedAttributesCount'>>;

/** The columns of a span, as numbers that SQLite holds exactly. */
export interface SpanColumns {
  readonly spanId: bigint;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly start: bigint;
  readonly length: bigint;
}

/** The content of `span_data`. */
export function encodeRest(span: Span): string {
  const rest: SpanRest = {
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(span.traceState === undefined ? {} : { traceState: span.traceState }),
    ...(span.flags === undefined ? {} : { flags: span.flags }),
    ...(isEmpty(span.attributes) ? {} : { attributes: span.attributes }),
    ...(span.status.message === undefined ? {} : { statusMessage: span.status.message }),
    ...(span.events.length === 0 ? {} : { events: span.events }),
    ...(span.links.length === 0 ? {} : { links: span.links }),
    ...(span.droppedAttributesCount === undefined ? {} : { droppedAttributesCount: span.droppedAttributesCount }),
    ...(span.droppedEventsCount === undefined ? {} : { droppedEventsCount: span.droppedEventsCount }),
    ...(span.droppedLinksCount === undefined ? {} : { droppedLinksCount: span.droppedLinksCount }),
    ...(span.valueTypes === undefined ? {} : { valueTypes: span.valueTypes }),
  };
  return JSON.stringify(rest);
}

/** The content of `sources`. */
export function encodeSource({ resource, scope, resourceSchemaUrl, resourceDroppedAttributesCount }: Span): string {
  const source: SpanSource = { resource, scope, ...(resourceSchemaUrl === undefined ? {} : { resourceSchemaUrl }), ...(resourceDroppedAttributesCount === undefined ? {} : { resourceDroppedAttributesCount }) };
  return JSON.stringify(source);
}

/** The reverse of `encodeSource`. */
export function decodeSource(content: string): SpanSource {
  // Safe because only encodeSource writes it, and the file's version is checked when it is opened.
  return JSON.parse(content) as SpanSource;
}

/** A span from its parts: the reverse of `encodeRest` and of the columns. */
export function decodeSpan(traceId: string, columns: SpanColumns, content: string, source: SpanSource): Span {
  // Safe because only encodeRest writes it, and the file's version is checked when it is opened.
  const { statusMessage, attributes = {}, events = [], links = [], ...rest } = JSON.parse(content) as SpanRest;
  return {
    traceId,
    spanId: idToHex(columns.spanId),
    name: columns.name,
    kind: SPAN_KINDS[columns.kind] ?? 'unspecified',
    startUnixNano: String(columns.start),
    endUnixNano: String(columns.start + columns.length),
    attributes,
    status: { code: SPAN_STATUSES[columns.status] ?? 'unset', ...(statusMessage === undefined ? {} : { message: statusMessage }) },
    events,
    links,
    ...rest,
    ...source,
  };
}

/** A 64-bit id as SQLite's signed integer. */
export function idFromHex(hex: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hex}`));
}

/** The reverse of `idFromHex`. */
function idToHex(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, '0');
}

/**
 * 64 bits that stand for a text. Among ten million distinct texts some two meet in them with a chance of 3 in a million,
 * which is why nothing looks behind them.
 */
export function hash64(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigInt64LE(0);
}

/** The hash of a term as the tables hold it. */
export function hashTerm([key, value]: SearchTerm): bigint {
  return hash64(`${key}\0${value}`);
}

/** Keys that columns answer. */
export const COLUMN_TAGS: ReadonlySet<string> = new Set(['error', 'span.status', 'span.kind']);

/** Distinct hashes of what tags can find on the span itself, less what columns answer. */
export function spanTermHashes(span: Span, hash: (term: SearchTerm) => bigint = hashTerm): Set<bigint> {
  const hashes = new Set<bigint>();
  for (const term of termsOfSpan(span)) if (!COLUMN_TAGS.has(term[0])) hashes.add(hash(term));
  return hashes;
}

/** The same of resource and scope. */
export function sourceTermHashes(source: Pick<Span, 'resource' | 'scope'>): Set<bigint> {
  return new Set(termsOfSource(source).map(hashTerm));
}

function isEmpty(attributes: Attributes): boolean {
  for (const _ in attributes) return false;
  return true;
}
