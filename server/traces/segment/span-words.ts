import type { SpanKind, SpanStatus } from '#server/traces/trace-backend.ts';

/** By OTLP's numbers (trace.proto Span.SpanKind). */
export const SPAN_KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
/** By OTLP's numbers (trace.proto Status.StatusCode). */
export const SPAN_STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];
