import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { kindKey, kindOfKey } from './kind-key.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { HistoryResult, StoreChange } from './store-change.ts';

const PRUNE_EVERY_EVENTS = 256;
const PRUNE_EVERY_BYTES = 16 * 1024 * 1024;

export interface HistoryLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The bounded log of changes from which watches resume. It remembers the version up to which it was cut (`compacted`): a watch
 * from before that gets "expired" and lists again, exactly as etcd's compaction makes Kubernetes answer 410.
 */
export class EventHistory {
  readonly #database: DatabaseSync;
  readonly #limits: HistoryLimits;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #setCompacted: StatementSync;
  #compacted: number;
  #eventsSincePrune = 0;
  #bytesSincePrune = 0;

  constructor(database: DatabaseSync, limits: HistoryLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)');
    this.#select = database.prepare('SELECT * FROM events WHERE resource_version > ? AND kind = ? ORDER BY resource_version');
    this.#setCompacted = database.prepare("UPDATE counters SET value = ? WHERE name = 'compacted'");
    this.#compacted = Number(database.prepare("SELECT value FROM counters WHERE name = 'compacted'").get()?.['value'] ?? 0);
  }

  /** Adds one change; call inside the transaction that makes it. Cuts the oldest now and then. */
  append(change: StoreChange, json: string): void {
    const labels = change.previousLabels === undefined ? null : JSON.stringify(change.previousLabels);
    this.#insert.run(change.resourceVersion, change.type, kindKey(change.kind), json, labels);
    this.#eventsSincePrune += 1;
    this.#bytesSincePrune += json.length;
    if (this.#eventsSincePrune >= PRUNE_EVERY_EVENTS || this.#bytesSincePrune >= PRUNE_EVERY_BYTES) this.#prune(change.resourceVersion);
  }

  /** Re-reads where the log was cut; call after a rolled-back transaction. */
  reload(): void {
    this.#compacted = Number(this.#database.prepare("SELECT value FROM counters WHERE name = 'compacted'").get()?.['value'] ?? 0);
  }

  /** The changes of one kind after `version`, oldest first. `newest` is the store's present version. */
  since(version: number, kind: KindInfo, newest: number): HistoryResult {
    // A version from the future is from another store (the data directory was wiped): its watcher must list again too.
    if (version < this.#compacted || version > newest) return { ok: false, reason: 'expired', oldest: this.#compacted };
    const changes: StoreChange[] = [];
    for (const row of this.#select.iterate(version, kindKey(kind))) {
      const change = changeOf(row);
      if (change !== undefined) changes.push(change);
    }
    return { ok: true, changes };
  }

  #prune(newest: number): void {
    this.#eventsSincePrune = 0;
    this.#bytesSincePrune = 0;
    const cut = Math.max(newest - this.#limits.events, this.#cutForBytes());
    if (cut <= this.#compacted) return;
    this.#database.prepare('DELETE FROM events WHERE resource_version <= ?').run(cut);
    this.#setCompacted.run(cut);
    this.#compacted = cut;
  }

  /** The version up to which events must go so that the rest fits the byte limit. */
  #cutForBytes(): number {
    let total = 0;
    for (const row of this.#database.prepare('SELECT resource_version, length(json) AS size FROM events ORDER BY resource_version DESC').iterate()) {
      total += Number(row['size']);
      if (total > this.#limits.bytes) return Number(row['resource_version']);
    }
    return 0;
  }
}

function changeOf(row: Record<string, unknown>): StoreChange | undefined {
  const kind = kindOfKey(String(row['kind']));
  if (kind === undefined) return undefined;
  const labels = row['previous_labels'];
  return {
    resourceVersion: Number(row['resource_version']),
    type: row['type'] as StoreChange['type'],
    kind,
    object: JSON.parse(String(row['json'])) as KubeObject,
    previousLabels: typeof labels === 'string' ? (JSON.parse(labels) as Record<string, string>) : undefined,
  };
}
