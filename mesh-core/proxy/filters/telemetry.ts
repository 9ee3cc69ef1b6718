import type { AccessLog } from '../telemetry/access-log.ts';
import type { RequestObserver } from '../telemetry/metric-exceptions.ts';
import type { RequestLogger } from '../telemetry/request-loggers.ts';
import type { ListenerTracing } from '../telemetry/tracing.ts';
import { countRequestBegun, countRequestEnded } from '../stats/count-requests.ts';
import type { HttpStats } from '../stats/scoped-stats.ts';
import type { Filter } from '../http/exchange.ts';

/** Begins the request's span, and ends it with the finished record. */
export function createTracingFilter(tracing: ListenerTracing): Filter {
  return (next) => (exchange, respond) => {
    const span = tracing.start(exchange.line.headers, exchange.record);
    exchange.record.traceId = span.traceId;
    if (span.sampled) exchange.onDone((record) => span.end(record));
    next(exchange, respond);
  };
}

export interface StatsOptions {
  readonly http: HttpStats;
  readonly observe: RequestObserver;
  /** Of the admin port. */
  readonly log: AccessLog;
  readonly loggers: readonly RequestLogger[];
  /** Logs, metrics or spans of this listener name headers, which are then kept with the record. */
  readonly keepsHeaders: boolean;
}

/** Counts and logs each finished request, once. */
export function createStatsFilter({ http, observe, log, loggers, keepsHeaders }: StatsOptions): Filter {
  return (next) => (exchange, respond) => {
    countRequestBegun(http, exchange.record);
    exchange.onDone((record) => {
      countRequestEnded(http, record);
      observe(record);
      log.add(record);
      for (const logger of loggers) logger(record);
    });
    if (!keepsHeaders) {
      next(exchange, respond);
      return;
    }
    exchange.record.requestHeaders = exchange.line.headers;
    next(exchange, (response) => {
      exchange.record.responseHeaders = response.headers;
      respond(response);
    });
  };
}
