import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** What is done at one place of a call tree. */
export interface PathStep {
  readonly service: string;
  readonly name: string;
  /** Index into SPAN_KINDS. */
  readonly kind: number;
}

/** Operations that a dictionary can tell apart; more do not fit into memory. */
const MAX_STEPS = 2 ** 21;

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
    const { count, parent, source, sources, services, name, names, kind } = columns;
    const places = new Uint32Array(count);
    const known = new Map<number, number>();
    for (let row = 0; row < count; row++) {
      const service = sources[source[row] ?? 0]?.service ?? 0;
      const key = (service * names.length + (name[row] ?? 0)) * 8 + (kind[row] ?? 0);
      let step = known.get(key);
      if (step === undefined) known.set(key, (step = this.stepOf(services[service] ?? '', names[name[row] ?? 0] ?? '', kind[row] ?? 0)));
      const above = parent[row] ?? -1;
      places[row] = this.placeOf(above < 0 ? -1 : (places[above] ?? 0), step);
    }
    return places;
  }
}
