import type { SpanStatus, TraceSummary } from '#server/traces/trace-backend.ts';

/** What the SQL of the store answers: ONE span satisfies all of it; start within [from, to]. */
export interface TraceQuery {
  readonly service?: string;
  readonly operation?: string;
  /** AND; each found on the span, its resource, scope, events or links; compared as strings. Special keys as Jaeger: error, span.kind, span.status. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly status?: SpanStatus;
  readonly minDurationNano?: string;
  readonly maxDurationNano?: string;
  readonly fromUnixNano: string;
  readonly toUnixNano: string;
  /** Over ALL matches, not over a page. */
  readonly sort?: 'newest' | 'oldest' | 'longest' | 'shortest' | 'most-spans' | 'most-errors' | 'sample';
  readonly limit: number;
  readonly offset?: number;
}
export interface TraceSearchResult {
  readonly traces: readonly TraceSummary[];
  /** All matches, not just this page. */
  readonly total: number;
}
