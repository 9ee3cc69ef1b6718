import { useEffect, useRef } from 'react';
import { usePreferences } from '#components/shell/preferences.ts';

/** What keys of the trace page do, wherever the focus is (fields left out). */
export interface TraceKeyActions {
  readonly find: () => void;
  readonly nextMatch: (step: 1 | -1) => void;
  readonly nextError: (step: 1 | -1) => void;
  readonly togglePath: () => void;
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
  readonly collapseLevel: () => void;
  readonly expandLevel: () => void;
  readonly resetZoom: () => void;
  readonly zoom: (factor: number) => void;
  readonly pan: (share: number) => void;
  readonly help: () => void;
}

/** Shown by the help sheet, in this order. */
export const TRACE_KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['↑', '↓'], does: 'Move by a row (also k, j)' },
  { keys: ['PgUp', 'PgDn'], does: 'Move by a screen' },
  { keys: ['→', '←'], does: 'Open and close; from a closed row to its parent' },
  { keys: ['Enter'], does: 'Details of the row; again: close them' },
  { keys: ['f'], does: 'Find in this trace (also /)' },
  { keys: ['n', 'N'], does: 'Next and previous match (also p)' },
  { keys: ['e', 'E'], does: 'Next and previous error' },
  { keys: ['c'], does: 'Critical path on and off' },
  { keys: ['[', ']'], does: 'Close all, open all' },
  { keys: ['−', '+'], does: 'One level less, one level more' },
  { keys: ['z'], does: 'The whole trace again' },
  { keys: ['w', 's'], does: 'Zoom in and out' },
  { keys: ['a', 'd'], does: 'Earlier and later' },
  { keys: ['?'], does: 'This help' },
];

/**
 * Listens before the frame does: `[`, `p` and `?` mean something else there. Keys typed into fields, and all keys while a
 * dialog or menu is open, are left alone; so are single keys when the reader has switched them off.
 */
export function useTraceKeys(actions: TraceKeyActions): void {
  const { shortcuts } = usePreferences();
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    if (shortcuts === 'off') return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') !== null) return;
      const act = actionOf(event.key, latest.current);
      if (act === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    document.addEventListener('keydown', onKeyDown, { capture: true });
    return () => document.removeEventListener('keydown', onKeyDown, { capture: true });
  }, [shortcuts]);
}

function actionOf(key: string, does: TraceKeyActions): (() => void) | undefined {
  switch (key) {
    case 'f':
    case '/':
      return does.find;
    case 'n':
      return () => does.nextMatch(1);
    case 'N':
    case 'p':
      return () => does.nextMatch(-1);
    case 'e':
      return () => does.nextError(1);
    case 'E':
      return () => does.nextError(-1);
    case 'c':
      return does.togglePath;
    case '[':
      return does.collapseAll;
    case ']':
      return does.expandAll;
    case '-':
      return does.collapseLevel;
    case '+':
    case '=':
      return does.expandLevel;
    case 'z':
      return does.resetZoom;
    case 'w':
      return () => does.zoom(0.5);
    case 's':
      return () => does.zoom(2);
    case 'a':
      return () => does.pan(-0.25);
    case 'd':
      return () => does.pan(0.25);
    case '?':
      return does.help;
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select, [role="combobox"]'));
}
