'use client';

import { useIsFetching } from '@tanstack/react-query';
import { useState } from 'react';
import { useTimeRange } from '#components/time/use-time-range.ts';
import type { TimeWindow } from '#components/time/time-window.ts';

/**
 * The page's time window, which stands still while questions about it are being answered: a search that takes longer
 * than the refresh interval would otherwise be given up by each refresh and never come to an end. Another range is
 * taken at once.
 */
export function useHeldWindow(): TimeWindow {
  const { window, view } = useTimeRange();
  const asking = useIsFetching({ predicate: ({ queryKey: [area, verb] }) => area === 'traces' && HELD_BY.has(String(verb)) }) > 0;
  const range = JSON.stringify(view);
  const [held, setHeld] = useState({ range, seen: window, window });
  const moved = window.fromMs !== held.seen.fromMs || window.toMs !== held.seen.toMs;
  if (!moved && range === held.range) return held.window;
  const next = { range, seen: window, window: asking && range === held.range ? held.window : window };
  setHeld(next);
  return next.window;
}

const HELD_BY: ReadonlySet<string> = new Set(['page', 'heatmap', 'facets', 'deltas', 'metrics']);
