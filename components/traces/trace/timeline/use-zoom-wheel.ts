import { useEffect, useRef, type RefObject } from 'react';

/** Ctrl and the wheel (or two fingers) zoom the time under the pointer. React listens to wheels passively, so this does by itself: the page must not zoom too. */
export function useZoomWheel(scroller: HTMLElement | null, bars: RefObject<HTMLElement | null>, onZoom: (factor: number, at: number) => void): void {
  const latest = useRef(onZoom);
  useEffect(() => {
    latest.current = onZoom;
  });
  useEffect(() => {
    if (scroller === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      const box = bars.current?.getBoundingClientRect();
      if ((!event.ctrlKey && !event.metaKey) || box === undefined || box.width === 0) return;
      event.preventDefault();
      latest.current(Math.exp(event.deltaY * 0.003), Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    scroller.addEventListener('wheel', onWheel, { passive: false });
    return () => scroller.removeEventListener('wheel', onWheel);
  }, [scroller, bars]);
}
