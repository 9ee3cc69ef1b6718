import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import type { AuthorizationPolicy } from '../resources/security.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { labelsOf, workloadNameOf } from '../translate/workload-endpoints.ts';
import type { AuthorizationFact, AuthorizationRequest } from './authorization-request.ts';
import { authorizationOf } from './workload-authorization.ts';
import type { ExplainedVerdict, WorkloadAuthorization } from './workload-authorization.ts';

/** Requests between two workloads, as metrics tell of them. */
export interface ObservedEdge {
  /** `spiffe://…`; `unknown` when telemetry does not say. */
  readonly sourcePrincipal: string;
  readonly sourceNamespace: string;
  /** False: the requests came in plain text, so the caller certainly has no identity. Absent = not known. */
  readonly mutualTls?: boolean;
  readonly destinationWorkload: string;
  readonly destinationNamespace: string;
  /** Full name of the service, if the caller used one: its selector stands in for the labels of an unknown workload. */
  readonly destinationService?: string;
  /** Used when no WorkloadEntry of that workload is registered now. */
  readonly destinationLabels?: Readonly<Record<string, string>>;
  /** The app's port; absent = not known. */
  readonly destinationPort?: number;
  readonly method?: string;
  readonly path?: string;
}
/** What policies say about an edge now, and what they would say. */
export interface EdgePreview<Edge extends ObservedEdge = ObservedEdge> {
  readonly edge: Edge;
  readonly before: ExplainedVerdict;
  readonly after: ExplainedVerdict;
}
export interface PreviewOptions {
  /** The candidates are taken away instead of added. */
  readonly remove?: boolean;
}

/** What metrics never tell about a request. */
const NEVER_KNOWN: readonly AuthorizationFact[] = ['host', 'headers', 'sourceIp', 'remoteIp', 'destinationIp', 'sni', 'metadata'];

/**
 * Which of the edges seen lately would the candidate policies refuse? They replace policies of the same namespace and name.
 * What is not known about an edge's requests gives `depends` only where a rule asks for it; a workload whose labels are not
 * known is judged by the policies without selector, and depends where others might select it. The order of the edges is kept.
 */
export function previewAuthorization<Edge extends ObservedEdge>(snapshot: MeshSnapshot, candidates: readonly AuthorizationPolicy[], edges: readonly Edge[], { remove = false }: PreviewOptions = {}): EdgePreview<Edge>[] {
  const replaced = new Set(candidates.map(keyOf));
  const kept = snapshot.authorizationPolicies.filter((policy) => !replaced.has(keyOf(policy)));
  const changed = { ...snapshot, authorizationPolicies: remove ? kept : [...kept, ...candidates] };
  const labels = workloadLabels(snapshot);
  const [before, after] = [judgeFor(snapshot, labels), judgeFor(changed, labels)];
  return edges.map((edge) => ({ edge, before: before(edge), after: after(edge) }));
}

type LabelsOf = (edge: ObservedEdge) => Readonly<Record<string, string>> | undefined;

/** Judges edges; the policies of each destination are translated once. */
function judgeFor(snapshot: MeshSnapshot, labelsFor: LabelsOf): (edge: ObservedEdge) => ExplainedVerdict {
  const known = new Map<string, WorkloadAuthorization>();
  const { rootNamespace } = snapshot.mesh;
  return (edge) => {
    const labels = labelsFor(edge);
    const namespace = edge.destinationNamespace;
    const selective = snapshot.authorizationPolicies.find((policy) => (namespaceOf(policy) === namespace || namespaceOf(policy) === rootNamespace) && Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0);
    if (labels === undefined && selective !== undefined) {
      return { verdict: 'depends', dependsOn: [], reason: `the labels of ${namespace}/${edge.destinationWorkload} are not known, so neither is whether ${keyOf(selective)} selects it` };
    }
    const key = JSON.stringify([namespace, labels]);
    const authorization = known.get(key) ?? authorizationOf(snapshot, { namespace, labels: labels ?? {} });
    known.set(key, authorization);
    return authorization.judge(requestOf(edge));
  };
}

function requestOf(edge: ObservedEdge): AuthorizationRequest {
  const isPrincipalKnown = edge.sourcePrincipal.startsWith('spiffe://');
  const unknown = new Set<AuthorizationFact>(NEVER_KNOWN);
  if (!isPrincipalKnown && edge.mutualTls !== false) unknown.add('principal');
  if (edge.method === undefined) unknown.add('method');
  if (edge.path === undefined) unknown.add('path');
  if (edge.destinationPort === undefined) unknown.add('destinationPort');
  return {
    method: edge.method ?? '',
    path: edge.path ?? '',
    host: '',
    headers: {},
    sourceIp: '',
    destinationPort: edge.destinationPort ?? 0,
    unknown,
    ...(isPrincipalKnown ? { principal: edge.sourcePrincipal } : undefined),
  };
}

/** By the registered workloads first, then by what the edge says, then by the service's selector. */
function workloadLabels(snapshot: MeshSnapshot): LabelsOf {
  const byWorkload = new Map(snapshot.workloadEntries.map((entry) => [`${namespaceOf(entry)}/${workloadNameOf(entry)}`, labelsOf(entry)]));
  const byService = new Map(snapshot.services.map((service) => [objectKey({ namespace: namespaceOf(service), name: service.metadata.name }), service.spec?.selector]));
  return ({ destinationWorkload, destinationNamespace, destinationService, destinationLabels }) => {
    const [name = '', namespace = ''] = (destinationService ?? '').split('.');
    return byWorkload.get(`${destinationNamespace}/${destinationWorkload}`) ?? destinationLabels ?? byService.get(`${namespace}/${name}`);
  };
}

function keyOf(policy: AuthorizationPolicy): string {
  return objectKey({ namespace: namespaceOf(policy), name: policy.metadata.name });
}
