import { criticalPath, criticalTimes } from '#server/traces/core/critical-path.ts';
import { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import { quantile } from '#server/traces/core/trace-statistics.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** What some traces spent of their critical paths in one part of the system. */
export interface CriticalShare {
  /** Of all time on the critical paths, 0..1. */
  readonly share: number;
  /** Of that of the usual traces: no longer than the median. */
  readonly usualShare: number;
  /** Of that of the slow traces: as long as the 99th percentile or longer. */
  readonly slowShare: number;
  /** Mean nanoseconds of a trace. */
  readonly mean: number;
  readonly usualMean: number;
  readonly slowMean: number;
  /** Of the nanoseconds, the share that is on the path by the order of siblings alone. */
  readonly inferred: number;
  /** Traces on whose path it is. */
  readonly traces: number;
}

export interface CriticalPathTotals {
  readonly traces: number;
  readonly spans: number;
  /** Durations of the traces, nanoseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly usualTraces: number;
  readonly slowTraces: number;
  /** Greatest share first. */
  readonly services: readonly (CriticalShare & { readonly service: string })[];
  readonly operations: readonly (CriticalShare & { readonly service: string; readonly name: string; readonly kind: SpanKind })[];
  /** Places of the call tree that lie on some path, parents before their children; `parent` is an index into this list. */
  readonly places: readonly (CriticalShare & { readonly parent: number; readonly depth: number; readonly service: string; readonly name: string; readonly kind: SpanKind })[];
}

interface OneTrace {
  readonly duration: number;
  /** Nanoseconds by place. */
  readonly onPath: ReadonlyMap<number, { nano: number; inferred: number }>;
}

/** Adds up the critical paths of many traces. */
export class CriticalPathCollector {
  readonly #paths = new PathDictionary();
  readonly #traces: OneTrace[] = [];
  #spans = 0;

  get spans(): number {
    return this.#spans;
  }

  add(columns: TraceColumns): void {
    const path = criticalPath(columns);
    const places = this.#paths.placesOf(columns);
    const all = criticalTimes(path, columns.count);
    const inferred = new Float64Array(columns.count);
    for (let i = 0; i < path.count; i++) if (path.inferred[i] === 1) inferred[path.row[i] ?? 0] = all[path.row[i] ?? 0] ?? 0;
    const onPath = new Map<number, { nano: number; inferred: number }>();
    for (let row = 0; row < columns.count; row++) {
      const nano = all[row] ?? 0;
      if (nano === 0) continue;
      const place = places[row] ?? 0;
      const known = onPath.get(place);
      if (known === undefined) onPath.set(place, { nano, inferred: inferred[row] ?? 0 });
      else {
        known.nano += nano;
        known.inferred += inferred[row] ?? 0;
      }
    }
    this.#traces.push({ duration: columns.durationNano, onPath });
    this.#spans += columns.count;
  }

  totals(): CriticalPathTotals {
    const durations = Float64Array.from(this.#traces, (t) => t.duration).sort();
    const p50 = quantile(durations, 0.5);
    const p99 = quantile(durations, 0.99);
    const usual = this.#traces.filter((t) => t.duration <= p50);
    const slow = this.#traces.filter((t) => t.duration >= p99);
    const paths = this.#paths;
    const stepAt = (place: number): { service: string; name: string; kind: number } => paths.steps[paths.step[place] ?? 0] ?? { service: '', name: '', kind: 0 };
    const grouped = <T>(keyOf: (place: number) => T): (CriticalShare & { readonly key: T })[] => shares({ all: this.#traces, usual, slow }, keyOf);
    const byPlace = grouped((place) => place).sort((a, b) => a.key - b.key);
    const indexOf = new Map(this.#keptPlaces(byPlace.map((p) => p.key)).map((place, i) => [place, i]));
    const known = new Map(byPlace.map((p) => [p.key, p]));
    return {
      traces: this.#traces.length,
      spans: this.#spans,
      p50,
      p99,
      usualTraces: usual.length,
      slowTraces: slow.length,
      services: grouped((place) => stepAt(place).service).sort(byShare).map(({ key, ...share }) => ({ ...share, service: key })),
      operations: grouped((place) => paths.step[place] ?? 0).sort(byShare).map(({ key, ...share }) => {
        const { service, name, kind } = paths.steps[key] ?? { service: '', name: '', kind: 0 };
        return { ...share, service, name, kind: SPAN_KINDS[kind] ?? 'unspecified' };
      }),
      places: [...indexOf.keys()].map((place) => {
        const { key: _, ...share } = known.get(place) ?? { key: place, ...NOTHING };
        const { service, name, kind } = stepAt(place);
        return { ...share, parent: indexOf.get(paths.parent[place] ?? -1) ?? -1, depth: paths.depth[place] ?? 0, service, name, kind: SPAN_KINDS[kind] ?? 'unspecified' };
      }),
    };
  }

  /** The places and all above them, parents first. */
  #keptPlaces(places: readonly number[]): number[] {
    const kept = new Set<number>();
    for (const place of places) for (let at = place; at >= 0 && !kept.has(at); at = this.#paths.parent[at] ?? -1) kept.add(at);
    return [...kept].sort((a, b) => a - b);
  }
}

const NOTHING: CriticalShare = { share: 0, usualShare: 0, slowShare: 0, mean: 0, usualMean: 0, slowMean: 0, inferred: 0, traces: 0 };

function byShare(a: CriticalShare, b: CriticalShare): number {
  return b.share - a.share;
}

function shares<T>(cohorts: { readonly all: readonly OneTrace[]; readonly usual: readonly OneTrace[]; readonly slow: readonly OneTrace[] }, keyOf: (place: number) => T): (CriticalShare & { readonly key: T })[] {
  const sums = { all: sumBy(cohorts.all, keyOf), usual: sumBy(cohorts.usual, keyOf), slow: sumBy(cohorts.slow, keyOf) };
  return [...sums.all.by].map(([key, of]) => {
    const usual = sums.usual.by.get(key)?.nano ?? 0;
    const slow = sums.slow.by.get(key)?.nano ?? 0;
    return {
      key,
      share: part(of.nano, sums.all.nano),
      usualShare: part(usual, sums.usual.nano),
      slowShare: part(slow, sums.slow.nano),
      mean: part(of.nano, cohorts.all.length),
      usualMean: part(usual, cohorts.usual.length),
      slowMean: part(slow, cohorts.slow.length),
      inferred: part(of.inferred, of.nano),
      traces: of.traces,
    };
  });
}

function sumBy<T>(traces: readonly OneTrace[], keyOf: (place: number) => T): { readonly nano: number; readonly by: ReadonlyMap<T, { nano: number; inferred: number; traces: number }> } {
  const by = new Map<T, { nano: number; inferred: number; traces: number; last: OneTrace }>();
  let nano = 0;
  for (const trace of traces) {
    for (const [place, of] of trace.onPath) {
      const key = keyOf(place);
      nano += of.nano;
      const known = by.get(key);
      if (known === undefined) by.set(key, { ...of, traces: 1, last: trace });
      else {
        known.nano += of.nano;
        known.inferred += of.inferred;
        if (known.last !== trace) known.traces += 1;
        known.last = trace;
      }
    }
  }
  return { nano, by };
}

function part(value: number, whole: number): number {
  return whole === 0 ? 0 : value / whole;
}
