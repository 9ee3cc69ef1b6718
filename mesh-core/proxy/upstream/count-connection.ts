import type { Socket } from 'node:net';
import type { ClusterStats, HostStats } from '../stats/scoped-stats.ts';

/** Where the connections to one endpoint are counted. */
export interface UpstreamStats {
  readonly cluster: ClusterStats;
  readonly host: HostStats;
}
/** What becomes of the attempt to connect. */
export interface CountedAttempt {
  connected(protocol: 'http1' | 'http2' | 'tcp'): void;
  failed(reason: 'timeout' | 'failure'): void;
}

/** Counts a connection from the attempt to make it until it is closed. */
export function countConnection(socket: Socket, { cluster, host }: UpstreamStats): CountedAttempt {
  const { counters, connections } = cluster;
  const startedMs = performance.now();
  let endedByPeer = false;
  counters.upstream_cx_total++;
  host.counters.cx_total++;
  host.connectionsActive++;
  connections.opened(socket);
  socket.once('end', () => (endedByPeer = true));
  socket.once('error', () => (endedByPeer = true));
  socket.once('close', () => {
    counters.upstream_cx_destroy++;
    if (endedByPeer) counters.upstream_cx_destroy_remote++;
    else counters.upstream_cx_destroy_local++;
    host.connectionsActive--;
    connections.closed(socket);
  });
  return {
    connected(protocol) {
      if (protocol === 'http1') counters.upstream_cx_http1_total++;
      if (protocol === 'http2') counters.upstream_cx_http2_total++;
      cluster.connectTime.observe(performance.now() - startedMs);
    },
    failed(reason) {
      counters.upstream_cx_connect_fail++;
      host.counters.cx_connect_fail++;
      if (reason === 'timeout') counters.upstream_cx_connect_timeout++;
    },
  };
}

/** Counts a request that goes out on a connection. */
export function countRequest(stats: UpstreamStats | undefined): void {
  if (stats === undefined) return;
  stats.cluster.counters.upstream_rq_total++;
  stats.host.counters.rq_total++;
}
