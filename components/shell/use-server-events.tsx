'use client';

import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import type { ServerEvent } from '#server/http/event-bus.ts';
import { EVENT_KEYS, readServerEvent, type ServerEventKind } from './event-keys.ts';

/** Invalidating once per burst is enough: configuration often changes object by object. */
const GATHER_MS = 400;
/** After an answer that is not a stream (signed out, server starting) the browser gives up; we do not. */
const REOPEN_MS = 3000;

export interface Connection {
  readonly state: 'connecting' | 'open' | 'lost';
  /** Unix ms of the last event of any kind, and of the last scrape. */
  readonly lastEventMs: number | undefined;
  readonly lastScrapeMs: number | undefined;
}
type Listener = (event: ServerEvent) => void;
type Subscribe = (listener: Listener) => () => void;
// Two contexts: listeners must not subscribe anew each time the connection's age changes.
const ConnectionContext = createContext<Connection | undefined>(undefined);
const SubscribeContext = createContext<Subscribe | undefined>(undefined);

/** One EventSource for the whole page; events invalidate queries by `EVENT_KEYS`. */
export function ServerEventsProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const listeners = useRef(new Set<Listener>());
  const [connection, setConnection] = useState<Connection>({ state: 'connecting', lastEventMs: undefined, lastScrapeMs: undefined });
  useEffect(() => {
    const pending = new Set<ServerEventKind>();
    let source: EventSource | undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let reopening: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      gathering = undefined;
      for (const kind of pending) for (const queryKey of EVENT_KEYS[kind]) void client.invalidateQueries({ queryKey });
      pending.clear();
    };
    const onMessage = (message: MessageEvent<string>): void => {
      const event = readServerEvent(message.data);
      if (event === undefined) return;
      const nowMs = Date.now();
      setConnection((old) => ({ state: 'open', lastEventMs: nowMs, lastScrapeMs: event.kind === 'scraped' ? nowMs : old.lastScrapeMs }));
      pending.add(event.kind);
      gathering ??= setTimeout(flush, GATHER_MS);
      for (const listener of listeners.current) listener(event);
    };
    let wasLost = false;
    const open = (): void => {
      const opened = new EventSource('/api/events');
      source = opened;
      opened.addEventListener('open', () => {
        // Events may have been missed while the line was down.
        if (wasLost) void client.invalidateQueries();
        wasLost = false;
        setConnection((old) => ({ ...old, state: 'open' }));
      });
      opened.addEventListener('error', () => {
        wasLost = true;
        setConnection((old) => ({ ...old, state: 'lost' }));
        if (opened.readyState === EventSource.CLOSED) reopening = setTimeout(open, REOPEN_MS);
      });
      for (const kind of Object.keys(EVENT_KEYS)) opened.addEventListener(kind, onMessage);
    };
    open();
    return () => {
      source?.close();
      clearTimeout(gathering);
      clearTimeout(reopening);
    };
  }, [client]);
  const subscribe = useCallback<Subscribe>((listener) => {
    listeners.current.add(listener);
    return () => listeners.current.delete(listener);
  }, []);
  return (
    <SubscribeContext value={subscribe}>
      <ConnectionContext value={connection}>{children}</ConnectionContext>
    </SubscribeContext>
  );
}

/** State of the live line. */
export function useConnection(): Connection {
  const value = useContext(ConnectionContext);
  if (value === undefined) throw new Error('useConnection needs ServerEventsProvider above it');
  return value;
}

/** Calls `listener` for each server event while mounted. Keep it stable (`useCallback`). */
export function useServerEvents(listener: Listener): void {
  const subscribe = useContext(SubscribeContext);
  if (subscribe === undefined) throw new Error('useServerEvents needs ServerEventsProvider above it');
  useEffect(() => subscribe(listener), [subscribe, listener]);
}
