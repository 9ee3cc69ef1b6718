import { paths, withParams, type ObjectRef } from '#components/api/paths.ts';
import type { GraphEdge, GraphNode } from '#server/graph/core/graph-model.ts';

export interface GraphLink {
  readonly label: string;
  readonly href: string;
}

/** The page of a node: its service's or workload's; `undefined` for what has none. */
export function pageOfNode(node: GraphNode): GraphLink | undefined {
  if (node.namespace === 'unknown') return undefined;
  if (node.kind === 'service') return { label: 'Service', href: paths.service(node.namespace, node.service ?? node.label) };
  if (node.workload !== undefined) return { label: 'Workload', href: paths.workload(node.namespace, node.workload) };
  const service = serviceOfNode(node);
  return service === undefined || node.kind === 'serviceEntry' ? undefined : { label: 'Service', href: paths.service(node.namespace, service) };
}

/** The service whose traffic a node takes; of several the first. */
export function serviceOfNode(node: GraphNode): string | undefined {
  return node.service ?? node.services?.[0] ?? (node.isGateway ? undefined : node.app);
}

/** What spans call a node: Istio's `app.namespace`. */
export function traceServiceOf(node: GraphNode): string | undefined {
  const name = node.app ?? node.service;
  return name === undefined || node.namespace === 'unknown' || node.kind === 'serviceEntry' ? undefined : `${name}.${node.namespace}`;
}

/** Traces of a service, all or the failed ones. */
export function tracesHref(service: string, status?: 'error'): string {
  return withParams(paths.traces(), { service, status });
}

/** Every place a node leads to, besides its page. */
export function linksOfNode(node: GraphNode): GraphLink[] {
  const links: GraphLink[] = [];
  const page = pageOfNode(node);
  if (page !== undefined) links.push({ label: `${page.label} page`, href: page.href });
  const service = serviceOfNode(node);
  if (service !== undefined && page?.label !== 'Service' && node.kind !== 'serviceEntry') links.push({ label: 'Service page', href: paths.service(node.namespace, service) });
  if (node.workload !== undefined) links.push({ label: 'Workload dashboard', href: withParams(paths.dashboard('workload'), { workload: `${node.namespace}/${node.workload}` }) });
  else if (node.kind === 'service') links.push({ label: 'Service dashboard', href: withParams(paths.dashboard('service'), { service: `${node.namespace}/${service ?? node.label}` }) });
  const traced = traceServiceOf(node);
  if (traced !== undefined) links.push({ label: 'Traces', href: tracesHref(traced) });
  return links;
}

/** The editor of the split of a node's traffic; none for gateways and the unknown. */
export function trafficSplitHref(node: GraphNode): string | undefined {
  const service = serviceOfNode(node);
  return service === undefined || node.kind === 'unknown' || node.namespace === 'unknown' ? undefined : paths.trafficSplit(node.namespace, service);
}

/** A new policy for the callee of an edge that begins with what this edge shows: who calls whom. */
export function authorizationHref(edge: GraphEdge, target: GraphNode): string | undefined {
  if (target.namespace === 'unknown' || target.kind === 'serviceEntry') return undefined;
  return withParams(paths.authorization(target.namespace), { to: target.app ?? target.service ?? target.workload, from: edge.sourcePrincipal?.replace(/^spiffe:\/\//, '') });
}

/** The form for an object that has one, else its YAML. */
export function configHref(ref: ObjectRef & { readonly kind: string }): string {
  return ref.kind === 'AuthorizationPolicy' && ref.namespace !== undefined ? paths.authorization(ref.namespace, ref.name) : paths.configObject(ref);
}
