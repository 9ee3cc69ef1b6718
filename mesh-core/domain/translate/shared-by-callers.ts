import type { MeshSnapshot } from './mesh-snapshot.ts';
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
