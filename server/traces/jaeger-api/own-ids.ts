import type { Span } from '../trace-backend.ts';

/**
 * The spans of a trace, of which the called half of a call that shares its id with the calling half (Zipkin's shared
 * spans) has an id of its own, hangs below the other and has the children: Jaeger's clients take ids to be unique. Ids
 * given are the lowest that are free. Source: jaegerquery/internal/adjuster/spaniduniquifier.go.
 */
export function withOwnIds(spans: readonly Span[]): readonly Span[] {
  const ids = new Set(spans.map((span) => span.spanId));
  if (ids.size === spans.length) return spans;
  const callers = new Set(spans.filter((span) => span.kind === 'client').map((span) => span.spanId));
  const idOfCallee = new Map<string, string>();
  let last = 0;
  const freeId = (): string => {
    for (;;) {
      const id = (++last).toString(16).padStart(16, '0');
      if (!ids.has(id)) return id;
    }
  };
  const own = spans.map((span) => {
    if (span.kind !== 'server' || !callers.has(span.spanId)) return span;
    const spanId = freeId();
    if (!idOfCallee.has(span.spanId)) idOfCallee.set(span.spanId, spanId);
    return { ...span, spanId, parentSpanId: span.spanId };
  });
  return own.map((span, i) => {
    const callee = span === spans[i] && span.parentSpanId !== undefined ? idOfCallee.get(span.parentSpanId) : undefined;
    return callee === undefined ? span : { ...span, parentSpanId: callee };
  });
}
