import { END_LABELS } from './core/flows.ts';

/** The graph's queries by name. Their number does not depend on how many namespaces there are. */
export interface GraphQueries {
  readonly requests: string;
  readonly durationBuckets: string;
  readonly requestBytes: string;
  readonly responseBytes: string;
  readonly security: string;
  readonly tcpSent: string;
  readonly tcpReceived: string;
}

const ENDS = END_LABELS.join(',');

/**
 * `durationSeconds` is the window of every rate; at least two scrapes must fall into it. With `idle`, requests and TCP
 * bytes that are known but silent are asked for too.
 */
export function graphQueries(durationSeconds: number, { idle = false }: { readonly idle?: boolean } = {}): GraphQueries {
  const window = `[${Math.round(durationSeconds)}s]`;
  const by = (metric: string, labels: string, selector = ''): string => `sum by (reporter,${ENDS}${labels}) (rate(${metric}${selector}${window})) > 0`;
  const traffic = (metric: string, labels: string): string => (idle ? by(metric, labels).slice(0, -' > 0'.length) : by(metric, labels));
  return {
    requests: traffic('istio_requests_total', ',request_protocol,response_code,grpc_response_status,response_flags'),
    durationBuckets: by('istio_request_duration_milliseconds_bucket', ',le'),
    requestBytes: by('istio_request_bytes_sum', ''),
    responseBytes: by('istio_response_bytes_sum', ''),
    security: by('istio_requests_total', ',source_principal,destination_principal,connection_security_policy', '{reporter="destination"}'),
    // Istio names TCP bytes as the callee sees them: "received" is what the caller sent.
    tcpSent: traffic('istio_tcp_received_bytes_total', ',response_flags'),
    tcpReceived: traffic('istio_tcp_sent_bytes_total', ',response_flags'),
  };
}
