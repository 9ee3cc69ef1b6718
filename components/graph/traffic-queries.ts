import { promqlAnyOf, promqlString } from '#components/api/prometheus.ts';
import type { GraphEdge, GraphNode } from '#server/graph/core/graph-model.ts';

/** Which traffic a chart shows: PromQL matchers inside braces, and whether it is TCP. */
export interface TrafficSelector {
  readonly matchers: string;
  readonly tcp: boolean;
}

/** Requests into a node, as its own proxies count them; into a service or the outside, as the callers count them. */
export function inboundSelector(node: GraphNode): TrafficSelector | undefined {
  const ends = destinationMatchers(node);
  if (ends === undefined) return undefined;
  const reporter = node.kind === 'service' || node.kind === 'serviceEntry' ? 'source' : 'destination';
  return { matchers: join([`reporter="${reporter}"`, ...ends]), tcp: isTcp(node.inbound.map((r) => r.protocol)) };
}

/** Requests out of a node, as its own proxies count them. Services send nothing by themselves. */
export function outboundSelector(node: GraphNode): TrafficSelector | undefined {
  const ends = sourceMatchers(node);
  return ends === undefined ? undefined : { matchers: join(['reporter="source"', ...ends]), tcp: isTcp(node.outbound.map((r) => r.protocol)) };
}

/** Requests along an edge: the caller's word, which also knows what never arrived; the callee's where the caller has no sidecar. */
export function edgeSelector(edge: GraphEdge, source: GraphNode | undefined, target: GraphNode | undefined): TrafficSelector | undefined {
  if (source === undefined || target === undefined) return undefined;
  const from = source.kind === 'unknown' ? ['source_workload="unknown"'] : source.kind === 'service' ? serviceMatchers(source) : sourceMatchers(source);
  const to = destinationMatchers(target);
  if (from === undefined || to === undefined) return undefined;
  return { matchers: join([`reporter="${source.kind === 'unknown' ? 'destination' : 'source'}"`, ...from, ...to]), tcp: edge.rates.protocol === 'tcp' };
}

/** Everything that starts or ends in these namespaces (none: everywhere), each request once. */
export function meshSelector(namespaces: readonly string[]): TrafficSelector {
  return { matchers: join(['reporter="source"', ...(namespaces.length === 0 ? [] : [`destination_service_namespace=~${promqlAnyOf(namespaces)}`])]), tcp: false };
}

/** Requests per second by response code; `0` is no response. `window` such as `1m`. */
export function rateByCode({ matchers }: TrafficSelector, window: string): string {
  return `sum by (response_code) (rate(istio_requests_total{${matchers}}[${window}]))`;
}

/** Requests per second in all. */
export function requestRate({ matchers }: TrafficSelector, window: string): string {
  return `sum(rate(istio_requests_total{${matchers}}[${window}]))`;
}

/** Share of 4xx, 5xx and unanswered requests, 0..1. */
export function errorShare({ matchers }: TrafficSelector, window: string): string {
  const all = requestRate({ matchers, tcp: false }, window);
  return `(sum(rate(istio_requests_total{${matchers},response_code=~"0|4..|5.."}[${window}])) or 0 * ${all}) / ${all}`;
}

/** A quantile of the response time, ms. */
export function latencyQuantile(quantile: number, { matchers }: TrafficSelector, window: string): string {
  return `histogram_quantile(${quantile}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${matchers}}[${window}])))`;
}

/** TCP bytes per second; Istio names them as the callee sees them. */
export function tcpRate(direction: 'sent' | 'received', { matchers }: TrafficSelector, window: string): string {
  return `sum(rate(istio_tcp_${direction === 'sent' ? 'received' : 'sent'}_bytes_total{${matchers}}[${window}]))`;
}

function destinationMatchers(node: GraphNode): string[] | undefined {
  switch (node.kind) {
    case 'unknown':
      return undefined;
    case 'service':
    case 'serviceEntry':
      return [`destination_service_name=${promqlString(node.service ?? node.label)}`, ...(node.namespace === 'unknown' ? [] : [`destination_service_namespace=${promqlString(node.namespace)}`])];
    case 'workload':
    case 'app':
      return workloadMatchers('destination', node);
  }
}

function sourceMatchers(node: GraphNode): string[] | undefined {
  return node.kind === 'workload' || node.kind === 'app' ? workloadMatchers('source', node) : undefined;
}

/** In a graph of services the caller is drawn as a service: its requests are those of its workloads, found by their canonical name. */
function serviceMatchers(node: GraphNode): string[] {
  return [`source_canonical_service=${promqlString(node.service ?? node.label)}`, `source_workload_namespace=${promqlString(node.namespace)}`];
}

function workloadMatchers(side: 'source' | 'destination', { kind, namespace, workload, app, version }: GraphNode): string[] {
  const inNamespace = `${side}_workload_namespace=${promqlString(namespace)}`;
  if (kind === 'workload' || app === undefined) return [`${side}_workload=${promqlString(workload ?? '')}`, inNamespace];
  return [`${side}_canonical_service=${promqlString(app)}`, ...(version === undefined ? [] : [`${side}_canonical_revision=${promqlString(version)}`]), inNamespace];
}

function isTcp(protocols: readonly string[]): boolean {
  return protocols.length > 0 && protocols.every((protocol) => protocol === 'tcp');
}

function join(matchers: readonly string[]): string {
  return matchers.join(',');
}
