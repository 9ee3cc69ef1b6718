import { z } from 'zod';
import type { HealthStatus } from '#server/graph/core/graph-model.ts';

/** Rates are per second over the last minute, latencies milliseconds, ratios 0..1; null = no data. */
export interface TrafficNumbers {
  readonly requestsPerSecond: number | null;
  readonly errorRatio: number | null;
  readonly p95Ms: number | null;
}
export interface WorkloadRow extends TrafficNumbers {
  readonly namespace: string;
  readonly name: string;
  readonly app: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly instances: number;
  readonly ready: number;
  readonly health: { readonly status: HealthStatus; readonly reason: string };
  /** Addresses of the proxies' admin ports, for logs and config dumps through this server. */
  readonly instanceNames: readonly string[];
}
export interface ServiceRow extends TrafficNumbers {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly ports: readonly string[];
  readonly workloads: readonly string[];
  readonly external: boolean;
  readonly health: { readonly status: HealthStatus; readonly reason: string };
  /** Names of VirtualServices, DestinationRules, AuthorizationPolicies that apply, as `Kind/namespace/name`. */
  readonly config: readonly string[];
}
export interface AccessLogAnswer {
  readonly entries: readonly (Readonly<Record<string, unknown>> & { readonly instance: string })[];
  readonly errors: readonly string[];
}
export const AccessLogQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(200), traceId: z.string().regex(/^[0-9a-f]{32}$/).optional() });
export const SearchQuery = z.object({ q: z.string().default('') });
export interface SearchHit {
  readonly kind: 'service' | 'workload' | 'config' | 'rollout';
  readonly label: string;
  readonly detail: string;
  /** Page of this console. */
  readonly href: string;
}
