import type { Clock } from '#mesh-core/runtime/clock.ts';

/** When one target is scraped. */
export interface ScheduleOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Where in the interval its turn is, so that targets do not all come at once. */
  readonly offsetMs: number;
  /** `time` is the scheduled moment when the timer was about on time, so that intervals are exact and compress well. */
  readonly run: (time: number) => Promise<void>;
}

const MAX_TOLERANCE_MS = 10;

/**
 * Calls `run` at fixed moments of the clock, never twice at once: a run that takes longer skips its missed turns. Gives
 * the function that stops it. Source of aligned times: Prometheus scrape/scrape.go (ScrapeTimestampTolerance, 1 %).
 */
export function startSchedule({ clock, intervalMs, offsetMs, run }: ScheduleOptions): () => void {
  const tolerance = Math.min(MAX_TOLERANCE_MS, intervalMs / 100);
  let stopped = false;
  let cancel = (): void => undefined;
  const plan = (after: number): void => {
    if (stopped) return;
    const now = clock.now();
    // A clock that was set back starts anew from where it is.
    const from = after - now > 2 * intervalMs ? now : Math.max(now, after);
    const due = nextTurn(from, intervalMs, offsetMs);
    cancel = clock.after(due - now, () => {
      const actual = clock.now();
      const time = Math.abs(actual - due) <= tolerance ? due : actual;
      void run(time).finally(() => plan(due));
    });
  };
  plan(0);
  return () => {
    stopped = true;
    cancel();
  };
}

/** The first moment after `from` that is `offsetMs` into an interval. */
export function nextTurn(from: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((from - offsetMs) / intervalMs) * intervalMs + intervalMs + offsetMs;
}

/** A stable place in the interval for a target (FNV-1a of its key). */
export function offsetFor(key: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
  return hash % intervalMs;
}
