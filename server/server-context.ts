import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { AuditLog } from '#server/audit/audit-log.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import type { EventBus } from '#server/http/event-bus.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';

/** What every verb of the server may use; made once in server/main.ts. */
export interface ServerContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly kube: KubeClient;
  /** A watch-fed copy of every object, so that reads never wait for the API server. */
  readonly config: ConfigCache;
  readonly metrics: MetricsBackend;
  readonly traces: TraceBackend;
  readonly events: EventBus;
  /** Every write is recorded here, with the object before and after. */
  readonly audit: AuditLog;
  /** Base URL of the control plane's debug port (`/debug/syncz`), absent when attached to a mesh without one. */
  readonly controlPlaneUrl: string | undefined;
  /** Seconds between scrapes: the shortest window `rate()` can use is twice that. */
  readonly scrapeIntervalSeconds: number;
}
