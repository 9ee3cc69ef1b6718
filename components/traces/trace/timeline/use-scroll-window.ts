import { useCallback, useSyncExternalStore } from 'react';

export interface ScrollWindow {
  /** First and last row that must be in the document; −1 as last when there are none. */
  readonly first: number;
  readonly last: number;
}

/** Rows drawn beyond each edge, and the step in which the window moves: most scroll events change nothing then. */
const BEYOND = 16;
const STEP = 8;
const SEEN_AT_FIRST = 32;

/** Which of equally high rows are in view of a scroller. Renders again only when the window moved by a step. */
export function useScrollWindow(scroller: HTMLElement | null, count: number, rowHeight: number): ScrollWindow {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (scroller === null) return () => undefined;
      scroller.addEventListener('scroll', changed, { passive: true });
      const resized = new ResizeObserver(changed);
      resized.observe(scroller);
      return () => {
        scroller.removeEventListener('scroll', changed);
        resized.disconnect();
      };
    },
    [scroller],
  );
  const step = useSyncExternalStore(subscribe, () => Math.floor((scroller?.scrollTop ?? 0) / rowHeight / STEP), () => 0);
  const seen = useSyncExternalStore(subscribe, () => (scroller === null ? SEEN_AT_FIRST : Math.ceil(scroller.clientHeight / rowHeight)), () => SEEN_AT_FIRST);
  const top = Math.min(step * STEP, Math.max(0, count - seen));
  return { first: Math.max(0, top - BEYOND), last: Math.min(count - 1, top + STEP + seen + BEYOND) };
}
