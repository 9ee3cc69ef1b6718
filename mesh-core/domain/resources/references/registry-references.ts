import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { Service } from '../core.ts';
import type { IssueSink } from '../field-issue.ts';
import { selectsWorkload } from '../label-selector.ts';
import type { ServiceEntry } from '../networking.ts';
import { namespaceOf } from '../kube-object.ts';
import { registryIndex } from './registry-index.ts';

/** A Service without workloads. */
export function analyzeService(object: Service, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { selector } = object.spec ?? {};
  const namespace = namespaceOf(object);
  if (selector !== undefined && !registryIndex(snapshot).workloads.some((workload) => workload.namespace === namespace && selectsWorkload(selector, workload.labels))) {
    issues.warn('spec.selector', 'no running workload has these labels: requests get 503', { expected: 'labels of a workload', code: 'KIA0004' });
  }
}

/** A ServiceEntry whose selector picks nothing. */
export function analyzeServiceEntry(object: ServiceEntry, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { workloadSelector } = object.spec ?? {};
  const namespace = namespaceOf(object);
  const labels = workloadSelector?.labels;
  if (labels !== undefined && !registryIndex(snapshot).workloads.some((workload) => workload.namespace === namespace && selectsWorkload(labels, workload.labels))) {
    issues.warn('spec.workloadSelector', 'no running workload has these labels', { expected: 'labels of a workload', code: 'KIA0004' });
  }
}
