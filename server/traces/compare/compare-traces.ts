import { criticalPath, criticalTimes } from '#server/traces/core/critical-path.ts';
import { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import type { BuiltTrace } from '#server/traces/view/build-columns.ts';
import { attributeDifferences, type AttributeDifference } from './attribute-differences.ts';

/** The calls of one place of the call tree in one trace. Nanoseconds. */
export interface PlaceTotals {
  readonly count: number;
  readonly errors: number;
  readonly total: number;
  /** Mean of the calls; 0 for none. */
  readonly avg: number;
  readonly self: number;
  readonly critical: number;
  /** Some rows of it, to lead to. */
  readonly rows: readonly number[];
}

/** One place in two traces. Differences are b less a. */
export interface ComparedPlace {
  /** Index of the place above in the list, -1 for a root. Parents come before their children. */
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** By how many calls: `added` has none in a, `removed` none in b. */
  readonly change: 'same' | 'added' | 'removed' | 'more' | 'fewer';
  readonly a: PlaceTotals;
  readonly b: PlaceTotals;
  readonly difference: { readonly count: number; readonly errors: number; readonly total: number; readonly avg: number; readonly self: number; readonly critical: number };
  readonly attributes: readonly AttributeDifference[];
}

export interface TraceSide extends BuiltTrace {
  readonly segment: Segment;
}

/** Rows named of each place: enough to lead to. */
const MAX_ROWS = 20;
const ERROR = SPAN_STATUSES.indexOf('error');

/**
 * Compares two traces place by place. A place is the path of services, names and kinds from the root, when each call is
 * said once (dense-operations.ts); whether a call made calls itself makes no difference, and calls at one place are
 * taken together. Linear but for the critical paths.
 */
export function compareTraces(a: TraceSide, b: TraceSide): ComparedPlace[] {
  const paths = new PathDictionary();
  const ofA = paths.densePlacesOf(a.columns);
  const ofB = paths.densePlacesOf(b.columns);
  const totals = [{ ...a, ...ofA }, { ...b, ...ofB }].map(({ columns, places, skipped }) => {
    const critical = criticalTimes(criticalPath(columns), columns.count);
    const byPlace: (Omit<PlaceTotals, 'rows' | 'avg'> & { count: number; errors: number; total: number; self: number; critical: number; rows: number[] })[] = Array.from({ length: paths.count }, () => ({ count: 0, errors: 0, total: 0, self: 0, critical: 0, rows: [] }));
    for (let row = 0; row < columns.count; row++) {
      const place = byPlace[places[row] ?? 0];
      if (place === undefined) continue;
      place.self += columns.self[row] ?? 0;
      place.critical += critical[row] ?? 0;
      if (skipped[row] === 1) continue;
      place.count += 1;
      place.total += columns.duration[row] ?? 0;
      if (columns.status[row] === ERROR) place.errors += 1;
      if (place.rows.length < MAX_ROWS) place.rows.push(row);
    }
    return byPlace.map((place): PlaceTotals => ({ ...place, avg: place.count === 0 ? 0 : place.total / place.count }));
  });
  const attributes = attributeDifferences({ ...a, ...ofA }, { ...b, ...ofB }, paths.count);
  const none: PlaceTotals = { count: 0, errors: 0, total: 0, avg: 0, self: 0, critical: 0, rows: [] };
  return paths.parent.map((parent, place): ComparedPlace => {
    const step = paths.steps[paths.step[place] ?? 0];
    const inA = totals[0]?.[place] ?? none;
    const inB = totals[1]?.[place] ?? none;
    return {
      parent,
      depth: paths.depth[place] ?? 0,
      service: step?.service ?? '',
      name: step?.name ?? '',
      kind: SPAN_KINDS[step?.kind ?? 0] ?? 'unspecified',
      change: inA.count === inB.count ? 'same' : inA.count === 0 ? 'added' : inB.count === 0 ? 'removed' : inA.count < inB.count ? 'more' : 'fewer',
      a: inA,
      b: inB,
      difference: { count: inB.count - inA.count, errors: inB.errors - inA.errors, total: inB.total - inA.total, avg: inB.avg - inA.avg, self: inB.self - inA.self, critical: inB.critical - inA.critical },
      attributes: attributes[place] ?? [],
    };
  });
}
