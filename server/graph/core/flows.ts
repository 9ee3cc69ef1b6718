import type { Labels } from '#server/timeseries/storage.ts';

/** One end of a request as Istio's telemetry names it; undefined where it says "unknown". */
export interface FlowSource {
  readonly namespace: string | undefined;
  readonly workload: string | undefined;
  readonly app: string | undefined;
  readonly version: string | undefined;
}
export interface FlowDestination extends FlowSource {
  /** Host as called, `catalog.shop.svc.cluster.local` or `bank.example.com`. */
  readonly host: string | undefined;
  readonly service: string | undefined;
  readonly serviceNamespace: string | undefined;
}
/** Who talks to whom: the part of a series that says nothing about how it went. */
export interface FlowKey {
  readonly source: FlowSource;
  readonly destination: FlowDestination;
  /** Equal for the two reports of one hop: caller and callee agree on workloads, not always on the service's labels. */
  readonly pair: string;
}
export interface RequestFlow {
  readonly key: FlowKey;
  readonly reporter: string;
  readonly protocol: 'http' | 'grpc' | 'tcp';
  /** HTTP code, gRPC status for gRPC, `-` for no response or TCP. */
  readonly code: string;
  readonly flags: string;
  /** Requests per second, or bytes per second for tcp. */
  readonly rate: number;
}

/** Labels that identify both ends, in Istio's order: what every graph query groups by. */
export const END_LABELS = [
  'source_workload_namespace',
  'source_workload',
  'source_canonical_service',
  'source_canonical_revision',
  'destination_service_namespace',
  'destination_service',
  'destination_service_name',
  'destination_workload_namespace',
  'destination_workload',
  'destination_canonical_service',
  'destination_canonical_revision',
] as const;

const known = (value: string | undefined): string | undefined => (value === undefined || value === '' || value === 'unknown' ? undefined : value);

/** Both ends of a series. */
export function flowKey(labels: Labels): FlowKey {
  const workload = known(labels['destination_workload']);
  const callee = workload === undefined ? `service ${labels['destination_service_name']}.${labels['destination_service_namespace']}` : `${labels['destination_workload_namespace']}/${workload}`;
  return {
    source: {
      namespace: known(labels['source_workload_namespace']),
      workload: known(labels['source_workload']),
      app: known(labels['source_canonical_service']),
      version: known(labels['source_canonical_revision']),
    },
    destination: {
      namespace: known(labels['destination_workload_namespace']),
      workload,
      app: known(labels['destination_canonical_service']),
      version: known(labels['destination_canonical_revision']),
      host: known(labels['destination_service']),
      service: known(labels['destination_service_name']),
      serviceNamespace: known(labels['destination_service_namespace']),
    },
    pair: `${labels['source_workload_namespace']}/${labels['source_workload']} ${callee}`,
  };
}

/** One series of the requests query as a flow; undefined for a rate below zero or NaN. Zero is known but silent traffic. */
export function requestFlow(labels: Labels, rate: number): RequestFlow | undefined {
  if (!(rate >= 0)) return undefined;
  const protocol = labels['request_protocol'] === 'grpc' ? 'grpc' : 'http';
  return { key: flowKey(labels), reporter: labels['reporter'] ?? '', protocol, code: codeOf(labels, protocol), flags: labels['response_flags'] || '-', rate };
}

/** One series of a TCP bytes query. */
export function tcpFlow(labels: Labels, rate: number): RequestFlow | undefined {
  return rate >= 0 ? { key: flowKey(labels), reporter: labels['reporter'] ?? '', protocol: 'tcp', code: '-', flags: labels['response_flags'] || '-', rate } : undefined;
}

/** Kiali's rule: response code 0 is "no response"; gRPC reports its own status unless HTTP itself failed. */
function codeOf(labels: Labels, protocol: 'http' | 'grpc'): string {
  const http = labels['response_code'] ?? '';
  const grpc = labels['grpc_response_status'];
  if (protocol === 'grpc' && grpc !== undefined && grpc !== '' && !/^[45]/.test(http)) return grpc;
  return http === '0' || http === '' ? '-' : http;
}

/**
 * Both proxies of a hop report the same requests. Of each pair of ends this keeps one reporter's series: the caller's,
 * because it also sees what never arrived (no endpoint, refused connection, time-out); the callee's where the caller
 * has no sidecar. So nothing is counted twice even where the two disagree on code or flags.
 */
export function dedupeReporters<T extends { readonly key: FlowKey; readonly reporter: string }>(flows: readonly T[]): T[] {
  const fromSource = new Set(flows.filter((f) => f.reporter !== 'destination').map((f) => f.key.pair));
  return flows.filter((f) => f.reporter !== 'destination' || !fromSource.has(f.key.pair));
}
