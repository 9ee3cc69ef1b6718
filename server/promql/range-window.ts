import type { Labels } from '#server/timeseries/storage.ts';
import type { Annotations } from './annotations.ts';
import type { Span } from './ast.ts';

/**
 * The samples of one series that a range selector sees at one step: indexes `from` (inclusive) to `to` (exclusive) of
 * the arrays. The same object is moved along the series, so functions must not keep it.
 */
export interface RangeWindow {
  readonly times: Float64Array;
  readonly values: Float64Array;
  from: number;
  to: number;
  /** The window's edges in Unix ms: left open, right closed. `anchored` and `smoothed` windows hold samples beyond them. */
  rangeStart: number;
  rangeEnd: number;
  /** The evaluation time. */
  time: number;
  readonly rangeMs: number;
  readonly extended: 'anchored' | 'smoothed' | undefined;
  readonly labels: Labels;
  readonly annotations: Annotations;
  readonly argSpan: Span;
}

/** A function of a window and the call's scalar arguments; undefined means no value at this step. */
export type RangeFunction = (window: RangeWindow, args: readonly number[]) => number | undefined;
