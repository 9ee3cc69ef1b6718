import { paths, withParams, type ObjectRef } from '#components/api/paths.ts';
import { resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import type { GraphEdge, GraphNode } from '#server/graph/core/graph-model.ts';

export interface GraphLink {
  readonly label: string;
  readonly href: string;
}

/** The page of a node: its service's or workload's; `undefined` for what has none. */
export function pageOfNode(node: GraphNode): GraphLink | undefined {
  if (node.namespace === 'unknown') return undefined;
  if (node.kind === 'service' || node.kind === 'serviceEntry') return { label: 'Service', href: paths.service(node.namespace, node.service ?? node.label) };
  if (node.workload !== undefined) return { label: 'Workload', href: paths.workload(node.namespace, node.workload) };
  const service = serviceOfNode(node);
  return service === undefined ? undefined : { label: 'Service', href: paths.service(node.namespace, service) };
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

/** Traces of a service: all, those with an error, or those with these tags. */
export function tracesHref(service: string, only: { readonly status?: 'error'; readonly tags?: string } = {}): string {
  return withParams(paths.traces(), { service, ...only });
}

/** Every place a node leads to, besides its page. */
export function linksOfNode(node: GraphNode): GraphLink[] {
  const links: GraphLink[] = [];
  const page = pageOfNode(node);
  if (page !== undefined) links.push({ label: `${page.label} page`, href: page.href });
  const service = serviceOfNode(node);
  if (service !== undefined && page?.label !== 'Service') links.push({ label: 'Service page', href: paths.service(node.namespace, service) });
  if (page?.label === 'Workload') links.push({ label: 'Workload dashboard', href: withParams(paths.dashboard('workload'), { workload: `${node.namespace}/${node.workload ?? ''}` }) });
  else if (service !== undefined) links.push({ label: 'Service dashboard', href: withParams(paths.dashboard('service'), { service: resolveShortName(service, node.namespace) }) });
  const traced = traceServiceOf(node);
  if (traced !== undefined) links.push({ label: 'Traces', href: tracesHref(traced) });
  return links;
}

/** The editor of the split of a node's traffic; none for gateways and the unknown. */
export function trafficSplitHref(node: GraphNode): string | undefined {
  const service = serviceOfNode(node);
  return service === undefined || node.kind === 'unknown' || node.namespace === 'unknown' ? undefined : paths.trafficSplit(node.namespace, service);
}

/** The policy that governs the callee of an edge; where there is none yet, a new one that begins with who calls whom. */
export function authorizationHref(edge: GraphEdge, target: GraphNode): string | undefined {
  if (target.namespace === 'unknown' || target.kind === 'serviceEntry') return undefined;
  const policy = target.config?.find((ref) => ref.kind === 'AuthorizationPolicy' && ref.namespace === target.namespace);
  if (policy !== undefined) return paths.authorization(target.namespace, policy.name);
  return withParams(paths.authorization(target.namespace), { to: target.app ?? target.service ?? target.workload, from: edge.sourcePrincipal?.replace(/^spiffe:\/\//, '') });
}

/** The form for an object that has one, else its YAML. */
export function configHref(ref: ObjectRef & { readonly kind: string }): string {
  return ref.kind === 'AuthorizationPolicy' && ref.namespace !== undefined ? paths.authorization(ref.namespace, ref.name) : paths.configObject(ref);
}
