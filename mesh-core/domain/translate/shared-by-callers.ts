import type { MeshSnapshot } from './mesh-snapshot.ts';
import type { TrafficPolicy } from '../resources/networking.ts';
import type { ProxyContext } from './proxy-context.ts';
import { rememberReads } from './watch-reads.ts';

const labelled = rememberReads<MeshSnapshot, boolean>();

/**
 * What of a caller, besides its scope, may change how it routes: nothing, unless some rule of the snapshot looks at the
 * caller's labels. Callers with equal variants and one scope get equal routes and clusters.
 */
export function callerVariant({ snapshot, node, isIntercepted }: ProxyContext): string {
  const looksAtLabels = labelled(snapshot, '', () => snapshot.destinationRules.some(({ spec }) => spec?.workloadSelector !== undefined) || snapshot.virtualServices.some(({ spec }) => [...(spec?.http ?? []), ...(spec?.tcp ?? []), ...(spec?.tls ?? [])].some(({ match }) => match?.some(({ sourceLabels }) => sourceLabels !== undefined))));
  return `${node.type} ${isIntercepted} ${looksAtLabels ? JSON.stringify(node.labels) : ''}`;
}

const placed = rememberReads<MeshSnapshot, boolean>();

/** What of the place of a caller may change which endpoints it prefers: nothing, unless some DestinationRule looks at places. */
export function placeVariant({ snapshot, node }: ProxyContext): string {
  const looksAtPlaces = placed(snapshot, '', () => snapshot.destinationRules.some(({ spec }) => [spec?.trafficPolicy, ...(spec?.subsets ?? []).map(({ trafficPolicy }) => trafficPolicy)].some((policy) => [policy, ...(policy?.portLevelSettings ?? [])].some(dependsOnPlace))));
  return looksAtPlaces ? `${node.locality ?? ''} ${JSON.stringify(node.labels)}` : '';
}

/** Outlier detection switches failover between places on. */
export function dependsOnPlace(policy: Pick<TrafficPolicy, 'outlierDetection' | 'loadBalancer'> | undefined): boolean {
  return policy?.outlierDetection !== undefined || policy?.loadBalancer?.localityLbSetting !== undefined || policy?.loadBalancer?.zoneAwareLbSetting !== undefined;
}
