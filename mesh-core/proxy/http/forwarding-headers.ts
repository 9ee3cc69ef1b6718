import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import { randomUUID } from 'node:crypto';
import type { Exchange } from './exchange.ts';

/**
 * What only the mesh may say to its proxies. Source: Envoy's ConnectionManagerUtility, cleanInternalHeaders and what it
 * removes from edge requests.
 */
const INTERNAL = ['x-envoy-internal', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries', 'x-envoy-retriable-status-codes', 'x-envoy-retriable-header-names', 'x-envoy-upstream-alt-stat-name', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-per-try-timeout-ms', 'x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-force-trace', 'x-envoy-ip-tags', 'x-envoy-original-path', 'x-envoy-original-url', 'x-envoy-original-dst-host', 'x-envoy-hedge-on-per-try-timeout', 'x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node', 'x-envoy-attempt-count', 'x-envoy-peer-metadata', 'x-envoy-peer-metadata-id'] as const;

/**
 * Sets what tells the next hop about the client: x-forwarded-for and -proto, x-forwarded-client-cert. Requests from outside
 * (an edge listener) get a request id of our own and lose what only the mesh may say to its proxies. `ownId` is this workload's SPIFFE id.
 * Source: Envoy, HTTP connection manager: header manipulation.
 */
export function setForwardingHeaders(exchange: Exchange, manager: HttpConnectionManager, ownId: string | undefined): void {
  const { headers, scheme } = exchange.line;
  const { downstream, record } = exchange;
  const edge = manager.useRemoteAddress === true;
  if (edge) {
    for (const name of INTERNAL) if (headers[name] !== undefined) headers[name] = undefined;
    headers['x-envoy-external-address'] = downstream.remoteAddress;
    if (manager.preserveExternalRequestId !== true) {
      record.requestId = randomUUID();
      headers['x-request-id'] = record.requestId;
    }
    headers['x-forwarded-for'] = append(headers['x-forwarded-for'], downstream.remoteAddress);
  }
  record.forwardedFor = typeof headers['x-forwarded-for'] === 'string' ? headers['x-forwarded-for'] : '';
  if (edge || headers['x-forwarded-proto'] === undefined) headers['x-forwarded-proto'] = scheme;
  switch (manager.forwardClientCertDetails ?? 'SANITIZE') {
    case 'SANITIZE':
      headers['x-forwarded-client-cert'] = undefined;
      return;
    case 'SANITIZE_SET':
      headers['x-forwarded-client-cert'] = undefined;
      break;
    case 'APPEND_FORWARD':
      // Only a TLS peer may tell about those before it.
      if (!downstream.tls) headers['x-forwarded-client-cert'] = undefined;
  }
  if (!downstream.tls || downstream.spiffeId === undefined) return;
  const element = `By=${ownId ?? ''};Hash=${downstream.certificateHash ?? ''};Subject="";URI=${downstream.spiffeId}`;
  headers['x-forwarded-client-cert'] = append(headers['x-forwarded-client-cert'], element);
}

function append(existing: string | string[] | undefined, value: string): string {
  return existing === undefined ? value : `${[existing].flat().join(',')},${value}`;
}
