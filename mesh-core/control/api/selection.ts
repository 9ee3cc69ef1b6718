import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { parseLabelSelector, satisfiesRequirements } from '#mesh-core/domain/resources/label-selector.ts';
import type { StoreChange } from '../store/store-change.ts';
import { badRequest } from './api-error.ts';
import { parseFieldSelector } from './field-selector.ts';

/** Which objects of a collection a list, a watch or a deletecollection is about. */
export interface Selection {
  readonly matches: (object: KubeObject) => boolean;
  /** As `matches`, had the object these labels. */
  readonly matchesWithLabels: (object: KubeObject, labels: Readonly<Record<string, string>> | undefined) => boolean;
}

/** Reads `labelSelector` and `fieldSelector` of a query. @throws KubeError 400 naming what is wrong with them. */
export function parseSelection(kind: KindInfo, namespace: string | undefined, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  if (!labels.ok) throw badRequest(`unable to parse labelSelector at character ${labels.offset + 1}: ${labels.message}`);
  const fields = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
  if (!fields.ok) throw badRequest(fields.message);
  const matchesWithLabels: Selection['matchesWithLabels'] = (object, objectLabels) =>
    (namespace === undefined || !kind.namespaced || object.metadata.namespace === namespace) && satisfiesRequirements(labels.requirements, objectLabels) && fields.matches(object);
  return { matchesWithLabels, matches: (object) => matchesWithLabels(object, object.metadata.labels) };
}

/**
 * What a watcher of the selection sees of a change: an object that comes into the selection is ADDED and one that leaves it is DELETED,
 * whatever happened to it; undefined when it was and is outside.
 */
export function eventTypeFor(selection: Selection, change: StoreChange): StoreChange['type'] | undefined {
  const before = change.type !== 'ADDED' && selection.matchesWithLabels(change.object, change.previousLabels);
  const after = change.type !== 'DELETED' && selection.matches(change.object);
  if (before) return after ? 'MODIFIED' : 'DELETED';
  return after ? 'ADDED' : undefined;
}
