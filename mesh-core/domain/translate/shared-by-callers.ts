import type { MeshSnapshot } from './mesh-snapshot.ts';
import type { TrafficPolicy } from '../resources/networking.ts';
import type { ProxyContext } from './proxy-context.ts';

const labelled = new WeakMap<MeshSnapshot, boolean>();

/**
 * What of a caller, besides its scope, may change how it routes: nothing, unless some rule of the snapshot looks at the
 * caller's labels. Callers with equal variants and one scope get equal routes and clusters.
 */
export function callerVariant({ snapshot, node, isIntercepted }: ProxyContext): string {
  let looksAtLabels = labelled.get(snapshot);
  if (looksAtLabels === undefined) {
    looksAtLabels = snapshot.destinationRules.some(({ spec }) => spec?.workloadSelector !== undefined) || snapshot.virtualServices.some(({ spec }) => [...(spec?.http ?? []), ...(spec?.tcp ?? []), ...(spec?.tls ?? [])].some(({ match }) => match?.some(({ sourceLabels }) => sourceLabels !== undefined)));
    labelled.set(snapshot, looksAtLabels);
  }
  return `${node.type} ${isIntercepted} ${looksAtLabels ? JSON.stringify(node.labels) : ''}`;
}

const placed = new WeakMap<MeshSnapshot, boolean>();

/** What of the place of a caller may change which endpoints it prefers: nothing, unless some DestinationRule looks at places. */
export function placeVariant({ snapshot, node }: ProxyContext): string {
  let looksAtPlaces = placed.get(snapshot);
  if (looksAtPlaces === undefined) {
    looksAtPlaces = snapshot.destinationRules.some(({ spec }) => [spec?.trafficPolicy, ...(spec?.subsets ?? []).map(({ trafficPolicy }) => trafficPolicy)].some((policy) => [policy, ...(policy?.portLevelSettings ?? [])].some(dependsOnPlace)));
    placed.set(snapshot, looksAtPlaces);
  }
  return looksAtPlaces ? `${node.locality ?? ''} ${JSON.stringify(node.labels)}` : '';
}

/** Outlier detection switches failover between places on. */
export function dependsOnPlace(policy: Pick<TrafficPolicy, 'outlierDetection' | 'loadBalancer'> | undefined): boolean {
  return policy?.outlierDetection !== undefined || policy?.loadBalancer?.localityLbSetting !== undefined || policy?.loadBalancer?.zoneAwareLbSetting !== undefined;
}
