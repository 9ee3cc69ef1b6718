import type { Attributes, AttributeValue, Span } from '../trace-backend.ts';

/** A text that is too long keeps this many characters at least: a multiple of 4, so that base64 stays what it is. */
const SHORTEST_CUT = 256;
/** What an item takes besides its texts. */
const OVERHEAD = 48;

/**
 * A span in about `bytes` at most, for messages that may not be larger: long texts are cut, then the largest attributes and
 * the last events and links are left out and counted as dropped. Ids, times, kind, status and service stay.
 */
export function fitSpan(span: Span, bytes: number): Span {
  const share = Math.floor(bytes / 8);
  const attributes = fitAttributes(span.attributes, share * 2);
  const resource = fitAttributes(span.resource, share * 2);
  const scope = fitAttributes(span.scope.attributes ?? {}, share);
  const events = fitItems(span.events, share);
  const links = fitItems(span.links, share);
  const { traceState, status, scope: { name, version, schemaUrl } } = span;
  return {
    ...span,
    name: cut(span.name, SHORTEST_CUT),
    ...(traceState === undefined ? {} : { traceState: cut(traceState, SHORTEST_CUT) }),
    status: { code: status.code, ...(status.message === undefined ? {} : { message: cut(status.message, SHORTEST_CUT) }) },
    attributes: attributes.kept,
    ...dropped('droppedAttributesCount', span.droppedAttributesCount, attributes.left),
    resource: resource.kept,
    ...(span.resourceSchemaUrl === undefined ? {} : { resourceSchemaUrl: cut(span.resourceSchemaUrl, SHORTEST_CUT) }),
    ...dropped('resourceDroppedAttributesCount', span.resourceDroppedAttributesCount, resource.left),
    scope: {
      name: cut(name, SHORTEST_CUT),
      ...(version === undefined ? {} : { version: cut(version, SHORTEST_CUT) }),
      ...(schemaUrl === undefined ? {} : { schemaUrl: cut(schemaUrl, SHORTEST_CUT) }),
      ...(span.scope.attributes === undefined ? {} : { attributes: scope.kept }),
      ...dropped('droppedAttributesCount', span.scope.droppedAttributesCount, scope.left),
    },
    events: events.kept.map((event) => ({ ...event, name: cut(event.name, SHORTEST_CUT) })),
    ...dropped('droppedEventsCount', span.droppedEventsCount, events.left),
    links: links.kept.map((link) => ({ ...link, ...(link.traceState === undefined ? {} : { traceState: cut(link.traceState, SHORTEST_CUT) }) })),
    ...dropped('droppedLinksCount', span.droppedLinksCount, links.left),
  };
}

function dropped<K extends string>(key: K, before: number | undefined, more: number): { [P in K]?: number } {
  // Safe because the computed key is K.
  return before === undefined && more === 0 ? {} : ({ [key]: (before ?? 0) + more } as { [P in K]: number });
}

/** As they are when they fit; otherwise with long texts cut, and the smallest of them as far as they fit. */
function fitAttributes(attributes: Attributes, bytes: number): { readonly kept: Attributes; readonly left: number } {
  const entries = Object.entries(attributes);
  if (sizeOf(attributes) <= bytes) return { kept: attributes, left: 0 };
  const longest = Math.max(SHORTEST_CUT, Math.floor(bytes / 32) * 4);
  const shortened = entries.map(([key, value]): [string, AttributeValue] => [key, typeof value === 'string' ? cut(value, longest) : value]);
  let room = bytes;
  const kept = new Set<string>();
  // The service's name is what a span is found by.
  const bySize = shortened.map(([key, value]) => ({ key, size: key === 'service.name' ? 0 : sizeOf({ [key]: value }) })).sort((a, b) => a.size - b.size);
  for (const { key, size } of bySize) {
    if (size > room) break;
    room -= size;
    kept.add(key);
  }
  return { kept: Object.fromEntries(shortened.filter(([key]) => kept.has(key))), left: entries.length - kept.size };
}

/** The first of them that fit, each with attributes that take a part of the room at most. */
function fitItems<T extends { readonly attributes: Attributes; readonly name?: string; readonly traceState?: string; readonly droppedAttributesCount?: number }>(items: readonly T[], bytes: number): { readonly kept: readonly T[]; readonly left: number } {
  const kept: T[] = [];
  let room = bytes;
  for (const item of items) {
    const { kept: attributes, left } = fitAttributes(item.attributes, Math.floor(bytes / 8));
    room -= sizeOf(attributes) + Math.min(item.name?.length ?? item.traceState?.length ?? 0, SHORTEST_CUT) * 3 + OVERHEAD;
    if (room < 0) break;
    kept.push({ ...item, attributes, ...dropped('droppedAttributesCount', item.droppedAttributesCount, left) });
  }
  return { kept, left: items.length - kept.length };
}

function sizeOf(attributes: Attributes): number {
  let size = 0;
  for (const [key, value] of Object.entries(attributes)) size += OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
  return size;
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : text.slice(0, characters).toWellFormed();
}
