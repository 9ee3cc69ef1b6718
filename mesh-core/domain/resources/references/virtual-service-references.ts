import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { IssueSink } from '../field-issue.ts';
import type { VirtualService, VirtualServiceSpec } from '../networking.ts';
import { namespaceOf } from '../kube-object.ts';

/** Weights that say nothing, and delegates that do not exist. */
export function analyzeVirtualService(object: VirtualService, snapshot: MeshSnapshot, issues: IssueSink): void {
  const spec = object.spec ?? {};
  const namespace = namespaceOf(object);
  checkWeights(spec, issues);
  checkDelegates(spec, namespace, snapshot, issues);
}

function checkWeights(spec: VirtualServiceSpec, issues: IssueSink): void {
  for (const protocol of ['http', 'tls', 'tcp'] as const) {
    for (const [index, { route = [] }] of (spec[protocol] ?? []).entries()) {
      const path = `spec.${protocol}[${index}].route`;
      const [only] = route;
      if (route.length === 1 && only?.weight !== undefined && only.weight !== 100) issues.warn(`${path}[0].weight`, 'the only destination gets all traffic, whatever its weight', { expected: '100, or no weight', code: 'KIA1104' });
      const seen = new Set<string>();
      for (const [routeIndex, { destination }] of route.entries()) {
        const key = `${destination.host}|${destination.subset ?? ''}|${destination.port?.number ?? ''}`;
        if (seen.has(key)) issues.warn(`${path}[${routeIndex}].destination`, 'this destination stands twice in the rule', { expected: 'one entry with both weights', code: 'KIA1105' });
        seen.add(key);
      }
    }
  }
}

function checkDelegates(spec: VirtualServiceSpec, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  for (const [index, { delegate }] of (spec.http ?? []).entries()) {
    if (delegate === undefined) continue;
    const owner = delegate.namespace ?? namespace;
    const found = snapshot.virtualServices.some((candidate) => candidate.metadata.name === delegate.name && namespaceOf(candidate) === owner && (candidate.spec?.hosts ?? []).length === 0);
    if (!found) issues.warn(`spec.http[${index}].delegate`, `there is no VirtualService ${owner}/${delegate.name ?? ''} without hosts to delegate to`, { expected: 'a VirtualService without hosts', code: 'IST0101' });
  }
}
