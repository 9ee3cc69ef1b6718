'use client';

import { useSyncExternalStore } from 'react';
import { PREFERENCE_KEY as KEY } from './preference-script.ts';
import { setDisplayZone } from '#components/time/display-zone.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';
export interface Preferences {
  readonly theme: ThemeChoice;
  readonly sidebar: 'open' | 'collapsed';
  readonly density: 'default' | 'compact';
  /** Keys without Ctrl (`g s`, `j`, `?`) can be switched off: WCAG 2.1.4. */
  readonly shortcuts: 'on' | 'off';
  /** The zone that times of day are told in. */
  readonly zone: 'local' | 'utc';
}
const DEFAULTS: Preferences = { theme: 'system', sidebar: 'open', density: 'default', shortcuts: 'on', zone: 'local' };

const listeners = new Set<() => void>();
let current: Preferences | undefined;

/** What this browser remembers. A link never changes it. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, read, () => DEFAULTS);
}

/** Remembers a choice and applies it at once. */
export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  current = { ...read(), [key]: value };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is full or forbidden: the choice holds until the page is closed.
  }
  apply(current);
  for (const listener of listeners) listener();
}

/** Whether the page is dark now, the system's wish included. Redraw canvases when it changes. */
export function useDarkTheme(): boolean {
  const { theme } = usePreferences();
  const systemDark = useSyncExternalStore(subscribeSystem, () => matchMedia('(prefers-color-scheme: dark)').matches, () => false);
  return theme === 'dark' || (theme === 'system' && systemDark);
}

function read(): Preferences {
  if (current === undefined) {
    current = load();
    setDisplayZone(current.zone);
  }
  return current;
}

function load(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return { ...DEFAULTS, ...(typeof stored === 'object' && stored !== null ? stored : {}) };
  } catch {
    return DEFAULTS;
  }
}

function apply({ theme, sidebar, density, zone }: Preferences): void {
  setDisplayZone(zone);
  const { dataset } = document.documentElement;
  dataset['theme'] = theme === 'system' ? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') : theme;
  if (sidebar === 'collapsed') dataset['sidebar'] = sidebar;
  else delete dataset['sidebar'];
  if (density === 'compact') dataset['density'] = density;
  else delete dataset['density'];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another tab changed it.
  const onStorage = (event: StorageEvent): void => {
    if (event.key !== KEY) return;
    current = load();
    apply(current);
    listener();
  };
  window.addEventListener('storage', onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', onStorage);
  };
}

function subscribeSystem(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const onChange = (): void => {
    apply(read());
    listener();
  };
  media.addEventListener('change', onChange);
  return () => media.removeEventListener('change', onChange);
}
