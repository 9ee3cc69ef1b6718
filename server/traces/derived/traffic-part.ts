import type { SegmentHandle } from '#server/traces/store/segment-source.ts';
import { mergeTraffic, summarizeTraffic, type TrafficSummary } from './traffic-summary.ts';

/** Whole minutes since 1970, both inclusive. */
export interface TrafficTask {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** Summaries kept in each thread: those of some ten million spans. */
const KEPT = 512;
const kept = new Map<string, TrafficSummary>();

/**
 * What a share of the segments says of the traffic in a range. The summary of each was made when it was stored, or is made
 * when it is first asked for; it is kept as long as its handle has the same id and the same traces.
 */
export function trafficPart(segments: readonly SegmentHandle[], { fromMinute, toMinute }: TrafficTask, look: () => void): TrafficSummary {
  const total: TrafficSummary = new Map();
  for (const handle of segments) {
    look();
    if (handle.spanCount > 0) mergeTraffic(total, summaryOf(handle), fromMinute, toMinute);
  }
  return total;
}

function summaryOf(handle: SegmentHandle): TrafficSummary {
  const key = `${handle.id}\0${handle.skippedTraces.join()}`;
  const known = kept.get(key);
  // Taken out and put in again: the one not asked for the longest goes first.
  kept.delete(key);
  const summary = known ?? (handle.skippedTraces.length === 0 ? handle.traffic?.() : undefined) ?? summarizeTraffic(handle.open(), handle.skippedTraces);
  kept.set(key, summary);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return summary;
}
