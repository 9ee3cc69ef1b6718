import { clockSkew, withCorrectedClocks } from '#server/traces/core/clock-skew.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import type { SpanTimes } from '../timeline/bar-pieces.ts';

/** A trace with its clocks corrected, beside what is stored. */
export interface CorrectedClocks {
  readonly columns: TraceColumns;
  /** As stored, counted from the corrected trace's start. */
  readonly stored: SpanTimes;
  /** Spans that are shown elsewhere than their clocks said. */
  readonly moved: number;
}

/** Corrects clocks of hosts that differ, without a limit: the reader asked for it and sees both. Stored data is not changed. */
export function correctClocks(columns: TraceColumns): CorrectedClocks {
  const skew = clockSkew(columns, { maxNano: Infinity });
  const corrected = withCorrectedClocks(columns, skew);
  const shift = Number(BigInt(columns.startUnixNano) - BigInt(corrected.startUnixNano));
  return { columns: corrected, stored: { start: columns.start.map((start) => start + shift), duration: columns.duration }, moved: skew.moved };
}

/** How far a row was moved, nanoseconds; 0 for not at all. */
export function movedNano(columns: TraceColumns, stored: SpanTimes | undefined, row: number): number {
  return stored === undefined ? 0 : Math.round((columns.start[row] ?? 0) - (stored.start[row] ?? 0));
}
