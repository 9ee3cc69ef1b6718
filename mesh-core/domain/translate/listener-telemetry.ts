import type { HttpFilter } from '../envoy/resources.ts';
import type { AccessLogConfig, HcmTracing } from '../envoy/telemetry.ts';
import type { ProxyContext } from './proxy-context.ts';
import { accessLogsOf } from './telemetry-logging.ts';
import { statsFilter } from './telemetry-metrics.ts';
import { telemetryLevels } from './telemetry-scope.ts';
import { tracingOf } from './telemetry-tracing.ts';

/** What kind of listener it is: a sidecar's towards its app, or from it, or a gateway's. */
export type ListenerClass = 'inbound' | 'outbound' | 'gateway';
/** How a listener makes telemetry. */
export interface ListenerTelemetry {
  /** Among the last HTTP filters, before the router. */
  readonly statsFilter: HttpFilter;
  readonly tracing: HcmTracing | undefined;
  readonly accessLog: readonly AccessLogConfig[];
}

/** What Telemetry and MeshConfig say about the listeners of a class. Source: istiod pilot/pkg/model/telemetry.go. */
export function listenerTelemetry({ snapshot, node }: Pick<ProxyContext, 'snapshot' | 'node'>, listenerClass: ListenerClass): ListenerTelemetry {
  const { mesh } = snapshot;
  const levels = telemetryLevels(snapshot.telemetries, node, mesh);
  const side = listenerClass === 'inbound' ? 'SERVER' : 'CLIENT';
  return {
    statsFilter: statsFilter(levels.metrics, mesh, side, listenerClass === 'outbound'),
    tracing: tracingOf(levels.tracing, node, mesh, side),
    accessLog: accessLogsOf(levels.logging, mesh, side),
  };
}
