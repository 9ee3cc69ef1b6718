import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Annotations } from './annotations.ts';
import type { Span } from './ast.ts';

/** The samples of one kind in a window: indexes `from` (inclusive) to `to` (exclusive) of the arrays. Unix ms. */
export interface SampleWindow {
  readonly times: Float64Array;
  /** When the counter behind each sample began, 0 = unknown; absent when the query does not look at it. */
  readonly startTimes: Float64Array | undefined;
  from: number;
  to: number;
}
export interface HistogramWindow extends SampleWindow {
  readonly values: readonly FloatHistogram[];
}

/** Where notes about a series go, and what they name. */
export interface NoteSubject {
  readonly labels: Labels;
  readonly annotations: Annotations;
  /** What notes are about: the call's first argument, or the selector. */
  readonly argSpan: Span;
}

/**
 * The samples of one series that a range selector sees at one step: the floats, and apart from them the histograms. The
 * same object is moved along the series, so functions must not keep it.
 */
export interface RangeWindow extends SampleWindow, NoteSubject {
  readonly values: Float64Array;
  /** Undefined when the series holds floats only. */
  readonly histograms: HistogramWindow | undefined;
  /** The window's edges in Unix ms: left open, right closed. `anchored` and `smoothed` windows hold samples beyond them. */
  rangeStart: number;
  rangeEnd: number;
  /** The evaluation time. */
  time: number;
  readonly rangeMs: number;
  readonly extended: 'anchored' | 'smoothed' | undefined;
}

/** A function of a window and the call's scalar arguments; undefined means no value at this step. */
export type RangeFunction = (window: RangeWindow, args: readonly number[]) => number | FloatHistogram | undefined;

/** How many floats a window holds. */
export function floatCount(window: RangeWindow): number {
  return window.to - window.from;
}
/** How many histograms a window holds. */
export function histogramCount({ histograms }: RangeWindow): number {
  return histograms === undefined ? 0 : histograms.to - histograms.from;
}
/** The metric's name, for notes; '' when it was dropped before. */
export function metricNameOf({ labels }: NoteSubject): string {
  return labelValue(labels, METRIC_NAME);
}
