import { labelsFromEntries, labelsKey } from '#server/timeseries/labels.ts';
import { STALE_NAN, type Labels, type Sample } from '#server/timeseries/storage.ts';
import { ExpositionError } from './exposition/exposition-error.ts';
import type { Exposition } from './exposition/parse-exposition.ts';
import { parseSeries } from './exposition/parse-series.ts';

interface KnownSeries {
  readonly labels: Labels;
  /** Series with timestamps of their own end when they say so: no staleness marker is made for them. */
  readonly ownTime: boolean;
}
/** One page turned into samples. */
export interface TakenPage {
  readonly samples: readonly Sample[];
  /** Series that the page before did not have. */
  readonly added: number;
  /** Samples left out because their timestamp lies in the future. */
  readonly fromTheFuture: number;
  /** Makes this page the known one: call when its samples are stored. */
  commit(): void;
}

/** How far ahead of the scrape a stated timestamp may be; a later one would block its series (scrape/scrape.go maxAheadTime). */
const MAX_AHEAD_MS = 600_000;

/**
 * The series of one target, from page to page: labels are read once per series, and a series that is no longer there gets
 * a staleness marker. Source of the rules: Prometheus scrape/scrape.go scrapeCache.
 */
export class TargetSeries {
  readonly #targetLabels: Labels;
  #known = new Map<string, KnownSeries>();

  constructor(targetLabels: Labels) {
    this.#targetLabels = targetLabels;
  }

  /** The samples of a page scraped at `time` (Unix ms), then markers for what vanished. Throws ExpositionError with the line. */
  take(page: Exposition, time: number): TakenPage {
    const current = new Map<string, KnownSeries>();
    const samples: Sample[] = [];
    let added = 0;
    let fromTheFuture = 0;
    for (const { series, value, timestamp, line } of page.samples) {
      let known = this.#known.get(series) ?? current.get(series);
      const ownTime = timestamp !== undefined;
      if (known === undefined) {
        known = { labels: this.#labelsOf(series, line), ownTime };
        added++;
      } else if (known.ownTime !== ownTime) known = { labels: known.labels, ownTime };
      if (ownTime && timestamp > time + MAX_AHEAD_MS) {
        fromTheFuture++;
        continue;
      }
      current.set(series, known);
      samples.push({ labels: known.labels, timestamp: timestamp ?? time, value });
    }
    samples.push(...this.#markers(time, current));
    return {
      samples,
      added,
      fromTheFuture,
      commit: () => {
        this.#known = current;
      },
    };
  }

  /** Markers for every series: the target failed or went away. Call `forget` when they are stored. */
  staleMarkers(time: number): Sample[] {
    return this.#markers(time, new Map());
  }

  forget(): void {
    this.#known = new Map();
  }

  #markers(time: number, current: ReadonlyMap<string, KnownSeries>): Sample[] {
    const gone = [...this.#known].filter(([series, known]) => !known.ownTime && !current.has(series));
    if (gone.length === 0) return [];
    // The same labels may have come back written in another order.
    const alive = new Set([...current.values()].map((known) => labelsKey(known.labels)));
    return gone.filter(([, known]) => !alive.has(labelsKey(known.labels))).map(([, known]) => ({ labels: known.labels, timestamp: time, value: STALE_NAN }));
  }

  #labelsOf(series: string, line: number): Labels {
    try {
      return withTargetLabels(parseSeries(series), this.#targetLabels);
    } catch (error) {
      if (error instanceof ExpositionError) throw new ExpositionError(`line ${line}: ${error.message}`);
      throw error;
    }
  }
}

/** The target's labels win; what the page says under such a name is kept as `exported_<name>` (honor_labels: false). */
export function withTargetLabels(scraped: Labels, target: Labels): Labels {
  const out: Record<string, string> = { ...target };
  for (const [name, value] of Object.entries(scraped)) {
    let free = name;
    while (Object.hasOwn(out, free)) free = `exported_${free}`;
    out[free] = value;
  }
  return labelsFromEntries(Object.entries(out));
}
