/**
 * The shape every Kubernetes-style object has, as the API server stores and serves it.
 * Source: Kubernetes API conventions (metadata.resourceVersion is opaque to clients; creationTimestamp
 * is RFC 3339 with whole seconds: Istio breaks ties between rules by it).
 */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  /** Deletion was asked for; the object stays until its finalizers are gone. */
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object of any kind. `Spec` and `Status` default to "not looked at yet". */
export interface KubeObject<Spec = unknown, Status = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Spec;
  readonly status?: Status;
  /** ConfigMap only. */
  readonly data?: Readonly<Record<string, string>>;
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key of an object within its kind. */
export function objectKey(meta: Pick<ObjectMeta, 'name' | 'namespace'>): string {
  return meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`;
}

/** The namespace of an object; Kubernetes' `default` when it names none. */
export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? 'default';
}
