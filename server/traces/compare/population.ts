import { criticalPath, criticalTimes } from '#server/traces/core/critical-path.ts';
import type { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import { FieldCounter, type FieldCounts } from '#server/traces/engine/deltas.ts';
import { SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';

/** What a set of traces says of one place of the call tree. A list has an entry for each trace that has the place. Nanoseconds. */
export interface PlaceSample {
  calls: number;
  errors: number;
  /** Traces in which some call failed. */
  failedTraces: number;
  /** Of single calls. */
  readonly durations: number[];
  /** Mean duration of the calls of a trace: what is compared, since calls of one trace are not independent. */
  readonly meanDurations: number[];
  /** Own time in a trace. */
  readonly selfs: number[];
  /** Share of a trace's critical path, 0..1. */
  readonly criticalShares: number[];
}

/** A set of traces, gathered by place. */
export interface Population {
  readonly traces: number;
  readonly spans: number;
  readonly errors: number;
  /** Of the traces. */
  readonly durations: readonly number[];
  /** By place of the dictionary; absent where no trace has it. */
  readonly places: readonly (PlaceSample | undefined)[];
  /** Values of attributes among `sampledSpans` spans, spread evenly over the traces. */
  readonly fields: FieldCounts;
  readonly sampledSpans: number;
}

const ERROR = SPAN_STATUSES.indexOf('error');

/** Gathers a population trace by trace; populations that are to be compared share a dictionary. */
export class PopulationBuilder {
  readonly #paths: PathDictionary;
  readonly #spansSampled: number;
  readonly #durations: number[] = [];
  readonly #places: (PlaceSample | undefined)[] = [];
  readonly #fields = new FieldCounter();
  #spans = 0;
  #errors = 0;
  #sampledSpans = 0;

  /** `spansSampled`: spans of each trace whose attributes are counted. */
  constructor(paths: PathDictionary, { spansSampled }: { readonly spansSampled: number }) {
    this.#paths = paths;
    this.#spansSampled = spansSampled;
  }

  get spans(): number {
    return this.#spans;
  }

  /** Takes in the first trace of a segment. */
  add(segment: Segment): void {
    const { columns, segmentRows } = buildTraceColumns(segment);
    const { places, skipped } = this.#paths.densePlacesOf(columns);
    const critical = criticalTimes(criticalPath(columns), columns.count);
    const onPath = critical.reduce((sum, nano) => sum + nano, 0);
    const here = new Map<number, { calls: number; errors: number; total: number; self: number; critical: number }>();
    for (let row = 0; row < columns.count; row++) {
      const place = places[row] ?? 0;
      let of = here.get(place);
      if (of === undefined) here.set(place, (of = { calls: 0, errors: 0, total: 0, self: 0, critical: 0 }));
      of.self += columns.self[row] ?? 0;
      of.critical += critical[row] ?? 0;
      if (columns.status[row] === ERROR) this.#errors += 1;
      if (skipped[row] === 1) continue;
      of.calls += 1;
      of.total += columns.duration[row] ?? 0;
      if (columns.status[row] === ERROR) of.errors += 1;
      this.#sample(place).durations.push(columns.duration[row] ?? 0);
    }
    for (const [place, of] of here) {
      const sample = this.#sample(place);
      sample.calls += of.calls;
      sample.errors += of.errors;
      if (of.errors > 0) sample.failedTraces += 1;
      sample.meanDurations.push(of.calls === 0 ? 0 : of.total / of.calls);
      sample.selfs.push(of.self);
      sample.criticalShares.push(onPath === 0 ? 0 : of.critical / onPath);
    }
    const step = Math.max(1, Math.ceil(columns.count / this.#spansSampled));
    const rows = segmentRows.filter((_, i) => i % step === 0);
    this.#fields.addRows(segment, [...rows].sort((a, b) => a - b));
    this.#sampledSpans += rows.length;
    this.#durations.push(columns.durationNano);
    this.#spans += columns.count;
  }

  finish(): Population {
    return { traces: this.#durations.length, spans: this.#spans, errors: this.#errors, durations: this.#durations, places: this.#places, fields: this.#fields.counts, sampledSpans: this.#sampledSpans };
  }

  #sample(place: number): PlaceSample {
    return (this.#places[place] ??= { calls: 0, errors: 0, failedTraces: 0, durations: [], meanDurations: [], selfs: [], criticalShares: [] });
  }
}
