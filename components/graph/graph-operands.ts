import type { GraphEdge, GraphNode, ProtocolRates } from '#server/graph/core/graph-model.ts';

/** What can be asked of an element: texts (any may match), a number (`null` = no data), or yes/no. */
type Read<Element, Value> = (element: Element) => Value;
export type Operand = { readonly names: readonly string[]; readonly help: string } & (
  | { readonly kind: 'text'; readonly node?: Read<GraphNode, readonly string[]>; readonly edge?: Read<GraphEdge, readonly string[]> }
  | { readonly kind: 'number'; readonly unit: NumberUnit; readonly node?: Read<GraphNode, number | null>; readonly edge?: Read<GraphEdge, number | null> }
  | { readonly kind: 'flag'; readonly node?: Read<GraphNode, boolean>; readonly edge?: Read<GraphEdge, boolean> }
);
export type NumberUnit = 'rate' | 'percent' | 'ms' | 'bytes';

const known = (...values: readonly (string | undefined)[]): string[] => values.filter((v) => v !== undefined);
const rateOf = (rates: readonly ProtocolRates[], ...protocols: readonly string[]): number => rates.reduce((sum, r) => sum + (protocols.includes(r.protocol) ? r.rate : 0), 0);
const busier = (node: GraphNode, ...protocols: readonly string[]): number => Math.max(rateOf(node.inbound, ...protocols), rateOf(node.outbound, ...protocols));
const percent = (ratio: number | null): number | null => (ratio === null ? null : ratio * 100);
const only = (rates: ProtocolRates, ...protocols: readonly string[]): number => rateOf([rates], ...protocols);
const codes = (rates: readonly ProtocolRates[]): string[] => rates.flatMap((r) => Object.keys(r.codes));
const flags = (rates: readonly ProtocolRates[]): string[] => rates.flatMap((r) => Object.keys(r.flags)).flatMap((f) => f.split(','));
const has = (...badges: readonly string[]) => ({ node: (node: GraphNode): boolean => badges.some((badge) => node.badges.includes(badge)) });
const errors = (rates: readonly ProtocolRates[], ...protocols: readonly string[]): number | null => {
  const mine = rates.filter((r) => protocols.includes(r.protocol));
  const total = mine.reduce((sum, r) => sum + r.rate, 0);
  return total === 0 ? null : (100 * mine.reduce((sum, r) => sum + r.rate * r.errorRatio, 0)) / total;
};

