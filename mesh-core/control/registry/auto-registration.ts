import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { objectKey } from '#mesh-core/domain/resources/kube-object.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { IntroducedProxy } from './read-proxy-node.ts';
import { AUTO_REGISTRATION_GROUP, SCRAPE_PORT, withHealth, workloadEntryOf } from './workload-entry-of.ts';
import type { HealthReport } from './workload-entry-of.ts';

/** What may become of a registration, for metrics. Istio's counters have these names. */
export type RegistrationEvent = 'success' | 'updates' | 'unregister' | 'deletes' | 'errors';
export interface AutoRegistrationOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long an entry waits for its proxy to come back after a broken stream, or after a start of the control plane. Default 10 s. */
  readonly graceMs?: number;
  /** The same after a stream that the proxy ended orderly. Default 2 s. */
  readonly cleanLeaveMs?: number;
  /** Does something accept connections there? Entries found at the start whose stats port still answers wait one grace period more. */
  readonly isListening: (address: string, port: number) => Promise<boolean>;
  readonly onEvent?: (event: RegistrationEvent) => void;
}
export type JoinResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

interface Registration {
  readonly name: string;
  readonly namespace: string;
  /** Open streams of the proxy; two for a moment when it reconnects before the old stream is known to be dead. */
  readonly streams: Set<string>;
  /** Set while the entry waits to be removed. */
  leaving?: { readonly clean: boolean; readonly cancel: () => void };
}

const WORKLOAD_ENTRY = servedKind('WorkloadEntry');
const MANAGER = { name: 'istiod', operation: 'Update' } as const;

/**
 * Keeps one WorkloadEntry per proxy that asks for it:
 *
 *   join ──► registered ──last stream ends──► leaving ──grace over──► removed
 *                ▲                               │
 *                └──────── join again ───────────┘
 *
 * Only entries it made itself (by annotation) are ever changed or removed.
 */
export class AutoRegistration {
  readonly #options: Required<Pick<AutoRegistrationOptions, 'graceMs' | 'cleanLeaveMs'>> & AutoRegistrationOptions;
  readonly #entries = new Map<string, Registration>();
  readonly #byStream = new Map<string, Registration>();
  #closed = false;

  constructor(options: AutoRegistrationOptions) {
    this.#options = { ...options, graceMs: options.graceMs ?? 10_000, cleanLeaveMs: options.cleanLeaveMs ?? 2000 };
  }

  /** Gives the entries of an earlier run the grace period to be claimed by their proxies; to be called once, at the start. */
  adoptStale(): void {
    for (const entry of this.#options.store.list(WORKLOAD_ENTRY) as readonly WorkloadEntry[]) {
      if (!isOwn(entry)) continue;
      const registration = this.#registrationOf(entry);
      const cancel = this.#options.clock.after(this.#options.graceMs, () => void this.#reconsider(registration));
      registration.leaving = { clean: false, cancel };
    }
  }

