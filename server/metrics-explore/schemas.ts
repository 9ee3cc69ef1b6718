import { z } from 'zod';
import type { ExplainedPart } from '#server/promql/metrics-backend.ts';

/** Unix seconds; without a step the query runs once, at `start`. */
export const ExplainQuery = z.object({
  query: z.string().min(1, 'name the query to explain'),
  start: z.coerce.number(),
  end: z.coerce.number().optional(),
  step: z.coerce.number().positive('a step is longer than 0 seconds').optional(),
});

/** What each part of a query gave and cost, in the order of the query's tree. */
export interface ExplainAnswer {
  readonly parts: readonly ExplainedPart[];
}
