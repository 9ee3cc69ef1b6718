import { STALE_NAN, type Appender, type Labels, type SeriesRef } from '#server/timeseries/storage.ts';
import { BatchBuilder } from './batch-builder.ts';
import { canonicalNumberLabel, numberLabelOf } from './bucket-label.ts';
import { ExpositionError } from './exposition/exposition-error.ts';
import { readSeries } from './exposition/parse-series.ts';
import { hintColumns, type PageFamily, type ScrapePage, type SeriesHints } from './exposition/scrape-page.ts';

/** How the samples of a target are taken. */
export interface SeriesCacheOptions {
  readonly appender: Appender;
  /** The labels a series is stored under, from those of the page; undefined when it is dropped. */
  readonly labelsFor: (scraped: Labels) => Labels | undefined;
  /** Why a series cannot be stored, which fails its whole page. */
  readonly problemOf: (labels: Labels) => string | undefined;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  /** Most samples after relabelling; 0 = no limit. */
  readonly sampleLimit: number;
}

/** What became of a page. `scraped` are its samples, `kept` those that relabelling left. */
export type TakenPage = TakenSamples | { readonly kind: 'refused'; readonly reason: string; readonly scraped: number; readonly kept: number };
export interface TakenSamples {
  readonly kind: 'taken';
  readonly scraped: number;
  readonly kept: number;
  /** Series that the target did not have before. */
  readonly added: number;
  /** Samples left out: of a series that stands on the page twice, and with times far ahead. */
  readonly duplicates: number;
  readonly fromTheFuture: number;
  /** The samples, then staleness markers for what vanished. */
  readonly batch: BatchBuilder;
  /** One of the two must be called: the batch was stored, or it was not. */
  commit(): void;
  abort(): void;
}

/** How far ahead of the scrape a stated time may be; a later one would block its series (scrape/scrape.go maxAheadTime). */
const MAX_AHEAD_MS = 600_000;
/** Longer label sets are no exemplars (model/exemplar ExemplarMaxLabelSetLength, in characters). */
const MAX_EXEMPLAR_LENGTH = 128;
const FIRST_CAPACITY = 64;
/** In place of the turn: the series was stored, and its end is not to be marked. */
const UNTRACKED = -1;
const NUMBER_LABELS = [undefined, 'le', 'quantile'] as const;

/** A series met for the first time, until it is known whether its page is taken. */
interface NewSeries {
  readonly id: number;
  /** When its ref is still to be asked for. */
  readonly labels: Labels | undefined;
}

/** The samples of a page that is being looked through: the batch holds ids of series for refs. */
interface Pass {
  readonly turn: number;
  readonly batch: BatchBuilder;
  readonly created: NewSeries[];
  /** The series of the page in its order, each once. */
  readonly order: number[];
  /** By index in the batch: 1 when the sample has a time of its own. Absent when none has. */
  readonly timed: Uint8Array | undefined;
  /** By index in the page: the series of the sample, -1 when it was left out. Absent when the page has no exemplars. */
  readonly idOfSample: Int32Array | undefined;
  /** Whether the order is another than the page's before. */
  moved: boolean;
  /** How far the page was looked through. */
  scraped: number;
  kept: number;
  duplicates: number;
  fromTheFuture: number;
  overLimit: boolean;
}

/**
 * The series of one target from page to page. Each has an id here, by which columns hold its ref in the store and when it
 * was seen; so a page whose series are all known costs no look-up by text and no labels. A series that vanishes gets a
 * staleness marker. Source of the rules: Prometheus scrape/scrape.go scrapeCache and append.
 */
export class SeriesCache implements SeriesHints {
  readonly #options: SeriesCacheOptions;
  readonly #idOf = new Map<string, number>();
  #hints = hintColumns([]);
  /** Ids in the order of the page before. */
  #order: readonly number[] = [];
  /** By id: text, place in the order, ref in the store, whether relabelling drops it, which label is a number. */
  readonly #textOf: string[] = [];
  #place = new Int32Array(FIRST_CAPACITY);
  #refs = new Int32Array(FIRST_CAPACITY);
  #dropped = new Uint8Array(FIRST_CAPACITY);
  #numberLabel = new Uint8Array(FIRST_CAPACITY);
  /** By id: the turn in which the series was on a page last, and the last one after which its end is to be marked. */
  #seen = new Int32Array(FIRST_CAPACITY);
  #tracked = new Int32Array(FIRST_CAPACITY);
  readonly #free: number[] = [];
  #used = 0;
  #turn = 0;
  /** The last turn whose samples are in the store. */
  #stored = 0;
  #epoch: number | undefined;

