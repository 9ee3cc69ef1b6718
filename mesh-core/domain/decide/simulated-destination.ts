import type { Cluster, ProxyConfiguration } from '../envoy/resources.ts';
import { formatSpiffeId } from '../identity/spiffe-id.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { parseClusterName, sniOf } from '../translate/cluster-name.ts';
import { mutualTlsSource } from '../translate/mutual-tls-mode.ts';
import { proxyContext } from '../translate/proxy-context.ts';
import type { ProxyContext } from '../translate/proxy-context.ts';
import { kindOfSocket } from '../translate/tls-socket.ts';
import type { MeshEndpoint } from '../translate/workload-endpoints.ts';
import type { AuthorizationFact, AuthorizationRequest } from './authorization-request.ts';
import type { HeaderMap } from './request-head.ts';
import { simulateArrival } from './simulated-arrival.ts';
import type { SimulatedArrival } from './simulated-arrival.ts';
import { simulateBalancing, simulateHandshake } from './simulated-balancing.ts';
import type { SimulatedBalancing, SimulatedHandshake } from './simulated-balancing.ts';
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
  /** What shaped the cluster; of merged rules the first. */
  readonly destinationRule?: { readonly namespace: string; readonly name: string };
  /** Why no request gets through: 503 with the flag NC or UH. */
  readonly problem?: 'no-such-cluster' | 'no-healthy-endpoints';
  /** How the caller's proxy chooses among the endpoints; absent when there is no such cluster. */
  readonly balancing?: SimulatedBalancing;
  /** Absent: plain text. */
  readonly handshake?: SimulatedHandshake;
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
  /** PeerAuthentication there; absent: no proxy of the mesh. */
  readonly mutualTlsMode?: 'STRICT' | 'PERMISSIVE' | 'DISABLE';
  /** The PeerAuthentication that says so; absent: none does. */
  readonly mutualTlsPolicy?: { readonly namespace: string; readonly name: string };
  /** What its sidecar does with the request; absent without one. */
  readonly arrival?: SimulatedArrival;
}
/** The request as it leaves the caller's proxy. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: HeaderMap;
}

const NO_SIDECAR: ExplainedVerdict = { verdict: 'permit', dependsOn: [], reason: 'it has no proxy of the mesh that could refuse it' };

/** What becomes of the share of a request that a route sends to a cluster. `configuration` is the caller's. */
export function simulateDestination(context: ProxyContext, configuration: Pick<ProxyConfiguration, 'cluster' | 'endpoint'>, name: string, share: number, request: ForwardedRequest): SimulatedDestination {
  const cluster = configuration.cluster.find((candidate) => candidate.name === name);
  const parts = parseClusterName(name);
  const named = { cluster: name, host: parts?.hostname ?? request.authority, port: parts?.port ?? 0, subset: parts?.subset ?? '', share };
  if (cluster === undefined) return { ...named, external: false, problem: 'no-such-cluster', workloads: [] };
  const balancing = simulateBalancing(cluster, configuration.endpoint.find(({ clusterName }) => clusterName === name));
  const handshake = simulateHandshake(cluster, true);
  const rule = ruleOf(cluster);
  const base = { ...named, balancing, ...(handshake === undefined ? undefined : { handshake }), ...(rule === undefined ? undefined : { destinationRule: rule }) };
  const service = parts === undefined ? undefined : context.findService(parts.hostname);
  const port = service?.ports.find(({ number }) => number === parts?.port);
  if (parts === undefined || service === undefined || port === undefined) return { ...base, external: true, workloads: [] };
  const subset = parts.subset === '' ? undefined : context.destinationRuleOf(service)?.subsets.find((candidate) => candidate.name === parts.subset);
  const endpoints = service.endpointsOf(port).filter(({ labels }) => subset === undefined || matchesLabels(subset.labels, labels));
  if (endpoints.length === 0 && service.resolution !== 'passthrough') return { ...base, external: service.external, problem: 'no-healthy-endpoints', workloads: [] };
  if (service.external) return { ...base, external: true, workloads: [] };
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0);
  const shares = new Map(balancing.candidates.map((candidate) => [`${candidate.address} ${candidate.port}`, candidate.share]));
  const appPort = typeof port.targetPort === 'number' ? port.targetPort : undefined;
  const groups = [...Map.groupBy(endpoints, ({ namespace, workload }) => `${namespace}/${workload}`)].sort(([a], [b]) => (a < b ? -1 : 1));
  const workloads = groups.flatMap(([, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const part = members.reduce((sum, { address, port: number, weight }) => sum + (shares.get(`${address} ${number}`) ?? (shares.size > 0 ? 0 : weight / total)), 0);
    const sni = sniOf(parts.port, parts.subset, parts.hostname);
    return [{ workload: first.workload, namespace: first.namespace, endpoints: members.length, share: share * part, ...simulateWorkload(context, cluster, first, { request, appPort, sni }) }];
  });
  return { ...base, external: false, workloads };
}

