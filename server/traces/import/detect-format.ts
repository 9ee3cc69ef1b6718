/** `none`: an empty list, which may be of any of them. */
export type TraceFileFormat = 'otlp' | 'jaeger' | 'zipkin' | 'none';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a JSON document is by its shape: OTLP (also as Tempo's and Jaeger's APIs wrap it, and lists of such), Jaeger (a
 * trace, a list, or `{data}`), Zipkin's spans of version 2 (a list, or a list of lists); undefined when it is none of these.
 */
export function detectFormat(document: unknown): TraceFileFormat | undefined {
  if (Array.isArray(document)) return document.length === 0 ? 'none' : detectFormat(document[0]);
  if (!isFields(document)) return undefined;
  if (resourceSpansOf(document) !== undefined) return 'otlp';
  if ('data' in document) {
    const { data } = document;
    if (Array.isArray(data) && data.length === 0) return 'none';
    return looksLikeJaeger(Array.isArray(data) ? data[0] : data) ? 'jaeger' : undefined;
  }
  if (looksLikeJaeger(document)) return 'jaeger';
  if (typeof document['traceId'] === 'string' && typeof document['id'] === 'string') return 'zipkin';
  // An OTLP request may be empty.
  return Object.keys(document).length === 0 ? 'none' : undefined;
}

/** The list of OTLP's ResourceSpans, wherever the document has it; undefined when it has none. */
export function resourceSpansOf(document: unknown): readonly unknown[] | undefined {
  if (!isFields(document)) return undefined;
  // Tempo's first API says batches; its second wraps the trace; Jaeger's third wraps the result.
  const list = document['resourceSpans'] ?? document['batches'];
  if (Array.isArray(list)) return list;
  return resourceSpansOf(document['trace'] ?? document['result']);
}

function looksLikeJaeger(value: unknown): boolean {
  return isFields(value) && Array.isArray(value['spans']) && !('scope' in value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
