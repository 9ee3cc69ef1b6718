import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';

/** How long, in milliseconds, a client may take from one page to the next; Kubernetes' own is five to ten minutes. */
const KEPT_MS = 5 * 60 * 1000;
/** Lists share their objects with the store, so one costs little more than what changed since. */
const MOST = 64;

interface Kept {
  readonly objects: readonly KubeObject[];
  used: number;
}

/** Lists as they were when their first page was given, so that all pages of a list show one state. */
export class ListSnapshots {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Keeps a list of a collection as of a version. */
  keep(collection: string, resourceVersion: string, objects: readonly KubeObject[]): void {
    const now = this.#clock.now();
    for (const [key, kept] of this.#kept) if (now - kept.used > KEPT_MS) this.#kept.delete(key);
    const key = `${collection} ${resourceVersion}`;
    // The newest use goes last, so the first is the longest unused.
    this.#kept.delete(key);
    this.#kept.set(key, { objects, used: now });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** The list as of a version; undefined when it is kept no longer. */
  at(collection: string, resourceVersion: string): readonly KubeObject[] | undefined {
    const kept = this.#kept.get(`${collection} ${resourceVersion}`);
    if (kept === undefined || this.#clock.now() - kept.used > KEPT_MS) return undefined;
    kept.used = this.#clock.now();
    return kept.objects;
  }
}
