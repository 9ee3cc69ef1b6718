import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { denseOperations } from './dense-operations.ts';

/** What is done at one place of a call tree. */
export interface PathStep {
  readonly service: string;
  readonly name: string;
  /** Index into SPAN_KINDS. */
  readonly kind: number;
}

/** Operations that a dictionary can tell apart; more do not fit into memory. */
const MAX_STEPS = 2 ** 21;
/** Kinds of spans, or what else tells rows of one operation apart. */
const MAX_VARIANTS = 8;

/**
 * Numbers the places of call trees: a place is the operations from a root down to it. The same places of many traces have
 * the same number, parents smaller ones than their children. Whether a span has children makes no difference.
 */
export class PathDictionary {
  /** For each place the one above, -1 for a root. */
  readonly parent: number[] = [];
  readonly depth: number[] = [];
  /** For each place the number of its step. */
  readonly step: number[] = [];
  readonly steps: PathStep[] = [];
  readonly #stepNumbers = new Map<string, number>();
  readonly #places = new Map<number, number>();

  get count(): number {
    return this.parent.length;
  }

  /** The place of a step below another place (-1: as a root). */
  placeOf(parent: number, step: number): number {
    const key = (parent + 1) * MAX_STEPS + step;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.parent.length;
    this.parent.push(parent);
    this.depth.push(parent < 0 ? 0 : (this.depth[parent] ?? 0) + 1);
    this.step.push(step);
    this.#places.set(key, place);
    return place;
  }

  stepOf(service: string, name: string, kind: number): number {
    const key = `${kind}${service}\0${name}`;
    let step = this.#stepNumbers.get(key);
    if (step === undefined) {
      step = this.steps.push({ service, name, kind }) - 1;
      this.#stepNumbers.set(key, step);
    }
    return step;
  }

  /** The place of every row of a trace. Linear. */
  placesOf(columns: TraceColumns): Uint32Array {
    const { count, parent } = columns;
    const places = new Uint32Array(count);
    const stepAt = this.#stepReader(columns);
    for (let row = 0; row < count; row++) {
      const above = parent[row] ?? -1;
      places[row] = this.placeOf(above < 0 ? -1 : (places[above] ?? 0), stepAt(row));
    }
    return places;
  }

  /**
   * The place of every row of a trace when each call is said once (dense-operations.ts). A skipped row has the place of
   * the row that stands in for it, and `skipped` 1: its time counts there, it does not count as a call. With `variantOf`
   * rows of one step that differ in it are at places of their own; else their kind tells them apart. Linear.
   */
  densePlacesOf(columns: TraceColumns, variantOf?: (row: number) => number): { readonly places: Uint32Array; readonly skipped: Uint8Array } {
    const { count, parent, kind } = columns;
    const { service, name, renamed, skipped, standIn } = denseOperations(columns);
    const places = new Uint32Array(count);
    /** The place that the children of a row are below, -1 for none. */
    const above = new Int32Array(count).fill(-1);
    const stepAt = this.#stepReader(columns, variantOf);
    for (let row = 0; row < count; row++) {
      const up = parent[row] ?? -1;
      above[row] = up < 0 ? -1 : (above[up] ?? -1);
      if (skipped[row] === 1) continue;
      const step = renamed[row] === 1 ? this.stepOf(service[row] ?? '', name[row] ?? '', variantOf?.(row) ?? kind[row] ?? 0) : stepAt(row);
      above[row] = places[row] = this.placeOf(above[row] ?? -1, step);
    }
    for (let row = 0; row < count; row++) places[row] = places[standIn[row] ?? row] ?? 0;
    return { places, skipped };
  }

  /** Gives the step of a row by its own service and name; asks for each distinct one once. */
  #stepReader({ source, sources, services, name, names, kind }: TraceColumns, variantOf?: (row: number) => number): (row: number) => number {
    const known = new Map<number, number>();
    return (row) => {
      const service = sources[source[row] ?? 0]?.service ?? 0;
      const variant = variantOf?.(row) ?? kind[row] ?? 0;
      const key = (service * names.length + (name[row] ?? 0)) * MAX_VARIANTS + variant;
      let step = known.get(key);
      if (step === undefined) known.set(key, (step = this.stepOf(services[service] ?? '', names[name[row] ?? 0] ?? '', variant)));
      return step;
    };
  }
}
