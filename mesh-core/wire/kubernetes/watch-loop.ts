import { setTimeout as delay } from 'node:timers/promises';
import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { systemRandom, type Random } from '#mesh-core/runtime/random.ts';
import { KubeError, type KubeList, type KubeStatus, type WatchEvent } from './kube-client.ts';

/** What a watch loop needs of the API: a fresh list, and the raw events after a version. */
export interface WatchSource {
  readonly list: (signal: AbortSignal) => Promise<KubeList>;
  /** Resolves when the server answered; the events then come one by one. `ERROR` carries a Status. */
  readonly open: (resourceVersion: string, signal: AbortSignal) => Promise<AsyncIterable<RawWatchEvent>>;
}
export type RawWatchEvent = WatchEvent | { readonly type: 'ERROR'; readonly object: KubeStatus };
export interface WatchLoopOptions {
  readonly signal: AbortSignal;
  readonly onSynced?: () => void;
  readonly onState?: (state: 'connected' | 'disconnected', error?: unknown) => void;
  /** First and longest pause between attempts, milliseconds; doubles in between, with jitter. Default 200 and 10,000. */
  readonly backoffMs?: { readonly first: number; readonly longest: number };
  readonly random?: Random;
}

/** A watch that lived at least this long was a good one: the next attempt begins without a long pause. */
const HEALTHY_MS = 5_000;

/**
 * Keeps a watcher informed for ever: list, then watch from the list's version, resume from the last version seen, and list again when the server no longer
 * has it (410), telling the differences as ADDED, MODIFIED and DELETED. Every object is told once per version.
 * Returns when `signal` aborts. @throws what the first list or `onEvent` threw.
 */
export async function runWatchLoop(source: WatchSource, options: WatchLoopOptions, onEvent: (event: WatchEvent) => void): Promise<void> {
  const { signal } = options;
  const state = new WatchedObjects(onEvent);
  const backoff = new Backoff(options.backoffMs ?? { first: 200, longest: 10_000 }, options.random ?? systemRandom);
  let version: string;
  try {
    version = state.replaceAll(await source.list(signal));
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  options.onSynced?.();
  let relist = false;
  while (!signal.aborted) {
    let opened = Number.POSITIVE_INFINITY;
    try {
      if (relist) version = state.replaceAll(await source.list(signal));
      relist = false;
      const events = await source.open(version, signal);
      options.onState?.('connected');
      opened = performance.now();
      for await (const event of events) {
        if (event.type === 'ERROR') throw new KubeError(event.object);
        version = event.object.metadata.resourceVersion ?? version;
        state.take(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ListenerError) throw error.cause;
      relist ||= error instanceof KubeError && error.status.code === 410;
      if (!relist) options.onState?.('disconnected', error);
    }
    if (performance.now() - opened >= HEALTHY_MS) backoff.reset();
    // A server that ends every watch at once must not be asked in a tight loop either, so a clean end waits as well.
    await delay(backoff.next(), undefined, { signal }).catch(() => undefined);
  }
}

/** Wraps what a listener threw, so that it is not mistaken for a failure of the connection. */
class ListenerError extends Error {}

/** The objects as last told to the listener. */
class WatchedObjects {
  readonly #known = new Map<string, KubeObject>();
  readonly #onEvent: (event: WatchEvent) => void;

  constructor(onEvent: (event: WatchEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Takes a list as the new truth and tells how it differs; gives its resourceVersion. */
  replaceAll(list: KubeList): string {
    const present = new Set(list.items.map((object) => objectKey(object.metadata)));
    for (const [key, object] of this.#known) if (!present.has(key)) this.#tell('DELETED', object);
    for (const object of list.items) {
      const known = this.#known.get(objectKey(object.metadata));
      if (known === undefined) this.#tell('ADDED', object);
      else if (known.metadata.uid !== object.metadata.uid) {
        this.#tell('DELETED', known);
        this.#tell('ADDED', object);
      } else if (known.metadata.resourceVersion !== object.metadata.resourceVersion) this.#tell('MODIFIED', object);
    }
    return list.resourceVersion;
  }

  /** Takes one event of the watch. */
  take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') return;
    const known = this.#known.has(objectKey(event.object.metadata));
    if (event.type === 'DELETED') {
      if (known) this.#tell('DELETED', event.object);
    } else this.#tell(known ? 'MODIFIED' : 'ADDED', event.object);
  }

  #tell(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const key = objectKey(object.metadata);
    if (type === 'DELETED') this.#known.delete(key);
    else this.#known.set(key, object);
    try {
      this.#onEvent({ type, object });
    } catch (cause) {
      throw new ListenerError('the listener of a watch failed', { cause });
    }
  }
}

/** Pauses that double up to a limit, each between half and all of its length. */
class Backoff {
  readonly #range: { readonly first: number; readonly longest: number };
  readonly #random: Random;
  #step: number;

  constructor(range: { readonly first: number; readonly longest: number }, random: Random) {
    this.#range = range;
    this.#random = random;
    this.#step = range.first;
  }

  next(): number {
    const pause = this.#step;
    this.#step = Math.min(this.#step * 2, this.#range.longest);
    return pause * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#step = this.#range.first;
  }
}
