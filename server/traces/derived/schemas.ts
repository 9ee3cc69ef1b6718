import { z } from 'zod';

/** Of `GET /api/traces/red` and `/api/traces/dependencies`: Unix ms or relative (`now-1h`). Whole minutes are counted. */
const range = { from: z.string().default('now-1h'), to: z.string().default('now') };
const list = z.string().default('').transform((text) => text.split(',').filter((part) => part !== ''));

/** `GET /api/traces/red`: services, or with `service` its operations (`kinds` comma separated, empty = all). */
export const RedQuery = z.object({ ...range, service: z.string().optional(), kinds: list });
export const DependenciesQuery = z.object(range);
/** `GET /api/traces/red-series`: one service, or one operation of it, over time. */
export const RedSeriesQuery = z.object({ ...range, service: z.string().min(1), name: z.string().optional(), kind: z.string().optional() });

const nano = z.number().nullable();
const figures = {
  /** Weighted by sampling thresholds in trace states. */
  calls: z.number(),
  errors: z.number(),
  ratePerSecond: z.number(),
  totalNano: z.number(),
  /** Right to about 4 %. */
  p50Nano: nano,
  p75Nano: nano,
  p95Nano: nano,
  p99Nano: nano,
  slowestTrace: z.string().optional(),
  failedTrace: z.string().optional(),
};
export const ServiceRow = z.object({
  service: z.string(),
  /** Calls that come in; else those it makes itself. */
  incoming: z.boolean(),
  operations: z.number(),
  ...figures,
  /** 0..1: time spent, as a share of the row that spent most. */
  impact: z.number(),
});
export type ServiceRow = z.infer<typeof ServiceRow>;
export const OperationRow = z.object({ service: z.string(), name: z.string(), kind: z.string(), ...figures, impact: z.number() });
export type OperationRow = z.infer<typeof OperationRow>;

/** Said with every answer. */
const completeness = { fromMs: z.number(), toMs: z.number(), exact: z.boolean(), notes: z.array(z.string()) };
export const RedAnswer = z.object({ services: z.array(ServiceRow), operations: z.array(OperationRow), ...completeness });
export type RedAnswer = z.infer<typeof RedAnswer>;

export const TrafficSeries = z.object({
  stepMs: z.number(),
  points: z.array(z.object({ fromMs: z.number(), calls: z.number(), errors: z.number(), p50Nano: nano, p75Nano: nano, p95Nano: nano, p99Nano: nano })),
});
export type TrafficSeries = z.infer<typeof TrafficSeries>;
export const RedSeriesAnswer = TrafficSeries.extend(completeness);
export type RedSeriesAnswer = z.infer<typeof RedSeriesAnswer>;

export const DependencyEdge = z.object({
  client: z.string(),
  server: z.string(),
  type: z.enum(['unset', 'virtual_node', 'messaging_system', 'database']),
  ...figures,
  serverP95Nano: nano,
  /** Requests per second that the mesh's metrics count between the two; absent when they know nothing of the edge. */
  meshRatePerSecond: z.number().optional(),
});
export const DependenciesAnswer = z.object({
  nodes: z.array(z.object({ name: z.string(), kind: z.enum(['service', 'virtual', 'database']), traffic: ServiceRow.optional() })),
  edges: z.array(DependencyEdge),
  /** Edges that the mesh's metrics have and no trace shows. */
  untraced: z.array(z.object({ client: z.string(), server: z.string(), meshRatePerSecond: z.number() })),
  spans: z.number(),
  /** Client and server spans whose other side is not known. */
  unpairedSpans: z.number(),
  ...completeness,
});
export type DependenciesAnswer = z.infer<typeof DependenciesAnswer>;
