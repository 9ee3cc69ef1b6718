import { isIdOrTime } from '#server/traces/engine/deltas.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import { printField } from '#server/traces/traceql/print.ts';

/** An attribute that the calls of a place do not have alike in two traces. */
export interface AttributeDifference {
  /** As TraceQL names it. */
  readonly field: string;
  /** `added`: no call in a has it; `removed`: none in b. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Distinct values, at most MAX_VALUES. */
  readonly a: readonly AttributeValue[];
  readonly b: readonly AttributeValue[];
}

/** One side: its rows (of the columns) with their places. */
export interface PlacedRows {
  readonly segment: Segment;
  readonly segmentRows: Uint32Array;
  readonly places: Uint32Array;
  /** 1: does not count. */
  readonly skipped: Uint8Array;
}

const MAX_VALUES = 5;
const MAX_FIELDS = 50;

/**
 * For each place what differs in the attributes of spans and resources between two sides, by their sets of values. Ids and
 * times are left out, as are places that only one side has: all of theirs would be new. At most 50 of each place.
 */
export function attributeDifferences(a: PlacedRows, b: PlacedRows, places: number): AttributeDifference[][] {
  const out: AttributeDifference[][] = Array.from({ length: places }, () => []);
  const inBoth = new Uint8Array(places);
  for (const [i, side] of [a, b].entries()) for (let row = 0; row < side.places.length; row++) if (side.skipped[row] === 0) inBoth[side.places[row] ?? 0] = (inBoth[side.places[row] ?? 0] ?? 0) | (i + 1);
  for (const scope of ['span', 'resource'] as const) {
    for (const key of [...new Set([...keysOf(a, scope), ...keysOf(b, scope)])].sort()) {
      if (isIdOrTime(key)) continue;
      const field = printField({ kind: 'attribute', scope, key });
      const values = new SharedValues();
      const ofA = valuesByPlace(a, numbersOf(a, scope, key, values), places);
      const ofB = valuesByPlace(b, numbersOf(b, scope, key, values), places);
      for (let place = 0; place < places; place++) {
        const found = out[place];
        if (inBoth[place] !== 3 || found === undefined || found.length >= MAX_FIELDS || isAlike(ofA, ofB, place)) continue;
        const [inA, inB] = [ofA, ofB].map((of) => numbersAt(of, place).slice(0, MAX_VALUES).map((n) => values.all[n - 1] ?? null));
        if (inA !== undefined && inB !== undefined) found.push({ field, change: inA.length === 0 ? 'added' : inB.length === 0 ? 'removed' : 'changed', a: inA, b: inB });
      }
    }
  }
  return out;
}

/** Numbers the values of both sides, from 1 on: equal ones alike. */
class SharedValues {
  readonly all: AttributeValue[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(value: AttributeValue): number {
    const key = typeof value === 'string' ? `"${value}` : JSON.stringify(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.all.push(value);
    this.#numbers.set(key, number);
    return number;
  }
}

/** The values of one key at each place: most have none or one. */
interface PlaceValues {
  /** 0: none. */
  readonly first: Uint32Array;
  /** All of them, where there are several; one more than is shown, so that a list cut short is not taken for another. */
  readonly several: ReadonlyMap<number, ReadonlySet<number>>;
}

function keysOf({ segment }: PlacedRows, scope: 'span' | 'resource'): readonly string[] {
  return scope === 'span' ? segment.attributeKeys('span') : segment.sources.flatMap((s) => Object.keys(s.resource));
}

/** The number of the value that a row of the segment has; 0 for none. */
function numbersOf({ segment }: PlacedRows, scope: 'span' | 'resource', key: string, values: SharedValues): (segmentRow: number) => number {
  if (scope === 'span') {
    const column = segment.attribute('span', key);
    const numbers = [0, ...(column?.values.map(({ value }) => values.numberOf(value)) ?? [])];
    return (row) => numbers[column?.codes[row] ?? 0] ?? 0;
  }
  const { source } = segment;
  const numbers = segment.sources.map(({ resource: { [key]: value } }) => (value === undefined ? 0 : values.numberOf(value)));
  return (row) => numbers[source[row] ?? 0] ?? 0;
}

function valuesByPlace({ segmentRows, places, skipped }: PlacedRows, numberOf: (segmentRow: number) => number, count: number): PlaceValues {
  const first = new Uint32Array(count);
  const several = new Map<number, Set<number>>();
  for (let row = 0; row < places.length; row++) {
    const number = skipped[row] === 1 ? 0 : numberOf(segmentRows[row] ?? 0);
    if (number === 0) continue;
    const place = places[row] ?? 0;
    const known = first[place] ?? 0;
    if (known === 0) first[place] = number;
    else if (known !== number) {
      let set = several.get(place);
      if (set === undefined) several.set(place, (set = new Set([known])));
      if (set.size <= MAX_VALUES) set.add(number);
    }
  }
  return { first, several };
}

function isAlike(a: PlaceValues, b: PlaceValues, place: number): boolean {
  const [inA, inB] = [a.several.get(place), b.several.get(place)];
  if (inA === undefined || inB === undefined) return inA === inB && a.first[place] === b.first[place];
  // Lists that are cut short cannot be told apart.
  if (inA.size > MAX_VALUES && inB.size > MAX_VALUES) return true;
  return inA.size === inB.size && [...inA].every((number) => inB.has(number));
}

function numbersAt({ first, several }: PlaceValues, place: number): number[] {
  const one = first[place] ?? 0;
  return [...(several.get(place) ?? (one === 0 ? [] : [one]))];
}
