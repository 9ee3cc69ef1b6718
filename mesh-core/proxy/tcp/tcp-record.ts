import type { Downstream } from '../http/exchange.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';

/** The record of a TCP connection: that of a request without the request. */
export function tcpRecord(downstream: Downstream, startedAtMs: number): RequestRecord {
  return {
    startedAtMs,
    requestId: '',
    method: '',
    path: '',
    authority: '',
    protocol: '',
    userAgent: '',
    downstreamRemote: `${downstream.remoteAddress}:${downstream.remotePort}`,
    downstreamLocal: `${downstream.localAddress}:${downstream.localPort}`,
    requestedServerName: downstream.serverName,
    forwardedFor: '',
    status: 0,
    flags: [],
    details: '',
    transportFailure: '',
    routeName: '',
    clusterName: '',
    upstreamHost: '',
    upstreamLocal: '',
    attempts: 0,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    upstreamServiceTimeMs: undefined,
    grpcStatus: '',
    isGrpc: false,
    peer: undefined,
    peerPrincipal: undefined,
    ownPrincipal: undefined,
    destination: undefined,
    mutualTls: false,
    traceId: '',
    operation: '',
  };
}
