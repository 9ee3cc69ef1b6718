import type { RequestRecord } from '../telemetry/request-record.ts';
import type { HttpStats } from './scoped-stats.ts';

/** Counts a request that begins. */
export function countRequestBegun(stats: HttpStats, { protocol }: RequestRecord): void {
  const { counters } = stats;
  stats.requestsActive++;
  counters.downstream_rq_total++;
  if (protocol === 'HTTP/2') counters.downstream_rq_http2_total++;
  else counters.downstream_rq_http1_total++;
}

/** Counts a request that has ended, by what its record tells; once for each that was counted as begun. */
export function countRequestEnded(stats: HttpStats, record: RequestRecord): void {
  stats.requestsActive--;
  stats.codes.count(record.status);
  stats.requestTime.observe(record.durationMs);
  const { counters } = stats;
  if (record.status === 101) counters.downstream_cx_upgrades_total++;
  if (record.flags.includes('DC')) counters.downstream_rq_rx_reset++;
  switch (record.details) {
    case 'route_not_found':
      counters.no_route++;
      return;
    case 'cluster_not_found':
      counters.no_cluster++;
      return;
    case 'direct_response':
      if (record.status >= 300 && record.status < 400) counters.rq_redirect++;
      else counters.rq_direct_response++;
      return;
    case 'stream_idle_timeout':
      counters.downstream_rq_idle_timeout++;
      return;
    case 'request_header_timeout':
      counters.downstream_rq_header_timeout++;
      return;
    case 'request_payload_too_large':
      counters.downstream_rq_too_large++;
  }
}
