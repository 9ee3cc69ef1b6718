import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { UNKNOWN_PEER } from './peer-metadata.ts';
import type { PeerInfo } from './peer-metadata.ts';
import { PrebuiltCounter, PrebuiltHistogram } from './prebuilt-metrics.ts';
import type { CounterSeries, HistogramSeries } from './prebuilt-metrics.ts';
import { RateLimitMetrics } from './rate-limit-metrics.ts';
import { RbacMetrics } from './rbac-metrics.ts';
import { formatFlags } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';

/** `source` reports what a workload (or gateway) sent, `destination` what a workload received. */
export type Reporter = 'source' | 'destination';

/** Envoy's default histogram buckets: milliseconds and bytes alike. */
export const ENVOY_BUCKETS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000] as const;
const MAX_SERIES = 5000;

interface RequestSeries {
  readonly requests: CounterSeries;
  readonly duration: HistogramSeries;
  readonly requestBytes: HistogramSeries;
  readonly responseBytes: HistogramSeries;
}

type LastSeries = Pick<RequestRecord, 'status' | 'clusterName' | 'destination' | 'peer' | 'peerPrincipal' | 'ownPrincipal' | 'mutualTls'> & { readonly reporter: Reporter; readonly series: RequestSeries };

/**
 * Istio's standard metrics with its names, labels and label order (istio/proxy `istio_stats.cc`). A combination of label
 * values is made once and kept under a short key; past 5,000 combinations further ones are counted under
 * `destination_service="unknown"`, so that a client inventing host names cannot fill the memory.
 */
export class IstioMetrics {
  readonly registry = new Registry();
  /** Verdicts of authorization policies. */
  readonly rbac = new RbacMetrics(this.registry);
  readonly rateLimits = new RateLimitMetrics(this.registry);
  readonly #own: PeerInfo;
  #last: LastSeries | undefined;
  readonly #series = new Map<string, RequestSeries>();
  readonly #requests = new PrebuiltCounter('istio_requests_total', 'requests', this.registry);
  readonly #duration = new PrebuiltHistogram('istio_request_duration_milliseconds', 'request duration', ENVOY_BUCKETS, this.registry);
  readonly #requestBytes = new PrebuiltHistogram('istio_request_bytes', 'size of requests', ENVOY_BUCKETS, this.registry);
  readonly #responseBytes = new PrebuiltHistogram('istio_response_bytes', 'size of responses', ENVOY_BUCKETS, this.registry);

  constructor(own: PeerInfo, version: string) {
    this.#own = own;
    new Gauge({ name: 'istio_build', help: 'version of the proxy', labelNames: ['component', 'tag'], registers: [this.registry] }).labels('proxy', version).set(1);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Of a request as this workload sees it, in Istio's order. */
  labelsOf(record: RequestRecord, reporter: Reporter): Record<string, string> {
    return requestLabels(record, reporter, this.#own, record.peer ?? UNKNOWN_PEER, formatFlags(record.flags));
  }

  /** The families by their names without `istio_`: for listeners whose metrics have exceptions. */
  get families(): { readonly requests_total: PrebuiltCounter; readonly request_duration_milliseconds: PrebuiltHistogram; readonly request_bytes: PrebuiltHistogram; readonly response_bytes: PrebuiltHistogram } {
    return { requests_total: this.#requests, request_duration_milliseconds: this.#duration, request_bytes: this.#requestBytes, response_bytes: this.#responseBytes };
  }

  /** Counts one finished request. */
  observe(record: RequestRecord, reporter: Reporter): void {
    const series = this.#seriesOf(record, reporter);
    series.requests.value++;
    series.duration.observe(record.durationMs);
    series.requestBytes.observe(record.bytesReceived);
    series.responseBytes.observe(record.bytesSent);
  }

  /** The series of the last request without flags serves the next one like it, which is most of them, without making a key. */
  #seriesOf(record: RequestRecord, reporter: Reporter): RequestSeries {
    const last = this.#last;
    if (last !== undefined && record.flags.length === 0 && !record.isGrpc && last.reporter === reporter && last.status === record.status && last.clusterName === record.clusterName && last.destination === record.destination && last.peer === record.peer && last.peerPrincipal === record.peerPrincipal && last.ownPrincipal === record.ownPrincipal && last.mutualTls === record.mutualTls) return last.series;
    const series = this.#lookUp(record, reporter);
    if (record.flags.length === 0 && !record.isGrpc) {
      const { status, clusterName, destination, peer, peerPrincipal, ownPrincipal, mutualTls } = record;
      this.#last = { reporter, status, clusterName, destination, peer, peerPrincipal, ownPrincipal, mutualTls, series };
    }
    return series;
  }

  #lookUp(record: RequestRecord, reporter: Reporter): RequestSeries {
    const peer = record.peer ?? UNKNOWN_PEER;
    const flags = formatFlags(record.flags);
    const destination = record.destination;
    const key = `${reporter}|${record.status}|${flags}|${record.isGrpc ? record.grpcStatus : '-'}|${record.clusterName}|${destination?.host ?? ''}|${peer.key}|${record.peerPrincipal ?? ''}|${record.ownPrincipal ?? ''}|${record.mutualTls}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES && destination?.host !== 'unknown') {
      return this.#lookUp({ ...record, destination: { host: 'unknown', name: 'unknown', namespace: 'unknown' }, peer: undefined, peerPrincipal: undefined }, reporter);
    }
    const labels = requestLabels(record, reporter, this.#own, peer, flags);
    const made = { requests: this.#requests.series(labels), duration: this.#duration.series(labels), requestBytes: this.#requestBytes.series(labels), responseBytes: this.#responseBytes.series(labels) };
    this.#series.set(key, made);
    return made;
  }
}

/** The labels of one request, in Istio's order. */
export function requestLabels(record: RequestRecord, reporter: Reporter, own: PeerInfo, peer: PeerInfo, flags: string): Record<string, string> {
  const [source, destination] = reporter === 'source' ? [own, peer] : [peer, own];
  const [sourcePrincipal, destinationPrincipal] = reporter === 'source' ? [record.ownPrincipal, record.peerPrincipal] : [record.peerPrincipal, record.ownPrincipal];
  const service = record.destination;
  return {
    reporter,
    source_workload: source.workload,
    source_canonical_service: source.canonicalService,
    source_canonical_revision: source.canonicalRevision,
    source_workload_namespace: source.namespace,
    source_principal: sourcePrincipal ?? 'unknown',
    source_app: source.app,
    source_version: source.version,
    source_cluster: source.cluster,
    destination_workload: destination.workload,
    destination_workload_namespace: destination.namespace,
    destination_principal: destinationPrincipal ?? 'unknown',
    destination_app: destination.app,
    destination_version: destination.version,
    destination_service: service?.host ?? 'unknown',
    destination_canonical_service: destination.canonicalService,
    destination_canonical_revision: destination.canonicalRevision,
    destination_service_name: service?.name ?? 'unknown',
    destination_service_namespace: service?.namespace ?? 'unknown',
    destination_cluster: destination.cluster,
    request_protocol: record.isGrpc ? 'grpc' : 'http',
    response_code: String(record.status),
    grpc_response_status: record.isGrpc ? record.grpcStatus : '',
    response_flags: flags,
    connection_security_policy: reporter === 'source' ? 'unknown' : record.mutualTls ? 'mutual_tls' : 'none',
  };
}
