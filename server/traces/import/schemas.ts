import { z } from 'zod';
import { EXPORT_FORMATS } from './export-traces.ts';

export const ExportTraceQuery = z.object({ format: z.enum(EXPORT_FORMATS).default('json') });
export const ExportTracesBody = z.object({ traceIds: z.array(z.string()).min(1).max(1500) });
/** As `ImportOutcome`. */
export const ImportTracesResponse = z.object({
  format: z.enum(['otlp', 'jaeger', 'zipkin', 'none']),
  traceIds: z.array(z.string()),
  traces: z.number(),
  spans: z.number(),
  duplicates: z.number(),
  skipped: z.array(z.object({ reason: z.string(), count: z.number() })),
});
export type ImportTracesResponse = z.infer<typeof ImportTracesResponse>;
