'use client';

import { useSyncExternalStore } from 'react';
import { parseEntries, withDuration, withRun, withStar, type HistoryEntry } from './history-entries.ts';

/** Queries that were run in this browser, kept under one key of its storage. */
export interface QueryHistory {
  /** The newest first. */
  use(this: void): readonly HistoryEntry[];
  /** A person ran `expr` at `at` (Unix ms). */
  note(this: void, expr: string, at: number): void;
  /** The answer to the last run of `expr` took so long. */
  noteDuration(this: void, expr: string, ms: number): void;
  /** Keeps a query as a favourite, or not any more. */
  star(this: void, expr: string, starred: boolean): void;
  /** Forgets all that is no favourite. */
  clear(this: void): void;
}

const NONE: readonly HistoryEntry[] = [];

/** A history of its own for each language; all tabs share it. */
export function queryHistory(key: string): QueryHistory {
  const listeners = new Set<() => void>();
  let entries: readonly HistoryEntry[] | undefined;
  const read = (): readonly HistoryEntry[] => {
    try {
      entries ??= parseEntries(localStorage.getItem(key));
    } catch {
      // Storage is forbidden: the history lasts as long as the page.
      entries = NONE;
    }
    return entries;
  };
  const write = (next: readonly HistoryEntry[]): void => {
    if (next === read()) return;
    entries = next;
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Storage is full or forbidden: the history lasts as long as the page.
    }
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void): (() => void) => {
    // Another tab ran a query.
    const onStorage = (event: StorageEvent): void => {
      if (event.key !== key) return;
      entries = undefined;
      listener();
    };
    listeners.add(listener);
    window.addEventListener('storage', onStorage);
    return () => {
      listeners.delete(listener);
      window.removeEventListener('storage', onStorage);
    };
  };
  return {
    use: () => useSyncExternalStore(subscribe, read, () => NONE),
    note: (expr, at) => write(withRun(read(), expr, at)),
    noteDuration: (expr, ms) => write(withDuration(read(), expr, ms)),
    star: (expr, starred) => write(withStar(read(), expr, starred)),
    clear: () => write(read().filter((entry) => entry.starred)),
  };
}
