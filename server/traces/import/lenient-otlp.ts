import { rawList, rawMessage, type RawMessage } from '#server/traces/otlp/raw-fields.ts';
import { resourceSpansOf } from './detect-format.ts';

/**
 * OTLP JSON from files, made what the strict reader takes: lists of documents and the wrappers of other APIs are put together,
 * base64 ids (Tempo's JSON) become hex, and the old name of scopes is taken too. Names of enums the strict reader takes anyway.
 * Fields of wrong types are left for it to tell.
 */
export function lenientOtlp(document: unknown): { readonly resourceSpans: readonly unknown[] } {
  const lists = (Array.isArray(document) ? document : [document]).map((item) => resourceSpansOf(item) ?? []);
  return { resourceSpans: lists.flat().map((item) => (isFields(item) ? withScopes(item) : item)) };
}

function withScopes(resourceSpans: RawMessage): RawMessage {
  const scopes = resourceSpans['scopeSpans'] ?? resourceSpans['instrumentationLibrarySpans'];
  if (!Array.isArray(scopes)) return resourceSpans;
  return { ...resourceSpans, scopeSpans: scopes.map((item: unknown) => (isFields(item) ? withHexIds(item) : item)) };
}

function withHexIds(scopeSpans: RawMessage): RawMessage {
  const { spans } = scopeSpans;
  return { ...scopeSpans, scope: scopeSpans['scope'] ?? scopeSpans['instrumentationLibrary'], spans: Array.isArray(spans) ? spans.map((item: unknown) => (isFields(item) ? spanWithHexIds(item) : item)) : spans };
}

function spanWithHexIds(span: RawMessage): RawMessage {
  const { traceId, spanId, parentSpanId, links } = span;
  return {
    ...span,
    traceId: hexId(traceId, 16),
    spanId: hexId(spanId, 8),
    parentSpanId: hexId(parentSpanId, 8),
    links: Array.isArray(links) ? rawList(links, 'links').map((item) => (isFields(item) ? { ...rawMessage(item, 'a link'), traceId: hexId(item['traceId'], 16), spanId: hexId(item['spanId'], 8) } : item)) : links,
  };
}

/** Base64 of so many bytes has another length than their hex, so neither is taken for the other. */
function hexId(value: unknown, bytes: 8 | 16): unknown {
  if (typeof value !== 'string' || value.length === bytes * 2 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return value;
  const decoded = Buffer.from(value, 'base64');
  return decoded.length === bytes ? decoded.toString('hex') : value;
}

function isFields(value: unknown): value is RawMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
