import type { AccessLog } from '../telemetry/access-log.ts';
import type { IstioMetrics, Reporter } from '../telemetry/istio-metrics.ts';
import type { RequestTracing } from '../telemetry/tracing.ts';
import type { Filter } from '../http/exchange.ts';

/** Begins the request's span, and ends it with the finished record. */
export function createTracingFilter(tracing: RequestTracing, kind: 'client' | 'server'): Filter {
  return (next) => (exchange, respond) => {
    const span = tracing.start(kind, exchange.line.headers, exchange.record);
    exchange.record.traceId = span.traceId;
    exchange.onDone((record) => span.end(record));
    next(exchange, respond);
  };
}

/** Counts and logs each finished request, once. */
export function createStatsFilter(metrics: IstioMetrics, log: AccessLog, reporter: Reporter): Filter {
  return (next) => (exchange, respond) => {
    exchange.onDone((record) => {
      metrics.observe(record, reporter);
      log.add(record);
    });
    next(exchange, respond);
  };
}
