import type { ClusterLoadAssignment, LbEndpoint } from '../envoy/resources.ts';
import type { LoadBalancer } from '../resources/networking.ts';
import { compareText } from './config-order.ts';
import { placeGroups } from './locality-priority.ts';
import type { LocalityClient, LocalityGroup } from './locality-priority.ts';
import type { MeshEndpoint } from './workload-endpoints.ts';

/** The name Istio gives to the one cluster of a mesh. */
const CLUSTER_ID = 'Kubernetes';

/** How a client is to use the endpoints of a cluster. */
export interface AssignmentOptions {
  readonly client: LocalityClient;
  readonly balancer?: LoadBalancer | undefined;
  readonly detectsOutliers: boolean;
  /** Does this endpoint get the mesh's mutual TLS? */
  readonly takesMutualTls: (endpoint: MeshEndpoint) => boolean;
}

/** Endpoints of one cluster, grouped by locality and priority, sorted by address. Source: istiod's endpoint builder. */
export function buildLoadAssignment(clusterName: string, endpoints: readonly MeshEndpoint[], options: AssignmentOptions): ClusterLoadAssignment {
  const byLocality = [...Map.groupBy(endpoints, (endpoint) => endpoint.locality)].sort(([a], [b]) => compareText(a, b));
  const groups = byLocality.map(([locality, members]): LocalityGroup => ({ locality, members, weight: members.reduce((sum, member) => sum + member.weight, 0), priority: 0 }));
  return {
    clusterName,
    endpoints: placeGroups(groups, options.balancer, options.detectsOutliers, options.client).map(({ locality, members, weight, priority }) => ({
      ...(locality === '' ? undefined : { locality: toLocality(locality) }),
      lbEndpoints: members.toSorted((a, b) => compareText(a.address, b.address) || a.port - b.port).map((endpoint) => toLbEndpoint(endpoint, options.takesMutualTls(endpoint))),
      loadBalancingWeight: weight,
      ...(priority === 0 ? undefined : { priority }),
    })),
  };
}

/**
 * A workload's name, namespace, canonical service and revision as telemetry reads them from an endpoint:
 * `catalog-v1;shop;catalog;v1;Kubernetes`. Revision `latest` is left out, as istiod does.
 */
function workloadMetadata(workload: string, namespace: string, labels: Readonly<Record<string, string>>): string {
  const service = labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload;
  const revision = labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version'] ?? '';
  return [workload, namespace, service, revision === 'latest' ? '' : revision, CLUSTER_ID].join(';');
}

function toLbEndpoint({ address, port, weight, workload, namespace, labels }: MeshEndpoint, mutualTls: boolean): LbEndpoint {
  return {
    endpoint: { address: { socketAddress: { address, portValue: port } } },
    healthStatus: 'HEALTHY',
    loadBalancingWeight: weight,
    metadata: {
      filterMetadata: {
        istio: { workload: workloadMetadata(workload, namespace, labels) },
        ...(mutualTls ? { 'envoy.transport_socket_match': { tlsMode: 'istio' } } : undefined),
      },
    },
  };
}

function toLocality(text: string): { readonly region: string; readonly zone?: string; readonly subZone?: string } {
  const [region = '', zone, subZone] = text.split('/');
  return { region, ...(zone === undefined ? undefined : { zone }), ...(subZone === undefined ? undefined : { subZone }) };
}
