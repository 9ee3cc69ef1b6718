import type { FlowDestination, FlowSource } from './flows.ts';
import type { GraphNode, GraphType } from './graph-model.ts';

/** What a node is, before anything is known of its traffic. */
export type NodeIdentity = Pick<GraphNode, 'id' | 'kind' | 'namespace' | 'label'> & Partial<Pick<GraphNode, 'service' | 'workload' | 'app' | 'version' | 'parent'>>;

const UNKNOWN: NodeIdentity = { id: 'unknown', kind: 'unknown', namespace: 'unknown', label: 'unknown' };

/** The node of a caller in a graph of this type. */
export function sourceNode(type: GraphType, end: FlowSource): NodeIdentity {
  const { namespace, workload } = end;
  if (namespace === undefined || workload === undefined) return UNKNOWN;
  return workloadNode(type, namespace, workload, end.app, end.version);
}

/** The node of a callee; a service node when no workload is known to have answered. */
export function destinationNode(type: GraphType, end: FlowDestination): NodeIdentity {
  if (type === 'service' || end.namespace === undefined || end.workload === undefined) return serviceNode(end);
  return workloadNode(type, end.namespace, end.workload, end.app, end.version);
}

/** The node of the service that was called. */
export function serviceNode(end: FlowDestination): NodeIdentity {
  const name = end.service ?? end.host;
  if (name === undefined) return UNKNOWN;
  const namespace = end.serviceNamespace ?? end.namespace ?? 'unknown';
  return { id: `svc:${namespace}/${name}`, kind: 'service', namespace, service: name, label: name };
}

function workloadNode(type: GraphType, namespace: string, workload: string, app: string | undefined, version: string | undefined): NodeIdentity {
  const names = { namespace, workload, ...(app === undefined ? {} : { app }), ...(version === undefined ? {} : { version }) };
  if (type === 'app' && app !== undefined) return { id: `app:${namespace}/${app}`, kind: 'app', namespace, app, label: app };
  if (type === 'versionedApp' && app !== undefined) {
    return { ...names, id: `vapp:${namespace}/${app}/${version ?? workload}`, kind: 'app', label: version === undefined || version === 'latest' ? app : `${app} ${version}`, parent: `box:${namespace}/${app}` };
  }
  return { ...names, id: `wl:${namespace}/${workload}`, kind: 'workload', label: workload };
}
