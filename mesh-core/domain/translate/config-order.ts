import { namespaceOf, type KubeObject } from '../resources/kube-object.ts';

/**
 * Istio's order of equals: older first, then by name, then by namespace. An object without a creation time comes first,
 * as Go's zero time does. Source: istio/istio configCompareByCreationTime.
 */
export function compareByCreation(a: KubeObject, b: KubeObject): number {
  return (
    compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
    compareText(a.metadata.name, b.metadata.name) ||
    compareText(namespaceOf(a), namespaceOf(b))
  );
}

/** For `sort`: by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where an object may be seen: everywhere, or in a list of namespaces (its own for `.`; none for `~`). */
export type Visibility = 'public' | readonly string[];

/** Reads `exportTo`; absent or with `*` = everywhere. Source: istio.networking.v1 exportTo. */
export function visibilityOf(exportTo: readonly string[] | undefined, namespace: string): Visibility {
  if (exportTo === undefined || exportTo.length === 0 || exportTo.includes('*')) return 'public';
  if (exportTo.includes('~')) return [];
  return exportTo.map((target) => (target === '.' ? namespace : target));
}

/** May a proxy of the namespace see it? */
export function isVisibleIn(visibility: Visibility, namespace: string): boolean {
  return visibility === 'public' || visibility.includes(namespace);
}
