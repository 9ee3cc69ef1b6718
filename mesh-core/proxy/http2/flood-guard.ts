/** What a peer may do only so often, as each costs us more than it. */
export type FloodKind = 'ping' | 'settings';

/** Per ten seconds. */
const LIMITS: Readonly<Record<FloodKind, number>> = { ping: 1000, settings: 100 };
const WINDOW_MS = 10_000;
/** Envoy: overload.premature_reset_total_stream_count and premature_reset_min_stream_lifetime_seconds. */
const RESETS_JUDGED_AFTER = 500;
const PREMATURE_MS = 1000;

/**
 * Counts what floods of HTTP/2 are made of. A connection that is over a limit is to be closed with ENHANCE_YOUR_CALM.
 * Streams that the client resets within a second of opening them (CVE-2023-44487): once 500 streams have ended, or would
 * have, at most half of them. Source: Envoy's maybeDrainDueToPrematureResets.
 */
export class FloodGuard {
  readonly #counts: Record<FloodKind, number> = { ping: 0, settings: 0 };
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #ended = 0;
  #premature = 0;

  /** Counts one of them; true = over the limit. */
  count(kind: FloodKind, nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#counts.ping = 0;
      this.#counts.settings = 0;
    }
    return ++this.#counts[kind] > LIMITS[kind];
  }

  /** Counts a stream that ended after `lifeMs`; true = too many were reset too soon. */
  streamEnded(resetByClient: boolean, lifeMs: number): boolean {
    this.#ended++;
    if (resetByClient && lifeMs < PREMATURE_MS) this.#premature++;
    return this.#premature * 2 >= Math.max(this.#ended, RESETS_JUDGED_AFTER);
  }
}
