'use client';

import { useSyncExternalStore } from 'react';

const KEY = 'binnacle.try-request.change';
const listeners = new Set<() => void>();
/** What was kept in this tab, for a browser whose storage is switched off or full. */
let kept: string | undefined;

/** Keeps a change that is not written, so that the page, in this tab or another of this browser, can try requests with it. */
export function keepChange(yaml: string): void {
  kept = yaml;
  try {
    localStorage.setItem(KEY, yaml);
    kept = undefined;
  } catch {
    // This tab still has it.
  }
  for (const listener of listeners) listener();
}

/** The change that was kept last; '' for none, and while the server renders. */
export function useKeptChange(): string {
  return useSyncExternalStore(subscribe, read, () => '');
}

function read(): string {
  if (kept !== undefined) return kept;
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}
