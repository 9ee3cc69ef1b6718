import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { kindByApiVersion, KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { systemClock, type Clock } from '#mesh-core/runtime/clock.ts';
import { silentLogger, type Logger } from '#mesh-core/runtime/logger.ts';
import { EventHistory } from './event-history.ts';
import { kindKey } from './kind-key.ts';
import type { FieldManager, ManagedFieldsEntry } from '../structured-merge/field-managers.ts';
import { openObjectDatabase } from './object-database.ts';
import { managedFieldsAfter } from './managed-write.ts';
import { prepareCreate, prepareDeletion, prepareStatusUpdate, prepareUpdate, sameContent, withManagedFields, withResourceVersion } from './prepare-object.ts';
import type { DeleteOutcome, HistoryResult, StoreChange, StoreRefusal, WriteOutcome } from './store-change.ts';

/** Largest stored object in bytes of JSON: what etcd, and so Kubernetes, takes by default. */
export const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
const PROTECTED_NAMESPACES: readonly string[] = ['default', 'istio-system'];

export interface ObjectStoreOptions {
  /** SQLite file, or `:memory:`. */
  readonly file: string;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Bounds of the watch history; by default 10,000 changes and 64 MiB. */
  readonly historyEvents?: number;
  readonly historyBytes?: number;
  readonly newUid?: () => string;
}
export interface StoreWriteOptions {
  /** Answer as if written, write nothing. */
  readonly dryRun?: boolean;
  /** Who writes: `metadata.managedFields` tells which fields are whose. Without it, nobody's fields change hands. */
  readonly manager?: FieldManager;
  /** The apiVersion the client wrote in, when it is not the stored one. */
  readonly apiVersion?: string;
  /** `metadata.managedFields` as a server-side apply worked them out; taken instead of tracking the change. */
  readonly managedFields?: readonly ManagedFieldsEntry[];
}
export interface DeleteOptions extends StoreWriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

interface Draft {
  readonly type: StoreChange['type'];
  readonly kind: KindInfo;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/**
 * The durable home of all objects: SQLite below, a copy in memory for reads, one rising resourceVersion over all kinds.
 * Every method is synchronous, so "read, decide, write" within one tick needs no lock. Refusals are values; only a broken
 * disk throws, and then nothing changed. Objects handed out are shared: never modify them.
 */
export class ObjectStore {
  readonly #database: DatabaseSync;
  readonly #history: EventHistory;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #newUid: () => string;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #sorted = new Map<string, readonly KubeObject[]>();
  readonly #listeners = new Set<(change: StoreChange) => void>();
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #setVersion: StatementSync;
  #version: number;
  #pending: StoreChange[] = [];
  #notifying = false;

  constructor(options: ObjectStoreOptions) {
    this.#database = openObjectDatabase(options.file);
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLogger;
    this.#newUid = options.newUid ?? randomUUID;
    this.#history = new EventHistory(this.#database, { events: options.historyEvents ?? 10_000, bytes: options.historyBytes ?? 64 * 1024 * 1024 });
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)');
    this.#remove = this.#database.prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?');
    this.#setVersion = this.#database.prepare("UPDATE counters SET value = ? WHERE name = 'resourceVersion'");
    this.#version = Number(this.#database.prepare("SELECT value FROM counters WHERE name = 'resourceVersion'").get()?.['value'] ?? 0);
    for (const kind of KINDS) this.#objects.set(kindKey(kind), new Map());
    this.#load();
    for (const name of PROTECTED_NAMESPACES) this.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  /** The resourceVersion of the last change of any kind: that of every list taken now. */
  get snapshotVersion(): number {
    return this.#version;
  }

  /** One object, or undefined. */
  get(kind: KindInfo, name: string, namespace?: string): KubeObject | undefined {
    return this.#of(kind).get(objectKey(keyFor(kind, name, namespace)));
  }

  /** All objects of a kind (of one namespace), sorted by namespace and name. */
  list(kind: KindInfo, namespace?: string): readonly KubeObject[] {
    const key = kindKey(kind);
    const sorted = this.#sorted.get(key) ?? [...this.#of(kind).values()].toSorted(byNamespaceAndName);
    this.#sorted.set(key, sorted);
    return namespace === undefined || !kind.namespaced ? sorted : sorted.filter((object) => object.metadata.namespace === namespace);
  }

  /** Stores a new object. Refused when the name is taken or the namespace is missing. */
  create(kind: KindInfo, object: KubeObject, options: StoreWriteOptions = {}): WriteOutcome {
    const { name, namespace } = keyFor(kind, object.metadata.name, object.metadata.namespace);
    const home = namespace === undefined ? undefined : this.get(NAMESPACE, namespace);
    if (namespace !== undefined && home === undefined) return { ok: false, reason: 'namespace-not-found', namespace };
    if (namespace !== undefined && home?.metadata.deletionTimestamp !== undefined) return { ok: false, reason: 'namespace-terminating', namespace };
    if (this.get(kind, name, namespace) !== undefined) return { ok: false, reason: 'already-exists' };
    const placed = namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
    const next = prepareCreate(kind, placed, { uid: this.#newUid(), creationTimestamp: this.#now(), generation: 1 });
    return this.#write({ type: 'ADDED', kind, object: this.#managed(kind, undefined, next, object, options), previous: undefined }, options);
  }

  /**
   * Replaces everything but the status. A `metadata.resourceVersion` (or uid) that is not the stored one is a conflict; without
   * one the write is unconditional.
   */
  update(kind: KindInfo, object: KubeObject, options: StoreWriteOptions = {}): WriteOutcome {
    return this.#replace(kind, object, options, (current) => prepareUpdate(kind, current, object));
  }

  /** Replaces the status and nothing else; the same preconditions as `update`. */
  updateStatus(kind: KindInfo, object: KubeObject, options: StoreWriteOptions = {}): WriteOutcome {
    return this.#replace(kind, object, options, (current) => prepareStatusUpdate(current, object));
  }

  /**
   * Removes an object; a Namespace takes everything in it along, in one transaction. What has finalizers is only marked, and goes with the
   * write that takes the last one away; a namespace waits for what is in it. Gives the last state.
   */
  delete(kind: KindInfo, name: string, namespace?: string, options: DeleteOptions = {}): DeleteOutcome {
    const current = this.get(kind, name, namespace);
    if (current === undefined) return { ok: false, reason: 'not-found' };
    const refusal = preconditionFailure(current, options.resourceVersion, options.uid);
    if (refusal !== undefined) return refusal;
    const isNamespace = kind === NAMESPACE;
    if (isNamespace && PROTECTED_NAMESPACES.includes(name)) return { ok: false, reason: 'protected' };
    if (options.dryRun === true) return { ok: true, object: current, gone: (current.metadata.finalizers ?? []).length === 0 };
    const contents = isNamespace ? KINDS.filter((k) => k.namespaced).flatMap((k) => this.list(k, name).map((object) => ({ kind: k, object }))) : [];
    const inside = contents.flatMap(({ kind: k, object }) => this.#deletion(k, object, (object.metadata.finalizers ?? []).length > 0));
    const keeps = (current.metadata.finalizers ?? []).length > 0 || (isNamespace && this.#isFilled(kind, name, inside));
    const own = this.#deletion(kind, current, keeps);
    const drafts = isNamespace ? [...inside, ...own] : this.#withEmptiedNamespace(own);
    const changes = drafts.length === 0 ? [] : this.#commit(drafts);
    return { ok: true, object: changes.find((change) => change.kind === kind && change.object.metadata.name === name)?.object ?? current, gone: !keeps };
  }

  /** Changes of a kind after a resourceVersion, for a watch that resumes; `expired` when the history no longer reaches back. */
  changesSince(resourceVersion: number, kind: KindInfo): HistoryResult {
    return this.#history.since(resourceVersion, kind, this.#version);
  }

  /** Calls `listener` after every commit, once per change, in order of the versions. Gives the function that ends it. */
  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Closes the file. The store must not be used afterwards. */
  close(): void {
    this.#listeners.clear();
    this.#database.close();
  }

  #replace(kind: KindInfo, object: KubeObject, options: StoreWriteOptions, prepare: (current: KubeObject) => KubeObject): WriteOutcome {
    const current = this.get(kind, object.metadata.name, object.metadata.namespace);
    if (current === undefined) return { ok: false, reason: 'not-found' };
    const refusal = preconditionFailure(current, object.metadata.resourceVersion, object.metadata.uid);
    if (refusal !== undefined) return refusal;
    const next = this.#managed(kind, current, prepare(current), object, options);
    // A write that changes nothing makes no version: otherwise two controllers that restate their wish wake each other for ever.
    if (sameContent(current, next)) return { ok: true, object: current, changed: false };
    const released = current.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0 && !this.#isFilled(kind, next.metadata.name);
    return this.#write({ type: released ? 'DELETED' : 'MODIFIED', kind, object: next, previous: current }, options);
  }

  #managed(kind: KindInfo, before: KubeObject | undefined, after: KubeObject, requested: KubeObject, options: StoreWriteOptions): KubeObject {
    if (options.managedFields !== undefined) return withManagedFields(after, options.managedFields);
    const { manager, apiVersion = after.apiVersion } = options;
    return manager === undefined ? after : withManagedFields(after, managedFieldsAfter(kind, before, after, requested, { manager, apiVersion, time: this.#now() }));
  }

  /** Is it a namespace in which something is left, apart from these objects? */
  #isFilled(kind: KindInfo, name: string, leaving: readonly Draft[] = []): boolean {
    if (kind !== NAMESPACE) return false;
    const goes = new Set(leaving.filter((draft) => draft.type === 'DELETED').map((draft) => `${kindKey(draft.kind)} ${objectKey(draft.object.metadata)}`));
    return KINDS.some((k) => k.namespaced && this.list(k, name).some((object) => !goes.has(`${kindKey(k)} ${objectKey(object.metadata)}`)));
  }

  /** A namespace that waited only for these objects to go goes with them. */
  #withEmptiedNamespace(drafts: readonly Draft[]): readonly Draft[] {
    const names = new Set(drafts.filter((draft) => draft.type === 'DELETED').map((draft) => draft.object.metadata.namespace));
    const emptied = [...names].flatMap((name) => {
      const home = name === undefined ? undefined : this.get(NAMESPACE, name);
      const waits = home?.metadata.deletionTimestamp !== undefined && (home.metadata.finalizers ?? []).length === 0 && !this.#isFilled(NAMESPACE, home.metadata.name, drafts);
      return home !== undefined && waits ? [{ type: 'DELETED' as const, kind: NAMESPACE, object: home, previous: home }] : [];
    });
    return [...drafts, ...emptied];
  }

  /** Nothing to do for what waits already. */
  #deletion(kind: KindInfo, object: KubeObject, keeps: boolean): readonly Draft[] {
    if (!keeps) return [{ type: 'DELETED', kind, object, previous: object }];
    if (object.metadata.deletionTimestamp !== undefined) return [];
    return [{ type: 'MODIFIED', kind, object: prepareDeletion(kind, object, this.#now()), previous: object }];
  }

  #now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }

  #write(draft: Draft, options: StoreWriteOptions): WriteOutcome {
    const bytes = Buffer.byteLength(JSON.stringify(draft.object));
    if (bytes > MAX_OBJECT_BYTES) return { ok: false, reason: 'too-large', bytes, limit: MAX_OBJECT_BYTES };
    if (options.dryRun === true) {
      const version = draft.previous?.metadata.resourceVersion;
      return { ok: true, changed: true, object: version === undefined ? draft.object : withResourceVersion(draft.object, Number(version)) };
    }
    return { ok: true, changed: true, object: this.#commit(this.#withEmptiedNamespace([draft]))[0]?.object ?? draft.object };
  }

  #commit(drafts: readonly Draft[]): readonly StoreChange[] {
    const changes: StoreChange[] = [];
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { type, kind, object, previous } of drafts) {
        const resourceVersion = this.#version + changes.length + 1;
        const change: StoreChange = { type, kind, resourceVersion, object: withResourceVersion(object, resourceVersion), previousLabels: previous?.metadata.labels };
        const json = JSON.stringify(change.object);
        const { namespace = '', name, uid = '' } = object.metadata;
        if (type === 'DELETED') this.#remove.run(kindKey(kind), namespace, name);
        else this.#put.run(kindKey(kind), namespace, name, uid, resourceVersion, json);
        this.#history.append(change, json);
        changes.push(change);
      }
      this.#setVersion.run(this.#version + changes.length);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#history.reload();
      throw error;
    }
    this.#apply(changes);
    return changes;
  }

  #apply(changes: readonly StoreChange[]): void {
    for (const change of changes) {
      const key = objectKey(change.object.metadata);
      if (change.type === 'DELETED') this.#of(change.kind).delete(key);
      else this.#of(change.kind).set(key, change.object);
      this.#sorted.delete(kindKey(change.kind));
      this.#version = change.resourceVersion;
    }
    this.#pending.push(...changes);
    // A listener may write: its change waits here, so that every listener sees all changes in the same order.
    if (this.#notifying) return;
    this.#notifying = true;
    for (let change = this.#pending.shift(); change !== undefined; change = this.#pending.shift()) this.#notify(change);
    this.#notifying = false;
  }

  #notify(change: StoreChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ error: String(error), kind: change.kind.kind, name: change.object.metadata.name }, 'a listener of the object store failed');
      }
    }
  }

  #load(): void {
    let unknown = 0;
    for (const row of this.#database.prepare('SELECT kind, json FROM objects').iterate()) {
      const object = JSON.parse(String(row['json'])) as KubeObject;
      const objects = this.#objects.get(String(row['kind']));
      if (objects === undefined) unknown += 1;
      else objects.set(objectKey(object.metadata), object);
    }
    if (unknown > 0) this.#log.warn({ objects: unknown }, 'the store holds objects of kinds that are no longer served; they are kept but not shown');
  }

  #of(kind: KindInfo): Map<string, KubeObject> {
    const objects = this.#objects.get(kindKey(kind));
    if (objects === undefined) throw new TypeError(`Kind ${kind.kind} is not in the table of served kinds.`);
    return objects;
  }
}

