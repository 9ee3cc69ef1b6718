import { formatFlags } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';

/** One line, with the keys of Istio's JSON access log (pilot/pkg/model/telemetry_logging.go) and `trace_id`. */
export type AccessLogEntry = Readonly<Record<string, string | number | null>>;
export type AccessLogSink = (line: string) => void;

const FLUSH_MS = 100;

/** Writes one JSON line per request and keeps the last ones for the admin port. */
export class AccessLog {
  readonly #ring: (RequestRecord | undefined)[];
  readonly #sink: AccessLogSink | undefined;
  #next = 0;
  #pending: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Without a sink nothing is printed; the ring is kept all the same. */
  constructor(sink: AccessLogSink | undefined, capacity = 1000) {
    this.#sink = sink;
    this.#ring = Array.from({ length: capacity });
  }

  /** Takes a finished request; `record` must not change afterwards. */
  add(record: RequestRecord): void {
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % this.#ring.length;
    if (this.#sink === undefined) return;
    this.#pending.push(JSON.stringify(accessLogEntry(record)));
    // Lines are joined: a write per request would cost more than the request.
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const text = this.#pending.join('\n') + '\n';
    this.#pending = [];
    this.#sink?.(text);
  }

  /** The newest entries first; of one trace when `traceId` is given. */
  recent(limit: number, traceId?: string): AccessLogEntry[] {
    const entries: AccessLogEntry[] = [];
    for (let i = 1; i <= this.#ring.length && entries.length < limit; i++) {
      const record = this.#ring[(this.#next - i + this.#ring.length) % this.#ring.length];
      if (record === undefined) break;
      if (traceId === undefined || record.traceId === traceId) entries.push(accessLogEntry(record));
    }
    return entries;
  }
}

/** The line of one request. Absent texts are null, as Envoy writes them. */
export function accessLogEntry(record: RequestRecord): AccessLogEntry {
  return {
    start_time: new Date(record.startedAtMs).toISOString(),
    method: record.method || null,
    path: record.path || null,
    protocol: record.protocol || null,
    response_code: record.status,
    response_flags: formatFlags(record.flags),
    response_code_details: record.details || null,
    connection_termination_details: record.terminationDetails ?? null,
    upstream_transport_failure_reason: record.transportFailure || null,
    bytes_received: record.bytesReceived,
    bytes_sent: record.bytesSent,
    duration: Math.round(record.durationMs),
    upstream_service_time: record.upstreamServiceTimeMs === undefined ? null : String(Math.round(record.upstreamServiceTimeMs)),
    x_forwarded_for: record.forwardedFor || null,
    user_agent: record.userAgent || null,
    request_id: record.requestId || null,
    authority: record.authority || null,
    upstream_host: record.upstreamHost || null,
    upstream_cluster: record.clusterName || null,
    upstream_local_address: record.upstreamLocal || null,
    downstream_local_address: record.downstreamLocal || null,
    downstream_remote_address: record.downstreamRemote || null,
    requested_server_name: record.requestedServerName || null,
    route_name: record.routeName || null,
    trace_id: record.traceId || null,
  };
}
