import { formatDuration, type TimeBoundary } from './time-boundary.ts';
import { displayZone } from './display-zone.ts';

/** What the URL says about time: a range, and the moment that stands for "now" (absent: the clock). */
export interface ViewTime {
  readonly from: TimeBoundary;
  readonly to: TimeBoundary;
  /** Unix ms; set while the page is paused or looks at a moment in the past. */
  readonly at: number | null;
}

/** A resolved range, Unix ms, `fromMs < toMs`. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export const DEFAULT_FROM: TimeBoundary = { kind: 'now', beforeMs: 15 * 60_000 };
export const DEFAULT_TO: TimeBoundary = { kind: 'now', beforeMs: 0 };

/** Relative ranges on offer, in order. */
export const PRESETS: readonly { readonly label: string; readonly beforeMs: number }[] = [
  { label: 'Last minute', beforeMs: 60_000 },
  { label: 'Last 5 minutes', beforeMs: 5 * 60_000 },
  { label: 'Last 15 minutes', beforeMs: 15 * 60_000 },
  { label: 'Last 30 minutes', beforeMs: 30 * 60_000 },
  { label: 'Last hour', beforeMs: 3_600_000 },
  { label: 'Last 3 hours', beforeMs: 3 * 3_600_000 },
  { label: 'Last 6 hours', beforeMs: 6 * 3_600_000 },
  { label: 'Last 12 hours', beforeMs: 12 * 3_600_000 },
  { label: 'Last 24 hours', beforeMs: 24 * 3_600_000 },
];

/** True while the range moves with the clock: relative to now, and no moment is pinned. */
export function isLive(time: ViewTime): boolean {
  return time.at === null && time.to.kind === 'now';
}

/** The range as instants. A reversed or empty range gets the default length before its end, so that no view sees one. */
export function resolveWindow(time: ViewTime, nowMs: number): TimeWindow {
  const reference = time.at ?? nowMs;
  const instant = (b: TimeBoundary): number => (b.kind === 'now' ? reference - b.beforeMs : b.ms);
  const toMs = instant(time.to);
  const fromMs = instant(time.from);
  return fromMs < toMs ? { fromMs, toMs } : { fromMs: toMs - 15 * 60_000, toMs };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Smallest round step (seconds) that yields at most `maxPoints` points, never under `minSeconds` (the scrape interval). */
export function stepFor(window: TimeWindow, { maxPoints = 120, minSeconds = 5 }: { maxPoints?: number; minSeconds?: number } = {}): number {
  const wanted = (window.toMs - window.fromMs) / 1000 / maxPoints;
  return STEPS.find((step) => step >= wanted && step >= minSeconds) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/**
 * Range query bounds in Unix seconds on a grid, so that a refresh repeats old points instead of resampling them.
 * Long steps use a grid of a minute at most: the newest point stays fresh.
 */
export function alignWindow(window: TimeWindow, stepSeconds: number): { readonly start: number; readonly end: number } {
  const grid = Math.min(stepSeconds, 60);
  const end = Math.floor(window.toMs / 1000 / grid) * grid;
  const points = Math.max(1, Math.floor((window.toMs - window.fromMs) / 1000 / stepSeconds));
  return { start: end - points * stepSeconds, end };
}

/** The window moved by a share of its own length (negative: into the past), as a view time that stays relative in length. */
export function shiftTime(time: ViewTime, nowMs: number, share: number): ViewTime {
  const window = resolveWindow(time, nowMs);
  const delta = (window.toMs - window.fromMs) * share;
  if (time.from.kind === 'now' && time.to.kind === 'now') {
    const at = (time.at ?? nowMs) + delta;
    return { ...time, at: at >= nowMs ? null : Math.floor(at / 1000) * 1000 };
  }
  return { from: { kind: 'instant', ms: window.fromMs + delta }, to: { kind: 'instant', ms: window.toMs + delta }, at: null };
}

/** What the picker's button says: `Last 15 minutes`, `15m before 10:42:00`, `21 Nov 10:00 – 11:30`. */
export function describeTime(time: ViewTime, zone = displayZone()): string {
  if (time.from.kind === 'now' && time.to.kind === 'now' && time.to.beforeMs === 0) {
    const { beforeMs } = time.from;
    if (time.at !== null) return `${formatDuration(beforeMs)} before ${formatMoment(time.at, zone)}`;
    return PRESETS.find((p) => p.beforeMs === beforeMs)?.label ?? `Last ${formatDuration(beforeMs)}`;
  }
  const { fromMs, toMs } = resolveWindow(time, time.at ?? 0);
  const sameDay = dayOf(fromMs, zone) === dayOf(toMs, zone);
  return `${formatMoment(fromMs, zone)} – ${sameDay ? clockOf(toMs, zone) : formatMoment(toMs, zone)}`;
}

/** `21 Nov, 10:42:00` in the zone that people chose. */
export function formatMoment(ms: number, zone = displayZone()): string {
  return `${dayOf(ms, zone)}, ${clockOf(ms, zone)}`;
}

function dayOf(ms: number, zone: string | undefined): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...(zone === undefined ? {} : { timeZone: zone }) }).format(ms);
}
function clockOf(ms: number, zone: string | undefined): string {
  const seconds = Math.floor(ms / 1000) % 60 === 0 ? {} : { second: '2-digit' as const };
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds, hourCycle: 'h23', ...(zone === undefined ? {} : { timeZone: zone }) }).format(ms);
}
