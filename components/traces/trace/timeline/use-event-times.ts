import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { movedNano } from '../model/correct-clocks.ts';
import type { SpanTimes } from './bar-pieces.ts';
import type { VisibleRows } from '#server/traces/core/visible-rows.ts';
import { spanDetailsQuery } from '../queries.ts';
import type { TraceModel } from '../model/trace-model.ts';
import { rowsWithEvents } from './paint-bars.ts';

const NONE: ReadonlyMap<number, readonly number[]> = new Map();
const MOST = 60;

/** When the events of the spans in view happened, nanoseconds from the trace's start; asked for as rows come into view. */
export function useEventTimes({ model, version, rows, first, last, storedTimes }: { readonly model: TraceModel; readonly version: string | undefined; readonly rows: VisibleRows; readonly first: number; readonly last: number; readonly storedTimes: SpanTimes | undefined }): ReadonlyMap<number, readonly number[]> {
  const wanted = useMemo(() => rowsWithEvents({ model, rows, first, last }, MOST), [model, rows, first, last]);
  const { data } = useQuery(spanDetailsQuery(model.columns.traceId, version, wanted));
  return useMemo(() => {
    if (data === undefined) return NONE;
    const start = BigInt(model.columns.startUnixNano);
    return new Map(data.map((span) => [span.row, span.events.map((event) => Number(BigInt(event.timeUnixNano) - start) + movedNano(model.columns, storedTimes, span.row))]));
  }, [data, model, storedTimes]);
}
