import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { selfTimes } from '#server/traces/view/self-times.ts';
import { MARKS, type TraceColumns } from '#server/traces/view/trace-columns.ts';
import { clockOf } from './clock-of.ts';
import { SpanIdTable } from './span-id-table.ts';

/** What correcting the clocks of a trace's hosts would do. Nothing of it is stored. */
export interface ClockSkew {
  /** Nanoseconds to add to the start, end and events of each row. */
  readonly delta: Float64Array;
  /** What to tell of a row. */
  readonly warnings: ReadonlyMap<number, string>;
  /** Rows that are moved. */
  readonly moved: number;
}

const CONSUMER = SPAN_KINDS.indexOf('consumer');

/**
 * Works out how far the clocks of hosts are apart, as Jaeger's clock skew adjuster does
 * (jaegerquery/internal/adjuster/clockskew.go): a span on another host than its parent that does not fit into it is moved
 * to its middle (a longer one to its start), and what is below it on the same host by as much. Differs in two things: a
 * consumer and a span with links are not moved, since nobody waits for them, and the node of a pod is a host too.
 * Larger moves than `maxNano` are not made; 0 makes none. `missingParent` gives the parent id that an orphan names.
 */
export function clockSkew(columns: TraceColumns, { maxNano, missingParent = () => undefined }: { readonly maxNano: number; readonly missingParent?: (row: number) => string | undefined }): ClockSkew {
  const { count, parent, start, duration, source, sources, kind, marks } = columns;
  const clocks = sources.map((s) => clockOf(s.resource));
  const repeated = new Set(new SpanIdTable(columns.spanIds).shared().flatMap((rows) => rows.slice(1)));
  const warnings = new Map<number, string>();
  const delta = new Float64Array(count);
  /** What a row hands on to those below on its clock, applied or not. */
  const found = new Float64Array(count);
  const clockAt: string[] = [];
  let moved = 0;
  for (let row = 0; row < count; row++) {
    const above = parent[row] ?? -1;
    const clock = clocks[source[row] ?? 0] ?? '';
    clockAt.push(clock);
    if (repeated.has(row)) {
      warnings.set(row, 'duplicate span IDs; skipping clock skew adjustment');
      continue;
    }
    if (above < 0) {
      if (((marks[row] ?? 0) & MARKS.orphan) !== 0) warnings.set(row, `parent span ID=${missingParent(row) ?? '(unknown)'} is not in the trace; skipping clock skew adjustment`);
      continue;
    }
    if (clock !== '' && clock === clockAt[above]) found[row] = found[above] ?? 0;
    else if (kind[row] !== CONSUMER && ((marks[row] ?? 0) & MARKS.hasLinks) === 0) found[row] = skewOf(start[row] ?? 0, duration[row] ?? 0, (start[above] ?? 0) + (delta[above] ?? 0), duration[above] ?? 0);
    const nano = found[row] ?? 0;
    if (nano === 0) continue;
    if (Math.abs(nano) <= maxNano) {
      delta[row] = nano;
      moved += 1;
      warnings.set(row, `This span's timestamps were adjusted by ${goDuration(nano)}`);
    } else if (maxNano === 0) warnings.set(row, `clock skew adjustment disabled; not applying calculated delta of ${goDuration(nano)}`);
    else warnings.set(row, `max clock skew adjustment delta of ${goDuration(maxNano)} exceeded; not applying calculated delta of ${goDuration(nano)}`);
  }
  return { delta, warnings, moved };
}

/** The trace as it would be with its clocks corrected: starts, own times, its beginning and length. Rows keep their numbers, so children are no longer in order of start. */
export function withCorrectedClocks(columns: TraceColumns, { delta }: Pick<ClockSkew, 'delta'>): TraceColumns {
  const moved = columns.start.map((start, row) => start + (delta[row] ?? 0));
  const earliest = moved.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  if (earliest === Number.POSITIVE_INFINITY) return columns;
  const start = moved.map((at) => at - earliest);
  return {
    ...columns,
    startUnixNano: String(BigInt(columns.startUnixNano) + BigInt(Math.round(earliest))),
    durationNano: start.reduce((latest, at, row) => Math.max(latest, at + (columns.duration[row] ?? 0)), 0),
    start,
    self: selfTimes(columns.parent, start, columns.duration),
  };
}

function skewOf(start: number, duration: number, parentStart: number, parentDuration: number): number {
  // Longer than its parent: either nobody waited for it, or the parent gave up. It cannot have begun before.
  if (duration > parentDuration) return Math.max(0, parentStart - start);
  if (start >= parentStart && start + duration <= parentStart + parentDuration) return 0;
  // The way there and back take as long as each other.
  return parentStart + Math.trunc((parentDuration - duration) / 2) - start;
}

/** Nanoseconds as Go prints a duration: `35ms`, `-1.5µs`, `1m0.25s`. */
function goDuration(nano: number): string {
  const size = Math.abs(nano);
  const sign = nano < 0 ? '-' : '';
  if (size < 1e3) return `${sign}${size}${size === 0 ? 's' : 'ns'}`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / 3.6e12);
  const minutes = Math.floor(size / 6e10) % 60;
  const seconds = `${(size % 6e10) / 1e9}s`;
  return sign + (hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds);
}
