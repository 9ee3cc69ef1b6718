import { useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';

const KEY = 'binnacle.trace.names';
const LEAST = 15;
const MOST = 80;

/** Width of the column of names in percent, and the handlers of its divider. Remembered by this browser; a link does not carry it. */
export function useNameWidth(container: RefObject<HTMLElement | null>) {
  const [percent, setPercent] = useState(readStored);
  const dragging = useRef(false);
  const set = (next: number): void => {
    const clamped = Math.min(MOST, Math.max(LEAST, next));
    setPercent(clamped);
    try {
      localStorage.setItem(KEY, String(Math.round(clamped * 10) / 10));
    } catch {
      // Storage is full or forbidden: the width holds until the page is closed.
    }
  };
  return {
    percent,
    divider: {
      role: 'separator',
      'aria-orientation': 'vertical',
      'aria-label': 'Width of the names',
      'aria-valuenow': Math.round(percent),
      'aria-valuemin': LEAST,
      'aria-valuemax': MOST,
      tabIndex: 0,
      onPointerDown: (event: PointerEvent) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        dragging.current = true;
      },
      onPointerMove: (event: PointerEvent) => {
        const box = container.current?.getBoundingClientRect();
        if (dragging.current && box !== undefined && box.width > 0) set(((event.clientX - box.left) / box.width) * 100);
      },
      onPointerUp: () => {
        dragging.current = false;
      },
      onKeyDown: (event: KeyboardEvent) => {
        const by = event.key === 'ArrowLeft' ? -2 : event.key === 'ArrowRight' ? 2 : 0;
        if (by === 0) return;
        event.preventDefault();
        set(percent + by);
      },
      onDoubleClick: () => set(DEFAULT),
    },
  } as const;
}

const DEFAULT = 40;

function readStored(): number {
  try {
    const stored = Number(globalThis.localStorage?.getItem(KEY) ?? DEFAULT);
    return stored >= LEAST && stored <= MOST ? stored : DEFAULT;
  } catch {
    return DEFAULT;
  }
}
