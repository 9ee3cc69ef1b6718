'use client';

import { createContext, useContext, useState, useSyncExternalStore, type ReactNode } from 'react';

interface Crosshair {
  readonly subscribe: (listener: () => void) => () => void;
  readonly read: () => number | undefined;
  readonly set: (ms: number | undefined) => void;
}
const CrosshairContext = createContext<Crosshair | undefined>(undefined);

/** The moment under the pointer, shared by all charts of a page. A store, so that moving it renders only the cursors. */
export function CrosshairProvider({ children }: { readonly children: ReactNode }) {
  const [store] = useState(makeStore);
  return <CrosshairContext value={store}>{children}</CrosshairContext>;
}

/** Sets the shared moment (Unix ms); `undefined` when the pointer leaves. */
export function useSetCrosshair(): (ms: number | undefined) => void {
  return useStore().set;
}

/** The shared moment, Unix ms. */
export function useCrosshair(): number | undefined {
  const { subscribe, read } = useStore();
  return useSyncExternalStore(subscribe, read, () => undefined);
}

function useStore(): Crosshair {
  const store = useContext(CrosshairContext);
  if (store === undefined) throw new Error('charts need CrosshairProvider above them');
  return store;
}

function makeStore(): Crosshair {
  let moment: number | undefined;
  const listeners = new Set<() => void>();
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: () => moment,
    set: (ms) => {
      if (ms === moment) return;
      moment = ms;
      for (const listener of listeners) listener();
    },
  };
}
