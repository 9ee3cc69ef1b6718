/**
 * Numbers that only grow, a field for each statistic under the name that Envoy's documentation gives it, so that what is
 * counted and what is shown cannot part. Plain fields: counting is one addition, without a look-up.
 */

/** `cluster.NAME.…`. Source: Envoy, upstream cluster statistics. */
export class ClusterCounters {
  membership_change = 0;
  update_success = 0;
  upstream_cx_total = 0;
  upstream_cx_http1_total = 0;
  upstream_cx_http2_total = 0;
  upstream_cx_connect_fail = 0;
  upstream_cx_connect_timeout = 0;
  upstream_cx_destroy = 0;
  upstream_cx_destroy_local = 0;
  upstream_cx_destroy_remote = 0;
  upstream_cx_overflow = 0;
  upstream_cx_none_healthy = 0;
  upstream_rq_total = 0;
  upstream_rq_pending_total = 0;
  upstream_rq_pending_overflow = 0;
  upstream_rq_pending_failure_eject = 0;
  upstream_rq_cancelled = 0;
  upstream_rq_timeout = 0;
  upstream_rq_per_try_timeout = 0;
  upstream_rq_rx_reset = 0;
  upstream_rq_tx_reset = 0;
  upstream_rq_retry = 0;
  upstream_rq_retry_success = 0;
  upstream_rq_retry_overflow = 0;
  upstream_rq_retry_limit_exceeded = 0;
}

/** `cluster.NAME.outlier_detection.…`. Source: Envoy, outlier detection statistics. */
export class OutlierCounters {
  ejections_enforced_total = 0;
  ejections_overflow = 0;
  ejections_enforced_consecutive_5xx = 0;
  ejections_enforced_consecutive_gateway_failure = 0;
  ejections_enforced_consecutive_local_origin_failure = 0;
}

/** Of one host, as `/clusters` shows it. Source: envoy/upstream/host_description.h. */
export class HostCounters {
  cx_connect_fail = 0;
  cx_total = 0;
  rq_error = 0;
  rq_success = 0;
  rq_timeout = 0;
  rq_total = 0;
}

/** `listener.ADDRESS_PORT.…`. Source: Envoy, listener statistics. */
export class ListenerCounters {
  downstream_cx_total = 0;
  downstream_cx_destroy = 0;
  downstream_pre_cx_timeout = 0;
  no_filter_chain_match = 0;
}

/** `listener.ADDRESS_PORT.ssl.…`. Source: Envoy, TLS statistics. */
export class TlsCounters {
  handshake = 0;
  connection_error = 0;
  session_reused = 0;
  no_certificate = 0;
  fail_verify_error = 0;
}

/** `http.STAT_PREFIX.…`. Source: Envoy, HTTP connection manager and router statistics. */
export class HttpCounters {
  downstream_cx_total = 0;
  downstream_cx_ssl_total = 0;
  downstream_cx_http1_total = 0;
  downstream_cx_http2_total = 0;
  downstream_cx_upgrades_total = 0;
  downstream_cx_destroy = 0;
  downstream_cx_destroy_remote = 0;
  downstream_cx_destroy_local = 0;
  downstream_cx_protocol_error = 0;
  downstream_rq_total = 0;
  downstream_rq_http1_total = 0;
  downstream_rq_http2_total = 0;
  downstream_rq_rx_reset = 0;
  downstream_rq_idle_timeout = 0;
  downstream_rq_header_timeout = 0;
  downstream_rq_too_large = 0;
  no_route = 0;
  no_cluster = 0;
  rq_redirect = 0;
  rq_direct_response = 0;
}

/** `tcp.STAT_PREFIX.…`. Source: Envoy, TCP proxy statistics. */
export class TcpCounters {
  downstream_cx_total = 0;
  downstream_cx_no_route = 0;
  downstream_cx_rx_bytes_total = 0;
  downstream_cx_tx_bytes_total = 0;
  idle_timeout = 0;
  max_downstream_connection_duration = 0;
}

/** `listener_manager.…` and `cluster_manager.…`. Source: Envoy, listener manager and cluster manager statistics. */
export class ListenerManagerCounters {
  listener_added = 0;
  listener_modified = 0;
  listener_removed = 0;
  listener_create_success = 0;
  listener_create_failure = 0;
}
export class ClusterManagerCounters {
  cluster_added = 0;
  cluster_modified = 0;
  cluster_removed = 0;
}

/** The fields of a set of counters: name and value. */
export function countersOf(counters: object): [name: string, value: number][] {
  // Safe because the classes above have fields that are numbers, and nothing else.
  return Object.entries(counters) as [string, number][];
}

/** Sets all fields of a set of counters to zero. */
export function resetCounters(counters: object): void {
  for (const name of Object.keys(counters)) Reflect.set(counters, name, 0);
}
