import { formatSpiffeId } from '../identity/spiffe-id.ts';
import type { Cluster, TransportSocket } from '../envoy/resources.ts';
import { isWildcardHost } from '../resources/host-name.ts';
import type { ClientTls } from '../resources/networking.ts';
import { sniOf } from './cluster-name.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { ClusterSource } from './service-clusters.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import { RAW_BUFFER, istioMutualSocket, originatedTlsSocket, withProxyProtocol } from './tls-socket.ts';

export interface UpstreamSecurity {
  readonly sockets: Pick<Cluster, 'transportSocket' | 'transportSocketMatches'>;
  /** Names that Envoy takes from each request where the rule names none. */
  readonly naming: { readonly autoSni?: boolean; readonly autoSanValidation?: boolean };
}

/**
 * How a cluster's connections are secured: explicit TLS settings go to all endpoints; without them mTLS goes to the
 * endpoints that take it. Where the original destination is dialled nobody knows which endpoint it is, so all or none
 * get it. Source: istiod's buildUpstreamTLSSettings and applyUpstreamTLSSettings.
 */
export function upstreamSecurity(context: ProxyContext, source: ClusterSource, traits: { readonly isHttp2: boolean; readonly isOriginalDst: boolean }): UpstreamSecurity {
  const { sockets, naming } = chosenSecurity(context, source, traits);
  const { proxyProtocol } = source.policy;
  // Only Envoy sends it.
  if (proxyProtocol === undefined || !context.isIntercepted) return { sockets, naming };
  const wrap = (socket: TransportSocket): TransportSocket => withProxyProtocol(socket, proxyProtocol.version ?? 'V1');
  const { transportSocket, transportSocketMatches } = sockets;
  if (transportSocketMatches !== undefined) return { sockets: { transportSocketMatches: transportSocketMatches.map((match) => ({ ...match, transportSocket: wrap(match.transportSocket) })) }, naming };
  return { sockets: { transportSocket: wrap(transportSocket ?? RAW_BUFFER) }, naming };
}

function chosenSecurity(context: ProxyContext, source: ClusterSource, { isHttp2, isOriginalDst }: { readonly isHttp2: boolean; readonly isOriginalDst: boolean }): UpstreamSecurity {
  const { service, port, subset, policy } = source;
  const { tls } = policy;
  const { isIntercepted } = context;
  const sni = sniOf(port.number, subset?.name ?? '', service.hostname);
  if (tls !== undefined) return explicitSecurity(context, source, tls, isHttp2);
  if (service.external || !hasAutomaticMutualTls(context, source)) return { sockets: {}, naming: {} };
  const socket = istioMutualSocket(serviceIdentities(service, port, context.snapshot.mesh.trustDomain), sni, { isHttp2, isIntercepted });
  if (isOriginalDst) return { sockets: { transportSocket: socket }, naming: {} };
  return { sockets: { transportSocketMatches: [{ name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transportSocket: socket }, { name: 'tlsMode-disabled', match: {}, transportSocket: RAW_BUFFER }] }, naming: {} };
}

function explicitSecurity(context: ProxyContext, { service, port, subset, rule }: ClusterSource, tls: ClientTls, isHttp2: boolean): UpstreamSecurity {
  const { isIntercepted, node, snapshot } = context;
  switch (tls.mode) {
    case 'ISTIO_MUTUAL': {
      const identities = tls.subjectAltNames ?? serviceIdentities(service, port, snapshot.mesh.trustDomain);
      return { sockets: { transportSocket: istioMutualSocket(identities, tls.sni || sniOf(port.number, subset?.name ?? '', service.hostname), { isHttp2, isIntercepted }) }, naming: {} };
    }
    case 'SIMPLE':
    case 'MUTUAL': {
      // Credentials are for gateways, and for workloads that the rule itself selects.
      const isIgnored = (tls.credentialName ?? '') !== '' && node.type === 'sidecar' && rule?.selector === undefined;
      if (isIgnored) return { sockets: {}, naming: {} };
      const names = tls.subjectAltNames !== undefined && tls.subjectAltNames.length > 0 ? tls.subjectAltNames : service.source === 'service-entry' ? service.subjectAltNames : [];
      const hasSni = (tls.sni ?? '') !== '';
      const naming = { ...(hasSni ? undefined : { autoSni: true }), ...(hasSni || (tls.subjectAltNames?.length ?? 0) > 0 || tls.insecureSkipVerify === true ? undefined : { autoSanValidation: true }) };
      // A proxy that does not take the name from the request needs it here; it is the same wherever the host is one name.
      const hostname = isIntercepted || isWildcardHost(service.hostname) ? undefined : service.hostname;
      return { sockets: { transportSocket: originatedTlsSocket(tls, { hostname, subjectAltNames: names, isHttp2 }) }, naming };
    }
    default:
      return { sockets: {}, naming: {} };
  }
}

/** PeerAuthentication of the mesh or namespace may switch it off; so does an endpoint without sidecar where endpoints cannot be told apart. */
function hasAutomaticMutualTls(context: ProxyContext, { service, port, policy }: ClusterSource): boolean {
  const isPassthrough = service.resolution === 'passthrough' || policy.loadBalancer?.simple === 'PASSTHROUGH';
  if (isPassthrough) {
    const endpoints = service.endpointsOf(port);
    if (endpoints.length === 0 || endpoints.some(({ mutualTls }) => !mutualTls)) return false;
  }
  if (service.resolution === 'dynamic-dns') return false;
  return context.clientVisibleModeOf(service.namespace) !== 'DISABLE';
}

/** The SPIFFE ids that a service's endpoints run as, all subsets together as istiod does it, sorted. */
function serviceIdentities(service: MeshService, port: MeshPort, trustDomain: string): string[] {
  const accounts = service.endpointsOf(port).filter(({ serviceAccount }) => serviceAccount !== '');
  const ids = accounts.map(({ namespace, serviceAccount }) => formatSpiffeId({ trustDomain, namespace, serviceAccount }));
  return [...new Set([...ids, ...service.subjectAltNames])].sort();
}
