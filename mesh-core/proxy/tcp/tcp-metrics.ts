import type { Registry } from 'prom-client';
import { requestLabels } from '../telemetry/istio-metrics.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import { UNKNOWN_PEER } from '../telemetry/peer-metadata.ts';
import type { PeerInfo } from '../telemetry/peer-metadata.ts';
import { PrebuiltCounter } from '../telemetry/prebuilt-metrics.ts';
import type { CounterSeries } from '../telemetry/prebuilt-metrics.ts';
import { formatFlags } from '../telemetry/request-record.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';

/** The counters of connections with equal labels. */
export interface TcpSeries {
  readonly opened: CounterSeries;
  readonly closed: CounterSeries;
  /** Bytes to the client, and from it. */
  readonly sent: CounterSeries;
  readonly received: CounterSeries;
}

const MAX_SERIES = 2000;

/** Istio's metrics of TCP connections, with its names and labels: those of requests without the response codes. */
export class TcpMetrics {
  readonly #own: PeerInfo;
  readonly #series = new Map<string, TcpSeries>();
  readonly #opened: PrebuiltCounter;
  readonly #closed: PrebuiltCounter;
  readonly #sent: PrebuiltCounter;
  readonly #received: PrebuiltCounter;

  constructor(own: PeerInfo, registry: Registry) {
    this.#own = own;
    this.#opened = new PrebuiltCounter('istio_tcp_connections_opened_total', 'TCP connections opened', registry);
    this.#closed = new PrebuiltCounter('istio_tcp_connections_closed_total', 'TCP connections closed', registry);
    this.#sent = new PrebuiltCounter('istio_tcp_sent_bytes_total', 'bytes sent to the client', registry);
    this.#received = new PrebuiltCounter('istio_tcp_received_bytes_total', 'bytes received from the client', registry);
  }

  /** The counters for a connection as it is known now; they are made once. */
  seriesOf(record: RequestRecord, reporter: Reporter): TcpSeries {
    const peer = record.peer ?? UNKNOWN_PEER;
    const flags = formatFlags(record.flags);
    const key = [reporter, flags, record.clusterName, record.destination?.host, peer.key, record.peerPrincipal, record.ownPrincipal, record.mutualTls].join('|');
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES && record.destination?.host !== 'unknown') return this.seriesOf({ ...record, clusterName: '', destination: { host: 'unknown', name: 'unknown', namespace: 'unknown' }, peer: undefined, peerPrincipal: undefined }, reporter);
    const { response_code: _code, grpc_response_status: _status, ...labels } = requestLabels(record, reporter, this.#own, peer, flags);
    const tcp = { ...labels, request_protocol: 'tcp' };
    const made = { opened: this.#opened.series(tcp), closed: this.#closed.series(tcp), sent: this.#sent.series(tcp), received: this.#received.series(tcp) };
    this.#series.set(key, made);
    return made;
  }
}
