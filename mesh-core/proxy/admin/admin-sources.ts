import type { Registry } from 'prom-client';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import type { ControlStream } from '../config/ads-client.ts';
import type { ConfigStore } from '../config/config-store.ts';
import type { ProxyRuntime } from '../config/proxy-runtime.ts';
import type { HealthReport } from '../health/health-report.ts';
import type { WorkloadCertificate } from '../identity/workload-certificate.ts';
import type { ProxyStats } from '../stats/scoped-stats.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { IstioMetrics } from '../telemetry/istio-metrics.ts';

/** What the admin port shows, and what it may change. */
export interface AdminSources {
  readonly registry: Registry;
  readonly metrics: Pick<IstioMetrics, 'rbac' | 'rateLimits'>;
  readonly stats: ProxyStats;
  readonly runtime: Pick<ProxyRuntime, 'clusters' | 'listeners' | 'listenerCounts' | 'drainListeners'>;
  readonly accessLog: AccessLog;
  readonly store: ConfigStore;
  readonly ads: ControlStream;
  readonly node: XdsNode;
  readonly certificate: WorkloadCertificate;
  readonly health: HealthReport;
  readonly log: Logger;
  readonly version: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly startedAt: number;
  readonly lifecycle: () => Lifecycle;
  readonly quit: () => void;
}
/** `initializing`: before the first complete configuration. */
export type Lifecycle = 'initializing' | 'live' | 'draining';

/** Envoy's name of the server's state; a health check that was failed by hand counts as draining. */
export function serverState({ lifecycle, health }: Pick<AdminSources, 'lifecycle' | 'health'>): 'LIVE' | 'DRAINING' | 'INITIALIZING' {
  const state = lifecycle();
  if (state === 'initializing') return 'INITIALIZING';
  return state === 'draining' || health.isFailedByHand ? 'DRAINING' : 'LIVE';
}