/** The words of find and hide. Kiali's operands keep their names where the graph knows the same thing. */
export const OPERANDS: readonly Operand[] = [
  { kind: 'text', names: ['name'], help: 'app, service or workload', node: (n) => known(n.label, n.app, n.service, n.workload) },
  { kind: 'text', names: ['namespace', 'ns'], help: 'namespace', node: (n) => [n.namespace] },
  { kind: 'text', names: ['app'], help: 'application', node: (n) => known(n.app) },
  { kind: 'text', names: ['service', 'svc'], help: 'service', node: (n) => known(n.service, ...(n.services ?? [])) },
  { kind: 'text', names: ['workload', 'wl'], help: 'workload', node: (n) => known(n.workload) },
  { kind: 'text', names: ['version'], help: 'version', node: (n) => known(n.version) },
  { kind: 'text', names: ['kind', 'node'], help: 'service, workload, app, unknown', node: (n) => [n.kind === 'serviceEntry' ? 'service' : n.kind, n.kind] },
  { kind: 'text', names: ['protocol'], help: 'http, grpc or tcp', node: (n) => [...n.inbound, ...n.outbound].map((r) => r.protocol), edge: (e) => [e.rates.protocol] },
  { kind: 'text', names: ['code'], help: 'a response code seen', node: (n) => codes([...n.inbound, ...n.outbound]), edge: (e) => codes([e.rates]) },
  { kind: 'text', names: ['flag'], help: 'a response flag seen, such as UF', node: (n) => flags([...n.inbound, ...n.outbound]), edge: (e) => flags([e.rates]) },
  { kind: 'text', names: ['sourceprincipal'], help: 'identity of the caller', edge: (e) => known(e.sourcePrincipal) },
  { kind: 'text', names: ['destprincipal'], help: 'identity of the callee', edge: (e) => known(e.destinationPrincipal) },
  { kind: 'number', unit: 'rate', names: ['rps', 'rate'], help: 'requests per second', node: (n) => busier(n, 'http', 'grpc'), edge: (e) => only(e.rates, 'http', 'grpc') },
  { kind: 'number', unit: 'rate', names: ['http'], help: 'HTTP requests per second', edge: (e) => only(e.rates, 'http') },
  { kind: 'number', unit: 'rate', names: ['grpc'], help: 'gRPC requests per second', edge: (e) => only(e.rates, 'grpc') },
  { kind: 'number', unit: 'bytes', names: ['tcp'], help: 'TCP bytes per second', edge: (e) => only(e.rates, 'tcp') },
  { kind: 'number', unit: 'rate', names: ['httpin'], help: 'HTTP requests per second in', node: (n) => rateOf(n.inbound, 'http') },
  { kind: 'number', unit: 'rate', names: ['httpout'], help: 'HTTP requests per second out', node: (n) => rateOf(n.outbound, 'http') },
  { kind: 'number', unit: 'rate', names: ['grpcin'], help: 'gRPC requests per second in', node: (n) => rateOf(n.inbound, 'grpc') },
  { kind: 'number', unit: 'rate', names: ['grpcout'], help: 'gRPC requests per second out', node: (n) => rateOf(n.outbound, 'grpc') },
  { kind: 'number', unit: 'percent', names: ['error', '%error', 'errors'], help: 'share of errors, percent', node: (n) => errors([...n.inbound, ...n.outbound], 'http', 'grpc'), edge: (e) => errors([e.rates], 'http', 'grpc') },
  { kind: 'number', unit: 'percent', names: ['%httperr'], help: 'share of HTTP errors', edge: (e) => errors([e.rates], 'http') },
  { kind: 'number', unit: 'percent', names: ['%grpcerr'], help: 'share of gRPC errors', edge: (e) => errors([e.rates], 'grpc') },
  { kind: 'number', unit: 'percent', names: ['share', '%httptraffic', '%grpctraffic'], help: 'share of the caller’s requests', edge: (e) => percent(e.shareOfSource) },
  { kind: 'number', unit: 'ms', names: ['p50'], help: 'median response time', edge: (e) => e.latencyMs.p50 },
  { kind: 'number', unit: 'ms', names: ['p95', 'responsetime', 'rt'], help: '95th percentile of the response time', edge: (e) => e.latencyMs.p95 },
  { kind: 'number', unit: 'ms', names: ['p99'], help: '99th percentile of the response time', edge: (e) => e.latencyMs.p99 },
  { kind: 'number', unit: 'bytes', names: ['throughput'], help: 'bytes per second, request and response', edge: (e) => (e.throughput.request === null && e.throughput.response === null ? null : (e.throughput.request ?? 0) + (e.throughput.response ?? 0)) },
  { kind: 'flag', names: ['healthy'], help: 'within tolerance', node: (n) => n.health.status === 'healthy', edge: (e) => e.health.status === 'healthy' },
  { kind: 'flag', names: ['degraded'], help: 'degraded', node: (n) => n.health.status === 'degraded', edge: (e) => e.health.status === 'degraded' },
  { kind: 'flag', names: ['failing'], help: 'failing', node: (n) => n.health.status === 'failing', edge: (e) => e.health.status === 'failing' },
  { kind: 'flag', names: ['idle'], help: 'no traffic', node: (n) => n.isIdle, edge: (e) => e.rates.rate === 0 },
  { kind: 'flag', names: ['traffic'], help: 'has traffic', node: (n) => !n.isIdle, edge: (e) => e.rates.rate > 0 },
  { kind: 'flag', names: ['mtls'], help: 'all requests with mutual TLS', edge: (e) => e.mtls !== null && e.mtls >= 1 },
  { kind: 'flag', names: ['root', 'trafficsource'], help: 'calls but is not called', node: (n) => n.isRoot },
  { kind: 'flag', names: ['gateway'], help: 'a gateway', node: (n) => n.isGateway },
  { kind: 'flag', names: ['outside', 'outsider'], help: 'of a namespace that is not chosen', node: (n) => n.isOutside },
  { kind: 'flag', names: ['serviceentry', 'se', 'external'], help: 'outside the mesh', node: (n) => n.kind === 'serviceEntry' },
  { kind: 'flag', names: ['virtualservice', 'vs'], help: 'routed by a VirtualService', ...has('virtual-service') },
  { kind: 'flag', names: ['trafficshifting', 'ts', 'split'], help: 'traffic is split', ...has('traffic-split') },
  { kind: 'flag', names: ['requestrouting', 'rr'], help: 'routed by header, path …', ...has('request-routing') },
  { kind: 'flag', names: ['faultinjection', 'fi', 'fault'], help: 'faults are injected', ...has('fault-injection') },
  { kind: 'flag', names: ['mirroring'], help: 'traffic is mirrored', ...has('mirroring') },
  { kind: 'flag', names: ['requesttimeout', 'rto', 'timeout'], help: 'a timeout is set', ...has('timeout') },
  { kind: 'flag', names: ['circuitbreaker', 'cb'], help: 'a circuit breaker is set', ...has('circuit-breaker') },
  { kind: 'flag', names: ['policy', 'authorization'], help: 'an AuthorizationPolicy applies', ...has('authorization-policy') },
  // Kiali's word: it finds what has none.
  { kind: 'flag', names: ['nosidecar', 'sidecar', 'sc'], help: 'has no sidecar', ...has('no-sidecar') },
];

const BY_NAME = new Map(OPERANDS.flatMap((operand) => operand.names.map((name) => [name, operand] as const)));

/** The operand of a word, whatever its case. */
export function operandNamed(name: string): Operand | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** The known word most like `name`, if any starts or ends alike: for "did you mean". */
export function similarOperand(name: string): string | undefined {
  const lower = name.toLowerCase();
  return [...BY_NAME.keys()].find((candidate) => candidate.length > 2 && lower.length > 2 && (candidate.startsWith(lower.slice(0, 3)) || lower.startsWith(candidate)));
}
