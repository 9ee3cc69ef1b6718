import { KINDS_WITH_UNSUPPORTED_PARTS } from '#mesh-core/domain/status/unsupported-parts.ts';
import { statusWithSupport } from '#mesh-core/domain/status/supported-condition.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { PushScheduler } from '../ads/push-scheduler.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface SupportStatusOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const KINDS: readonly KindInfo[] = KINDS_WITH_UNSUPPORTED_PARTS.map(servedKind);
const MANAGER = { name: 'istiod', operation: 'Update', subresource: 'status' } as const;

/**
 * Says in the status of objects what of them is accepted but not obeyed, from now on after each burst of changes until the
 * function it gives is called. A status is written only when it says something new, so its own writes calm down at once.
 */
export function writeSupportStatus({ store, clock, log }: SupportStatusOptions): () => void {
  const reconcile = (): void => {
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    for (const kind of KINDS) {
      for (const object of store.list(kind)) {
        const status = statusWithSupport(object, now);
        if (status === undefined) continue;
        const outcome = store.updateStatus(kind, { ...object, status }, { manager: MANAGER });
        // What changed the object meanwhile leads here again.
        if (!outcome.ok) log.warn({ kind: kind.kind, name: object.metadata.name, reason: outcome.reason }, 'what is not supported of an object could not be written to its status');
      }
    }
  };
  const scheduler = new PushScheduler({ clock, run: reconcile });
  const unsubscribe = store.subscribe(({ kind }) => {
    if (KINDS.includes(kind)) scheduler.note();
  });
  reconcile();
  return () => {
    unsubscribe();
    scheduler.close();
  };
}
