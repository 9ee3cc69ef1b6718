'use client';

import { useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { PromRange } from '#components/api/prometheus.ts';
import { viewParsers } from './search-params.ts';
import { useTick } from './time-provider.tsx';
import { alignWindow, DEFAULT_FROM, DEFAULT_TO, describeTime, isLive, resolveWindow, shiftTime, stepFor, type TimeWindow, type ViewTime } from './time-window.ts';

export interface TimeRange {
  /** The range as instants, Unix ms. */
  readonly window: TimeWindow;
  /** Aligned bounds and step for `usePromqlRange`, Unix seconds; at most about 120 points. */
  readonly promRange: PromRange;
  /** End of the window in Unix seconds, for instant queries and `at=` of the API. */
  readonly endSeconds: number;
  /** Length of the window, seconds. */
  readonly durationSeconds: number;
  /** Moves with the clock. */
  readonly live: boolean;
  readonly refreshSeconds: number;
  readonly view: ViewTime;
  readonly label: string;
  /** Last so many milliseconds, live. */
  setRelative(beforeMs: number): void;
  /** A fixed range; drag-to-zoom calls this. */
  zoomTo(fromMs: number, toMs: number): void;
  /** Pins the present, or a moment in the past. */
  pauseAt(ms: number): void;
  pause(): void;
  /** Back to the moving present, keeping the length of a relative range. */
  resume(): void;
  /** Moves the window by a share of its length; −1 is one whole window back. */
  shift(share: number): void;
  setRefresh(seconds: number): void;
  refreshNow(): void;
}

const { from, to, at, refresh } = viewParsers;

/** The page's time range from the URL, and how to change it. Every change is one step of the browser's history. */
export function useTimeRange(): TimeRange {
  const [{ from: fromEnd, to: toEnd, at: atMs, refresh: refreshSeconds }, set] = useQueryStates({ from, to, at, refresh }, { history: 'push' });
  const { nowMs, tick } = useTick();
  return useMemo(() => {
    const view: ViewTime = { from: fromEnd, to: toEnd, at: atMs };
    const window = resolveWindow(view, nowMs);
    const step = stepFor(window);
    const { start, end } = alignWindow(window, step);
    const second = (ms: number): number => Math.floor(ms / 1000) * 1000;
    return {
      window,
      promRange: { from: start, to: end, step },
      endSeconds: Math.floor(window.toMs / 1000),
      durationSeconds: Math.round((window.toMs - window.fromMs) / 1000),
      live: isLive(view),
      refreshSeconds,
      view,
      label: describeTime(view),
      setRelative: (beforeMs) => {
        tick();
        void set({ from: { kind: 'now', beforeMs }, to: DEFAULT_TO, at: null });
      },
      zoomTo: (fromMs, toMs) => void set({ from: { kind: 'instant', ms: second(fromMs) }, to: { kind: 'instant', ms: Math.max(second(toMs), second(fromMs) + 1000) }, at: null }),
      pauseAt: (ms) => void set({ at: second(ms), ...(view.to.kind === 'instant' ? { from: DEFAULT_FROM, to: DEFAULT_TO } : {}) }),
      pause: () => void set({ at: second(Date.now()) }),
      resume: () => {
        tick();
        void set({ at: null, ...(view.to.kind === 'instant' || view.from.kind === 'instant' ? { from: { kind: 'now', beforeMs: Math.max(60_000, Math.min(86_400_000, window.toMs - window.fromMs)) }, to: DEFAULT_TO } : {}) });
      },
      shift: (share) => void set(shiftTime(view, Date.now(), share)),
      setRefresh: (seconds) => void set({ refresh: seconds }),
      refreshNow: tick,
    } satisfies TimeRange;
  }, [fromEnd, toEnd, atMs, refreshSeconds, nowMs, set, tick]);
}
