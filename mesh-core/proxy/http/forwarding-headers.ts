import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import type { Exchange } from './exchange.ts';

/**
 * Sets what tells the next hop about the client: x-forwarded-for and -proto, x-forwarded-client-cert, and for requests from
 * outside (an edge listener) a request id of our own. `ownId` is this workload's SPIFFE id.
 * Source: Envoy, HTTP connection manager: header manipulation.
 */
export function setForwardingHeaders(exchange: Exchange, manager: HttpConnectionManager, ownId: string | undefined): void {
  const { headers, scheme } = exchange.line;
  const { downstream, record } = exchange;
  const edge = manager.useRemoteAddress === true;
  if (edge) headers['x-forwarded-for'] = append(headers['x-forwarded-for'], downstream.remoteAddress);
  record.forwardedFor = typeof headers['x-forwarded-for'] === 'string' ? headers['x-forwarded-for'] : '';
  if (edge || headers['x-forwarded-proto'] === undefined) headers['x-forwarded-proto'] = scheme;
  switch (manager.forwardClientCertDetails ?? 'SANITIZE') {
    case 'SANITIZE':
      delete headers['x-forwarded-client-cert'];
      return;
    case 'SANITIZE_SET':
      delete headers['x-forwarded-client-cert'];
      break;
    case 'APPEND_FORWARD':
      // Only a TLS peer may tell about those before it.
      if (!downstream.tls) delete headers['x-forwarded-client-cert'];
  }
  if (!downstream.tls || downstream.spiffeId === undefined) return;
  const element = `By=${ownId ?? ''};Hash=${downstream.certificateHash ?? ''};Subject="";URI=${downstream.spiffeId}`;
  headers['x-forwarded-client-cert'] = append(headers['x-forwarded-client-cert'], element);
}

function append(existing: string | string[] | undefined, value: string): string {
  return existing === undefined ? value : `${[existing].flat().join(',')},${value}`;
}