  constructor(options: SeriesCacheOptions) {
    this.#options = options;
    this.#epoch = options.appender.epoch;
  }

  get texts(): readonly string[] {
    return this.#hints.texts;
  }
  get bytes(): Uint8Array {
    return this.#hints.bytes;
  }
  get ends(): Int32Array {
    return this.#hints.ends;
  }
  indexOf(text: string): number | undefined {
    const id = this.#idOf.get(text);
    return id === undefined ? undefined : this.#place[id];
  }

  /** Takes a page that was parsed with this cache as its hints, scraped at `time` (Unix ms); the batch keeps room for `spare` samples more. */
  take(page: ScrapePage, time: number, spare = 0): TakenPage {
    // Its samples are not worth looking at: none of them is stored.
    if (page.fault !== undefined) return { kind: 'refused', reason: page.fault, scraped: page.count, kept: page.count };
    this.#refreshRefs();
    const pass: Pass = {
      turn: ++this.#turn,
      batch: new BatchBuilder(page.count + this.#order.length + spare),
      created: [],
      order: [],
      timed: this.#options.honorTimestamps && page.timestamps !== undefined ? new Uint8Array(page.count) : undefined,
      idOfSample: page.exemplars.length > 0 ? new Int32Array(page.count).fill(-1) : undefined,
      moved: false,
      scraped: page.count,
      kept: 0,
      duplicates: 0,
      fromTheFuture: 0,
      overLimit: false,
    };
    const reason = this.#collect(page, time, pass) ?? (pass.overLimit ? `sample limit exceeded: ${pass.kept} samples after relabelling, limit ${this.#options.sampleLimit}` : undefined);
    const { turn, batch, created, order, kept, duplicates, fromTheFuture } = pass;
    if (reason !== undefined) {
      this.#remove(created);
      return { kind: 'refused', reason, scraped: pass.scraped, kept };
    }
    for (const { id, labels } of created) if (labels !== undefined) this.#refs[id] = this.#options.appender.ref(labels);
    this.#giveRefs(pass);
    let added = 0;
    for (const { id } of created) if ((this.#refs[id] ?? 0) > 0 && this.#tracked[id] !== 0) added++;
    this.#addExemplars(page, pass, time);
    this.#markEnds(turn, created, time, batch);
    return {
      kind: 'taken', scraped: page.count, kept, added, duplicates, fromTheFuture, batch,
      commit: () => {
        this.#stored = turn;
        if (pass.moved || order.length !== this.#order.length) this.#settle(order, turn);
      },
      abort: () => {
        this.#remove(created);
        this.#epoch = undefined;
      },
    };
  }

  /** Markers for every series that has not ended: the target failed or went away. Call `commit` when they are stored. */
  endAll(time: number, spare = 0): { readonly batch: BatchBuilder; readonly commit: () => void } {
    this.#refreshRefs();
    const turn = ++this.#turn;
    const batch = new BatchBuilder(this.#order.length + spare);
    this.#markEnds(turn, [], time, batch);
    return {
      batch,
      commit: () => {
        this.#stored = turn;
      },
    };
  }

  /** The refs of the series that have not ended. */
  open(): SeriesRef[] {
    return this.#order.filter((id) => (this.#tracked[id] ?? 0) > 0 && (this.#tracked[id] ?? 0) >= this.#stored).map((id) => this.#refs[id] ?? 0);
  }

  /** Looks through the samples of a page. Gives why the page is refused as soon as that is known. */
  #collect(page: ScrapePage, time: number, pass: Pass): string | undefined {
    const { turn, batch, order, timed, idOfSample } = pass;
    const { count, series, hinted, values, timestamps, histograms, startTimestamps } = page;
    const { sampleLimit } = this.#options;
    for (let i = 0; i < count; i++) {
      const place = hinted[i] ?? -1;
      let id = place >= 0 ? (this.#order[place] ?? -1) : -1;
      if (id < 0) {
        const text = series[i] ?? '';
        const known = this.#idOf.get(text) ?? this.#create(text, page.families, i, pass);
        if (typeof known === 'string') {
          pass.scraped = i + 1;
          return known;
        }
        id = known;
      }
      const again = this.#seen[id] === turn;
      if (!again) {
        this.#seen[id] = turn;
        if (place !== order.length) pass.moved = true;
        order.push(id);
      }
      if (this.#dropped[id] === 1) continue;
      pass.kept++;
      const ownTime = timed === undefined || timestamps === undefined ? NaN : (timestamps[i] ?? NaN);
      const isTimed = ownTime === ownTime;
      if (again && !isTimed) {
        pass.duplicates++;
        continue;
      }
      if (sampleLimit > 0 && batch.count >= sampleLimit) {
        pass.overLimit = true;
        continue;
      }
      if (isTimed && ownTime > time + MAX_AHEAD_MS) {
        pass.fromTheFuture++;
        continue;
      }
      const index = batch.push(id, isTimed ? ownTime : time, values[i] ?? NaN);
      if (isTimed && timed !== undefined) timed[index] = 1;
      if (idOfSample !== undefined) idOfSample[i] = id;
      const histogram = histograms?.get(i);
      if (histogram !== undefined) batch.setHistogram(index, histogram);
      const start = startTimestamps?.get(i);
      if (start !== undefined) batch.setStartTimestamp(index, start);
    }
    return undefined;
  }

  /** Puts refs in the place of ids, and notes which series are to be marked when they end. */
  #giveRefs({ turn, batch, timed }: Pass): void {
    const { refs, count } = batch;
    const untimed = timed === undefined || this.#options.trackTimestampsStaleness;
    for (let k = 0; k < count; k++) {
      const id = refs[k] ?? 0;
      refs[k] = this.#refs[id] ?? 0;
      if (untimed || timed[k] === 0) this.#tracked[id] = turn;
      else if (this.#tracked[id] === 0) this.#tracked[id] = UNTRACKED;
    }
  }

  /** Appends markers for the series that were tracked since the last stored turn, and are not in this one. */
  #markEnds(turn: number, created: readonly NewSeries[], time: number, batch: BatchBuilder): void {
    let comeBack: Set<SeriesRef> | undefined;
    for (const id of this.#order) {
      const last = this.#tracked[id] ?? 0;
      if (last === turn || last <= 0 || last < this.#stored) continue;
      const ref = this.#refs[id] ?? 0;
      // The same labels may have come back written in another way.
      comeBack ??= new Set(created.map((one) => this.#refs[one.id] ?? 0));
      if (ref > 0 && !comeBack.has(ref)) batch.push(ref, time, STALE_NAN);
    }
  }

  #addExemplars(page: ScrapePage, { idOfSample, batch }: Pass, time: number): void {
    if (idOfSample === undefined) return;
    for (const { index, labels, value, timestamp } of page.exemplars) {
      const id = idOfSample[index] ?? -1;
      const ref = id < 0 ? 0 : (this.#refs[id] ?? 0);
      if (ref === 0 || labelsLength(labels) > MAX_EXEMPLAR_LENGTH) continue;
      // Native histograms carry several: without times of their own they could not be told from those of the scrape before.
      if (timestamp === undefined && page.histograms?.has(index) === true) continue;
      const sampleTime = this.#options.honorTimestamps ? (page.timestamps?.[index] ?? NaN) : NaN;
      batch.addExemplar(ref, { labels, value, timestamp: timestamp ?? (Number.isNaN(sampleTime) ? time : sampleTime) });
    }
  }

  /** The id of a new series, or why it cannot be stored. */
  #create(text: string, families: readonly PageFamily[], index: number, { created }: Pass): number | string {
    const numberLabel = NUMBER_LABELS.indexOf(numberLabelOf(familyTypeAt(families, index)));
    let labels: Labels | undefined;
    try {
      labels = this.#labelsOf(text, numberLabel);
    } catch (error) {
      if (error instanceof ExpositionError) return `${error.message}: ${text.slice(0, 200)}`;
      throw error;
    }
    const problem = labels === undefined ? undefined : this.#options.problemOf(labels);
    if (problem !== undefined) return problem;
    const id = this.#free.pop() ?? this.#used++;
    if (id >= this.#refs.length) this.#grow();
    this.#idOf.set(text, id);
    this.#textOf[id] = text;
    this.#refs[id] = 0;
    this.#dropped[id] = labels === undefined ? 1 : 0;
    this.#numberLabel[id] = numberLabel;
    this.#seen[id] = 0;
    this.#tracked[id] = 0;
    // Without a limit a page is refused for a wrong series only: then labels need not be kept until the whole page is known,
    // which at a hundred thousand new series costs more than reading them.
    if (labels !== undefined && this.#options.sampleLimit === 0) {
      this.#refs[id] = this.#options.appender.ref(labels);
      created.push({ id, labels: undefined });
    } else created.push({ id, labels });
    return id;
  }

  #labelsOf(text: string, numberLabel: number): Labels | undefined {
    const labels = readSeries(text);
    const name = NUMBER_LABELS[numberLabel];
    const value = name === undefined ? undefined : labels[name];
    return this.#options.labelsFor(name === undefined || value === undefined ? labels : { ...labels, [name]: canonicalNumberLabel(value) });
  }

  /**
   * The store has dropped series: what they go by now is asked for again. Not so for those with a sample of the scrape
   * before, which cannot be among them; should the store refuse a batch all the same, all are asked for.
   */
  #refreshRefs(): void {
    const { appender } = this.#options;
    if (appender.epoch === this.#epoch) return;
    const all = this.#epoch === undefined;
    this.#epoch = appender.epoch;
    for (const [text, id] of this.#idOf) {
      if (!all && this.#tracked[id] === this.#stored) continue;
      const labels = this.#labelsOf(text, this.#numberLabel[id] ?? 0);
      if (labels !== undefined) this.#refs[id] = appender.ref(labels);
    }
  }

  /** Makes a page's order the known one, and forgets the series that are not in it. */
  #settle(order: readonly number[], turn: number): void {
    for (const id of this.#order) if (this.#seen[id] !== turn) this.#forget(id);
    this.#order = order;
    const texts = order.map((id, place) => {
      this.#place[id] = place;
      return this.#textOf[id] ?? '';
    });
    this.#hints = hintColumns(texts);
  }

  #remove(created: readonly NewSeries[]): void {
    for (const { id } of created) this.#forget(id);
  }

  #forget(id: number): void {
    this.#idOf.delete(this.#textOf[id] ?? '');
    this.#textOf[id] = '';
    this.#free.push(id);
  }

  #grow(): void {
    const longer = <A extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(made: A, from: A): A => {
      made.set(from);
      return made;
    };
    const capacity = this.#refs.length * 2;
    this.#place = longer(new Int32Array(capacity), this.#place);
    this.#refs = longer(new Int32Array(capacity), this.#refs);
    this.#seen = longer(new Int32Array(capacity), this.#seen);
    this.#tracked = longer(new Int32Array(capacity), this.#tracked);
    this.#dropped = longer(new Uint8Array(capacity), this.#dropped);
    this.#numberLabel = longer(new Uint8Array(capacity), this.#numberLabel);
  }
}

/** The type of the family declared last before a sample. */
function familyTypeAt(families: readonly PageFamily[], index: number): string {
  let low = 0;
  let high = families.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((families[middle]?.from ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return families[low - 1]?.type ?? 'unknown';
}

/** Names and values in characters: halves of a pair of UTF-16 units count once. */
function labelsLength(labels: Labels): number {
  let length = 0;
  for (const [name, value] of Object.entries(labels)) length += `${name}${value}`.replaceAll(/[\uDC00-\uDFFF]/g, '').length;
  return length;
}
