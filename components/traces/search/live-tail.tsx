'use client';

import { Pause, Play } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { getJson } from '#components/api/http-client.ts';
import { toApiError } from '#components/api/api-error.ts';
import { useServerEvents } from '#components/shell/use-server-events.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Button } from '#components/ui/button.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { TraceHit } from '#server/traces/trace-questions.ts';
import type { SearchPageAnswer } from './queries.ts';
import { ResultsTable } from './results-table.tsx';
import { MAX_TAIL, mergeTail, type Tail } from './tail-rows.ts';
import type { Search } from './use-search.ts';

export interface LiveTailProps {
  readonly search: Search;
  /** Matching spans given of each trace. */
  readonly spans: number;
  readonly onPick: (traceId: string, picked: boolean) => void;
}

/** The server tells of spans many times a second; as often is asked. */
const ASK_EVERY_MS = 1500;
/** Spans of a trace come over a while: what began so long before the newest is asked for again. */
const LOOK_BACK_MS = 10_000;
const ASKED = 100;
const EMPTY: Tail = { traces: [], fresh: new Set() };

/** Matching traces as they come in, the newest on top; one of these for each query. Paused, what comes meanwhile is counted and shown on going on. */
export function LiveTail({ search, spans, onPick }: LiveTailProps) {
  const { state, selection } = search;
  const [paused, setPaused] = useState(false);
  const [tail, setTail] = useState<Tail>(EMPTY);
  const [waiting, setWaiting] = useState<readonly TraceHit[]>([]);
  const [fault, setFault] = useState<string>();
  const columns = state.col.join(',');
  const { q } = selection;
  const asking = useRef({ timer: undefined as ReturnType<typeof setTimeout> | undefined, lastMs: 0, newestMs: 0, busy: false, paused });
  useEffect(() => {
    asking.current.paused = paused;
  });
  const ask = useCallback(async (signal?: AbortSignal): Promise<void> => {
    const now = asking.current;
    if (now.busy) return;
    now.busy = true;
    now.lastMs = Date.now();
    try {
      const from = now.newestMs === 0 ? now.lastMs - 60_000 : now.newestMs - LOOK_BACK_MS;
      const found = await getJson<SearchPageAnswer>('/api/traces/search', { q, from, to: 'now', sort: 'newest', limit: ASKED, spans, columns }, signal);
      const first = found.traces[0];
      if (first !== undefined) now.newestMs = Math.max(now.newestMs, Number(BigInt(first.startUnixNano) / 1_000_000n));
      if (now.paused) setWaiting(found.traces);
      else setTail((before) => mergeTail(before, found.traces));
      setFault(undefined);
    } catch (error) {
      if (signal?.aborted !== true) setFault(toApiError(error).message);
    } finally {
      now.busy = false;
    }
  }, [q, spans, columns]);
  useEffect(() => {
    const control = new AbortController();
    const now = asking.current;
    void ask(control.signal);
    return () => {
      control.abort();
      clearTimeout(now.timer);
      now.timer = undefined;
    };
  }, [ask]);
  useServerEvents(
    useCallback(
      (event) => {
        if (event.kind !== 'traces') return;
        const now = asking.current;
        now.timer ??= setTimeout(
          () => {
            now.timer = undefined;
            void ask();
          },
          Math.max(0, now.lastMs + ASK_EVERY_MS - Date.now()),
        );
      },
      [ask],
    ),
  );
  const missed = paused ? waiting.filter(({ traceId }) => !tail.traces.some((trace) => trace.traceId === traceId)).length : 0;
  const goOn = (): void => {
    setTail((before) => mergeTail(before, waiting));
    setWaiting([]);
    setPaused(false);
  };
  return (
    <>
      <div className="flex min-h-9 items-center gap-2 border-y border-line-subtle px-3 py-1 text-label" role="status">
        <StatusGlyph status={fault !== undefined ? 'degraded' : paused ? 'idle' : 'healthy'} size={12} />
        <span className="text-fg-secondary">{fault ?? (paused ? `Paused${missed === 0 ? '' : `: ${missed}${missed >= ASKED ? ' or more' : ''} have come meanwhile`}` : `New traces appear here as they come, the newest first; the last ${MAX_TAIL} stay.`)}</span>
        <Button className="ml-auto" icon={paused ? <Play /> : <Pause />} onClick={() => (paused ? goOn() : setPaused(true))}>
          {paused ? 'Go on' : 'Pause'}
        </Button>
      </div>
      {tail.traces.length === 0 ? (
        <EmptyState title="Waiting for traces" hint="Nothing that matches has come in the last minute." />
      ) : (
        <ResultsTable traces={tail.traces} rows={state.rows} sort="newest" onSort={(sort) => search.set({ tail: false, sort })} columns={state.col} picked={state.pick} onPick={onPick} onPickAll={() => undefined} fresh={tail.fresh} />
      )}
    </>
  );
}
