import { z } from 'zod';

const kind = z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
const value: z.ZodType<unknown> = z.unknown();
const range = { from: z.string().default('now-1h'), to: z.string().default('now') };

/** `GET /api/traces/compare?a=&b=`: trace ids. */
export const CompareTracesQuery = z.object({
  a: z.string(),
  b: z.string(),
  /** Most places given: those that differ most in time, and all above them. */
  limit: z.coerce.number().int().min(1).max(20_000).default(2000),
});
const placeTotals = z.object({ count: z.number(), errors: z.number(), total: z.number(), avg: z.number(), self: z.number(), critical: z.number(), rows: z.array(z.number()) });
const comparedTrace = z.object({ traceId: z.string(), startUnixNano: z.string(), durationNano: z.number(), spans: z.number(), errors: z.number(), rootService: z.string(), rootName: z.string(), version: z.string() });
/** Nanoseconds. Places are paths of operations, parents before children; differences are b less a. */
export const CompareTracesResponse = z.object({
  a: comparedTrace,
  b: comparedTrace,
  places: z.array(
    z.object({
      parent: z.number(),
      depth: z.number(),
      service: z.string(),
      name: z.string(),
      kind,
      change: z.enum(['same', 'added', 'removed', 'more', 'fewer']),
      a: placeTotals,
      b: placeTotals,
      difference: z.object({ count: z.number(), errors: z.number(), total: z.number(), avg: z.number(), self: z.number(), critical: z.number() }),
      attributes: z.array(z.object({ field: z.string(), change: z.enum(['added', 'removed', 'changed']), a: z.array(value), b: z.array(value) })),
    }),
  ),
  /** All of them, of which `places` may be a part. */
  totalPlaces: z.number(),
});
export type CompareTracesResponse = z.infer<typeof CompareTracesResponse>;

/** `GET /api/traces/compare-sets`: two selections; a range that is not given is `from`, `to`. */
export const CompareSetsQuery = z.object({
  qa: z.string().default('{}'),
  qb: z.string().default('{}'),
  ...range,
  fromA: z.string().optional(),
  toA: z.string().optional(),
  fromB: z.string().optional(),
  toB: z.string().optional(),
  /** Most traces of each. */
  limit: z.coerce.number().int().min(1).max(2000).default(200),
  /** Most places given. */
  places: z.coerce.number().int().min(1).max(20_000).default(2000),
});
const reach = z.object({ total: z.number(), used: z.number(), exact: z.boolean(), notes: z.array(z.string()) });
const population = z.object({ traces: z.number(), spans: z.number(), errors: z.number(), p50: z.number(), p95: z.number(), p99: z.number() });
const placeSummary = z.object({ presence: z.number(), traces: z.number(), calls: z.number(), callsPerTrace: z.number(), meanDuration: z.number(), p50: z.number(), p95: z.number(), self: z.number(), errors: z.number(), errorsPerTrace: z.number(), criticalShare: z.number() });
const certainty = z.object({ p: z.number(), falseDiscovery: z.number() });
const selection = z.object({ q: z.string(), fromMs: z.number(), toMs: z.number(), reach });
export const CompareSetsResponse = z.object({
  selections: z.object({ a: selection, b: selection }),
  a: population,
  b: population,
  /** Of whole traces: Mann–Whitney. */
  duration: z.object({ p: z.number(), probabilityGreater: z.number() }),
  places: z.array(
    z.object({
      parent: z.number(),
      depth: z.number(),
      service: z.string(),
      name: z.string(),
      kind,
      a: placeSummary,
      b: placeSummary,
      difference: z.object({ presence: z.number(), callsPerTrace: z.number(), meanDuration: z.number(), p50: z.number(), p95: z.number(), self: z.number(), errorsPerTrace: z.number(), criticalShare: z.number() }),
      duration: certainty.extend({ probabilityGreater: z.number() }),
      failed: certainty,
      present: certainty,
    }),
  ),
  totalPlaces: z.number(),
  /** Inside is b, outside a. */
  attributes: z.array(z.object({ field: z.string(), score: z.number(), values: z.array(z.object({ value, inside: z.number(), outside: z.number() })), present: z.object({ inside: z.number(), outside: z.number() }) })),
  tookMs: z.number(),
});
export type CompareSetsResponse = z.infer<typeof CompareSetsResponse>;

/** `GET /api/traces/critical-path?q=&from=&to=`: where traces spend the time that their callers wait. */
export const CriticalPathQuery = z.object({ q: z.string().default('{}'), ...range, limit: z.coerce.number().int().min(1).max(2000).default(200), places: z.coerce.number().int().min(1).max(20_000).default(2000) });
const criticalShare = z.object({ share: z.number(), usualShare: z.number(), slowShare: z.number(), mean: z.number(), usualMean: z.number(), slowMean: z.number(), inferred: z.number(), traces: z.number() });
export const CriticalPathResponse = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  reach,
  traces: z.number(),
  spans: z.number(),
  p50: z.number(),
  p99: z.number(),
  usualTraces: z.number(),
  slowTraces: z.number(),
  services: z.array(criticalShare.extend({ service: z.string() })),
  operations: z.array(criticalShare.extend({ service: z.string(), name: z.string(), kind })),
  places: z.array(criticalShare.extend({ parent: z.number(), depth: z.number(), service: z.string(), name: z.string(), kind })),
  totalPlaces: z.number(),
  tookMs: z.number(),
});
export type CriticalPathResponse = z.infer<typeof CriticalPathResponse>;
