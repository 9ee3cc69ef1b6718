import type { Cluster } from '../envoy/resources.ts';
import { formatSpiffeId } from '../identity/spiffe-id.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { parseClusterName, sniOf } from '../translate/cluster-name.ts';
import { mutualTlsMode } from '../translate/mutual-tls-mode.ts';
import type { ProxyContext } from '../translate/proxy-context.ts';
import { kindOfSocket } from '../translate/tls-socket.ts';
import type { MeshEndpoint } from '../translate/workload-endpoints.ts';
import type { AuthorizationFact, AuthorizationRequest } from './authorization-request.ts';
import type { HeaderMap } from './request-head.ts';
import { authorizationOf } from './workload-authorization.ts';
import type { ExplainedVerdict } from './workload-authorization.ts';

/** One cluster that a request may go to. */
export interface SimulatedDestination {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  /** '' = the whole service. */
  readonly subset: string;
  /** Share of the requests that goes here, 0..1. */
  readonly share: number;
  /** Outside the mesh: no policies of this mesh are asked there. */
  readonly external: boolean;
  /** Why no request gets through: 503 with the flag NC or UH. */
  readonly problem?: 'no-such-cluster' | 'no-healthy-endpoints';
  /** By name; empty for an external destination. */
  readonly workloads: readonly SimulatedWorkload[];
}
/** A workload that answers a share of the requests. */
export interface SimulatedWorkload {
  readonly workload: string;
  readonly namespace: string;
  readonly endpoints: number;
  /** Share of all requests, 0..1, when its endpoints get what their weights say. */
  readonly share: number;
  readonly connection: 'mutual-tls' | 'tls' | 'plaintext';
  /** Why the connection itself is refused, before any policy is asked. */
  readonly refused?: string;
  readonly authorization: ExplainedVerdict;
}
/** The request as it leaves the caller's proxy. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: HeaderMap;
}

const NO_SIDECAR: ExplainedVerdict = { verdict: 'permit', dependsOn: [], reason: 'it has no proxy of the mesh that could refuse it' };

/** What becomes of the share of a request that a route sends to a cluster. `clusters` are the caller's, by name. */
export function simulateDestination(context: ProxyContext, clusters: ReadonlyMap<string, Cluster>, name: string, share: number, request: ForwardedRequest): SimulatedDestination {
  const cluster = clusters.get(name);
  const parts = parseClusterName(name);
  const base = { cluster: name, host: parts?.hostname ?? request.authority, port: parts?.port ?? 0, subset: parts?.subset ?? '', share };
  if (cluster === undefined) return { ...base, external: false, problem: 'no-such-cluster', workloads: [] };
  const service = parts === undefined ? undefined : context.findService(parts.hostname);
  const port = service?.ports.find(({ number }) => number === parts?.port);
  if (parts === undefined || service === undefined || port === undefined) return { ...base, external: true, workloads: [] };
  const subset = parts.subset === '' ? undefined : context.destinationRuleOf(service)?.subsets.find((candidate) => candidate.name === parts.subset);
  const endpoints = service.endpointsOf(port).filter(({ labels }) => subset === undefined || matchesLabels(subset.labels, labels));
  if (endpoints.length === 0 && service.resolution !== 'passthrough') return { ...base, external: service.external, problem: 'no-healthy-endpoints', workloads: [] };
  if (service.external) return { ...base, external: true, workloads: [] };
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0);
  const appPort = typeof port.targetPort === 'number' ? port.targetPort : undefined;
  const groups = [...Map.groupBy(endpoints, ({ namespace, workload }) => `${namespace}/${workload}`)].sort(([a], [b]) => (a < b ? -1 : 1));
  const workloads = groups.flatMap(([, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const weight = members.reduce((sum, member) => sum + member.weight, 0);
    const sni = sniOf(parts.port, parts.subset, parts.hostname);
    return [{ workload: first.workload, namespace: first.namespace, endpoints: members.length, share: (share * weight) / total, ...simulateWorkload(context, cluster, first, { request, appPort, sni }) }];
  });
  return { ...base, external: false, workloads };
}

interface Arrival {
  readonly request: ForwardedRequest;
  /** Undefined: the service names the port, and only the workload knows its number. */
  readonly appPort: number | undefined;
  readonly sni: string;
}

function simulateWorkload(context: ProxyContext, cluster: Cluster, endpoint: MeshEndpoint, arrival: Arrival): Pick<SimulatedWorkload, 'connection' | 'refused' | 'authorization'> {
  const connection = connectionTo(cluster, endpoint);
  if (!endpoint.mutualTls) return { connection, ...(connection === 'mutual-tls' ? { refused: 'it has no proxy of the mesh to take mutual TLS' } : undefined), authorization: NO_SIDECAR };
  const { snapshot } = context;
  const mode = mutualTlsMode(snapshot.peerAuthentications, { ...endpoint, rootNamespace: snapshot.mesh.rootNamespace }, arrival.appPort ?? endpoint.port);
  const authorization = authorizationOf(snapshot, endpoint).judge(authorizationRequest(context, endpoint, connection, arrival));
  if (connection !== 'mutual-tls' && mode === 'STRICT') return { connection, refused: 'its PeerAuthentication is STRICT: only mutual TLS is accepted', authorization };
  if (connection === 'mutual-tls' && mode === 'DISABLE') return { connection, refused: 'its PeerAuthentication is DISABLE: only plain text is accepted', authorization };
  if (connection === 'tls') return { connection, refused: 'TLS without the certificate of a workload is not accepted', authorization };
  return { connection, authorization };
}

function connectionTo(cluster: Cluster, endpoint: MeshEndpoint): SimulatedWorkload['connection'] {
  if (cluster.transportSocketMatches !== undefined) return endpoint.mutualTls ? 'mutual-tls' : 'plaintext';
  return kindOfSocket(cluster.transportSocket);
}

function authorizationRequest({ node, snapshot }: ProxyContext, endpoint: MeshEndpoint, connection: SimulatedWorkload['connection'], { request, appPort, sni }: Arrival): AuthorizationRequest {
  const unknown = new Set<AuthorizationFact>(appPort === undefined ? ['destinationPort'] : []);
  const isMutual = connection === 'mutual-tls';
  return {
    method: request.method,
    path: request.path,
    host: request.authority,
    headers: request.headers,
    sourceIp: node.address,
    destinationIp: endpoint.address,
    destinationPort: appPort ?? 0,
    unknown,
    ...(isMutual ? { principal: formatSpiffeId({ trustDomain: snapshot.mesh.trustDomain, namespace: node.namespace, serviceAccount: node.serviceAccount }), sni } : undefined),
  };
}
