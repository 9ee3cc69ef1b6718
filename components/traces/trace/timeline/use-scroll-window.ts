import { useCallback, useLayoutEffect, useState } from 'react';

export interface ScrollWindow {
  /** First and last row that must be in the document; −1 as last when there are none. */
  readonly first: number;
  readonly last: number;
  /** The topmost row that is seen. */
  readonly top: number;
}

/** Rows drawn beyond each edge, and the step in which the window moves: most scroll events change nothing then. */
const BEYOND = 16;
const STEP = 8;

/** Which of equally high rows are in view of a scroller. Renders again only when the window moved by a step. */
export function useScrollWindow(scroller: HTMLElement | null, count: number, rowHeight: number): ScrollWindow {
  const measure = useCallback((): ScrollWindow => {
    const height = scroller?.clientHeight ?? 600;
    const seen = Math.ceil(height / rowHeight);
    const top = Math.min(Math.max(0, Math.floor((scroller?.scrollTop ?? 0) / rowHeight)), Math.max(0, count - seen));
    const stepped = Math.floor(top / STEP) * STEP;
    return { first: Math.max(0, stepped - BEYOND), last: Math.min(count - 1, stepped + STEP + seen + BEYOND), top: stepped };
  }, [scroller, count, rowHeight]);
  const [window, setWindow] = useState<ScrollWindow>(measure);
  const refresh = useCallback(() => setWindow((old) => {
    const next = measure();
    return old.first === next.first && old.last === next.last && old.top === next.top ? old : next;
  }), [measure]);
  useLayoutEffect(() => {
    refresh();
    if (scroller === null) return undefined;
    scroller.addEventListener('scroll', refresh, { passive: true });
    const resized = new ResizeObserver(refresh);
    resized.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', refresh);
      resized.disconnect();
    };
  }, [scroller, refresh]);
  return window;
}
