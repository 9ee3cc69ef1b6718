import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import type { SpanExtras } from '#server/traces/segment/segment.ts';
import { decodeUint32 } from './number-planes.ts';
import { decodeTexts } from './value-list.ts';

type DroppedCounts = readonly [row: number, attributes: number | null, events: number | null, links: number | null];

/** The extras of spans as they are in columns. Where every span has flags, a Map of them would cost more than all else. */
export class ColumnExtras implements ReadonlyMap<number, SpanExtras> {
  readonly #flags: Uint32Array;
  readonly #states: ReadonlyMap<number, string>;
  readonly #dropped: ReadonlyMap<number, DroppedCounts>;
  readonly #shared = new Map<number, SpanExtras>();
  #size: number | undefined;

  /** From the pages that encodeGroup writes; absent ones say that no span has any. Throws DamagedDataError. */
  constructor(flags: Uint8Array | undefined, states: Uint8Array | undefined, dropped: Uint8Array | undefined, spanCount: number) {
    this.#flags = flags === undefined ? new Uint32Array(0) : decodeUint32(flags, spanCount);
    this.#states = new Map(states === undefined ? [] : [...decodeTexts(states, spanCount).all().entries()].filter(([, state]) => state !== ''));
    this.#dropped = new Map(readDropped(dropped).map((counts) => [counts[0], counts]));
  }

  /** Of memory, roughly. */
  get bytes(): number {
    return this.#flags.byteLength + (this.#states.size + this.#dropped.size) * 100;
  }

  get(row: number): SpanExtras | undefined {
    const flags = this.#flags[row] ?? 0;
    const traceState = this.#states.get(row);
    const dropped = this.#dropped.get(row);
    if (traceState === undefined && dropped === undefined) return flags === 0 ? undefined : this.#flagsAlone(flags);
    const [, attributes, events, links] = dropped ?? [row, null, null, null];
    return {
      ...(traceState === undefined ? {} : { traceState }),
      ...(flags === 0 ? {} : { flags }),
      ...(attributes === null ? {} : { droppedAttributesCount: attributes }),
      ...(events === null ? {} : { droppedEventsCount: events }),
      ...(links === null ? {} : { droppedLinksCount: links }),
    };
  }

  has(row: number): boolean {
    return (this.#flags[row] ?? 0) !== 0 || this.#states.has(row) || this.#dropped.has(row);
  }

  get size(): number {
    if (this.#size === undefined) {
      this.#size = 0;
      for (const _ of this.keys()) this.#size++;
    }
    return this.#size;
  }

  *keys(): MapIterator<number> {
    const rest = [...new Set([...this.#states.keys(), ...this.#dropped.keys()])].filter((row) => (this.#flags[row] ?? 0) === 0);
    for (let row = 0; row < this.#flags.length; row++) if (this.#flags[row] !== 0) yield row;
    yield* rest;
  }

  *entries(): MapIterator<[number, SpanExtras]> {
    for (const row of this.keys()) yield [row, this.get(row) ?? {}];
  }

  *values(): MapIterator<SpanExtras> {
    for (const [, extras] of this.entries()) yield extras;
  }

  [Symbol.iterator](): MapIterator<[number, SpanExtras]> {
    return this.entries();
  }

  forEach(visit: (value: SpanExtras, key: number, map: ReadonlyMap<number, SpanExtras>) => void): void {
    for (const [row, extras] of this.entries()) visit(extras, row, this);
  }

  /** Few different ones: spans share their objects. */
  #flagsAlone(flags: number): SpanExtras {
    const known = this.#shared.get(flags);
    if (known !== undefined) return known;
    const extras = { flags };
    if (this.#shared.size < 1000) this.#shared.set(flags, extras);
    return extras;
  }
}

function readDropped(page: Uint8Array | undefined): readonly DroppedCounts[] {
  if (page === undefined) return [];
  try {
    // Safe because only encodeGroup writes it, and the page's checksum fits.
    return JSON.parse(Buffer.from(page.buffer, page.byteOffset, page.length).toString('utf8')) as readonly DroppedCounts[];
  } catch (cause) {
    throw new DamagedDataError('stored JSON cannot be read', { cause });
  }
}
