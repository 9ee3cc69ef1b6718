import { z } from 'zod';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import type { HealthStatus } from '#server/graph/core/graph-model.ts';
import type { ServiceRow } from '#server/inventory/schemas.ts';

/** `GET /api/overview`; `from` and `to` are Unix seconds and bound the sparklines. */
export const OverviewQuery = z.object({ namespaces: z.string().default(''), from: z.coerce.number().optional(), to: z.coerce.number().optional() });

/** Points of a sparkline, evenly spaced from `from` to `to`; null where there is no data. */
export interface Sparkline {
  readonly from: number;
  readonly to: number;
  readonly points: readonly (number | null)[];
}
export interface OverviewService extends ServiceRow {
  readonly requestsSparkline: Sparkline;
  readonly errorsSparkline: Sparkline;
  readonly p95Sparkline: Sparkline;
}
/** Something that is wrong right now, worst first, with where to look. */
export interface Problem {
  readonly severity: 'failing' | 'degraded' | 'info';
  readonly title: string;
  readonly detail: string;
  /** Page of this console. */
  readonly href: string;
}
export interface OverviewAnswer {
  readonly at: number;
  readonly totals: { readonly requestsPerSecond: number | null; readonly errorRatio: number | null; readonly p95Ms: number | null; readonly mtlsRatio: number | null };
  readonly totalsSparklines: { readonly requests: Sparkline; readonly errors: Sparkline; readonly p95: Sparkline };
  readonly services: readonly OverviewService[];
  readonly health: Readonly<Record<HealthStatus, number>>;
  readonly workloads: { readonly total: number; readonly ready: number };
  /** Null when the control plane does not answer. */
  readonly proxies: { readonly total: number; readonly synced: number; readonly stale: number; readonly rejected: number } | null;
  readonly targets: { readonly up: number; readonly down: number };
  readonly problems: readonly Problem[];
  readonly recentChanges: readonly AuditEntry[];
  readonly warnings: readonly string[];
}
