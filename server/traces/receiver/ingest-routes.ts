import { z } from 'zod';
import { defineRoute, type Route } from '#server/http/route.ts';
import { PROTOCOLS, type IngestSnapshot, type IngestStatus } from './ingest-status.ts';

const Counts = z.record(z.string(), z.number());

/** As `IngestSnapshot`. */
export const IngestResponse: z.ZodType<IngestSnapshot> = z.object({
  sinceMs: z.number(),
  protocols: z.array(
    z.object({
      protocol: z.enum(PROTOCOLS),
      address: z.string().exactOptional(),
      requests: z.number(),
      refused: Counts,
      spans: z.number(),
      rejected: Counts,
      bytes: z.number(),
      lastSpanAtMs: z.number().exactOptional(),
      lastRefusal: z.object({ atMs: z.number(), reason: z.string(), message: z.string() }).exactOptional(),
    }),
  ),
  hosts: z.array(z.object({ host: z.string(), service: z.string(), spans: z.number(), lastSpanAtMs: z.number(), delayMs: z.number(), leastDelayMs: z.number() })),
});

/** What came in since the start, for a panel. */
export function ingestRoutes(status: Pick<IngestStatus, 'snapshot'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces/ingest',
      scope: 'view',
      summary: 'What came in by each protocol since the server was started, what was refused and why, and how late each host’s spans come.',
      response: IngestResponse,
      handle: async () => status.snapshot(),
    }),
  ];
}
