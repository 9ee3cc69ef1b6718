'use client';

import { useEffect, useRef } from 'react';
import { NAV_ITEMS } from './nav-items.ts';
import { usePreferences } from './preferences.ts';

export interface ShortcutActions {
  readonly go: (href: string) => void;
  readonly openPalette: () => void;
  readonly openHelp: () => void;
  readonly shift: (share: number) => void;
  readonly toggleLive: () => void;
  readonly refresh: () => void;
}

/** A second key counts within this time after `g`. */
const SEQUENCE_MS = 1200;

/** Every shortcut of the frame, in the order the help shows them. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['Ctrl', 'K'], does: 'Search, go to, do' },
  { keys: ['/'], does: 'Filter this page' },
  { keys: ['?'], does: 'This help' },
  { keys: ['['], does: 'One time window back' },
  { keys: [']'], does: 'One time window forward' },
  { keys: ['p'], does: 'Pause, or go live' },
  { keys: ['r'], does: 'Refresh now' },
  { keys: ['j', 'k'], does: 'Next and previous row' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['Esc'], does: 'Close, or leave a field' },
];

/** Listens for the shortcuts of the frame. Keys typed into fields, and keys a view has used, are left alone. */
export function useShortcuts(actions: ShortcutActions): void {
  const { shortcuts } = usePreferences();
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    let sequenceUntil = 0;
    const onKeyDown = (event: KeyboardEvent): void => {
      const does = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        does.openPalette();
        return;
      }
      if (shortcuts === 'off' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      const inSequence = event.timeStamp < sequenceUntil;
      sequenceUntil = 0;
      if (inSequence) {
        const item = NAV_ITEMS.find((candidate) => candidate.letter === event.key);
        if (item !== undefined) {
          event.preventDefault();
          does.go(item.href);
        }
        return;
      }
      const act = single(event, does);
      if (event.key === 'g') sequenceUntil = event.timeStamp + SEQUENCE_MS;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [shortcuts]);
}

function single(event: KeyboardEvent, does: ShortcutActions): (() => void) | undefined {
  switch (event.key) {
    case '?':
      return does.openHelp;
    case '/':
      return () => document.querySelector<HTMLElement>('[data-page-search]')?.focus();
    case 'j':
      return () => document.querySelector<HTMLElement>('[data-row]')?.focus();
    case '[':
      return () => does.shift(-1);
    case ']':
      return () => does.shift(1);
    case 'p':
      return does.toggleLive;
    case 'r':
      return does.refresh;
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select, [role="combobox"], [role="menu"], [role="menu"] *, [role="listbox"] *'));
}