/** Opens the store; see ObjectStoreOptions. @throws when the file cannot be opened or read. */
export function openObjectStore(options: ObjectStoreOptions): ObjectStore {
  return new ObjectStore(options);
}

const NAMESPACE = namespaceKind();

function namespaceKind(): KindInfo {
  const kind = kindByApiVersion('v1', 'Namespace');
  if (kind === undefined) throw new TypeError('The table of kinds has no Namespace.');
  return kind;
}

/** A namespaced object without a namespace is in `default`; a cluster-scoped one is in none, whatever it says. */
function keyFor(kind: KindInfo, name: string, namespace: string | undefined): { name: string; namespace?: string } {
  return kind.namespaced ? { name, namespace: namespace ?? 'default' } : { name };
}

function preconditionFailure(current: KubeObject, resourceVersion: string | undefined, uid: string | undefined): StoreRefusal | undefined {
  if (uid !== undefined && uid !== '' && uid !== current.metadata.uid) return { ok: false, reason: 'conflict', current, field: 'uid' };
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion) return { ok: false, reason: 'conflict', current, field: 'resourceVersion' };
  return undefined;
}

function byNamespaceAndName(a: KubeObject, b: KubeObject): number {
  const left = `${a.metadata.namespace ?? ''}\u0000${a.metadata.name}`;
  const right = `${b.metadata.namespace ?? ''}\u0000${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
