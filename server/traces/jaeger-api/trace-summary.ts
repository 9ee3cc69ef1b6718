import type { TraceHit } from '../trace-questions.ts';

/** TraceSummary of API v3 (jaeger-idl proto/api_v3/query_service.proto); times are texts of Unix nanoseconds. */
export interface V3TraceSummary {
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootOperationName: string;
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount: number;
  readonly orphanSpanCount: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount: number }[];
}

/** A trace that was found, as API v3 sums it up. */
export function traceSummary(hit: TraceHit): V3TraceSummary {
  const start = BigInt(hit.startUnixNano);
  return {
    traceId: hit.traceId,
    rootServiceName: hit.rootService,
    rootOperationName: hit.rootName,
    minStartTimeUnixNano: String(start),
    maxEndTimeUnixNano: String(start + BigInt(hit.durationNano)),
    spanCount: hit.spanCount,
    errorSpanCount: hit.errorCount,
    // How many are not known here; one is enough for what clients make of it, which is "incomplete".
    orphanSpanCount: hit.incomplete ? 1 : 0,
    services: hit.services.map(({ name, spanCount, errorCount }) => ({ name, spanCount, errorSpanCount: errorCount })),
  };
}
