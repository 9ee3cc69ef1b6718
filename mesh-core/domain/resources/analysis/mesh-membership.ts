import type { Labels } from '../label-selector.ts';
import type { AnalysisInput, AnalyzedPod } from './analysis-input.ts';

/** What analyzers read of a pod, or of the template of a Deployment. */
export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly hostNetwork?: boolean;
  readonly securityContext?: { readonly runAsUser?: number };
}
export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly securityContext?: { readonly runAsUser?: number };
}

const PROXY = 'istio-proxy';
const INJECT = 'sidecar.istio.io/inject';

/** Containers and those that run before them. */
export function allContainers({ containers = [], initContainers = [] }: PodSpec): readonly Container[] {
  return [...containers, ...initContainers];
}

/** Image of the sidecar proxy; '' when there is none. */
export function proxyImage(spec: PodSpec): string {
  return allContainers(spec).find(({ name }) => name === PROXY)?.image ?? '';
}

/** Has a pod a sidecar, or does it get one: by its own label or annotation, else by the label of its namespace? A WorkloadEntry is of the mesh by being there. */
export function isInMesh(pod: AnalyzedPod, input: AnalysisInput): boolean {
  if (pod.object.kind === 'WorkloadEntry') return true;
  return isInjected({ annotations: pod.object.metadata.annotations ?? {}, labels: pod.labels, namespace: pod.namespace, spec: (pod.object.spec ?? {}) as PodSpec }, input);
}

/** As `isInMesh`, for a pod that a Deployment would make. */
export function isInjected({ annotations, labels, namespace, spec }: { readonly annotations: Labels; readonly labels: Labels; readonly namespace: string; readonly spec: PodSpec }, input: AnalysisInput): boolean {
  if (proxyImage(spec) !== '') return true;
  const own = labels[INJECT] ?? annotations[INJECT];
  if (own !== undefined) return own === 'true';
  return input.find('Namespace', '', namespace)?.metadata.labels?.['istio-injection'] === 'enabled';
}

/** Is its traffic taken at the node, without a sidecar? */
export function isAmbientPod({ object }: AnalyzedPod): boolean {
  return object.metadata.annotations?.['ambient.istio.io/redirection'] === 'enabled';
}

export function isAmbientNamespace(namespace: string, input: AnalysisInput): boolean {
  const labels = input.find('Namespace', '', namespace)?.metadata.labels ?? {};
  return labels['istio-injection'] !== 'enabled' && (labels['istio.io/rev'] ?? '') === '' && labels['istio.io/dataplane-mode'] === 'ambient';
}
