import type { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import { quantile } from '#server/traces/core/trace-statistics.ts';
import { rankDeltas } from '#server/traces/engine/deltas.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer } from '#server/traces/trace-questions.ts';
import type { PlaceSample, Population } from './population.ts';
import { falseDiscoveryRates, fisherExact, mannWhitney } from './significance.ts';

/** A place in one population. Nanoseconds; shares 0..1. */
export interface PlaceSummary {
  /** Of the traces, those that have the place. */
  readonly presence: number;
  readonly traces: number;
  readonly calls: number;
  readonly callsPerTrace: number;
  readonly meanDuration: number;
  readonly p50: number;
  readonly p95: number;
  /** Mean own time in a trace that has the place. */
  readonly self: number;
  readonly errors: number;
  readonly errorsPerTrace: number;
  /** Mean share of the critical path over all traces. */
  readonly criticalShare: number;
}

/** How sure a difference is. */
export interface Certainty {
  /** Two-sided. */
  readonly p: number;
  /** Of the differences with this or a lower one, the share expected to be chance (Benjamini–Hochberg over all places). */
  readonly falseDiscovery: number;
}

/** A place in two populations. Differences are b less a. */
export interface PlaceDifference {
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly a: PlaceSummary;
  readonly b: PlaceSummary;
  readonly difference: { readonly presence: number; readonly callsPerTrace: number; readonly meanDuration: number; readonly p50: number; readonly p95: number; readonly self: number; readonly errorsPerTrace: number; readonly criticalShare: number };
  /** Durations, one mean of each trace: Mann–Whitney. `probabilityGreater`: that a trace of b takes longer here than one of a. */
  readonly duration: Certainty & { readonly probabilityGreater: number };
  /** Traces with an error here, of those that have the place: Fisher. */
  readonly failed: Certainty;
  /** Traces that have the place: Fisher. */
  readonly present: Certainty;
}

export interface PopulationSummary {
  readonly traces: number;
  readonly spans: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface PopulationComparison {
  readonly a: PopulationSummary;
  readonly b: PopulationSummary;
  /** Of whole traces. */
  readonly duration: { readonly p: number; readonly probabilityGreater: number };
  /** Parents before their children. */
  readonly places: readonly PlaceDifference[];
  /** Attributes whose values differ most: inside is b, outside a. */
  readonly attributes: DeltasAnswer['attributes'];
}

/** Compares two populations gathered with one dictionary. O(n log n) in calls. */
export function comparePopulations(paths: PathDictionary, a: Population, b: Population, { attributes = 50 }: { readonly attributes?: number } = {}): PopulationComparison {
  const tests = paths.parent.map((_, place) => {
    const inA = a.places[place];
    const inB = b.places[place];
    return {
      duration: mannWhitney(inA?.meanDurations ?? [], inB?.meanDurations ?? []),
      failed: fisherExact(inA?.failedTraces ?? 0, inA?.selfs.length ?? 0, inB?.failedTraces ?? 0, inB?.selfs.length ?? 0),
      present: fisherExact(inA?.selfs.length ?? 0, a.traces, inB?.selfs.length ?? 0, b.traces),
    };
  });
  const rates = { duration: falseDiscoveryRates(tests.map((t) => t.duration.p)), failed: falseDiscoveryRates(tests.map((t) => t.failed)), present: falseDiscoveryRates(tests.map((t) => t.present)) };
  return {
    a: populationSummary(a),
    b: populationSummary(b),
    duration: mannWhitney(a.durations, b.durations),
    attributes: rankDeltas(b.fields, a.fields, { inside: b.sampledSpans, outside: a.sampledSpans }, attributes),
    places: paths.parent.map((parent, place): PlaceDifference => {
      const step = paths.steps[paths.step[place] ?? 0];
      const inA = placeSummary(a.places[place], a.traces);
      const inB = placeSummary(b.places[place], b.traces);
      const of = tests[place];
      return {
        parent,
        depth: paths.depth[place] ?? 0,
        service: step?.service ?? '',
        name: step?.name ?? '',
        kind: SPAN_KINDS[step?.kind ?? 0] ?? 'unspecified',
        a: inA,
        b: inB,
        difference: {
          presence: inB.presence - inA.presence,
          callsPerTrace: inB.callsPerTrace - inA.callsPerTrace,
          meanDuration: inB.meanDuration - inA.meanDuration,
          p50: inB.p50 - inA.p50,
          p95: inB.p95 - inA.p95,
          self: inB.self - inA.self,
          errorsPerTrace: inB.errorsPerTrace - inA.errorsPerTrace,
          criticalShare: inB.criticalShare - inA.criticalShare,
        },
        duration: { p: of?.duration.p ?? 1, probabilityGreater: of?.duration.probabilityGreater ?? 0.5, falseDiscovery: rates.duration[place] ?? 1 },
        failed: { p: of?.failed ?? 1, falseDiscovery: rates.failed[place] ?? 1 },
        present: { p: of?.present ?? 1, falseDiscovery: rates.present[place] ?? 1 },
      };
    }),
  };
}

function populationSummary({ traces, spans, errors, durations }: Population): PopulationSummary {
  const sorted = Float64Array.from(durations).sort();
  return { traces, spans, errors, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

function placeSummary(sample: PlaceSample | undefined, allTraces: number): PlaceSummary {
  if (sample === undefined || allTraces === 0) return { presence: 0, traces: 0, calls: 0, callsPerTrace: 0, meanDuration: 0, p50: 0, p95: 0, self: 0, errors: 0, errorsPerTrace: 0, criticalShare: 0 };
  const sorted = Float64Array.from(sample.durations).sort();
  const traces = sample.selfs.length;
  return {
    presence: traces / allTraces,
    traces,
    calls: sample.calls,
    callsPerTrace: sample.calls / allTraces,
    meanDuration: mean(sorted),
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    self: mean(sample.selfs),
    errors: sample.errors,
    errorsPerTrace: sample.errors / allTraces,
    criticalShare: sum(sample.criticalShares) / allTraces,
  };
}

function mean(values: ArrayLike<number>): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}
