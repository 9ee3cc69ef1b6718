import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { Exchange } from '../http/exchange.ts';
import type { Downstream } from '../http/exchange.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';

/** A finished, successful request in the records; for tests. */
export function aRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    requestId: 'request-1',
    method: 'GET',
    path: '/',
    authority: 'web',
    protocol: 'HTTP/1.1',
    userAgent: '',
    downstreamRemote: '127.0.0.1:50000',
    downstreamLocal: '127.0.0.1:15001',
    requestedServerName: '',
    forwardedFor: '',
    status: 200,
    flags: [],
    details: 'via_upstream',
    transportFailure: '',
    routeName: 'default',
    clusterName: 'outbound|80||web.shop.svc.cluster.local',
    upstreamHost: '127.0.0.1:4000',
    upstreamLocal: '',
    attempts: 1,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 1,
    upstreamServiceTimeMs: undefined,
    grpcStatus: '',
    isGrpc: false,
    peer: undefined,
    peerPrincipal: undefined,
    ownPrincipal: undefined,
    destination: { host: 'web.shop.svc.cluster.local', name: 'web', namespace: 'shop' },
    mutualTls: false,
    traceId: '',
    operation: '',
    ...overrides,
  };
}

/** A GET for `web` from 127.0.0.1; for tests. */
export function anExchange(overrides: { readonly path?: string; readonly headers?: MutableHeaders; readonly downstream?: Partial<Downstream> } = {}): Exchange {
  const { path = '/', headers = {}, downstream = {} } = overrides;
  return new Exchange({
    line: { method: 'GET', path, authority: 'web', scheme: 'http', headers },
    body: undefined,
    downstream: { remoteAddress: '127.0.0.1', remotePort: 50_000, localAddress: '127.0.0.1', localPort: 15_001, tls: false, spiffeId: undefined, serverName: '', certificateHash: undefined, ...downstream },
    record: aRecord({ status: 0, path }),
    upgrade: undefined,
  });
}
