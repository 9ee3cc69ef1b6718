import { matchesLabels, selectsWorkload } from '#mesh-core/domain/resources/label-selector.ts';
import type { DestinationRule, HTTPRoute, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import { configOf } from './config-of-node.ts';
import type { GraphNode, GraphType } from './graph-model.ts';
import { readinessHealth, worstHealth } from './health.ts';
import { destinationNode } from './node-identity.ts';

export interface DecorateOptions {
  readonly type: GraphType;
  /** Empty = all. */
  readonly namespaces: readonly string[];
  readonly idleNodes: boolean;
  /** Services are nodes of their own: what is said of a service is not repeated on its workloads. */
  readonly serviceNodes?: boolean;
}

/** Adds what configuration knows to nodes that traffic made: badges, readiness, gateways, and nodes without traffic. */
export function decorateNodes(nodes: readonly GraphNode[], snapshot: MeshSnapshot, options: DecorateOptions): GraphNode[] {
  const all = options.idleNodes ? [...nodes, ...idleNodes(nodes, snapshot, options)] : [...nodes];
  return all.map((node) => {
    const entries = entriesOf(node, snapshot);
    const services = servicesOf(node, entries, snapshot);
    const external = node.kind === 'service' && isServiceEntry(node, snapshot);
    const health = entries.length === 0 ? node.health : worstHealth([node.health, readinessHealth(entries.length, entries.filter(isReady).length)]);
    return {
      ...node,
      kind: external ? 'serviceEntry' : node.kind,
      // A workload that is ready but silent is idle, not healthy.
      health: node.isIdle && health.status === 'healthy' ? node.health : health,
      isOutside: options.namespaces.length > 0 && node.namespace !== 'unknown' && !options.namespaces.includes(node.namespace),
      isGateway: entries.some((e) => e.metadata.labels?.['istio'] === 'ingressgateway'),
      badges: [...(options.serviceNodes === true && node.kind !== 'service' ? [] : serviceBadges(node.namespace, services, snapshot)), ...workloadBadges(entries, snapshot)],
      config: configOf(node.namespace, services, entries, snapshot),
      ...(services.length === 0 || node.service !== undefined ? {} : { services }),
    };
  });
}

/** May the workload take traffic? An instance without a health check counts as ready. */
export function isReady(entry: WorkloadEntry): boolean {
  return entry.status?.conditions?.find((c) => c.type === 'Healthy')?.status !== 'False';
}

function entriesOf(node: GraphNode, snapshot: MeshSnapshot): WorkloadEntry[] {
  return snapshot.workloadEntries.filter((e) => {
    if (e.metadata.namespace !== node.namespace) return false;
    if (node.workload !== undefined) return workloadOf(e) === node.workload;
    return node.kind === 'app' && appOf(e) === node.app;
  });
}

/** Workload (deployment) name of an entry: the group it was registered under. */
export function workloadOf(entry: WorkloadEntry): string {
  return entry.metadata.annotations?.['istio.io/autoRegistrationGroup'] ?? entry.metadata.name;
}

function appOf(entry: WorkloadEntry): string {
  const labels = entry.spec?.labels ?? entry.metadata.labels ?? {};
  return labels['service.istio.io/canonical-name'] ?? labels['app'] ?? workloadOf(entry);
}

function isServiceEntry(node: GraphNode, snapshot: MeshSnapshot): boolean {
  return snapshot.serviceEntries.some((se) => se.spec?.hosts?.some((h) => h === node.service || h === node.label));
}

/** Names of the services a node is called by: its own, or those that select its instances. */
function servicesOf(node: GraphNode, entries: readonly WorkloadEntry[], snapshot: MeshSnapshot): string[] {
  if (node.service !== undefined) return [node.service];
  const selected = snapshot.services.filter((service) => service.metadata.namespace === node.namespace && entries.some((entry) => selectsWorkload(service.spec?.selector, entry.spec?.labels)));
  if (selected.length > 0) return selected.map((service) => service.metadata.name);
  return node.kind === 'app' && node.app !== undefined ? [node.app] : [];
}

function serviceBadges(namespace: string, services: readonly string[], snapshot: MeshSnapshot): string[] {
  const hosts = services.map((name) => resolveShortName(name, namespace));
  const targets = (h: string, from: string | undefined): boolean => hosts.includes(resolveShortName(h, from ?? 'default'));
  const badges = new Set<string>();
  for (const vs of snapshot.virtualServices) {
    if (!(vs.spec?.hosts ?? []).some((h) => targets(h, vs.metadata.namespace))) continue;
    badges.add('virtual-service');
    for (const badge of routeBadges(vs)) badges.add(badge);
  }
  for (const dr of snapshot.destinationRules) if (dr.spec !== undefined && targets(dr.spec.host, dr.metadata.namespace) && breaksCircuits(dr)) badges.add('circuit-breaker');
  return [...badges];
}

function routeBadges(vs: VirtualService): string[] {
  const routes: readonly HTTPRoute[] = vs.spec?.http ?? [];
  const badges: string[] = [];
  if (routes.some((r) => (r.route ?? []).filter((d) => (d.weight ?? 0) > 0).length > 1)) badges.push('traffic-split');
  if (routes.some((r) => r.fault !== undefined)) badges.push('fault-injection');
  if (routes.some((r) => r.mirror !== undefined || (r.mirrors ?? []).length > 0)) badges.push('mirroring');
  if (routes.some((r) => r.timeout !== undefined)) badges.push('timeout');
  if (routes.some((r) => (r.match ?? []).length > 0)) badges.push('request-routing');
  return badges;
}

function breaksCircuits(dr: DestinationRule): boolean {
  const policies = [dr.spec?.trafficPolicy, ...(dr.spec?.subsets ?? []).map((s) => s.trafficPolicy)];
  return policies.some((p) => p?.connectionPool !== undefined || p?.outlierDetection !== undefined);
}

function workloadBadges(entries: readonly WorkloadEntry[], snapshot: MeshSnapshot): string[] {
  const badges: string[] = [];
  const governed = entries.some((entry) =>
    snapshot.authorizationPolicies.some((p) => {
      const reaches = p.metadata.namespace === entry.metadata.namespace || p.metadata.namespace === snapshot.mesh.rootNamespace;
      return reaches && matchesLabels(p.spec?.selector?.matchLabels ?? {}, entry.spec?.labels ?? {});
    }),
  );
  if (governed) badges.push('authorization-policy');
  if (entries.some((e) => e.spec?.labels?.['security.istio.io/tlsMode'] !== 'istio')) badges.push('no-sidecar');
  return badges;
}

function idleNodes(nodes: readonly GraphNode[], snapshot: MeshSnapshot, { type, namespaces }: DecorateOptions): GraphNode[] {
  const seen = new Set(nodes.map((n) => n.id));
  const idle: GraphNode[] = [];
  for (const entry of snapshot.workloadEntries) {
    const namespace = entry.metadata.namespace ?? 'default';
    if ((namespaces.length > 0 && !namespaces.includes(namespace)) || entry.metadata.name === 'istiod') continue;
    const labels = entry.spec?.labels ?? {};
    const app = appOf(entry);
    const identity = destinationNode(type, { namespace, workload: workloadOf(entry), app, version: labels['service.istio.io/canonical-revision'] ?? labels['version'], host: undefined, service: app, serviceNamespace: namespace });
    if (seen.has(identity.id)) continue;
    seen.add(identity.id);
    idle.push({ ...identity, inbound: [], outbound: [], health: { status: 'idle', reason: 'No traffic in this window.' }, isRoot: false, isIdle: true, isOutside: false, isGateway: false, badges: [] });
  }
  return idle;
}
