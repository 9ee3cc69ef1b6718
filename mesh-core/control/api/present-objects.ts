import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { badRequest } from './api-error.ts';
import type { ApiCall, ApiServices, CollectionRef } from './api-call.ts';
import { tableOf, type IncludeObject } from './table-output.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** An object under the apiVersion it was asked for. All served versions of a kind have one schema, so only the label changes. */
export function inVersion(where: CollectionRef, object: KubeObject): KubeObject {
  return { ...object, apiVersion: apiVersionOfPath(where) };
}

/** The apiVersion of a path: `networking.istio.io/v1beta1`, `v1`. */
export function apiVersionOfPath(where: CollectionRef): string {
  return where.kind.group === '' ? where.version : `${where.kind.group}/${where.version}`;
}

/** One object in the form the client accepts: itself, a Table of one row, or its metadata. */
export function presentObject(services: ApiServices, call: ApiCall, where: CollectionRef, object: KubeObject): object {
  const shown = inVersion(where, object);
  switch (call.accept.form) {
    case 'table':
      return tableOf(where.kind, [shown], { resourceVersion: object.metadata.resourceVersion }, includeObject(call.query), services.clock.now());
    case 'metadata':
      return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
    case 'object':
    case 'discovery':
      return shown;
  }
}

/** A list in the form the client accepts. */
export function presentList(services: ApiServices, call: ApiCall, where: CollectionRef, objects: readonly KubeObject[], metadata: ListMetadata): object {
  const shown = objects.map((object) => inVersion(where, object));
  switch (call.accept.form) {
    case 'table':
      return tableOf(where.kind, shown, metadata, includeObject(call.query), services.clock.now());
    case 'metadata':
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: shown.map((object) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata })) };
    case 'object':
    case 'discovery':
      return { kind: `${where.kind.kind}List`, apiVersion: apiVersionOfPath(where), metadata, items: shown };
  }
}

function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`includeObject is "${value}", not None, Metadata or Object`);
}
