import { TYPE_URLS } from '../envoy/resources.ts';
import type { Cluster, ClusterLoadAssignment, TlsContext } from '../envoy/resources.ts';

/** How a cluster chooses among its endpoints, and what it does not exceed. */
export interface SimulatedBalancing {
  /** `LEAST_REQUEST`, `RING_HASH`, …; absent = ROUND_ROBIN. */
  readonly policy?: string;
  readonly candidates: readonly SimulatedCandidate[];
  /** Only what is limited. */
  readonly limits: Readonly<Partial<Record<'maxConnections' | 'maxPendingRequests' | 'maxRequests' | 'maxRetries', number>>>;
  /** Absent: endpoints that fail stay in use. */
  readonly ejection?: { readonly consecutive5xx?: number; readonly consecutiveGatewayFailure?: number; readonly interval?: string; readonly baseEjectionTime?: string; readonly maxEjectionPercent?: number };
}
export interface SimulatedCandidate {
  readonly address: string;
  readonly port: number;
  /** `region/zone/subzone`; '' = not told. */
  readonly locality: string;
  /** 0 is asked first; others only when too few before them are healthy. */
  readonly priority: number;
  readonly weight: number;
  /** Share of the cluster's requests when all are healthy, 0..1. */
  readonly share: number;
}
/** What the caller's proxy offers and expects in the TLS handshake. */
export interface SimulatedHandshake {
  readonly sni?: string;
  readonly alpn: readonly string[];
  /** The peer's certificate must have one of these names; empty = any that the roots vouch for. */
  readonly expectedNames: readonly string[];
}

const UNLIMITED = 4_294_967_295;
const LIMITS = ['maxConnections', 'maxPendingRequests', 'maxRequests', 'maxRetries'] as const;

/** Describes a cluster with the endpoints that it is sent. */
export function simulateBalancing(cluster: Cluster, assignment: ClusterLoadAssignment | undefined): SimulatedBalancing {
  const [thresholds] = cluster.circuitBreakers?.thresholds ?? [];
  const limits = Object.fromEntries(LIMITS.flatMap((name) => (thresholds?.[name] === undefined || thresholds[name] >= UNLIMITED ? [] : [[name, thresholds[name]]])));
  const outlier = cluster.outlierDetection;
  return {
    ...(cluster.lbPolicy === undefined ? undefined : { policy: cluster.lbPolicy }),
    candidates: candidatesOf(cluster.loadAssignment ?? assignment),
    limits,
    ...(outlier === undefined
      ? undefined
      : {
          ejection: {
            ...(outlier.consecutive5xx === undefined ? undefined : { consecutive5xx: outlier.consecutive5xx }),
            ...(outlier.consecutiveGatewayFailure === undefined ? undefined : { consecutiveGatewayFailure: outlier.consecutiveGatewayFailure }),
            ...(outlier.interval === undefined ? undefined : { interval: outlier.interval }),
            ...(outlier.baseEjectionTime === undefined ? undefined : { baseEjectionTime: outlier.baseEjectionTime }),
            ...(outlier.maxEjectionPercent === undefined ? undefined : { maxEjectionPercent: outlier.maxEjectionPercent }),
          },
        }),
  };
}

/** The handshake of a cluster's TLS; undefined for plain text. `isMutual`: with the socket for peers in the mesh. */
export function simulateHandshake({ transportSocket, transportSocketMatches }: Cluster, isMutual: boolean): SimulatedHandshake | undefined {
  const config = (isMutual ? transportSocketMatches?.[0]?.transportSocket : undefined)?.typedConfig ?? transportSocket?.typedConfig;
  if (config?.['@type'] !== TYPE_URLS.upstreamTls) return undefined;
  // Safe because the type URL says what the message is.
  const { sni, commonTlsContext } = config as unknown as TlsContext;
  const names = commonTlsContext.combinedValidationContext?.defaultValidationContext?.matchTypedSubjectAltNames ?? [];
  return { ...(sni === undefined ? undefined : { sni }), alpn: commonTlsContext.alpnProtocols ?? [], expectedNames: names.map(({ matcher }) => matcher.exact ?? `${matcher.prefix ?? ''}*`) };
}

function candidatesOf(assignment: ClusterLoadAssignment | undefined): SimulatedCandidate[] {
  const localities = (assignment?.endpoints ?? []).filter(({ lbEndpoints }) => lbEndpoints.length > 0).map(({ lbEndpoints, locality, priority = 0, loadBalancingWeight }) => {
    const endpoints = lbEndpoints.map(({ endpoint: { address }, loadBalancingWeight: weight = 1 }) => ({ address: address.socketAddress.address, port: address.socketAddress.portValue, weight }));
    const sum = endpoints.reduce((total, { weight }) => total + weight, 0);
    return { endpoints, sum, weight: loadBalancingWeight ?? sum, priority, name: [locality?.region, locality?.zone, locality?.subZone].filter(Boolean).join('/') };
  });
  const total = localities.reduce((sum, { priority, weight }) => sum + (priority === 0 ? weight : 0), 0);
  return localities.flatMap(({ endpoints, sum, weight, priority, name }) => endpoints.map((endpoint) => ({ ...endpoint, locality: name, priority, share: priority > 0 || total === 0 || sum === 0 ? 0 : (weight / total) * (endpoint.weight / sum) })));
}
