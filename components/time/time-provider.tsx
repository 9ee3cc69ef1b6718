'use client';

import { useQueryStates } from 'nuqs';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { viewParsers } from './search-params.ts';
import { isLive } from './time-window.ts';

interface Tick {
  /** Unix ms of the last tick: the "now" of every relative range on the page, so that all panels agree. */
  readonly nowMs: number;
  readonly tick: () => void;
}
const TickContext = createContext<Tick | undefined>(undefined);

const { from, to, at, refresh } = viewParsers;

/** Moves "now" forward every refresh interval while live and visible. Once, in the app frame. */
export function TimeProvider({ children }: { readonly children: ReactNode }) {
  const [{ refresh: refreshSeconds, ...time }] = useQueryStates({ from, to, at, refresh });
  const [nowMs, setNowMs] = useState(() => Date.now());
  const tick = useCallback(() => setNowMs(Date.now()), []);
  const moving = isLive(time) && refreshSeconds > 0;
  useEffect(() => {
    if (!moving) return undefined;
    const tickIfVisible = (): void => {
      if (!document.hidden) tick();
    };
    const timer = setInterval(tickIfVisible, refreshSeconds * 1000);
    document.addEventListener('visibilitychange', tickIfVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tickIfVisible);
    };
  }, [moving, refreshSeconds, tick]);
  const value = useMemo(() => ({ nowMs, tick }), [nowMs, tick]);
  return <TickContext value={value}>{children}</TickContext>;
}

/** The page's "now" and a way to move it at once (Refresh). */
export function useTick(): Tick {
  const value = useContext(TickContext);
  if (value === undefined) throw new Error('useTick needs TimeProvider above it');
  return value;
}
