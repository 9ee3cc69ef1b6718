import type { Appender, Labels, SeriesRef } from '#server/timeseries/storage.ts';

/** More keys than this are forgotten at once: they are a copy that can be made again. */
const MAX_KEYS = 500_000;

/**
 * The store's handles of series by the bytes that name them in requests, so that the labels of a series are read and looked
 * up when it comes for the first time only.
 */
export class SeriesRefs {
  readonly #appender: Appender;
  readonly #refs = new Map<string, SeriesRef>();
  #epoch: number;

  constructor(appender: Appender) {
    this.#appender = appender;
    this.#epoch = appender.epoch;
  }

  /** The handle of a series that came before; undefined when it has to be looked up by its labels. */
  known(key: string): SeriesRef | undefined {
    this.#forgetDropped();
    return this.#refs.get(key);
  }

  /** Looks a series up by its labels and remembers it. 0 when the store takes no further series. */
  add(key: string, labels: Labels): SeriesRef {
    this.#forgetDropped();
    const ref = this.#appender.ref(labels);
    if (ref === 0) return 0;
    if (this.#refs.size >= MAX_KEYS) this.#refs.clear();
    this.#refs.set(key, ref);
    return ref;
  }

  #forgetDropped(): void {
    if (this.#epoch === this.#appender.epoch) return;
    this.#epoch = this.#appender.epoch;
    this.#refs.clear();
  }
}
