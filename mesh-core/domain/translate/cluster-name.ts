/** Istio's names for clusters; logs, metrics and traces carry them. Source: istiod's BuildSubsetKey. */
export const PASSTHROUGH_CLUSTER = 'PassthroughCluster';
export const BLACK_HOLE_CLUSTER = 'BlackHoleCluster';
export const INBOUND_PASSTHROUGH_CLUSTER = 'InboundPassthroughCluster';

/** `outbound|80|v1|catalog.shop.svc.cluster.local`; the subset is empty for the whole service. */
export function outboundClusterName(port: number, subset: string, hostname: string): string {
  return `outbound|${port}|${subset}|${hostname}`;
}

/** `inbound|8080||`: the app behind the sidecar. */
export function inboundClusterName(appPort: number): string {
  return `inbound|${appPort}||`;
}

/** The SNI that a sidecar sends for a cluster: `outbound_.80_.v1_.host`. */
export function sniOf(port: number, subset: string, hostname: string): string {
  return `outbound_.${port}_.${subset}_.${hostname}`;
}

export interface ClusterParts {
  readonly direction: 'outbound' | 'inbound';
  readonly port: number;
  readonly subset: string;
  readonly hostname: string;
}

/** Takes such a name apart; undefined for other names (`PassthroughCluster`). */
export function parseClusterName(name: string): ClusterParts | undefined {
  const [direction, port, subset, hostname, ...rest] = name.split('|');
  if ((direction !== 'outbound' && direction !== 'inbound') || subset === undefined || hostname === undefined || rest.length > 0) return undefined;
  return /^\d+$/.test(port ?? '') ? { direction, port: Number(port), subset, hostname } : undefined;
}
