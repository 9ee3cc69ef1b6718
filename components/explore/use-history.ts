'use client';

import { useSyncExternalStore } from 'react';
import { parseEntries, withDuration, withRun, withStar, type HistoryEntry } from './history-entries.ts';

const KEY = 'binnacle.explore.history';
const NONE: readonly HistoryEntry[] = [];
const listeners = new Set<() => void>();
let entries: readonly HistoryEntry[] | undefined;

/** The queries that were run in this browser, the newest first. */
export function useHistory(): readonly HistoryEntry[] {
  return useSyncExternalStore(subscribe, read, () => NONE);
}

/** A person ran `expr` at `at` (Unix ms). */
export function noteRun(expr: string, at: number): void {
  write(withRun(read(), expr, at));
}

/** The answer to the last run of `expr` took so long. */
export function noteDuration(expr: string, ms: number): void {
  write(withDuration(read(), expr, ms));
}

/** Keeps a query as a favourite, or not any more. */
export function setStar(expr: string, starred: boolean): void {
  write(withStar(read(), expr, starred));
}

/** Forgets all that is no favourite. */
export function clearHistory(): void {
  write(read().filter((entry) => entry.starred));
}

function read(): readonly HistoryEntry[] {
  try {
    entries ??= parseEntries(localStorage.getItem(KEY));
  } catch {
    // Storage is forbidden: the history lasts as long as the page.
    entries = NONE;
  }
  return entries;
}

function write(next: readonly HistoryEntry[]): void {
  if (next === read()) return;
  entries = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage is full or forbidden: the history lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  // Another tab ran a query.
  const onStorage = (event: StorageEvent): void => {
    if (event.key !== KEY) return;
    entries = undefined;
    listener();
  };
  listeners.add(listener);
  window.addEventListener('storage', onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', onStorage);
  };
}