interface Arrival {
  readonly request: ForwardedRequest;
  /** Undefined: the service names the port, and only the workload knows its number. */
  readonly appPort: number | undefined;
  readonly sni: string;
}

function simulateWorkload(context: ProxyContext, cluster: Cluster, endpoint: MeshEndpoint, arrival: Arrival): Omit<SimulatedWorkload, 'workload' | 'namespace' | 'endpoints' | 'share'> {
  const connection = connectionTo(cluster, endpoint);
  if (!endpoint.mutualTls) return { connection, ...(connection === 'mutual-tls' ? { refused: 'it has no proxy of the mesh to take mutual TLS' } : undefined), authorization: NO_SIDECAR };
  const { snapshot } = context;
  const { mode, policy } = mutualTlsSource(snapshot.peerAuthentications, { ...endpoint, rootNamespace: snapshot.mesh.rootNamespace }, arrival.appPort ?? endpoint.port);
  const facts = authorizationRequest(context, endpoint, connection, arrival);
  const met = simulateArrival(serverContext(context, endpoint, arrival.appPort), endpoint.port, { head: arrival.request, facts, isTls: connection !== 'plaintext', sni: arrival.sni });
  const authorization = authorizationOf(snapshot, endpoint).judge(met?.facts ?? facts);
  const refused = refusalOf(connection, mode);
  return { connection, ...(refused === undefined ? undefined : { refused }), authorization, mutualTlsMode: mode, ...(policy === undefined ? undefined : { mutualTlsPolicy: { namespace: namespaceOf(policy), name: policy.metadata.name } }), ...(met === undefined ? undefined : { arrival: met.arrival }) };
}

/** As its metadata names it. */
function ruleOf({ metadata }: Cluster): SimulatedDestination['destinationRule'] {
  const path = metadata?.filterMetadata?.['istio']?.['config'];
  const [, namespace, name] = /\/namespaces\/([^/]+)\/destination-rule\/([^/]+)$/.exec(typeof path === 'string' ? path : '') ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function refusalOf(connection: SimulatedWorkload['connection'], mode: SimulatedWorkload['mutualTlsMode']): string | undefined {
  if (connection !== 'mutual-tls' && mode === 'STRICT') return 'its PeerAuthentication is STRICT: only mutual TLS is accepted';
  if (connection === 'mutual-tls' && mode === 'DISABLE') return 'its PeerAuthentication is DISABLE: only plain text is accepted';
  return connection === 'tls' ? 'TLS without the certificate of a workload is not accepted' : undefined;
}

/** The destination's own sidecar; its app's port is known only where the service gives a number. */
function serverContext({ snapshot, node, isIntercepted }: ProxyContext, endpoint: MeshEndpoint, appPort: number | undefined): ProxyContext {
  const { address, workload, namespace, labels, serviceAccount, port } = endpoint;
  const ports = isIntercepted ? {} : { inboundPort: port, appPort: appPort ?? port };
  return proxyContext(snapshot, { id: `sidecar~${address}~${workload}.${namespace}~${namespace}`, type: 'sidecar', namespace, workload, serviceAccount, labels, address, ...(node.interception === undefined ? undefined : { interception: node.interception }), ...ports });
}

function connectionTo(cluster: Cluster, endpoint: MeshEndpoint): SimulatedWorkload['connection'] {
  if (cluster.transportSocketMatches !== undefined) return endpoint.mutualTls ? 'mutual-tls' : 'plaintext';
  return kindOfSocket(cluster.transportSocket);
}

function authorizationRequest({ node, snapshot }: ProxyContext, endpoint: MeshEndpoint, connection: SimulatedWorkload['connection'], { request, appPort, sni }: Arrival): AuthorizationRequest {
  const unknown = new Set<AuthorizationFact>([...(appPort === undefined ? (['destinationPort'] as const) : []), ...(node.address === '' ? (['sourceIp', 'remoteIp'] as const) : [])]);
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
