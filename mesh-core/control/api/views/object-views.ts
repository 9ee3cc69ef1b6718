import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { servedKind, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { Service } from '#mesh-core/domain/resources/core.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { deepEqual } from '../../store/deep-equal.ts';
import type { HistoryResult, StoreChange } from '../../store/store-change.ts';
import { VIEW_KINDS } from '../served-kinds.ts';
import { customResourceDefinitions } from './custom-resource-definitions.ts';
import type { ObjectSource } from './object-source.ts';
import { endpointSlicesOf, endpointsOf, picks } from './service-endpoints.ts';

const SERVICE = servedKind('Service');
const WORKLOAD_ENTRY = servedKind('WorkloadEntry');
/** Changes that are kept for watches to resume from. */
const HISTORY = 5000;

interface View {
  readonly kind: KindInfo;
  readonly objects: Map<string, KubeObject>;
  sorted: readonly KubeObject[] | undefined;
}

/**
 * The kinds that are worked out from the store: Endpoints and EndpointSlices from Services and workloads, and the CustomResourceDefinitions. Made on
 * first use, then kept up to date change by change; a watch can resume from any version since then.
 */
export class ObjectViews implements ObjectSource {
  readonly #store: ObjectSource;
  readonly #views: ReadonlyMap<string, View> = new Map(VIEW_KINDS.map((kind) => [kind.id, { kind, objects: new Map(), sorted: undefined }]));
  readonly #listeners = new Set<(change: StoreChange) => void>();
  #history: StoreChange[] = [];
  /** The version from which on the history is whole; undefined before the first use. */
  #since: number | undefined;
  #end: () => void = () => undefined;

  constructor(store: ObjectSource) {
    this.#store = store;
  }

  get snapshotVersion(): number {
    return this.#store.snapshotVersion;
  }

  get(kind: KindInfo, name: string, namespace?: string): KubeObject | undefined {
    return this.#view(kind).objects.get(objectKey(namespace === undefined ? { name } : { name, namespace }));
  }

  list(kind: KindInfo, namespace?: string): readonly KubeObject[] {
    const view = this.#view(kind);
    view.sorted ??= [...view.objects.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return namespace === undefined ? view.sorted : view.sorted.filter((object) => object.metadata.namespace === namespace);
  }

  changesSince(resourceVersion: number, kind: KindInfo): HistoryResult {
    this.#view(kind);
    const oldest = this.#since ?? 0;
    if (resourceVersion < oldest || resourceVersion > this.snapshotVersion) return { ok: false, reason: 'expired', oldest };
    return { ok: true, changes: this.#history.filter((change) => change.kind === kind && change.resourceVersion > resourceVersion) };
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops following the store. */
  close(): void {
    this.#end();
    this.#listeners.clear();
  }

  #view(kind: KindInfo): View {
    if (this.#since === undefined) this.#start();
    const view = this.#views.get(kind.id);
    if (view === undefined) throw new TypeError(`${kind.id} is not a view.`);
    return view;
  }

  #start(): void {
    this.#since = this.#store.snapshotVersion;
    const made = this.#store.get(servedKind('Namespace'), 'default')?.metadata.creationTimestamp ?? '1970-01-01T00:00:00Z';
    for (const object of customResourceDefinitions(made)) this.#views.get('CustomResourceDefinition')?.objects.set(objectKey(object.metadata), object);
    for (const service of this.#services()) this.#place(service, undefined);
    this.#end = this.#store.subscribe((change) => this.#follow(change));
  }

  #follow(change: StoreChange): void {
    // Safe, both: the store holds objects as the schema of their kind has checked them.
    if (change.kind === SERVICE) {
      const service = change.object as Service;
      if (change.type === 'DELETED') this.#clear(service, change.resourceVersion);
      else this.#place(service, change.resourceVersion);
    } else if (change.kind === WORKLOAD_ENTRY) {
      const entry = change.object as WorkloadEntry;
      for (const service of this.#services(entry.metadata.namespace)) {
        if (picks(service, entry) || this.#holds(service, entry)) this.#place(service, change.resourceVersion);
      }
    }
  }

  #services(namespace?: string): readonly Service[] {
    return this.#store.list(SERVICE, namespace) as readonly Service[];
  }

  /** Is the entry among what was worked out for the Service before? */
  #holds(service: Service, entry: WorkloadEntry): boolean {
    return JSON.stringify(this.#views.get('Endpoints')?.objects.get(objectKey(service.metadata)) ?? '').includes(`"${entry.metadata.name}"`) || this.#slicesOf(service).some((slice) => JSON.stringify(slice).includes(`"${entry.metadata.name}"`));
  }

  #slicesOf(service: Service): readonly KubeObject[] {
    return [...(this.#views.get('EndpointSlice')?.objects.values() ?? [])].filter((slice) => slice.metadata.namespace === service.metadata.namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
  }

  #place(service: Service, version: number | undefined): void {
    const entries = this.#store.list(WORKLOAD_ENTRY, service.metadata.namespace) as readonly WorkloadEntry[];
    this.#replace('Endpoints', this.#present('Endpoints', objectKey(service.metadata)), endpointsOf(service, entries), version);
    this.#replace('EndpointSlice', this.#slicesOf(service), endpointSlicesOf(service, entries), version);
  }

  #clear(service: Service, version: number): void {
    this.#replace('Endpoints', this.#present('Endpoints', objectKey(service.metadata)), [], version);
    this.#replace('EndpointSlice', this.#slicesOf(service), [], version);
  }

  #present(id: string, key: string): readonly KubeObject[] {
    const object = this.#views.get(id)?.objects.get(key);
    return object === undefined ? [] : [object];
  }

  #replace(id: string, before: readonly KubeObject[], after: readonly KubeObject[], version: number | undefined): void {
    const view = this.#views.get(id);
    if (view === undefined) return;
    const old = new Map(before.map((object) => [keyOf(object), object]));
    for (const object of after) {
      const current = old.get(keyOf(object));
      old.delete(keyOf(object));
      if (current !== undefined && deepEqual(withoutVersion(current), withoutVersion(object))) continue;
      this.#put(view, current === undefined ? 'ADDED' : 'MODIFIED', object, version, current);
    }
    for (const object of old.values()) this.#put(view, 'DELETED', object, version, object);
  }

  #put(view: View, type: StoreChange['type'], object: KubeObject, version: number | undefined, previous: KubeObject | undefined): void {
    const stamped = version === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    if (type === 'DELETED') view.objects.delete(objectKey(object.metadata));
    else view.objects.set(objectKey(object.metadata), stamped);
    view.sorted = undefined;
    if (version === undefined) return;
    const change: StoreChange = { resourceVersion: version, type, kind: view.kind, object: stamped, previousLabels: previous?.metadata.labels };
    this.#history.push(change);
    if (this.#history.length > HISTORY) {
      this.#since = this.#history[HISTORY / 2]?.resourceVersion ?? version;
      this.#history = this.#history.filter((kept) => kept.resourceVersion > (this.#since ?? 0));
    }
    for (const listener of this.#listeners) listener(change);
  }
}

/** In the order in which lists are sorted. */
function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}\u0000${object.metadata.name}`;
}

function withoutVersion(object: KubeObject): unknown {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}
