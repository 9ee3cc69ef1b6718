/** One series of the measured data as its labels in byte order of their names; the metric name is among them. */
export type SeriesLabels = readonly (readonly [name: string, value: string])[];

/** The 13 labels that the graph groups `istio_requests_total` by. */
export const EDGE_LABELS = [
  'connection_security_policy', 'destination_canonical_revision', 'destination_service', 'destination_service_name', 'destination_service_namespace',
  'destination_workload', 'destination_workload_namespace', 'grpc_response_status', 'request_protocol', 'response_code', 'response_flags', 'source_workload', 'source_workload_namespace',
] as const;

const BOUNDS = ['0.5', '1', '5', '10', '25', '50', '100', '250', '500', '1000', '2500', '5000', '10000', '30000', '60000', '300000', '600000', '1800000', '3600000', '+Inf'];
const CODES = ['200', '201', '404', '500', '503'];

/** `count` series of `istio_requests_total` between the workloads of a mesh, with Istio's labels. */
export function requestSeries(count: number): SeriesLabels[] {
  return Array.from({ length: count }, (_, i) => labelled('istio_requests_total', edgeOf(i)));
}

/** `count` series of `istio_request_duration_milliseconds_bucket`: Istio's twenty buckets of each histogram. */
export function bucketSeries(count: number): SeriesLabels[] {
  return Array.from({ length: count }, (_, i) => labelled('istio_request_duration_milliseconds_bucket', { ...edgeOf(Math.floor(i / BOUNDS.length)), le: BOUNDS[i % BOUNDS.length] ?? '' }));
}

/**
 * The value of the i-th series at its n-th scrape: a counter that never falls, with a pace that differs from series to
 * series and is not quite even. The buckets of one histogram rise with their bound.
 */
export function valueAt(index: number, scrape: number): number {
  const bucket = index % BOUNDS.length;
  return 1_000_000 + scrape * (1 + bucket * 5) + Math.floor((scrape * (1 + bucket)) / 7);
}

function edgeOf(i: number): Record<string, string> {
  const edge = Math.floor(i / CODES.length);
  const to = edge % 60;
  const from = Math.floor(edge / 60);
  return {
    connection_security_policy: 'mutual_tls',
    destination_canonical_revision: `v${to % 3}`,
    destination_service: `service-${to}.shop.svc.cluster.local`,
    destination_service_name: `service-${to}`,
    destination_service_namespace: 'shop',
    destination_workload: `service-${to}-v${to % 3}`,
    destination_workload_namespace: 'shop',
    grpc_response_status: '',
    request_protocol: 'http',
    response_code: CODES[i % CODES.length] ?? '',
    response_flags: i % CODES.length === 4 ? 'UF' : '-',
    source_workload: `caller-${from}`,
    source_workload_namespace: 'shop',
    reporter: 'destination',
  };
}

function labelled(metric: string, labels: Record<string, string>): SeriesLabels {
  return Object.entries({ ...labels, __name__: metric }).filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
}