  /** A stream of a proxy begins. Refused when the entry cannot be stored (its namespace is missing, a label is no label). */
  join(streamId: string, { node, autoRegisterGroup }: IntroducedProxy): JoinResult {
    if (autoRegisterGroup === undefined || this.#closed) return { ok: true };
    const wanted = workloadEntryOf(node, autoRegisterGroup);
    const result = this.#put(wanted);
    this.#options.onEvent?.(result.ok ? 'success' : 'errors');
    if (!result.ok) return result;
    const registration = this.#registrationOf(wanted);
    registration.leaving?.cancel();
    delete registration.leaving;
    registration.streams.add(streamId);
    this.#byStream.set(streamId, registration);
    return result;
  }

  /** A proxy tells how its app is. Without a registration of its own nothing is noted. */
  reportHealth(streamId: string, report: HealthReport): void {
    const registration = this.#byStream.get(streamId);
    const entry = registration === undefined ? undefined : this.#stored(registration);
    if (registration === undefined || entry === undefined) return;
    const next = withHealth(entry, report, new Date(this.#options.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'));
    if (next === entry) return;
    const { resourceVersion: _version, ...metadata } = next.metadata;
    const outcome = this.#options.store.updateStatus(WORKLOAD_ENTRY, { ...next, metadata }, { manager: { ...MANAGER, subresource: 'status' } });
    if (!outcome.ok) this.#options.log.warn({ entry: keyOf(registration), reason: outcome.reason }, 'the health of a workload could not be noted');
    else this.#options.log.info({ entry: keyOf(registration), healthy: report.healthy, ...(report.healthy ? {} : { why: report.message }) }, 'workload health changed');
  }

  /** A stream ended; `clean` when the proxy said so itself. */
  leave(streamId: string, clean: boolean): void {
    const registration = this.#byStream.get(streamId);
    this.#byStream.delete(streamId);
    if (registration === undefined || this.#closed) return;
    registration.streams.delete(streamId);
    if (registration.streams.size > 0) return;
    const { clock, cleanLeaveMs, graceMs } = this.#options;
    this.#options.onEvent?.('unregister');
    registration.leaving?.cancel();
    registration.leaving = { clean, cancel: clock.after(clean ? cleanLeaveMs : graceMs, () => this.#remove(registration)) };
  }

  /** Stops all waiting. Who has left orderly is removed at once; the others find their entry after a restart. */
  close(): void {
    for (const registration of this.#entries.values()) {
      registration.leaving?.cancel();
      if (registration.leaving?.clean === true) this.#remove(registration);
    }
    this.#closed = true;
    this.#byStream.clear();
  }

  #put(wanted: WorkloadEntry): JoinResult {
    const [problem] = validateObject(wanted).errors;
    if (problem !== undefined) return { ok: false, reason: `the workload cannot be registered: ${problem.path}: ${problem.message}` };
    const { store } = this.#options;
    const { name, namespace } = wanted.metadata;
    const existing = store.get(WORKLOAD_ENTRY, name, namespace) as WorkloadEntry | undefined;
    if (existing !== undefined && !isOwn(existing)) return { ok: false, reason: `a WorkloadEntry ${objectKey(wanted.metadata)} exists that somebody else wrote` };
    const outcome = existing === undefined ? store.create(WORKLOAD_ENTRY, wanted, { manager: MANAGER }) : store.update(WORKLOAD_ENTRY, wanted, { manager: MANAGER });
    if (outcome.ok) {
      if (outcome.changed) this.#options.log.info({ entry: objectKey(wanted.metadata) }, 'workload registered');
      if (existing !== undefined && outcome.changed) this.#options.onEvent?.('updates');
      return { ok: true };
    }
    return { ok: false, reason: outcome.reason === 'namespace-not-found' ? `namespace "${outcome.namespace}" does not exist` : `the WorkloadEntry ${objectKey(wanted.metadata)} cannot be stored: ${outcome.reason}` };
  }

  /** An entry of an earlier run that nobody has claimed: a proxy that still listens is only waiting to reconnect. */
  async #reconsider(registration: Registration): Promise<void> {
    const { clock, graceMs, isListening } = this.#options;
    const entry = this.#stored(registration);
    const port = Number(entry?.metadata.annotations?.[SCRAPE_PORT]);
    const alive = Number.isInteger(port) && (await isListening(entry?.spec?.address ?? '', port));
    if (this.#closed || registration.streams.size > 0) return;
    if (!alive) return this.#remove(registration);
    registration.leaving = { clean: false, cancel: clock.after(graceMs, () => this.#remove(registration)) };
  }

  #remove(registration: Registration): void {
    this.#entries.delete(keyOf(registration));
    delete registration.leaving;
    const entry = this.#stored(registration);
    if (this.#closed || entry === undefined || !isOwn(entry)) return;
    const outcome = this.#options.store.delete(WORKLOAD_ENTRY, registration.name, registration.namespace);
    if (!outcome.ok) return this.#options.log.warn({ entry: keyOf(registration), reason: outcome.reason }, 'a workload that left could not be removed');
    this.#options.onEvent?.('deletes');
    this.#options.log.info({ entry: keyOf(registration) }, 'workload removed');
  }

  #registrationOf(entry: WorkloadEntry): Registration {
    const { name, namespace = 'default' } = entry.metadata;
    const registration = this.#entries.get(objectKey({ name, namespace })) ?? { name, namespace, streams: new Set<string>() };
    this.#entries.set(keyOf(registration), registration);
    return registration;
  }

  #stored({ name, namespace }: Registration): WorkloadEntry | undefined {
    // The store holds only what validation took as a WorkloadEntry.
    return this.#options.store.get(WORKLOAD_ENTRY, name, namespace) as WorkloadEntry | undefined;
  }
}

function isOwn(entry: WorkloadEntry): boolean {
  return entry.metadata.annotations?.[AUTO_REGISTRATION_GROUP] !== undefined;
}

function keyOf(registration: Registration): string {
  return objectKey(registration);
}
